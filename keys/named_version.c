/*
 * One version of a named key: drawn, wrapped for the store, opened.  Trusted with its bytes.
 * Security: they are in struct secret, in OpenSSL's memory, or wrapped; never anywhere else.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/reveal.h"
#include "keys/aead.h"
#include "keys/named_inside.h"
#include "keys/pkey.h"

/* What DER of an ed25519 public key begins with (RFC 8410). */
static const uint8_t ed25519_spki[] = {
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

/* About what an open version takes, measured (tests/unit/test_named_memory.c). */
static size_t
cost(const struct key_traits *t)
{
	switch (t->family) {
	case FAMILY_GCM:
		return 2048;
	case FAMILY_ECDSA:
		return 4096;
	case FAMILY_RSA:
		return 4096 + t->size * 16;
	default:
		return 512;
	}
}

static void
bind(const struct named_key *k, uint32_t number, struct ad *ad)
{
	*ad = k->all->bound;
	ad_put(ad, k->id, NAMED_ID);
	ad_put_u8(ad, (uint8_t)k->set.type);
	ad_put_u32(ad, number);
}

static struct secret *
copy_bytes(const uint8_t *bytes, size_t len)
{
	struct secret *copy = secret_new(len);

	memcpy(secret_fill(copy), bytes, len);
	return copy;
}

/* -- making ---------------------------------------------------------------------------- */

struct secret *
named_version_draw(const struct named_key *k, struct buf *public_key)
{
	const struct key_traits *t = named_traits(k);
	struct secret *key = NULL, *seed = NULL;
	EVP_PKEY *pkey = NULL;

	switch (t->family) {
	case FAMILY_HMAC:
		return secret_random(k->set.key_size);
	case FAMILY_ED25519:
		seed = secret_random(t->size);
		key = pkey_ed25519(seed, public_key);
		secret_free(&seed);
		return key;
	case FAMILY_ECDSA:
	case FAMILY_RSA:
		pkey = pkey_generate(t);
		key = pkey_format(t, pkey);
		pkey_format_public(pkey, public_key);
		EVP_PKEY_free(pkey);
		return key;
	default:
		return secret_random(t->size);
	}
}

/* HMAC key and key, one behind the other; of type hmac the key alone. */
static struct secret *
join(const struct named_key *k, const struct named_version_source *s)
{
	size_t len = 0, hmac = named_traits(k)->family == FAMILY_HMAC ? 0 : NAMED_HMAC_KEY;
	const uint8_t *key = s->key == NULL ? NULL : secret_reveal(s->key, &len);
	struct secret *text = secret_new(hmac + len);

	if (s->hmac != NULL)
		memcpy(secret_fill(text), secret_reveal(s->hmac, NULL), hmac);
	else
		random_bytes(secret_fill(text), hmac);
	if (key != NULL)
		memcpy(secret_fill(text) + hmac, key, len);
	return text;
}

/*
 * A derived ed25519 key has no public part of its own: that would be half of what its keys are
 * derived from.
 */
static void
take_fingerprint(
    const struct named_key *k, const struct named_version_source *s, struct named_version *v)
{
	static const char label[] = "vaultd fingerprint 1";
	const uint8_t type = (uint8_t)k->set.type;
	struct str key[] = {{label, sizeof label}, {(const char *)&type, 1}, {NULL, 0}};
	struct str spki[] = {{(const char *)ed25519_spki, 0}, buf_str(&v->public_key)};

	if (v->public_key.len > 0) {
		if (named_traits(k)->family == FAMILY_ED25519)
			spki[0].len = sizeof ed25519_spki;
		hash_sum(HASH_SHA2_256, spki, 2, v->fingerprint);
		return;
	}
	key[2].at = (const char *)secret_reveal(s->key, &key[2].len);
	hash_hmac(HASH_SHA2_256, k->all->attesting, key, 3, v->fingerprint);
}

struct named_version *
named_version_empty(void)
{
	struct named_version *v = calloc(1, sizeof *v);

	if (v == NULL)
		fatal("no memory for a version");
	v->refs = 1;
	return v;
}

struct named_version *
named_version_new(const struct named_key *k, struct named_version_source *s, struct error *err)
{
	struct named_version *v = named_version_empty();
	struct secret *text = NULL;
	struct ad ad;

	v->number = s->number;
	v->created = s->created;
	v->imported = s->imported;
	v->public_only = s->key == NULL;
	v->public_key = s->public_key;
	s->public_key = (struct buf)BUF_INIT;
	text = join(k, s);
	bind(k, v->number, &ad);
	pthread_mutex_lock(&k->all->lock);
	if (named_keys_refuse_closed(k->all, err) == 0) {
		take_fingerprint(k, s, v);
		aead_wrap_secret(k->all->wrapping, ad.bytes, ad.len, text, &v->wrapped);
	}
	pthread_mutex_unlock(&k->all->lock);
	secret_free(&text);
	if (v->wrapped.len == 0)
		named_version_free(&v);
	return v;
}

void
named_version_free(struct named_version **v)
{
	if (*v == NULL)
		return;
	buf_free(&(*v)->public_key);
	buf_free(&(*v)->wrapped);
	free(*v);
	*v = NULL;
}

/* -- opening --------------------------------------------------------------------------- */

static EVP_CIPHER *aes128, *aes256;

static void
fetch(void)
{
	aes128 = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
	aes256 = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	if (aes128 == NULL || aes256 == NULL)
		fatal("OpenSSL has no AES-GCM");
}

/* key NULL: it is set at each use. */
static EVP_CIPHER_CTX *
schedule(const struct key_traits *t, const uint8_t *key)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	pthread_once(&once, fetch);
	if (ctx == NULL ||
	    EVP_EncryptInit_ex2(ctx, t->size == 16 ? aes128 : aes256, key, NULL, NULL) != 1)
		fatal("AES-GCM does not start");
	return ctx;
}

