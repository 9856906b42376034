/*
 * Signatures under named keys.  Trusted with private keys, derived ones too, while it signs.
 */
#include <sodium.h>
#include <string.h>

#include "keys/derive.h"
#include "keys/digest.h"
#include "keys/named_inside.h"
#include "keys/named_use.h"
#include "keys/pkey.h"
#include "keys/vault_text.h"

int
sign_find_marshaling(struct str name, enum sign_marshaling *marshaling, struct error *err)
{
	*marshaling = str_is(name, "jws") ? SIGN_JWS : SIGN_ASN1;
	if (name.len > 0 && !str_is(name, "jws") && !str_is(name, "asn1"))
		return error_set(
		    err, ERR_INVALID, "invalid marshaling type \"%.*s\"", STR(name));
	return 0;
}

int
sign_find_scheme(struct str name, enum sign_scheme *scheme, struct error *err)
{
	*scheme = str_is(name, "pkcs1v15") ? SIGN_PKCS1V15 : SIGN_PSS;
	if (name.len > 0 && !str_is(name, "pkcs1v15") && !str_is(name, "pss"))
		return error_set(
		    err, ERR_INVALID, "unsupported rsa signature algorithm %.*s", STR(name));
	return 0;
}

int
sign_find_salt(struct str text, int *salt, struct error *err)
{
	bool negative = text.len > 0 && text.at[0] == '-';
	unsigned long long value = 0;

	*salt = SIGN_SALT_AUTO;
	if (text.len == 0 || str_is(text, "auto"))
		return 0;
	if (str_is(text, "hash")) {
		*salt = SIGN_SALT_HASH;
		return 0;
	}
	if (!str_to_u64(str_from(text, negative ? 1 : 0), &value) || value > INT32_MAX)
		return error_set(err, ERR_INVALID,
		    "salt length neither 'auto', 'hash', nor an int: %.*s", STR(text));
	*salt = negative ? -(int)value : (int)value;
	return 0;
}

static int
refuse(
    const struct named_key *k, const struct sign_use *use, const char *what, struct error *err)
{
	const struct key_traits *t = named_traits(k);

	if (named_key_refuse_deleted(k, err) != 0)
		return -1;
	if (!t->signs)
		return error_set(
		    err, ERR_UNSUPPORTED, "key type %s does not support %s", t->name, what);
	if (use->hash == HASH_NONE && (!use->prehashed || use->scheme != SIGN_PKCS1V15))
		return error_set(err, ERR_INVALID,
		    "hash_algorithm=none requires both prehashed=true and "
		    "signature_algorithm=pkcs1v15");
	return 0;
}

static enum base64_kind
alphabet(const struct sign_use *use)
{
	return use->marshaling == SIGN_JWS ? BASE64_URL : BASE64_STD;
}

/* What is signed: the input's sum, or the input when it is one.  room: HASH_MAX bytes. */
static struct str
sum_of(const struct sign_use *use, struct str input, uint8_t *room)
{
	if (use->prehashed)
		return input;
	hash_sum(use->hash, &input, 1, room);
	return (struct str){(const char *)room, hash_size(use->hash)};
}

struct secret *
named_sign_derive(
    const struct named_open *open, struct str context, uint8_t public_key[DIGEST_PUBLIC])
{
	struct secret *seed = derive_hkdf(open->key, context, crypto_sign_SEEDBYTES);
	struct secret *key = pkey_ed25519(seed, NULL);

	digest_signer_public(key, public_key);
	secret_free(&seed);
	return key;
}

static void
sign_ed25519(const struct named_key *k, const struct named_open *open,
    const struct sign_use *use, struct str input, struct buf *out)
{
	uint8_t public_key[DIGEST_PUBLIC];
	struct secret *derived =
	    k->set.derived ? named_sign_derive(open, use->context, public_key) : NULL;

	digest_sign(
	    derived != NULL ? derived : open->key, input, buf_reserve(out, DIGEST_SIGNATURE));
	out->len += DIGEST_SIGNATURE;
	secret_free(&derived);
}

/* The signature's bytes, appended. */
static int
sign(const struct named_key *k, const struct named_open *open, const struct sign_use *use,
    struct str input, struct buf *out, struct error *err)
{
	const struct key_traits *t = named_traits(k);
	uint8_t room[HASH_MAX];

	if (t->family == FAMILY_ED25519) {
		sign_ed25519(k, open, use, input, out);
		return 0;
	}
	return pkey_sign(open->pkey, t, use, sum_of(use, input, room), out, err);
}

int
named_key_sign(const struct named_key *k, struct sign_use *use, struct str input,
    struct buf *out, struct error *err)
{
	struct named_version *v = NULL;
	const struct named_open *open = NULL;
	struct buf made = BUF_INIT;
	int rc = -1;

	if (refuse(k, use, "signing", err) != 0 ||
	    named_key_pick(k, use->version, "signing", &use->used, err) != 0 ||
	    (v = named_key_usable(k, use->used, err)) == NULL ||
	    named_key_want_context(k, use->context, err) != 0)
		return -1;
	if (v->public_only)
		return error_set(err, ERR_INVALID,
		    "requested version for signing does not contain a private part");
	open = named_keys_acquire(k, v, err);
	if (open == NULL)
		return -1;
	rc = sign(k, open, use, input, &made, err);
	named_keys_release(k, v);
	if (rc == 0)
		vault_text_format(out, use->used, alphabet(use), made.data, made.len);
	buf_free(&made);
	return rc;
}

static bool
verify_ed25519(const struct named_key *k, const struct named_version *v,
    const struct named_open *open, const struct sign_use *use, struct str input,
    struct str signature)
{
	uint8_t public_key[DIGEST_PUBLIC];
	struct secret *derived = NULL;

	if (k->set.derived) {
		derived = named_sign_derive(open, use->context, public_key);
		secret_free(&derived);
	} else {
		memcpy(public_key, v->public_key.data, DIGEST_PUBLIC);
	}
	return signature.len == DIGEST_SIGNATURE &&
	       digest_verify(public_key, input, (const uint8_t *)signature.at) == 0;
}

static int
verify(const struct named_key *k, struct named_version *v, const struct sign_use *use,
    struct str input, struct str signature, bool *valid, struct error *err)
{
	const struct key_traits *t = named_traits(k);
	const struct named_open *open = named_keys_acquire(k, v, err);
	uint8_t room[HASH_MAX];
	int rc = 0;

	if (open == NULL)
		return -1;
	if (t->family == FAMILY_ED25519)
		*valid = verify_ed25519(k, v, open, use, input, signature);
	else
		rc = pkey_verify(
		    open->pkey, t, use, sum_of(use, input, room), signature, valid, err);
	named_keys_release(k, v);
	return rc;
}

int
named_key_verify(const struct named_key *k, struct sign_use *use, struct str input,
    struct str text, bool *valid, struct error *err)
{
	const struct vault_text_range range = {
	    k->set.min_decryption_version, k->set.latest_version};
	struct named_version *v = NULL;
	struct buf signature = BUF_INIT;
	struct str payload;
	int rc = -1;

	*valid = false;
	if (refuse(k, use, "verification", err) != 0 ||
	    vault_text_parse(VAULT_SIGNATURE, text, &range, &use->used, &payload, err) != 0)
		return -1;
	if (vault_text_decode(VAULT_SIGNATURE, alphabet(use), payload, &signature, err) == 0 &&
	    (v = named_key_usable(k, use->used, err)) != NULL &&
	    named_key_want_context(k, use->context, err) == 0)
		rc = verify(k, v, use, input, buf_str(&signature), valid, err);
	buf_free(&signature);
	return rc;
}
