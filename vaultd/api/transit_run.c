/*
 * Keeper: named keys at work, in the keeper's thread or in a worker's.  Trusted to leave no
 * plaintext behind: what lies between is in bufs, which wipe.
 */
#include "vaultd/api/transit_use.h"

#include "base/text.h"

/* One item on its way. */
struct job {
	const struct named_key *key;
	const struct key_traits *traits;
	const struct uses *uses;
	const struct use_item *item;
	struct buf input, context, associated, plain; /* kept from item to item, empty between */
	struct outcome *outcome;
	struct buf *out;
};

/* ---- what was sent ---- */

static int
decode(struct str text, struct buf *out, const char *what, struct error *err)
{
	size_t bad;

	if (base64_decode(out, BASE64_STD, text, &bad))
		return 0;
	return error_set(err, ERR_INVALID, "%sillegal base64 data at input byte %zu", what, bad);
}

static int
decode_associated(struct job *j, struct error *err)
{
	if (j->item->associated.len == 0)
		return 0;
	if (!j->traits->associates)
		return error_set(err, ERR_INVALID,
		    "'[%u].associated_data' provided for non-AEAD cipher suite %s",
		    (unsigned)(j->item - j->uses->items), j->traits->name);
	return decode(j->item->associated, &j->associated, "failed to decode associated_data: ",
	    err);
}

static int
decode_message(struct job *j, const char *missing, struct error *err)
{
	if (!j->item->has_input)
		return error_set(err, ERR_INVALID, "%s", missing);
	return decode(j->item->input, &j->input, "unable to decode input as base64: ", err);
}

/* ---- one item ---- */

static int
encrypt(struct job *j, struct error *err)
{
	struct cipher_use use = { .version = j->item->version };

	if (decode(j->item->context, &j->context, "", err) != 0 ||
	    decode(j->item->input, &j->input, "", err) != 0 || decode_associated(j, err) != 0)
		return -1;
	use.context = buf_str(&j->context);
	use.associated = buf_str(&j->associated);
	if (named_key_encrypt(j->key, &use, buf_str(&j->input), j->out, err) != 0)
		return -1;
	j->outcome->version = use.used;
	return 0;
}

static int
open_text(struct job *j, struct cipher_use *use, struct error *err)
{
	if (j->item->input.len == 0)
		return error_set(err, ERR_INVALID, "missing ciphertext to decrypt");
	if (decode(j->item->context, &j->context, "", err) != 0 || decode_associated(j, err) != 0)
		return -1;
	*use = (struct cipher_use){ .version = j->item->version,
		.context = buf_str(&j->context), .associated = buf_str(&j->associated) };
	return 0;
}

static int
decrypt(struct job *j, struct error *err)
{
	struct cipher_use use;

	if (open_text(j, &use, err) != 0 ||
	    named_key_decrypt(j->key, &use, j->item->input, &j->plain, err) != 0)
		return -1;
	base64_encode(j->out, BASE64_STD, j->plain.data, j->plain.len);
	j->outcome->opened = use.opened;
	return 0;
}

static int
rewrap(struct job *j, struct error *err)
{
	struct cipher_use use;

	if (open_text(j, &use, err) != 0 ||
	    named_key_rewrap(j->key, &use, j->item->input, j->out, err) != 0)
		return -1;
	j->outcome->version = use.used;
	j->outcome->opened = use.opened;
	return 0;
}

static int
hmac(struct job *j, struct error *err)
{
	struct hmac_use use = { .version = j->item->version, .hash = j->uses->hash };

	if (decode_message(j, "missing input for HMAC", err) != 0 ||
	    named_key_hmac(j->key, &use, buf_str(&j->input), j->out, err) != 0)
		return -1;
	j->outcome->version = use.used;
	return 0;
}

/* A derived key's public part is nobody's but the context's: it goes along. */
static int
add_public(struct job *j, uint32_t version, struct error *err)
{
	size_t before = j->out->len;

	if (!named_key_settings(j->key)->derived)
		return 0;
	if (named_key_public(j->key, version, buf_str(&j->context), j->out, err) != 0)
		return -1;
	j->outcome->public_len = j->out->len - before;
	return 0;
}

static int
sign(struct job *j, struct error *err)
{
	struct sign_use use = j->uses->sign;

	if (decode_message(j, "missing input", err) != 0 ||
	    decode(j->item->context, &j->context, "failed to base64-decode context: ", err) != 0)
		return -1;
	use.version = j->item->version;
	use.context = buf_str(&j->context);
	if (named_key_sign(j->key, &use, buf_str(&j->input), j->out, err) != 0)
		return -1;
	j->outcome->version = use.used;
	return add_public(j, use.used, err);
}

static int
verify(struct job *j, struct error *err)
{
	struct sign_use use = j->uses->sign;

	if (decode_message(j, "missing input", err) != 0 ||
	    decode(j->item->context, &j->context, "failed to base64-decode context: ", err) != 0)
		return -1;
	use.context = buf_str(&j->context);
	if (named_key_verify(j->key, &use, buf_str(&j->input), j->item->proof,
		&j->outcome->valid, err) != 0)
		return -1;
	j->outcome->version = use.used;
	return 0;
}

static int
verify_hmac(struct job *j, struct error *err)
{
	struct hmac_use use = { .hash = j->uses->hash };

	if (decode_message(j, "missing input", err) != 0 ||
	    named_key_verify_hmac(j->key, &use, buf_str(&j->input), j->item->proof,
		&j->outcome->valid, err) != 0)
		return -1;
	j->outcome->version = use.used;
	return 0;
}

static int (*const steps[])(struct job *j, struct error *err) = {
	[USE_ENCRYPT] = encrypt,
	[USE_DECRYPT] = decrypt,
	[USE_REWRAP] = rewrap,
	[USE_HMAC] = hmac,
	[USE_SIGN] = sign,
	[USE_VERIFY] = verify,
	[USE_VERIFY_HMAC] = verify_hmac,
};

/* ---- all of them ---- */

static void
run_item(struct job *j)
{
	struct outcome *o = j->outcome;
	struct error err = ERROR_INIT;

	o->at = j->out->len;
	if (steps[j->uses->what](j, &err) != 0) {
		o->code = err.code;
		o->public_len = 0;
		j->out->len = o->at;
		buf_put_text(j->out, err.text);
	}
	o->len = j->out->len - o->at - o->public_len;
	buf_clear(&j->input);
	buf_clear(&j->context);
	buf_clear(&j->associated);
	buf_clear(&j->plain);
}

void
uses_run(const struct named_key *k, const struct uses *u, struct outcomes *out)
{
	struct job j = { .key = k, .traits = key_type_traits(named_key_settings(k)->type),
		.uses = u, .out = &out->text };

	for (unsigned i = 0; i < u->count; i++) {
		j.item = &u->items[i];
		j.outcome = &out->list[i];
		run_item(&j);
	}
	buf_free(&j.input);
	buf_free(&j.context);
	buf_free(&j.associated);
	buf_free(&j.plain);
}
