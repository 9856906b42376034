/*
 * Key bytes are in the region of secrets and nowhere else in the process; what an open version
 * takes there is what it is counted for.
 */
#include "tests/unit/named.h"

#include <stdlib.h>

#include "keys/locked_alloc.h"
#include "keys/pkey.h"
#include "tests/unit/sanitized.h"

#define REGION ((size_t)8 * 1024 * 1024)
#define NEEDLE 16 /* bytes of a key that are looked for */

static size_t
used(void)
{
	size_t size = 0;

	return secret_memory_used(&size);
}

/* How often the bytes whose complement this is stand between two addresses. */
static unsigned
count_between(const uint8_t *at, const uint8_t *end, const uint8_t complement[NEEDLE])
{
	const uint8_t first = (uint8_t)~complement[0];
	unsigned found = 0;

	for (; end - at >= NEEDLE &&
	       (at = memchr(at, first, (size_t)(end - at) - NEEDLE + 1)) != NULL;
	     at++) {
		size_t same = 1;

		while (same < NEEDLE && (at[same] ^ complement[same]) == 0xff)
			same++;
		found += same == NEEDLE;
	}
	return found;
}

/* In all memory that this process can write: in the region, and elsewhere. */
static void
count_all(const uint8_t complement[NEEDLE], unsigned *region, unsigned *elsewhere)
{
	struct secret *inside = secret_new(1);
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];

	assert_non_null(maps);
	*region = *elsewhere = 0;
	while (fgets(line, sizeof line, maps) != NULL) {
		unsigned long from = 0, to = 0;
		char mode[5] = "";
		const uint8_t *at = NULL, *end = NULL;

		if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) != 3 || mode[0] != 'r' ||
		    mode[1] != 'w')
			continue;
		at = (const uint8_t *)from, end = (const uint8_t *)to;
		if ((const uint8_t *)inside >= at && (const uint8_t *)inside < end)
			*region += count_between(at, end, complement);
		else
			*elsewhere += count_between(at, end, complement);
	}
	fclose(maps);
	secret_free(&inside);
}

static void
complement_of(const uint8_t *bytes, uint8_t complement[NEEDLE])
{
	for (unsigned i = 0; i < NEEDLE; i++)
		complement[i] = (uint8_t)~bytes[i];
}

static void
use(const struct named_key *k)
{
	struct cipher_use cipher = {.context = str_of("c")};
	struct sign_use sign = {.context = str_of("c"), .hash = HASH_SHA2_256};
	struct hmac_use hmac = {.hash = HASH_SHA2_256};
	struct buf text = BUF_INIT, out = BUF_INIT;
	bool valid = false;

	if (named_key_encrypt(k, &cipher, str_of("text"), &text, NULL) == 0)
		named_key_decrypt(k, &cipher, buf_str(&text), &out, NULL);
	buf_clear(&text);
	if (named_key_sign(k, &sign, str_of("text"), &text, NULL) == 0)
		named_key_verify(k, &sign, str_of("text"), buf_str(&text), &valid, NULL);
	named_key_hmac(k, &hmac, str_of("text"), &text, NULL);
	buf_free(&text), buf_free(&out);
}

/*
 * The bytes to look for: of a symmetric key the key itself, of ed25519 its seed, of the others
 * what their private number begins with.
 */
static void
find_needle(const struct named_key *k, uint8_t complement[NEEDLE])
{
	const struct named_version *v = k->slots[0].version;
	struct named_open *open = named_keys_acquire(k, k->slots[0].version, NULL);
	BIGNUM *private = NULL;
	uint8_t number[512];

	if (open->pkey != NULL) {
		const char *name =
		    key_type_traits(k->set.type)->family == FAMILY_RSA ? "rsa-factor1" : "priv";

		assert_int_equal(EVP_PKEY_get_bn_param(open->pkey, name, &private), 1);
		BN_bn2lebinpad(private, number, sizeof number); /* as OpenSSL keeps it */
		complement_of(number, complement);
		BN_clear_free(private);
		wipe(number, sizeof number);
	} else {
		complement_of(secret_reveal(open->key != NULL ? open->key : open->hmac, NULL),
		    complement);
	}
	named_keys_release(k, (struct named_version *)v);
}

static struct named_keys *all;

