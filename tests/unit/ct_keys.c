/*
 * Run under valgrind by test_constant_time.sh: secret bytes are marked undefined, so that
 * valgrind reports every branch and every address that depends on one.
 *
 *   ct_keys          what keys/ does with secrets: must be silent
 *   ct_keys memcmp   the control, a careless comparison: must be reported
 */
#include <dlfcn.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/memcheck.h>

#include "base/clock.h"
#include "base/reveal.h"
#include "keys/header.h"
#include "keys/shamir.h"

#define N 5
#define T 3

static void (*system_random)(void *, size_t);

static void
hide(const void *bytes, size_t len)
{
	(void)VALGRIND_MAKE_MEM_UNDEFINED(bytes, len);
}

static void
show(const void *bytes, size_t len)
{
	(void)VALGRIND_MAKE_MEM_DEFINED(bytes, len);
}

/* Long draws are coefficients and keys; short ones order the shares, which is no secret. */
static void
random_hidden(void *bytes, size_t len)
{
	system_random(bytes, len);
	if (len >= SHAMIR_SECRET)
		hide(bytes, len);
}

/* Stands before libsodium's: the hash of a share is public, the header holds it in the clear.
 */
int
crypto_generichash_final(
    crypto_generichash_state *state, unsigned char *out, const size_t out_len)
{
	void *found = dlsym(RTLD_NEXT, "crypto_generichash_final");
	int (*real)(crypto_generichash_state *, unsigned char *, size_t);
	int rc = 0;

	memcpy(&real, &found, sizeof real);
	rc = real(state, out, out_len);
	show(out, out_len);
	return rc;
}

static void
need(bool held, const char *what)
{
	show(&held, sizeof held);
	if (held)
		return;
	fprintf(stderr, "ct_keys: %s\n", what);
	exit(2);
}

/* A copy that no one but valgrind can tell from the first. */
static struct secret *
copy(const struct secret *secret, size_t len)
{
	struct secret *other = secret_new(len);

	memcpy(secret_fill(other), secret_reveal(secret, NULL), len);
	return other;
}

static void
try_shamir(void)
{
	struct secret *secret = secret_random(SHAMIR_SECRET), *shares[N], *back = NULL;

	hide(secret_reveal(secret, NULL), SHAMIR_SECRET);
	need(shamir_split(secret, N, T, shares, NULL) == 0, "the secret does not split");
	for (unsigned i = 0; i < N; i++)
		show(secret_reveal(shares[i], NULL) + SHAMIR_SECRET, 1);
	back = shamir_combine(shares + 1, T, NULL);
	need(back != NULL, "the shares do not combine");
	need(secret_equal(back, secret), "the shares combine to another secret");
	for (unsigned i = 0; i < N; i++)
		secret_free(&shares[i]);
	secret_free(&secret), secret_free(&back);
}

static void
try_header(void)
{
	struct secret *master = secret_random(MASTER_KEY), *shares[N], *kek = NULL,
		      *same = NULL;
	struct header h;
	unsigned slot = 0, x = 0;

	hide(secret_reveal(master, NULL), MASTER_KEY);
	need(header_new(&h, "eu1", NULL) == 0, "no header");
	need(header_add_shamir(&h, master, N, T, shares, &kek, NULL) == 0, "no keyslot");
	for (unsigned i = 0; i < N; i++) {
		hide(secret_reveal(shares[i], NULL), SHAMIR_SECRET);
		need(header_find_share(&h, shares[i], &slot, &x), "a share is not found");
	}
	same = copy(kek, 32);
	need(secret_equal(kek, same), "a copy differs");
	for (unsigned i = 0; i < N; i++)
		secret_free(&shares[i]);
	secret_free(&master), secret_free(&kek), secret_free(&same);
	header_clear(&h);
}

static void
try_memcmp(void)
{
	uint8_t a[32] = {0}, b[32] = {0};

	hide(a, sizeof a);
	if (memcmp(a, b, sizeof a) == 0)
		puts("equal");
}

int
main(int argc, char **argv)
{
	system_random = clock_source.random;
	clock_source.random = random_hidden;
	if (argc > 1 && strcmp(argv[1], "memcmp") == 0) {
		try_memcmp();
		return 0;
	}
	try_shamir();
	try_header();
	return 0;
}
