/*
 * Encrypting and decrypting under named keys.  Trusted with what is derived from them.
 */
#include "base/clock.h"
#include "keys/derive.h"
#include "keys/named_aead.h"
#include "keys/named_use.h"
#include "keys/pkey.h"
#include "keys/vault_text.h"

#define NONCE_KEY 32 /* bytes of the key that a convergent nonce is made with */

/* One text under one version. */
struct job {
	const struct named_key *k;
	const struct cipher_use *use;
	struct named_version *version;
	struct named_open *open;
	struct secret *key, *nonce_key; /* derived for this text; NULL: neither */
};

static int
refuse(const struct named_key *k, const struct cipher_use *use, const char *what,
    struct error *err)
{
	const struct key_traits *t = named_traits(k);

	if (named_key_refuse_deleted(k, err) != 0)
		return -1;
	if (!t->encrypts)
		return error_set(err, ERR_UNSUPPORTED,
		    "message %s not supported for key type %s", what, t->name);
	if (use->associated.len > 0 && !t->associates)
		return error_set(err, ERR_UNSUPPORTED,
		    "associated data provided for non-AEAD cipher suite %s", t->name);
	return 0;
}

/*
 * The key of a context: HKDF of the version's.  Of a convergent key 32 bytes more, as the
 * reference's convergent version 3 has it.
 */
static void
derive(struct job *j)
{
	size_t size = named_traits(j->k)->size;
	struct secret *both = NULL;

	if (!j->k->set.convergent) {
		j->key = derive_hkdf(j->open->key, j->use->context, size);
		return;
	}
	both = derive_hkdf(j->open->key, j->use->context, size + NONCE_KEY);
	j->key = secret_part(both, 0, size);
	j->nonce_key = secret_part(both, size, NONCE_KEY);
	secret_free(&both);
}

/* 0: the version is open, the context's key derived.  Whatever it returns, end() it. */
static int
begin(struct job *j, uint32_t number, struct error *err)
{
	j->version = named_key_usable(j->k, number, err);
	if (j->version == NULL || named_key_want_context(j->k, j->use->context, err) != 0)
		return -1;
	j->open = named_keys_acquire(j->k, j->version, err);
	if (j->open == NULL)
		return -1;
	if (j->k->set.derived)
		derive(j);
	return 0;
}

static void
end(struct job *j)
{
	if (j->open != NULL)
		named_keys_release(j->k, j->version);
	secret_free(&j->key);
	secret_free(&j->nonce_key);
}

static struct named_aead
aead_of(const struct job *j)
{
	return (struct named_aead){.family = named_traits(j->k)->family,
	    .open = j->open,
	    .key = j->key,
	    .associated = j->use->associated};
}

static void
seal(const struct job *j, struct str plaintext, struct buf *out)
{
	const struct named_aead a = aead_of(j);
	uint8_t nonce[HASH_MAX] = {0};

	if (j->nonce_key != NULL)
		hash_hmac(HASH_SHA2_256, j->nonce_key, &plaintext, 1, nonce);
	else
		random_bytes(nonce, named_aead_nonce(a.family));
	named_aead_seal(&a, nonce, plaintext, out);
}

int
named_key_encrypt(const struct named_key *k, struct cipher_use *use, struct str plaintext,
    struct buf *out, struct error *err)
{
	struct job j = {.k = k, .use = use};
	struct buf sealed = BUF_INIT;
	int rc = -1;

	if (refuse(k, use, "encryption", err) != 0 ||
	    named_key_pick(k, use->version, "encryption", &use->used, err) != 0)
		return -1;
	if (begin(&j, use->used, err) != 0)
		goto out;
	if (named_traits(k)->family == FAMILY_RSA) {
		if (pkey_encrypt(j.open->pkey, plaintext, &sealed, err) != 0)
			goto out;
	} else {
		seal(&j, plaintext, &sealed);
	}
	vault_text_format(out, use->used, BASE64_STD, sealed.data, sealed.len);
	rc = 0;
out:
	end(&j);
	buf_free(&sealed);
	return rc;
}

static int
decrypt_rsa(const struct job *j, struct str sealed, struct buf *out, struct error *err)
{
	size_t len = named_traits(j->k)->size;

	if (j->version->public_only)
		return error_set(err, ERR_INVALID,
		    "requested version for decryption does not contain a private part");
	if (pkey_decrypt(
		j->open->pkey, HASH_SHA2_256, sealed, buf_reserve(out, len), &len, err) != 0)
		return error_prefix(err, "failed to RSA decrypt the ciphertext: ");
	out->len += len;
	return 0;
}

static int
unseal(const struct job *j, struct str sealed, struct buf *out, struct error *err)
{
	const struct named_aead a = aead_of(j);

	if (a.family == FAMILY_RSA)
		return decrypt_rsa(j, sealed, out, err);
	return named_aead_open(&a, sealed, out, err);
}

int
named_key_decrypt(const struct named_key *k, struct cipher_use *use, struct str text,
    struct buf *out, struct error *err)
{
	const struct vault_text_range range = {
	    k->set.min_decryption_version, k->set.latest_version};
	struct job j = {.k = k, .use = use};
	struct buf sealed = BUF_INIT;
	struct str payload;
	int rc = -1;

	if (refuse(k, use, "decryption", err) != 0 ||
	    vault_text_parse(VAULT_CIPHERTEXT, text, &range, &use->opened, &payload, err) != 0)
		return -1;
	use->used = use->opened;
	if (vault_text_decode(VAULT_CIPHERTEXT, BASE64_STD, payload, &sealed, err) == 0 &&
	    begin(&j, use->opened, err) == 0)
		rc = unseal(&j, buf_str(&sealed), out, err);
	end(&j);
	buf_free(&sealed);
	return rc;
}

int
named_key_rewrap(const struct named_key *k, struct cipher_use *use, struct str text,
    struct buf *out, struct error *err)
{
	struct buf plaintext = BUF_INIT;
	int rc = named_key_decrypt(k, use, text, &plaintext, err);

	if (rc == 0)
		rc = named_key_encrypt(k, use, buf_str(&plaintext), out, err);
	buf_free(&plaintext);
	return rc;
}
