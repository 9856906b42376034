/*
 * Hashes and signatures agree with the published vectors, and forgeries are refused.
 */
#include "tests/unit/vectors.h"

#include <pthread.h>

#include "keys/digest.h"

static struct str
as_str(const void *bytes, size_t len)
{
	return (struct str){bytes, len};
}

static void
test_sha256(void **state)
{
	static const struct {
		const char *text, *hash;
	} cases[] = {/* FIPS 180-4 */
	    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"}};
	uint8_t out[DIGEST_SHA256];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		digest_sha256(cases[i].text, strlen(cases[i].text), out);
		assert_bytes(as_str(out, sizeof out), cases[i].hash);
	}
}

static void
test_chain(void **state)
{
	uint8_t both[DIGEST_SHA256 + 4], next[DIGEST_SHA256], want[DIGEST_SHA256];

	(void)state;
	random_bytes(both, sizeof both);
	digest_sha256(both, sizeof both, want);
	digest_chain(both, as_str(both + DIGEST_SHA256, 4), next);
	assert_memory_equal(next, want, sizeof want);
	digest_chain(both, as_str(both + DIGEST_SHA256, 4), both);
	assert_memory_equal(both, want, sizeof want);
	digest_chain(next, as_str("", 0), next);
	assert_memory_not_equal(next, want, sizeof want);
}

#define AA20 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define AA131 AA20 AA20 AA20 AA20 AA20 AA20 "aaaaaaaaaaaaaaaaaaaaaa"
#define DD50 \
	"dddddddddddddddddddddddddddddddddddddddddddddddddd" \
	"dddddddddddddddddddddddddddddddddddddddddddddddddd"
#define CD50 \
	"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd" \
	"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"

static void
hmac_case(char *const *field, int valid)
{
	struct secret *key = secret_of(field[2]);
	struct buf message = bytes_of(field[3]), tag = bytes_of(field[4]);
	uint8_t out[DIGEST_SHA256];

	digest_hmac(key, buf_str(&message), out);
	assert_int_equal(memcmp(out, tag.data, tag.len) == 0, valid);
	buf_free(&message), buf_free(&tag);
	secret_free(&key);
}

static void
test_hmac(void **state)
{
	static char *const cases[][5] = {/* RFC 4231, 1-4, 6, 7 */
	    {"1", "valid", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
		"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
	    {"2", "valid", "4a656665",
		"7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
	    {"3", "valid", AA20, DD50,
		"773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
	    {"4", "valid", "0102030405060708090a0b0c0d0e0f10111213141516171819", CD50,
		"82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
	    {"6", "valid", AA131,
		"54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a"
		"65204b6579202d2048617368204b6579204669727374",
		"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
	    {"7", "valid", AA131,
		"5468697320697320612074657374207573696e672061206c6172676572207468"
		"616e20626c6f636b2d73697a65206b657920616e642061206c61726765722074"
		"68616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565"
		"647320746f20626520686173686564206265666f7265206265696e6720757365"
		"642062792074686520484d414320616c676f726974686d2e",
		"9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
	    /* A key of exactly one block; by Python's hmac. */
	    {"0", "valid", AA20 AA20 AA20 "aaaaaaaa", "626c6f636b",
		"17fdf183abeadb3f439b70ca7d86f064900bd9e62791d5a5b0e6e3cd8db333b1"}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		hmac_case(cases[i], 1);
	assert_int_equal(
	    each_vector("tests/data/wycheproof/hmac_sha256.txt", 5, hmac_case), 174);
}

static void
signature_case(char *const *field, int valid)
{
	struct buf public = bytes_of(field[2]), message = bytes_of(field[3]);
	struct buf signature = bytes_of(field[4]);

	assert_int_equal(signature.len, DIGEST_SIGNATURE);
	assert_int_equal(
	    digest_verify(public.data, buf_str(&message), signature.data), valid ? 0 : -1);
	buf_free(&public), buf_free(&message), buf_free(&signature);
}

/* The first two of the authors' test vectors of SipHash-2-4-128. */
static void
test_tag(void **state)
{
	static const uint8_t key[DIGEST_TAG] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	static const uint8_t tags[][DIGEST_TAG] = {
	    {0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6, 0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55,
		0x02, 0x93},
	    {0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44, 0x34, 0x76, 0x59, 0x11, 0x9b, 0x22,
		0xfc, 0x45}};
	uint8_t tag[DIGEST_TAG];

	(void)state;
	for (size_t len = 0; len < 2; len++) {
		digest_tag(key, (struct str){"", len}, tag);
		assert_memory_equal(tag, tags[len], sizeof(tag));
	}
}

static void
test_published_signatures(void **state)
{
	(void)state;
	assert_int_equal(
	    each_vector("tests/data/wycheproof/ed25519.txt", 5, signature_case), 139);
}

static void
test_rfc8032(void **state)
{
	static const struct {
		const char *seed, *public, *message, *signature;
	} cases[] = {/* section 7.1, tests 1 and 3 */
	    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "-",
		"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
		"5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
	    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
		"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
		"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
		"18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"}};
	uint8_t public[DIGEST_PUBLIC], signature[DIGEST_SIGNATURE];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf message = bytes_of(cases[i].message);
		struct secret *signer = NULL;

		pin(cases[i].seed);
		signer = digest_signer_new(public);
		unpin();
		assert_bytes(as_str(public, sizeof public), cases[i].public);
		digest_sign(signer, buf_str(&message), signature);
		assert_bytes(as_str(signature, sizeof signature), cases[i].signature);
		buf_free(&message);
		secret_free(&signer);
	}
}

static void
test_refuses_forged_signatures(void **state)
{
	uint8_t public[DIGEST_PUBLIC], other[DIGEST_PUBLIC], signature[DIGEST_SIGNATURE];
	struct secret *signer = digest_signer_new(public), *stranger = digest_signer_new(other);
	struct str message = str_of("checkpoint");

	(void)state;
	digest_sign(signer, message, signature);
	assert_int_equal(digest_verify(public, message, signature), 0);
	assert_int_equal(digest_verify(other, message, signature), -1);
	assert_int_equal(digest_verify(public, str_of("checkpoinT"), signature), -1);
	for (size_t bit = 0; bit < 8 * sizeof signature; bit++) {
		signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(digest_verify(public, message, signature), -1);
		signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	secret_free(&signer), secret_free(&stranger);
}

static void *
hash_often(void *failed)
{
	uint8_t out[DIGEST_SHA256], again[DIGEST_SHA256];

	digest_sha256(&failed, sizeof failed, out);
	for (int i = 0; i < 20000; i++) {
		digest_sha256(&failed, sizeof failed, again);
		if (memcmp(out, again, sizeof out) != 0)
			*(int *)failed = 1;
	}
	return NULL;
}

static void
test_threads_do_not_mix(void **state)
{
	pthread_t threads[4];
	int failed[4] = {0};

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hash_often, &failed[i]), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_false(failed[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sha256),
	    cmocka_unit_test(test_chain),
	    cmocka_unit_test(test_hmac),
	    cmocka_unit_test(test_tag),
	    cmocka_unit_test(test_published_signatures),
	    cmocka_unit_test(test_rfc8032),
	    cmocka_unit_test(test_refuses_forged_signatures),
	    cmocka_unit_test(test_threads_do_not_mix),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
