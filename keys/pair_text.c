/*
 * Fresh key pairs as text.  Trusted with private keys that the vault has just made.
 */
#include "keys/pair_text.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "keys/pkey.h"

#define LINE 70 /* of base64, as ssh-keygen writes it */
#define CIPHER_BLOCK 8
#define POINT_MAX (1 + 2 * 66)

const struct key_traits *
pair_text_find(struct str name)
{
	const struct key_traits *t = key_type_find(name);

	return t != NULL && (t->family == FAMILY_ED25519 || t->family == FAMILY_ECDSA ||
				t->family == FAMILY_RSA)
		   ? t
		   : NULL;
}

/* ---- PEM ---- */

static void
take(BIO *bio, int written, struct buf *out)
{
	char *at = NULL;
	long len = BIO_get_mem_data(bio, &at);

	if (written != 1 || len <= 0)
		fatal("OpenSSL does not write a key");
	buf_put(out, at, (size_t)len);
	BIO_free(bio);
}

static BIO *
memory(void)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (bio == NULL)
		fatal("no memory for a key");
	return bio;
}

static void
write_pem(EVP_PKEY *pkey, struct buf *private_key, struct buf *public_key)
{
	BIO *bio = memory();

	take(bio, PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL),
	    private_key);
	bio = memory();
	take(bio, PEM_write_bio_PUBKEY(bio, pkey), public_key);
}

/* ---- OpenSSH ---- */

static void
put_text(struct buf *out, const char *text)
{
	buf_put_block(out, text, str_of(text).len);
}

/* As RFC 4251, 5 has numbers: a zero byte before a highest bit that is set. */
static void
put_number(struct buf *out, const EVP_PKEY *pkey, const char *name)
{
	BIGNUM *n = NULL;
	int len;
	uint8_t *at;

	if (EVP_PKEY_get_bn_param(pkey, name, &n) != 1)
		fatal("a key without its %s", name);
	len = BN_num_bits(n) / 8 + 1;
	buf_put_u32(out, (uint32_t)len);
	at = buf_reserve(out, (size_t)len);
	BN_bn2binpad(n, at, len);
	out->len += (size_t)len;
	BN_clear_free(n);
}

static const char *
ssh_name(const struct key_traits *t)
{
	switch (t->type) {
	case KEY_ED25519:
		return "ssh-ed25519";
	case KEY_ECDSA_P256:
		return "ecdsa-sha2-nistp256";
	case KEY_ECDSA_P384:
		return "ecdsa-sha2-nistp384";
	case KEY_ECDSA_P521:
		return "ecdsa-sha2-nistp521";
	default:
		return "ssh-rsa";
	}
}

/* The curve's name is what the key's ends in. */
static void
put_point(struct buf *out, const struct key_traits *t, const EVP_PKEY *pkey)
{
	uint8_t point[POINT_MAX];
	size_t len = 0;

	if (EVP_PKEY_get_octet_string_param(
		pkey, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &len) != 1)
		fatal("an ECDSA key without its point");
	put_text(out, ssh_name(t) + sizeof("ecdsa-sha2-") - 1);
	buf_put_block(out, point, len);
}

static void
put_public(struct buf *out, const struct key_traits *t, const EVP_PKEY *pkey)
{
	uint8_t half[32];
	size_t len = sizeof(half);

	put_text(out, ssh_name(t));
	if (t->family == FAMILY_RSA) {
		put_number(out, pkey, OSSL_PKEY_PARAM_RSA_E);
		put_number(out, pkey, OSSL_PKEY_PARAM_RSA_N);
	} else if (t->family == FAMILY_ECDSA) {
		put_point(out, t, pkey);
	} else {
		EVP_PKEY_get_raw_public_key(pkey, half, &len);
		buf_put_block(out, half, len);
	}
}

static void
put_ed25519(struct buf *out, const EVP_PKEY *pkey)
{
	uint8_t both[64]; /* seed and public half */
	size_t len = 32;

	EVP_PKEY_get_raw_private_key(pkey, both, &len);
	EVP_PKEY_get_raw_public_key(pkey, both + 32, &len);
	buf_put_block(out, both + 32, 32);
	buf_put_block(out, both, sizeof(both));
	wipe(both, sizeof(both));
}

static void
put_private(struct buf *out, const struct key_traits *t, const EVP_PKEY *pkey)
{
	static const char *const numbers[] = {OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E,
	    OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
	    OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2};
	uint32_t check;

	random_bytes(&check, sizeof(check));
	buf_put_u32(out, check);
	buf_put_u32(out, check);
	put_text(out, ssh_name(t));
	if (t->family == FAMILY_ED25519) {
		put_ed25519(out, pkey);
	} else if (t->family == FAMILY_ECDSA) {
		put_point(out, t, pkey);
		put_number(out, pkey, OSSL_PKEY_PARAM_PRIV_KEY);
	} else {
		for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
			put_number(out, pkey, numbers[i]);
	}
	put_text(out, ""); /* comment */
	for (uint8_t pad = 1; out->len % CIPHER_BLOCK != 0; pad++)
		buf_put_u8(out, pad);
}

/* Base64 between two lines. */
static void
put_armour(struct buf *out, const struct buf *bytes)
{
	struct buf text = BUF_INIT;
	struct str rest;

	base64_encode(&text, BASE64_STD, bytes->data, bytes->len);
	buf_put_text(out, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
	for (rest = buf_str(&text); rest.len > LINE; rest = str_from(rest, LINE)) {
		buf_put(out, rest.at, LINE);
		buf_put_u8(out, '\n');
	}
	buf_put_str(out, rest);
	buf_put_text(out, "\n-----END OPENSSH PRIVATE KEY-----\n");
	buf_free(&text);
}

static void
write_openssh(const struct key_traits *t, const EVP_PKEY *pkey, struct buf *private_key,
    struct buf *public_key)
{
	struct buf blob = BUF_INIT, secrets = BUF_INIT, file = BUF_INIT;

	put_public(&blob, t, pkey);
	buf_printf(public_key, "%s ", ssh_name(t));
	base64_encode(public_key, BASE64_STD, blob.data, blob.len);
	put_private(&secrets, t, pkey);
	buf_put(&file, "openssh-key-v1", sizeof("openssh-key-v1"));
	put_text(&file, "none"); /* cipher */
	put_text(&file, "none"); /* key derivation, and its options */
	put_text(&file, "");
	buf_put_u32(&file, 1);
	buf_put_block(&file, blob.data, blob.len);
	buf_put_block(&file, secrets.data, secrets.len);
	put_armour(private_key, &file);
	buf_free(&blob);
	buf_free(&secrets);
	buf_free(&file);
}

void
pair_text_make(const struct key_traits *t, enum pair_text_form form, struct buf *private_key,
    struct buf *public_key)
{
	EVP_PKEY *pkey = t->family == FAMILY_ED25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
						     : pkey_generate(t);

	if (pkey == NULL)
		fatal("OpenSSL makes no %s key", t->name);
	if (form == PAIR_PEM)
		write_pem(pkey, private_key, public_key);
	else
		write_openssh(t, pkey, private_key, public_key);
	EVP_PKEY_free(pkey);
}
