/*
 * What is wrapped for import is what the vault's wrapping key unwraps, and nothing else wraps.
 */
#include "tests/unit/vectors.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "keys/import.h"

#define BITS 3072
#define RSA_BYTES (BITS / 8)

static EVP_PKEY *wrapping; /* the vault's, both halves */

static int
make_wrapping(void **state)
{
	(void)state;
	wrapping = EVP_RSA_gen(BITS);
	return wrapping == NULL;
}

static int
free_wrapping(void **state)
{
	(void)state;
	EVP_PKEY_free(wrapping);
	return 0;
}

static struct buf
pem_of(EVP_PKEY *key, bool private)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct buf pem = BUF_INIT;
	char *text;
	long len;

	if (private)
		assert_int_equal(
		    PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
	else
		assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
	len = BIO_get_mem_data(bio, &text);
	buf_put(&pem, text, (size_t)len);
	BIO_free(bio);
	return pem;
}

/* The AES key, as the vault unwraps it. */
static void
unwrap_ephemeral(const uint8_t *wrapped, uint8_t aes[RSA_BYTES])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(wrapping, NULL);
	size_t len = RSA_BYTES;

	assert_true(EVP_PKEY_decrypt_init(ctx) > 0 &&
		    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) > 0 &&
		    EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) > 0 &&
		    EVP_PKEY_decrypt(ctx, aes, &len, wrapped, RSA_BYTES) > 0);
	assert_int_equal(len, 32);
	EVP_PKEY_CTX_free(ctx);
}

/* One block of AES-256, backwards. */
static void
decrypt_block(const uint8_t key[32], uint8_t block[16])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0;

	assert_true(EVP_DecryptInit_ex(ctx, EVP_aes_256_ecb(), NULL, key, NULL) > 0 &&
		    EVP_CIPHER_CTX_set_padding(ctx, 0) > 0 &&
		    EVP_DecryptUpdate(ctx, block, &n, block, 16) > 0);
	EVP_CIPHER_CTX_free(ctx);
}

/* RFC 5649, 4.2, for material of more than eight bytes, out of blocks alone. */
static struct buf
unwrap_material(const uint8_t aes[32], const uint8_t *wrapped, size_t len)
{
	uint64_t n = len / 8 - 1;
	uint8_t block[16], r[4096];
	struct buf material = BUF_INIT;
	uint32_t size;

	assert_true(len % 8 == 0 && n >= 2 && len <= sizeof r);
	memcpy(block, wrapped, 8);
	memcpy(r, wrapped + 8, len - 8);
	for (uint64_t t = 6 * n; t > 0; t--) {
		uint8_t *at = r + (t - 1) % n * 8;

		for (unsigned i = 0; i < 8; i++)
			block[7 - i] ^= (uint8_t)(t >> 8 * i);
		memcpy(block + 8, at, 8);
		decrypt_block(aes, block);
		memcpy(at, block + 8, 8);
	}
	assert_memory_equal(block, "\xa6\x59\x59\xa6", 4);
	size = (uint32_t)block[4] << 24 | (uint32_t)block[5] << 16 | (uint32_t)block[6] << 8 |
	       block[7];
	assert_true(size <= 8 * n && size > 8 * (n - 1));
	buf_put(&material, r, size);
	return material;
}

static struct buf
unwrap(const struct buf *wrapped)
{
	uint8_t aes[RSA_BYTES];

	assert_true(wrapped->len > RSA_BYTES);
	unwrap_ephemeral(wrapped->data, aes);
	return unwrap_material(aes, wrapped->data + RSA_BYTES, wrapped->len - RSA_BYTES);
}

static void
assert_wraps(const struct secret *key)
{
	struct buf pem = pem_of(wrapping, false), wrapped = BUF_INIT, got;
	struct secret *again;

	assert_int_equal(import_wrap(key, buf_str(&pem), &wrapped, NULL), 0);
	got = unwrap(&wrapped);
	again = secret_take(got.data, got.len);
	assert_true(secret_equal(key, again));
	secret_free(&again);
	buf_free(&got), buf_free(&wrapped), buf_free(&pem);
}

