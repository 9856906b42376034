/*
 * Keeper: what is said of a named key (vault-api 6, "Key info").
 */
#include "vaultd/api/transit_keys.h"

#include <stdio.h>

#include "base/clock.h"

void
transit_put_time(struct json_writer *w, const char *name, int64_t wall)
{
	char text[CLOCK_TEXT];

	clock_format(wall, text);
	json_put_text(w, name, text);
}

/* A derived key has a public part for each context only. */
static int
put_pair(struct json_writer *w, const struct named_key *k, const struct named_key_version *v,
    struct str context, struct error *err)
{
	const struct named_key_settings *s = named_key_settings(k);
	struct buf text = BUF_INIT;
	int rc = 0;

	json_put_text(w, "name", key_type_traits(s->type)->shown);
	if (!s->derived || context.len > 0)
		rc = named_key_public(k, v->number, context, &text, err);
	json_put_str(w, "public_key", buf_str(&text));
	transit_put_time(w, "creation_time", v->created);
	json_put_text(w, "certificate_chain", "");
	buf_free(&text);
	return rc;
}

static int
put_version(struct json_writer *w, const struct named_key *k, const struct named_key_version *v,
    struct str context, struct error *err)
{
	char number[16];
	int rc;

	snprintf(number, sizeof(number), "%u", v->number);
	if (key_type_traits(named_key_settings(k)->type)->shown == NULL) {
		json_put_int(w, number, v->created / CLOCK_SECOND);
		return 0;
	}
	json_open_object(w, number);
	rc = put_pair(w, k, v, context, err);
	json_close_object(w);
	return rc;
}

static int
put_versions(struct json_writer *w, const struct named_key *k, struct str context,
    struct error *err)
{
	const struct named_key_settings *s = named_key_settings(k);
	struct named_key_version v;

	if (s->type == KEY_HMAC)
		return 0;
	json_open_object(w, "keys");
	for (uint32_t n = s->min_decryption_version; n <= s->latest_version; n++)
		if (named_key_version(k, n, &v) && put_version(w, k, &v, context, err) != 0)
			return -1;
	json_close_object(w);
	return 0;
}

/* Those that were found compromised; nothing when none was. */
static void
put_disabled(struct json_writer *w, const struct named_key *k)
{
	const struct named_key_settings *s = named_key_settings(k);
	struct named_key_version v;
	bool any = false;

	for (uint32_t n = 1; n <= s->latest_version; n++) {
		if (!named_key_version(k, n, &v) || !v.disabled)
			continue;
		if (!any)
			json_open_array(w, "disabled_versions");
		any = true;
		json_put_int(w, NULL, n);
	}
	if (any)
		json_close_array(w);
}

/* What only some keys have. */
static void
put_extras(struct json_writer *w, const struct named_key_settings *s)
{
	if (s->type == KEY_HMAC)
		json_put_int(w, "key_size", s->key_size);
	if (s->imported)
		json_put_bool(w, "imported_key_allow_rotation", s->allow_rotation);
	if (!s->derived)
		return;
	json_put_text(w, "kdf", "hkdf_sha256");
	json_put_bool(w, "convergent_encryption", s->convergent);
	if (s->convergent)
		json_put_int(w, "convergent_encryption_version", -1);
}

int
transit_show(struct call *c, struct str name, struct str context, const struct named_key *k,
    struct error *err)
{
	const struct named_key_settings *s = named_key_settings(k);
	const struct key_traits *t = key_type_traits(s->type);
	struct json_writer w = reply_data(c);

	json_put_str(&w, "name", name);
	json_put_text(&w, "type", t->name);
	json_put_bool(&w, "derived", s->derived);
	json_put_bool(&w, "deletion_allowed", s->deletion_allowed);
	json_put_int(&w, "min_available_version", s->min_available_version);
	json_put_int(&w, "min_decryption_version", s->min_decryption_version);
	json_put_int(&w, "min_encryption_version", s->min_encryption_version);
	json_put_int(&w, "latest_version", s->latest_version);
	json_put_bool(&w, "exportable", false);
	json_put_bool(&w, "allow_plaintext_backup", false);
	json_put_bool(&w, "supports_encryption", t->encrypts);
	json_put_bool(&w, "supports_decryption", t->encrypts);
	json_put_bool(&w, "supports_signing", t->signs);
	json_put_bool(&w, "supports_derivation", t->derives);
	json_put_int(&w, "auto_rotate_period", s->auto_rotate_period / CLOCK_SECOND);
	json_put_bool(&w, "imported_key", s->imported);
	json_put_bool(&w, "soft_deleted", s->soft_deleted);
	put_extras(&w, s);
	put_disabled(&w, k);
	if (put_versions(&w, k, context, err) != 0)
		return -1;
	json_close_object(&w);
	return 0;
}
