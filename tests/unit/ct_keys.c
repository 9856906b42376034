/*
 * Run under valgrind by test_constant_time.sh: secret bytes are marked undefined, so that
 * valgrind reports every branch and every address that depends on one.
 *
 *   ct_keys          what keys/ does with secrets: must be silent
 *   ct_keys memcmp   the control, a careless comparison: must be reported
 */
#include <dlfcn.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/memcheck.h>

#include "base/clock.h"
#include "base/reveal.h"
#include "base/text.h"
#include "keys/derive.h"
#include "keys/header.h"
#include "keys/kwp.h"
#include "keys/named_inside.h"
#include "keys/named_use.h"
#include "keys/shamir.h"
#include "keys/token.h"

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

/*
 * Stands before OpenSSL's: whether a wrapped key unwraps, and how long it is, the caller is told.
 */
int
EVP_DecryptUpdate(
    EVP_CIPHER_CTX *ctx, unsigned char *out, int *len, const unsigned char *in, int in_len)
{
	void *found = dlsym(RTLD_NEXT, "EVP_DecryptUpdate");
	int (*real)(EVP_CIPHER_CTX *, unsigned char *, int *, const unsigned char *, int);
	int rc = 0;

	memcpy(&real, &found, sizeof real);
	rc = real(ctx, out, len, in, in_len);
	show(&rc, sizeof rc);
	show(len, sizeof *len);
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

/* A key of type hmac, whose bytes are hidden once it is open. */
static struct named_key *
open_hidden(struct named_keys *all)
{
	const struct named_key_request r = {
	    .place = {.name = {"k", 1}}, .type = KEY_HMAC, .key_size = 32};
	struct named_key *k = named_key_new(all, &r, NULL);
	const struct named_open *open = NULL;

	need(k != NULL, "no named key");
	open = named_keys_acquire(k, k->slots[0].version, NULL);
	need(open != NULL, "the named key does not open");
	hide(secret_reveal(open->hmac, NULL), 32);
	named_keys_release(k, k->slots[0].version);
	return k;
}

static void
try_hmac(void)
{
	static const char text[] = "vault:v1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	struct hmac_use use = {.hash = HASH_SHA2_256};
	struct keyring *keyring = NULL;
	struct named_keys *all = NULL;
	struct named_key *k = NULL;
	struct header h;
	bool valid = true;

	clock_source.random = system_random; /* what wraps keys may be looked at here */
	keyring = keyring_new();
	need(header_new(&h, "eu1", NULL) == 0, "no header");
	all = named_keys_new(keyring, &h, 1 << 16);
	k = open_hidden(all);
	need(named_key_verify_hmac(k, &use, str_of("input"), str_of(text), &valid, NULL) == 0,
	    "the HMAC is not looked at");
	show(&valid, sizeof valid);
	need(!valid, "zeros are an HMAC");
	named_key_free(&k);
	named_keys_free(&all);
	keyring_free(&keyring);
	header_clear(&h);
	clock_source.random = random_hidden;
}

/* Keys of contexts, and plaintexts on their way out. */
static void
try_derived(void)
{
	struct secret *key = secret_random(32), *derived = NULL;
	struct buf text = BUF_INIT;

	derived = derive_hkdf(key, str_of("context"), 64);
	base64_encode(&text, BASE64_STD, secret_reveal(derived, NULL), 64);
	show(text.data, text.len);
	buf_free(&text);
	secret_free(&key), secret_free(&derived);
}

/* A key that came wrapped, of a length that leaves padding to check. */
static void
try_unwrap(void)
{
	static const uint8_t material[20] = "imported key bytes";
	uint8_t wrapped[sizeof material + 16];
	struct secret *key = secret_new(KWP_KEY), *text = NULL;
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-WRAP-PAD", NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;

	memset(secret_fill(key), 7, KWP_KEY);
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	need(EVP_EncryptInit_ex2(ctx, cipher, secret_reveal(key, NULL), NULL, NULL) == 1 &&
		EVP_EncryptUpdate(ctx, wrapped, &len, material, sizeof material) == 1,
	    "a key is not wrapped");
	hide(secret_reveal(key, NULL), KWP_KEY);
	text = kwp_unwrap(key, (struct str){(const char *)wrapped, (size_t)len}, NULL);
	need(text != NULL, "a wrapped key does not unwrap");
	wrapped[0] ^= 1;
	need(kwp_unwrap(key, (struct str){(const char *)wrapped, (size_t)len}, NULL) == NULL,
	    "a wrapped key unwraps though it was changed");
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	secret_free(&text), secret_free(&key);
}

/*
 * A token is looked up by a keyed hash of it: how long that takes tells nothing of the token.
 */
static void
try_token(void)
{
	char accessor[TOKEN_ACCESSOR + 1];
	struct keyring *k = keyring_new();
	struct buf text = BUF_INIT;

	buf_put_text(&text, "hvs.0123456789abcdefghijABCDEFGHIJ");
	hide(text.data, text.len);
	token_accessor(k, buf_str(&text), accessor);
	need(accessor[TOKEN_ACCESSOR] == '\0', "an accessor does not end");
	show(text.data, text.len);
	buf_free(&text);
	keyring_free(&k);
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
	try_hmac();
	try_derived();
	try_unwrap();
	try_token();
	return 0;
}
