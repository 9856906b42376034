/*
 * Wrapping key material for import, in the client.
 * Security: the material and the AES key that wraps it lie where secrets lie, and in OpenSSL's
 * memory, which is wiped when it is freed, while it converts and encrypts.
 */
#include "keys/import.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/reveal.h"

#define EPHEMERAL 32
#define RSA_LEAST 3072
#define KWP_OVERHEAD 16 /* at most: eight bytes, and what pads to eight */

static BIO *
open_text(struct str text)
{
	return BIO_new_mem_buf(text.at, (int)text.len);
}

/* OpenSSL would ask for a passphrase at the terminal. */
static int
give_none(char *to, int size, int writing, void *arg)
{
	(void)to, (void)size, (void)writing, (void)arg;
	return -1;
}

struct secret *
import_read(struct str content, struct error *err)
{
	BIO *text = NULL;
	EVP_PKEY *key = NULL;
	PKCS8_PRIV_KEY_INFO *info = NULL;
	unsigned char *der = NULL;
	struct secret *made = NULL;
	int len = 0;

	if (content.len > IMPORT_MOST) {
		error_set(err, ERR_LIMIT, "key material has %d bytes at most", IMPORT_MOST);
		return NULL;
	}
	if (!str_starts(str_trim(content), "-----BEGIN ")) {
		made = secret_new(content.len);
		memcpy(secret_fill(made), content.at, content.len);
		return made;
	}
	if ((text = open_text(content)) != NULL &&
	    (key = PEM_read_bio_PrivateKey(text, NULL, give_none, NULL)) != NULL &&
	    (info = EVP_PKEY2PKCS8(key)) != NULL)
		len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
	if (len > 0)
		made = secret_take(der, (size_t)len);
	else
		error_set(err, ERR_INVALID, "this PEM holds no private key that is readable");
	OPENSSL_free(der);
	PKCS8_PRIV_KEY_INFO_free(info);
	EVP_PKEY_free(key);
	BIO_free(text);
	return made;
}

static EVP_PKEY *
read_wrapping(struct str pem, struct error *err)
{
	BIO *text = open_text(pem);
	EVP_PKEY *key = text != NULL ? PEM_read_bio_PUBKEY(text, NULL, NULL, NULL) : NULL;

	BIO_free(text);
	if (key != NULL && EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) >= RSA_LEAST)
		return key;
	EVP_PKEY_free(key);
	error_set(
	    err, ERR_INVALID, "this is no wrapping key: RSA of %d bits or more", RSA_LEAST);
	return NULL;
}

/* The AES key under the vault's. */
static void
put_ephemeral(EVP_PKEY *wrapping, const struct secret *ephemeral, struct buf *out)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, wrapping, NULL);
	size_t len = (size_t)EVP_PKEY_get_size(wrapping);
	unsigned char *to = buf_reserve(out, len);

	if (ctx == NULL || EVP_PKEY_encrypt_init(ctx) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) <= 0 ||
	    EVP_PKEY_encrypt(ctx, to, &len, secret_reveal(ephemeral, NULL), EPHEMERAL) <= 0)
		fatal("OpenSSL cannot wrap with RSA-OAEP");
	out->len += len;
	EVP_PKEY_CTX_free(ctx);
}

/* The material under the AES key. */
static void
put_material(const struct secret *ephemeral, const struct secret *key, struct buf *out)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-WRAP-PAD", NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t len = 0;
	const uint8_t *bytes = secret_reveal(key, &len);
	unsigned char *to = buf_reserve(out, len + KWP_OVERHEAD);
	int done = 0, end = 0;

	if (cipher == NULL || ctx == NULL)
		fatal("OpenSSL has no AES-KWP");
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (EVP_EncryptInit_ex2(ctx, cipher, secret_reveal(ephemeral, NULL), NULL, NULL) <= 0 ||
	    EVP_EncryptUpdate(ctx, to, &done, bytes, (int)len) <= 0 ||
	    EVP_EncryptFinal_ex(ctx, to + done, &end) <= 0)
		fatal("OpenSSL cannot wrap with AES-KWP");
	out->len += (size_t)(done + end);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
}

int
import_wrap(
    const struct secret *key, struct str wrapping_pem, struct buf *out, struct error *err)
{
	EVP_PKEY *wrapping = read_wrapping(wrapping_pem, err);
	struct secret *ephemeral = NULL;
	size_t len = 0;

	if (wrapping == NULL)
		return -1;
	secret_reveal(key, &len);
	if (len == 0) {
		EVP_PKEY_free(wrapping);
		return error_set(err, ERR_INVALID, "there is no key material in it");
	}
	ephemeral = secret_random(EPHEMERAL);
	put_ephemeral(wrapping, ephemeral, out);
	put_material(ephemeral, key, out);
	secret_free(&ephemeral);
	EVP_PKEY_free(wrapping);
	return 0;
}