/* 0, or -1: the bytes are no key of this type. */
static int
open_key(const struct named_key *k, const struct named_version *v, struct named_open *o,
    const uint8_t *key, size_t len)
{
	const struct key_traits *t = named_traits(k);

	switch (t->family) {
	case FAMILY_GCM:
		if (len != t->size)
			return -1;
		o->cipher = schedule(t, k->set.derived ? NULL : key);
		o->key = k->set.derived ? copy_bytes(key, len) : NULL;
		return 0;
	case FAMILY_CHACHA:
	case FAMILY_XCHACHA:
		o->key = copy_bytes(key, len);
		return len == t->size ? 0 : -1;
	case FAMILY_ED25519:
		o->key = v->public_only ? NULL : copy_bytes(key, len);
		return v->public_only || len == crypto_sign_SECRETKEYBYTES ? 0 : -1;
	case FAMILY_ECDSA:
	case FAMILY_RSA:
		o->pkey = v->public_only ? pkey_parse_public(t, buf_str(&v->public_key))
					 : pkey_parse(t, key, len, buf_str(&v->public_key));
		return o->pkey != NULL ? 0 : -1;
	case FAMILY_HMAC:
		return 0;
	}
	return -1;
}

/* As join() laid them out. */
static int
part(const struct named_key *k, const struct named_version *v, const struct secret *text,
    struct named_open *o)
{
	size_t len = 0, hmac = NAMED_HMAC_KEY;
	const uint8_t *at = secret_reveal(text, &len);

	if (named_traits(k)->family == FAMILY_HMAC)
		hmac = len;
	if (len < hmac)
		return -1;
	o->hmac = copy_bytes(at, hmac);
	return open_key(k, v, o, at + hmac, len - hmac);
}

struct named_open *
named_version_open(const struct named_key *k, const struct named_version *v, struct error *err)
{
	struct named_open *o = calloc(1, sizeof *o);
	struct secret *text = NULL;
	struct ad ad;

	if (o == NULL || pthread_mutex_init(&o->lock, NULL) != 0)
		fatal("no memory for a version");
	o->cost = cost(named_traits(k));
	bind(k, v->number, &ad);
	text = aead_unwrap_secret(
	    k->all->wrapping, ad.bytes, ad.len, v->wrapped.data, v->wrapped.len, err);
	if (text == NULL || part(k, v, text, o) != 0) {
		error_set(err, ERR_CORRUPT, "version %u opens, but holds no key", v->number);
		named_version_close(&o);
	}
	secret_free(&text);
	return o;
}

void
named_version_close(struct named_open **o)
{
	secret_free(&(*o)->hmac);
	secret_free(&(*o)->key);
	EVP_CIPHER_CTX_free((*o)->cipher);
	EVP_PKEY_free((*o)->pkey);
	pthread_mutex_destroy(&(*o)->lock);
	free(*o);
	*o = NULL;
}
