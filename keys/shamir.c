/*
 * Shamir's secret sharing.  The keeper runs this at init, re-split and unseal; it is trusted
 * with the key-encryption key of a slot.
 * Security: no branch and no address depends on a secret byte.  A share's x is not secret.
 * All 32 bytes of the secret are worked on at once, so that one loop serves them all.
 */
#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "base/reveal.h"
#include "keys/shamir.h"

#define SHARES_MAX 255

/* All ones when bit is 1, else 0; opaque, so that no compiler makes a branch of it. */
static uint8_t
spread(unsigned bit)
{
	unsigned mask = 0 - bit;

	__asm__("" : "+r"(mask));
	return (uint8_t)mask;
}

static uint8_t
twice(uint8_t a)
{
	return (uint8_t)(a << 1) ^ (0x1b & spread(a >> 7));
}

static uint8_t
multiply(uint8_t a, uint8_t b)
{
	uint8_t product = 0;

	for (int bit = 7; bit >= 0; bit--)
		product = twice(product) ^ (a & spread(b >> bit & 1));
	return product;
}

/* a^254, which is 1/a; 0 for 0. */
static uint8_t
invert(uint8_t a)
{
	uint8_t result = a;

	for (int i = 0; i < 6; i++)
		result = multiply(multiply(result, result), a);
	return multiply(result, result);
}

/* sum = sum * x + add, byte by byte: one step of Horner's rule. */
static void
step(uint8_t sum[SHAMIR_SECRET], uint8_t x, const uint8_t add[SHAMIR_SECRET])
{
	for (size_t i = 0; i < SHAMIR_SECRET; i++)
		sum[i] = multiply(sum[i], x) ^ add[i];
}

static void
add_scaled(uint8_t sum[SHAMIR_SECRET], const uint8_t add[SHAMIR_SECRET], uint8_t by)
{
	for (size_t i = 0; i < SHAMIR_SECRET; i++)
		sum[i] ^= multiply(add[i], by);
}

/* A random number below bound (1..255), each as likely: what would favour some is redrawn. */
static unsigned
draw_below(unsigned bound)
{
	uint8_t byte = 0;

	do
		random_bytes(&byte, 1);
	while (byte >= 256 - 256 % bound);
	return byte % bound;
}

/* 1..n in random order, so that a share's place in the reply does not tell its x. */
static void
shuffle(uint8_t *x, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		unsigned j = draw_below(i + 1);

		x[i] = x[j];
		x[j] = (uint8_t)(i + 1);
	}
}

/* The polynomial's value at x, then x.  coefficients: t of them, the secret first. */
static struct secret *
evaluate(const uint8_t *coefficients, unsigned t, uint8_t x)
{
	struct secret *share = secret_new(SHAMIR_SHARE);
	uint8_t *y = secret_fill(share);

	for (unsigned i = t; i-- > 0;)
		step(y, x, coefficients + (size_t)i * SHAMIR_SECRET);
	y[SHAMIR_SECRET] = x;
	return share;
}

int
shamir_split(const struct secret *secret, unsigned n, unsigned t, struct secret **shares,
    struct error *err)
{
	uint8_t x[SHARES_MAX] = { 0 };
	struct secret *polynomial = NULL;
	uint8_t *coefficients = NULL;
	size_t len = 0;
	const uint8_t *bytes = secret_reveal(secret, &len);

	if (len != SHAMIR_SECRET)
		fatal("a secret of %zu bytes cannot be split", len);
	if (t < 1 || t > n || n > SHARES_MAX || (t == 1 && n > 1))
		return error_set(err, ERR_INVALID,
		    "%u of %u shares: at most %d, and 2 or more to open unless there is only "
		    "one",
		    t, n, SHARES_MAX);
	polynomial = secret_new((size_t)t * SHAMIR_SECRET);
	coefficients = secret_fill(polynomial);
	memcpy(coefficients, bytes, SHAMIR_SECRET);
	if (t > 1)
		random_bytes(coefficients + SHAMIR_SECRET, (size_t)(t - 1) * SHAMIR_SECRET);
	shuffle(x, n);
	for (unsigned i = 0; i < n; i++)
		shares[i] = evaluate(coefficients, t, x[i]);
	secret_free(&polynomial);
	return 0;
}

/* Take the x of each share.  False when one is no share, or an x comes twice. */
static bool
collect(struct secret *const *shares, unsigned t, uint8_t x[SHARES_MAX])
{
	bool seen[SHARES_MAX + 1] = {[0] = true};

	if (t < 1 || t > SHARES_MAX)
		return false;
	for (unsigned i = 0; i < t; i++) {
		size_t len = 0;
		const uint8_t *bytes = secret_reveal(shares[i], &len);

		if (len != SHAMIR_SHARE || seen[bytes[SHAMIR_SECRET]])
			return false;
		x[i] = bytes[SHAMIR_SECRET];
		seen[x[i]] = true;
	}
	return true;
}

/* The Lagrange weight of share k at 0: the product of x[i] / (x[i] - x[k]) over all others. */
static uint8_t
weigh(const uint8_t *x, unsigned t, unsigned k)
{
	uint8_t above = 1, below = 1;

	for (unsigned i = 0; i < t; i++)
		if (i != k) {
			above = multiply(above, x[i]);
			below = multiply(below, x[i] ^ x[k]);
		}
	return multiply(above, invert(below));
}

struct secret *
shamir_combine(struct secret *const *shares, unsigned t, struct error *err)
{
	uint8_t x[SHARES_MAX];
	struct secret *secret = NULL;

	if (!collect(shares, t, x)) {
		error_set(err, ERR_INVALID, "the shares are not %u different shares", t);
		return NULL;
	}
	secret = secret_new(SHAMIR_SECRET);
	for (unsigned k = 0; k < t; k++)
		add_scaled(secret_fill(secret), secret_reveal(shares[k], NULL), weigh(x, t, k));
	return secret;
}
