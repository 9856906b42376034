/*
 * Keys from outside.  Trusted with them from the moment they are unwrapped.
 * Security: they go into a version and nowhere else; the caller never sees them.
 */
#include "base/reveal.h"
#include "keys/kwp.h"
#include "keys/named_inside.h"
#include "keys/pkey.h"

/* Most bytes of a wrapped key: RSA-4096 in PKCS#8 is below 2.5 KiB. */
#define WRAPPED_MAX (16 * 1024)

/* The AES key that came first, of KWP_KEY bytes. */
static struct secret *
open_ephemeral(const struct named_key *wrapping, const struct named_key_source *s,
    struct str ciphertext, struct error *err)
{
	struct named_version *v = named_key_usable(wrapping, wrapping->set.latest_version, err);
	const struct named_open *open = v == NULL ? NULL : named_keys_acquire(wrapping, v, err);
	struct secret *room = NULL, *key = NULL;
	size_t len = ciphertext.len;

	if (open == NULL)
		return NULL;
	room = secret_new(len);
	if (pkey_decrypt(open->pkey, s->oaep, ciphertext, secret_fill(room), &len, err) != 0)
		len = 0;
	else if (len != KWP_KEY)
		error_set(err, ERR_INVALID, "the key that wraps the key has %zu bytes, not %d",
		    len, KWP_KEY);
	if (len == KWP_KEY)
		key = secret_part(room, 0, KWP_KEY);
	named_keys_release(wrapping, v);
	secret_free(&room);
	return key;
}

static struct secret *
unwrap(const struct named_key_source *s, struct error *err)
{
	size_t first = named_traits(s->wrapping)->size;
	struct secret *ephemeral = NULL, *key = NULL;

	if (s->ciphertext.len <= first) {
		error_set(err, ERR_INVALID, "provided ciphertext is too short");
		return NULL;
	}
	if (s->ciphertext.len - first > WRAPPED_MAX) {
		error_set(err, ERR_INVALID, "provided ciphertext is too long");
		return NULL;
	}
	ephemeral = open_ephemeral(s->wrapping, s, (struct str){s->ciphertext.at, first}, err);
	if (ephemeral != NULL)
		key = kwp_unwrap(ephemeral, str_from(s->ciphertext, first), err);
	secret_free(&ephemeral);
	return key;
}

static int
check_symmetric(struct named_key *k, size_t len, struct error *err)
{
	const struct key_traits *t = named_traits(k);
	bool fits = t->family == FAMILY_HMAC ? len >= NAMED_HMAC_MIN && len <= NAMED_HMAC_MAX
					     : len == t->size;

	if (!fits)
		return error_set(err, ERR_INVALID, "invalid key size %zu bytes for key type %s",
		    len, t->name);
	if (t->family == FAMILY_HMAC)
		k->set.key_size = (uint32_t)len;
	return 0;
}

/* What was unwrapped as a version's key bytes, *key, and public part. */
static int
read_private(struct named_key *k, const struct named_key_source *s, struct secret **key,
    struct buf *public_key, struct error *err)
{
	struct secret *text = unwrap(s, err);
	size_t len = 0;
	int rc = -1;

	if (text == NULL)
		return -1;
	secret_reveal(text, &len);
	if (named_traits(k)->shown != NULL) {
		rc = pkey_import(
		    named_traits(k), text, key, k->set.derived ? NULL : public_key, err);
	} else if ((rc = check_symmetric(k, len, err)) == 0) {
		*key = text;
		text = NULL;
	}
	secret_free(&text);
	return rc;
}

static int
read_public(
    const struct named_key *k, struct str pem, struct buf *public_key, struct error *err)
{
	const struct key_traits *t = named_traits(k);

	if (t->shown == NULL)
		return error_set(
		    err, ERR_INVALID, "provided type does not support public_key import");
	if (k->set.derived)
		return error_set(err, ERR_INVALID,
		    "unable to import only public key for derived Ed25519 key: imported key "
		    "should not be an Ed25519 key pair but is instead an HKDF key");
	return pkey_import_public(t, pem, public_key, err);
}

