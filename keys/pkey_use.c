/*
 * What ECDSA and RSA keys do.  Trusted with private keys while it works with them.
 */
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#include "keys/pkey.h"

static EVP_PKEY_CTX *
start(EVP_PKEY *pkey, int (*init)(EVP_PKEY_CTX *))
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);

	if (ctx == NULL || init(ctx) != 1)
		fatal("OpenSSL does not use a key of its own");
	return ctx;
}

/* OpenSSL keeps what went wrong for whoever looks next: nobody does. */
static void
end(EVP_PKEY_CTX *ctx)
{
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
}

static void
choose_oaep(EVP_PKEY_CTX *ctx, enum hash hash)
{
	if (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_oaep_md(ctx, hash_evp(hash)) != 1 ||
	    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, hash_evp(hash)) != 1)
		fatal("OpenSSL has no OAEP with %s", hash_name(hash));
}

int
pkey_encrypt(EVP_PKEY *pkey, struct str plaintext, struct buf *out, struct error *err)
{
	EVP_PKEY_CTX *ctx = start(pkey, EVP_PKEY_encrypt_init);
	size_t len = (size_t)EVP_PKEY_get_size(pkey);
	int rc = 0;

	choose_oaep(ctx, HASH_SHA2_256);
	if (EVP_PKEY_encrypt(ctx, buf_reserve(out, len), &len, (const uint8_t *)plaintext.at,
		plaintext.len) == 1)
		out->len += len;
	else
		rc = error_set(err, ERR_INVALID,
		    "failed to RSA encrypt the plaintext: message too long for RSA key size");
	end(ctx);
	return rc;
}

int
pkey_decrypt(EVP_PKEY *pkey, enum hash oaep, struct str ciphertext, uint8_t *out, size_t *len,
    struct error *err)
{
	EVP_PKEY_CTX *ctx = start(pkey, EVP_PKEY_decrypt_init);
	int rc = 0;

	choose_oaep(ctx, oaep);
	if (EVP_PKEY_decrypt(ctx, out, len, (const uint8_t *)ciphertext.at, ciphertext.len) !=
	    1)
		rc = error_set(err, ERR_INVALID, "crypto/rsa: decryption error");
	end(ctx);
	return rc;
}

/* The longest salt that fits beside the sum (RFC 8017, 9.1.1). */
static int
longest_salt(EVP_PKEY *pkey, enum hash hash)
{
	return (EVP_PKEY_get_bits(pkey) + 6) / 8 - 2 - (int)hash_size(hash);
}

static int
choose_pss(EVP_PKEY *pkey, EVP_PKEY_CTX *ctx, const struct sign_use *use, struct error *err)
{
	int salt = use->salt;

	if (salt < SIGN_SALT_HASH || salt > longest_salt(pkey, use->hash))
		return error_set(err, ERR_INVALID, "requested salt length %d is invalid", salt);
	if (salt == SIGN_SALT_AUTO)
		salt = RSA_PSS_SALTLEN_AUTO; /* signing: the longest */
	else if (salt == SIGN_SALT_HASH)
		salt = RSA_PSS_SALTLEN_DIGEST;
	if (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, salt) != 1 ||
	    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, hash_evp(use->hash)) != 1)
		fatal("OpenSSL has no PSS with %s", hash_name(use->hash));
	return 0;
}

/* How an RSA key signs. */
static int
choose_scheme(EVP_PKEY *pkey, EVP_PKEY_CTX *ctx, const struct sign_use *use, struct error *err)
{
	if (use->hash != HASH_NONE &&
	    EVP_PKEY_CTX_set_signature_md(ctx, hash_evp(use->hash)) != 1)
		fatal("OpenSSL does not sign %s", hash_name(use->hash));
	if (use->scheme == SIGN_PSS)
		return choose_pss(pkey, ctx, use, err);
	if (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1)
		fatal("OpenSSL has no PKCS #1 signatures");
	return 0;
}

/* RSA wants the sum of the hash that it is told of; ECDSA takes any bytes. */
static bool
fits(const struct key_traits *t, const struct sign_use *use, struct str sum)
{
	return t->family != FAMILY_RSA || use->hash == HASH_NONE ||
	       sum.len == hash_size(use->hash);
}

static void
put_number(struct buf *out, const BIGNUM *n, size_t size)
{
	if (BN_bn2binpad(n, buf_reserve(out, size), (int)size) != (int)size)
		fatal("a signature is longer than its curve");
	out->len += size;
}

/* ECDSA's two numbers at fixed width, from DER (RFC 7515, 3.4). */
static void
put_jws(const uint8_t *der, size_t len, size_t size, struct buf *out)
{
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)len);

	if (signature == NULL)
		fatal("OpenSSL made no signature");
	put_number(out, ECDSA_SIG_get0_r(signature), size);
	put_number(out, ECDSA_SIG_get0_s(signature), size);
	ECDSA_SIG_free(signature);
}