static void
test_keys_are_nowhere_else(void **state)
{
	static const struct {
		const char *type, *how;
	} cases[] = {{"aes256-gcm96", "derived"}, {"aes256-gcm96", "convergent"},
	    {"chacha20-poly1305", ""}, {"xchacha20-poly1305", ""}, {"ed25519", ""},
	    {"ed25519", "derived"}, {"hmac", ""}, {"ecdsa-p256", ""}, {"ecdsa-p384", ""},
	    {"ecdsa-p521", ""}, {"rsa-2048", ""}};

	(void)state;
	if (SANITIZED)
		skip();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct named_key *k = new_named_key(all, cases[i].type, cases[i].how);
		unsigned region = 0, elsewhere = 0;
		uint8_t complement[NEEDLE];

		use(k);
		find_needle(k, complement);
		count_all(complement, &region, &elsewhere);
		if (region == 0 || elsewhere > 0)
			fail_msg(
			    "%s %s: %u, %u", cases[i].type, cases[i].how, region, elsewhere);
		named_key_free(&k);
		count_all(complement, &region, &elsewhere);
		if (region > 0 || elsewhere > 0)
			fail_msg("%s %s is left: %u, %u", cases[i].type, cases[i].how, region,
			    elsewhere);
	}
}

/* AES: the schedule begins with the key, wherever OpenSSL keeps it. */
static void
test_schedules_are_nowhere_else(void **state)
{
	static const char *const types[] = {"aes128-gcm96", "aes256-gcm96"};

	(void)state;
	if (SANITIZED)
		skip();
	for (unsigned i = 0; i < 2; i++) {
		struct secret *key = secret_random(i == 0 ? 16 : 32);
		struct named_key *k =
		    named_key_of(all, named_settings(types[i], ""), key, str_of(""));
		unsigned region = 0, elsewhere = 0;
		uint8_t complement[NEEDLE];

		complement_of(secret_reveal(key, NULL), complement);
		secret_free(&key);
		count_all(complement, &region, &elsewhere);
		assert_int_equal(region + elsewhere, 0); /* wrapped only */
		use(k);
		count_all(complement, &region, &elsewhere);
		assert_true(region > 0);
		assert_int_equal(elsewhere, 0);
		named_key_free(&k);
		count_all(complement, &region, &elsewhere);
		assert_int_equal(region + elsewhere, 0);
	}
}

/* A control: what lies in the heap is seen. */
static void
test_the_search_finds(void **state)
{
	uint8_t complement[NEEDLE];
	uint8_t *heap = NULL;
	unsigned region = 0, elsewhere = 0;

	(void)state;
	if (SANITIZED)
		skip();
	heap = malloc(NEEDLE);
	assert_non_null(heap);
	random_bytes(heap, NEEDLE);
	complement_of(heap, complement);
	count_all(complement, &region, &elsewhere);
	assert_true(elsewhere > 0);
	free(heap);
}

/* Drawn, where that is quick. */
static struct named_key *
make(const char *type)
{
	if (strncmp(type, "rsa", 3) == 0)
		return named_key_from(all, named_settings(type, ""), known_private(type));
	return new_named_key(all, type, "");
}

static void
test_costs_are_right(void **state)
{
	static const char *const types[] = {"aes128-gcm96", "aes256-gcm96", "chacha20-poly1305",
	    "ed25519", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048", "rsa-3072",
	    "rsa-4096", "hmac"};

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct named_key *k = make(types[i]);
		size_t counted = 0, taken = 0;

		use(k);
		counted = k->slots[0].version->open->cost;
		taken = used();
		named_key_free(&k);
		taken -= used();
		if (taken > counted || taken < counted / 16)
			fail_msg("%s takes %zu, counted for %zu", types[i], taken, counted);
	}
}

static int
set_up(void **state)
{
	(void)state;
	if (secret_memory_init(REGION, true, false, NULL) != 0)
		return -1;
	locked_alloc_init();
	all = known_named_keys(4 << 20);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	named_keys_free(&all);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_search_finds),
	    cmocka_unit_test(test_schedules_are_nowhere_else),
	    cmocka_unit_test(test_keys_are_nowhere_else),
	    cmocka_unit_test(test_costs_are_right),
	};

	return cmocka_run_group_tests_name("named memory", tests, set_up, tear_down);
}
