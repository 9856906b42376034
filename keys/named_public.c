/*
 * What may be seen of named keys: public keys, as the API shows them.
 */
#include "base/text.h"
#include "keys/digest.h"
#include "keys/named_inside.h"

#define LINE 48 /* bytes that make a line of 64 characters */

static void
put_pem(const struct buf *der, struct buf *out)
{
	buf_put_text(out, "-----BEGIN PUBLIC KEY-----\n");
	for (size_t at = 0; at < der->len; at += LINE) {
		size_t left = der->len - at;

		base64_encode(out, BASE64_STD, der->data + at, left < LINE ? left : LINE);
		buf_put_u8(out, '\n');
	}
	buf_put_text(out, "-----END PUBLIC KEY-----\n");
}

/* Of a derived ed25519 key, the public half that belongs to the context. */
static int
put_derived(const struct named_key *k, struct named_version *v, struct str context,
    struct buf *out, struct error *err)
{
	const struct named_open *open = NULL;
	uint8_t public_key[DIGEST_PUBLIC];
	struct secret *key = NULL;

	if (named_key_want_context(k, context, err) != 0 ||
	    (open = named_keys_acquire(k, v, err)) == NULL)
		return -1;
	key = named_sign_derive(open, context, public_key);
	named_keys_release(k, v);
	secret_free(&key);
	base64_encode(out, BASE64_STD, public_key, sizeof public_key);
	return 0;
}

int
named_key_public(const struct named_key *k, uint32_t version, struct str context,
    struct buf *out, struct error *err)
{
	const struct key_traits *t = named_traits(k);
	const struct named_slot *slot = named_key_slot(k, version);

	if (t->shown == NULL)
		return error_set(
		    err, ERR_UNSUPPORTED, "keys of type %s have no public part", t->name);
	if (slot == NULL)
		return error_set(err, ERR_NOT_FOUND, "no such key version");
	if (k->set.derived)
		return put_derived(k, slot->version, context, out, err);
	if (t->family == FAMILY_ED25519)
		base64_encode(out, BASE64_STD, slot->version->public_key.data,
		    slot->version->public_key.len);
	else
		put_pem(&slot->version->public_key, out);
	return 0;
}
