/*
 * Keys of CAs.  Only the keeper runs this; it is trusted with what every certificate of a mount
 * stands on, for as long as it signs.
 */
#include "keys/ca_key.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "keys/aead.h"
#include "keys/pair.h"

#define PEM_MOST (16 * 1024) /* what OpenSSL makes of it lies in locked memory */

struct ca_key {
	EVP_PKEY *pair;
};

static struct ca_key *
take(EVP_PKEY *pair)
{
	struct ca_key *k = NULL;

	ERR_clear_error();
	if (pair == NULL)
		return NULL;
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		fatal("no memory for a key");
	k->pair = pair;
	return k;
}

struct ca_key *
ca_key_new(const char *type, unsigned bits, struct error *err)
{
	struct ca_key *k = take(pair_new(type, bits));

	if (k == NULL)
		error_set(
		    err, ERR_INVALID, "there is no key of type %s with %u bits", type, bits);
	return k;
}

/* A key under a passphrase has none that we know. */
static int
no_passphrase(char *to, int size, int writing, void *arg)
{
	(void)to;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

struct ca_key *
ca_key_read(struct str pem, struct error *err)
{
	BIO *in;
	struct ca_key *k;

	if (pem.len > PEM_MOST) {
		error_set(err, ERR_INVALID, "a private key of more than %d bytes", PEM_MOST);
		return NULL;
	}
	in = BIO_new_mem_buf(pem.len > 0 ? pem.at : "", (int)pem.len);
	if (in == NULL)
		fatal("no memory to read PEM");
	k = take(PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL));
	BIO_free(in);
	if (k == NULL)
		error_set(err, ERR_INVALID, "no private key in PEM form that can be read");
	return k;
}

void
ca_key_free(struct ca_key **k)
{
	if (*k == NULL)
		return;
	EVP_PKEY_free((*k)->pair);
	free(*k);
	*k = NULL;
}

void
ca_key_wrap(const struct ca_key *k, const struct keyring *keyring, const struct ad *place,
    struct buf *out)
{
	struct secret *text = pair_pack(k->pair);

	aead_wrap_secret(
	    keyring_key(keyring, KEYRING_NAMED), place->bytes, place->len, text, out);
	secret_free(&text);
}

struct ca_key *
ca_key_unwrap(const struct keyring *keyring, const struct ad *place, struct str wrapped,
    struct error *err)
{
	struct secret *text = aead_unwrap_secret(keyring_key(keyring, KEYRING_NAMED),
	    place->bytes, place->len, wrapped.at, wrapped.len, err);
	struct ca_key *k;

	if (text == NULL)
		return NULL;
	k = take(pair_unpack(text));
	secret_free(&text);
	if (k == NULL)
		error_set(err, ERR_CORRUPT, "a key opens, but is none");
	return k;
}

void
ca_key_put_public(const struct ca_key *k, struct buf *out)
{
	pair_put_public(k->pair, out);
}

bool
ca_key_is_slow(const struct ca_key *k)
{
	return EVP_PKEY_is_a(k->pair, "RSA");
}

/* ---- signing ---- */

struct scheme {
	const char *digest;    /* NULL: the key hashes by itself */
	const char *algorithm; /* the AlgorithmIdentifier */
	size_t len;
};

#define SCHEME(digest, der) \
	{ \
		digest, der, sizeof(der) - 1 \
	}
#define RSA(arc) "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01" arc "\x05\x00"
#define ECDSA(arc) "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03" arc
#define SHA2(arc) "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02" arc
/* RSASSA-PSS-params: hash, mask MGF1 with the same, the salt as long as the hash. */
#define PSS(arc, salt) \
	"\x30\x3d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x30\xa0\x0d" SHA2( \
	    arc) "\xa1\x1a\x30\x18\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08" SHA2(arc) "\xa2\x03\x02\x01" salt

static const struct scheme rsa[] = {SCHEME("SHA256", RSA("\x0b")),
    SCHEME("SHA384", RSA("\x0c")), SCHEME("SHA512", RSA("\x0d"))};
static const struct scheme pss[] = {SCHEME("SHA256", PSS("\x01", "\x20")),
    SCHEME("SHA384", PSS("\x02", "\x30")), SCHEME("SHA512", PSS("\x03", "\x40"))};
static const struct scheme ecdsa[] = {SCHEME("SHA256", ECDSA("\x02")),
    SCHEME("SHA384", ECDSA("\x03")), SCHEME("SHA512", ECDSA("\x04"))};
static const struct scheme ed25519 = SCHEME(NULL, "\x30\x05\x06\x03\x2b\x65\x70");

/* 256, 384, 512 by their place in the tables; what fits the key when none is named. */
static unsigned
strength(const struct ca_key *k, unsigned hash_bits)
{
	int bits = EVP_PKEY_get_bits(k->pair);

	if (hash_bits == 0 && EVP_PKEY_is_a(k->pair, "EC"))
		hash_bits = bits <= 256 ? 256 : bits <= 384 ? 384 : 512;
	return hash_bits == 512 ? 2 : hash_bits == 384 ? 1 : 0;
}

static const struct scheme *
scheme_of(const struct ca_key *k, struct ca_key_manner manner)
{
	unsigned at = strength(k, manner.hash_bits);

	if (EVP_PKEY_is_a(k->pair, "ED25519"))
		return &ed25519;
	if (EVP_PKEY_is_a(k->pair, "EC"))
		return &ecdsa[at];
	return manner.pss ? &pss[at] : &rsa[at];
}

void
ca_key_put_algorithm(const struct ca_key *k, struct ca_key_manner manner, struct buf *out)
{
	const struct scheme *s = scheme_of(k, manner);

	buf_put(out, s->algorithm, s->len);
}

void
ca_key_sign(
    const struct ca_key *k, struct ca_key_manner manner, struct str content, struct buf *out)
{
	const struct scheme *s = scheme_of(k, manner);
	bool with_pss = s >= pss && s < pss + 3;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	size_t len = (size_t)EVP_PKEY_get_size(k->pair);

	if (ctx == NULL ||
	    EVP_DigestSignInit_ex(ctx, &pctx, s->digest, NULL, NULL, k->pair, NULL) != 1 ||
	    (with_pss &&
		(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) != 1 ||
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) != 1)) ||
	    EVP_DigestSign(ctx, buf_reserve(out, len), &len, (const unsigned char *)content.at,
		content.len) != 1)
		fatal("OpenSSL does not sign");
	out->len += len;
	EVP_MD_CTX_free(ctx);
}