static int
read_source(struct named_key *k, const struct named_key_source *s, struct secret **key,
    struct buf *public_key, struct error *err)
{
	if (s->ciphertext.len > 0 && s->public_pem.len > 0)
		return error_set(err, ERR_INVALID,
		    "only one of the following fields, ciphertext and public_key, can be set");
	if (s->ciphertext.len > 0)
		return read_private(k, s, key, public_key, err);
	return read_public(k, s->public_pem, public_key, err);
}

/* The private part of a version that has none: in its place comes one that has both. */
static int
complete(struct named_key *k, struct named_slot *slot, struct named_version_source *source,
    struct error *err)
{
	struct named_version *old = slot->version, *v = NULL;
	const struct named_open *open = named_keys_acquire(k, old, err);

	if (open == NULL)
		return -1;
	source->hmac = open->hmac;
	source->number = old->number;
	source->created = old->created;
	v = named_version_new(k, source, err);
	named_keys_release(k, old);
	if (v == NULL)
		return -1;
	named_keys_drop(k, (size_t)(slot - k->slots), (size_t)(slot - k->slots) + 1);
	slot->version = v;
	return 0;
}

/* The slot that a private part without a version of its own belongs to, or NULL. */
static struct named_slot *
find_incomplete(const struct named_key *k, const struct named_version_source *source)
{
	struct named_slot *latest = k->count == 0 ? NULL : &k->slots[k->count - 1];

	if (latest == NULL || source->key == NULL || !latest->version->public_only ||
	    !str_equal(buf_str(&latest->version->public_key), buf_str(&source->public_key)))
		return NULL;
	return latest;
}

static int
complete_version(struct named_key *k, uint32_t number, struct named_version_source *source,
    struct error *err)
{
	struct named_slot *slot = named_key_slot(k, number);

	if (slot == NULL)
		return error_set(err, ERR_NOT_FOUND, "no such key version");
	if (!slot->version->public_only)
		return error_set(
		    err, ERR_INVALID, "private key imported, key version cannot be updated");
	if (source->key == NULL)
		return error_set(err, ERR_INVALID,
		    "cannot add a public key to a key version that already has a public key "
		    "set");
	if (!str_equal(buf_str(&slot->version->public_key), buf_str(&source->public_key)))
		return error_set(
		    err, ERR_INVALID, "cannot import key, key pair does not match");
	return complete(k, slot, source, err);
}

static int
add(struct named_key *k, const struct named_key_source *s, struct error *err)
{
	struct named_version_source source = {.imported = true};
	struct named_slot *incomplete = NULL;
	struct secret *key = NULL;
	int rc = read_source(k, s, &key, &source.public_key, err);

	source.key = key;
	if (rc == 0) {
		incomplete = find_incomplete(k, &source);
		if (s->version > 0)
			rc = complete_version(k, s->version, &source, err);
		else if (incomplete != NULL)
			rc = complete(k, incomplete, &source, err);
		else
			rc = named_key_add(k, &source, err);
	}
	secret_free(&key);
	buf_free(&source.public_key);
	return rc;
}

struct named_key *
named_key_import(struct named_keys *all, const struct named_key_request *r,
    const struct named_key_source *source, struct error *err)
{
	struct named_key_source first = *source;
	struct named_key_settings set;
	struct named_key *k = NULL;

	if (named_key_check(r, true, err) != 0)
		return NULL;
	first.version = 0;
	set = named_key_first_settings(r);
	set.imported = true;
	set.allow_rotation = r->allow_rotation;
	k = named_key_empty(all, &r->place, &set);
	if (add(k, &first, err) != 0)
		named_key_free(&k);
	return k;
}

int
named_key_import_version(
    struct named_key *k, const struct named_key_source *source, struct error *err)
{
	if (named_key_refuse_deleted(k, err) != 0)
		return -1;
	if (!k->set.imported)
		return error_set(err, ERR_INVALID,
		    "the import_version endpoint can only be used with an imported key");
	return add(k, source, err);
}