static void
test_symmetric(void **state)
{
	static const size_t lengths[] = {16, 32, 33, 64, 512};

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct secret *drawn = secret_random(lengths[i]);
		struct str bytes = {(const char *)secret_reveal(drawn, NULL), lengths[i]};
		struct secret *key = import_read(bytes, NULL);

		assert_true(secret_equal(drawn, key));
		assert_wraps(key);
		secret_free(&key), secret_free(&drawn);
	}
}

/* A PEM private key goes out as PKCS#8 that is the same key. */
static void
test_private_keys(void **state)
{
	EVP_PKEY *keys[] = {EVP_EC_gen("P-256"), EVP_EC_gen("P-521"),
	    EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), EVP_RSA_gen(2048)};

	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct buf pem = pem_of(keys[i], true);
		struct secret *key = import_read(buf_str(&pem), NULL);
		const unsigned char *der;
		size_t len;
		EVP_PKEY *again;

		assert_non_null(key);
		assert_wraps(key);
		der = secret_reveal(key, &len);
		again = d2i_AutoPrivateKey(NULL, &der, (long)len);
		assert_int_equal(EVP_PKEY_eq(keys[i], again), 1);
		EVP_PKEY_free(again), EVP_PKEY_free(keys[i]);
		secret_free(&key);
		buf_free(&pem);
	}
}

static void
test_never_twice_alike(void **state)
{
	struct buf pem = pem_of(wrapping, false), one = BUF_INIT, other = BUF_INIT;
	struct secret *key = secret_random(32);

	(void)state;
	assert_int_equal(import_wrap(key, buf_str(&pem), &one, NULL), 0);
	assert_int_equal(import_wrap(key, buf_str(&pem), &other, NULL), 0);
	assert_memory_not_equal(one.data, other.data, RSA_BYTES);
	assert_memory_not_equal(
	    one.data + RSA_BYTES, other.data + RSA_BYTES, one.len - RSA_BYTES);
	secret_free(&key);
	buf_free(&one), buf_free(&other), buf_free(&pem);
}

static void
test_refused_wrapping_keys(void **state)
{
	EVP_PKEY *small = EVP_RSA_gen(2048), *curve = EVP_EC_gen("P-384");
	struct buf pems[] = {
	    pem_of(small, false), pem_of(curve, false), pem_of(wrapping, true), BUF_INIT};
	struct secret *key = secret_random(32), *nothing = secret_new(0);
	struct buf good = pem_of(wrapping, false), out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof pems / sizeof *pems; i++) {
		struct error err = ERROR_INIT;

		assert_int_equal(import_wrap(key, buf_str(&pems[i]), &out, &err), -1);
		assert_int_equal(err.code, ERR_INVALID);
		buf_free(&pems[i]);
	}
	assert_int_equal(import_wrap(nothing, buf_str(&good), &out, NULL), -1);
	assert_int_equal(out.len, 0);
	EVP_PKEY_free(small), EVP_PKEY_free(curve);
	secret_free(&key), secret_free(&nothing);
	buf_free(&good);
}

static void
test_too_long(void **state)
{
	static const char bytes[IMPORT_MOST + 1];
	struct error err = ERROR_INIT;
	struct secret *key = import_read((struct str){bytes, IMPORT_MOST}, &err);

	(void)state;
	assert_non_null(key);
	secret_free(&key);
	assert_null(import_read((struct str){bytes, sizeof bytes}, &err));
	assert_int_equal(err.code, ERR_LIMIT);
}

static void
test_refused_pem(void **state)
{
	struct buf public = pem_of(wrapping, false);
	const struct str texts[] = {buf_str(&public),
	    str_of("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
	    str_of("-----BEGIN PRIVATE KEY-----\n")};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct error err = ERROR_INIT;

		assert_null(import_read(texts[i], &err));
		assert_int_equal(err.code, ERR_INVALID);
	}
	buf_free(&public);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_symmetric),
	    cmocka_unit_test(test_private_keys),
	    cmocka_unit_test(test_never_twice_alike),
	    cmocka_unit_test(test_refused_wrapping_keys),
	    cmocka_unit_test(test_refused_pem),
	    cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, make_wrapping, free_wrapping);
}