int
pkey_sign(EVP_PKEY *pkey, const struct key_traits *t, const struct sign_use *use,
    struct str sum, struct buf *out, struct error *err)
{
	EVP_PKEY_CTX *ctx = NULL;
	struct buf made = BUF_INIT;
	size_t len = (size_t)EVP_PKEY_get_size(pkey);
	int rc = 0;

	if (!fits(t, use, sum))
		return error_set(err, ERR_INVALID, "the input is not as long as a sum of %s",
		    hash_name(use->hash));
	ctx = start(pkey, EVP_PKEY_sign_init);
	if (t->family == FAMILY_RSA)
		rc = choose_scheme(pkey, ctx, use, err);
	if (rc == 0 && EVP_PKEY_sign(ctx, buf_reserve(&made, len), &len,
			   (const uint8_t *)sum.at, sum.len) != 1)
		rc = error_set(err, ERR_INVALID, "the input is too long for this key to sign");
	end(ctx);
	if (rc == 0 && t->family == FAMILY_ECDSA && use->marshaling == SIGN_JWS)
		put_jws(made.data, len, t->size, out);
	else if (rc == 0)
		buf_put(out, made.data, len);
	buf_free(&made);
	return rc;
}

/* Append DER from two numbers at fixed width.  False: they have another width. */
static bool
read_jws(struct str text, size_t size, struct buf *der)
{
	const uint8_t *at = (const uint8_t *)text.at;
	ECDSA_SIG *signature = NULL;
	uint8_t *to = NULL;
	int len = 0;

	if (text.len != 2 * size)
		return false;
	signature = ECDSA_SIG_new();
	if (signature == NULL || ECDSA_SIG_set0(signature, BN_bin2bn(at, (int)size, NULL),
				     BN_bin2bn(at + size, (int)size, NULL)) != 1)
		fatal("no memory for a signature");
	len = i2d_ECDSA_SIG(signature, NULL);
	to = buf_reserve(der, (size_t)len);
	i2d_ECDSA_SIG(signature, &to);
	der->len += (size_t)len;
	ECDSA_SIG_free(signature);
	return true;
}

/* Append DER that is DER: the only encoding there is of the two numbers. */
static int
read_asn1(struct str text, struct buf *der, struct error *err)
{
	const uint8_t *at = (const uint8_t *)text.at, *end = at + text.len;
	ECDSA_SIG *signature =
	    text.len > LONG_MAX ? NULL : d2i_ECDSA_SIG(NULL, &at, (long)text.len);
	uint8_t *to = NULL;
	int rc = 0, len = 0;

	if (signature == NULL)
		return error_set(err, ERR_INVALID, "supplied signature is invalid");
	len = i2d_ECDSA_SIG(signature, NULL);
	to = buf_reserve(der, (size_t)len);
	i2d_ECDSA_SIG(signature, &to);
	der->len += (size_t)len;
	if (at != end)
		rc = error_set(err, ERR_INVALID, "supplied signature contains extra data");
	else if (!str_equal(buf_str(der), text))
		rc = error_set(err, ERR_INVALID, "supplied signature is invalid");
	ECDSA_SIG_free(signature);
	return rc;
}

/* The signature as OpenSSL takes it, appended.  1; 0: it is wrong by its form; -1 and err. */
static int
read_signature(const struct key_traits *t, const struct sign_use *use, struct str text,
    struct buf *out, struct error *err)
{
	if (t->family == FAMILY_ECDSA && use->marshaling == SIGN_JWS)
		return read_jws(text, t->size, out);
	if (t->family == FAMILY_ECDSA)
		return read_asn1(text, out, err) == 0 ? 1 : -1;
	buf_put_str(out, text);
	return 1;
}

int
pkey_verify(EVP_PKEY *pkey, const struct key_traits *t, const struct sign_use *use,
    struct str sum, struct str signature, bool *valid, struct error *err)
{
	EVP_PKEY_CTX *ctx = start(pkey, EVP_PKEY_verify_init);
	struct buf read = BUF_INIT;
	int rc = 0;

	*valid = false;
	if (t->family == FAMILY_RSA)
		rc = choose_scheme(pkey, ctx, use, err);
	if (rc == 0)
		rc = read_signature(t, use, signature, &read, err);
	if (rc == 1 && fits(t, use, sum))
		*valid = EVP_PKEY_verify(
			     ctx, read.data, read.len, (const uint8_t *)sum.at, sum.len) == 1;
	end(ctx);
	buf_free(&read);
	return rc < 0 ? -1 : 0;
}
