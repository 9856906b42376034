/*
 * Keeper: what a vault states of a named key.
 */
#include "vaultd/api/statement.h"

#include "base/text.h"
#include "policy/attest.h"
#include "vaultd/api/transit_keys.h"
#include "vaultd/config.h"

static void
put_uuid(struct json_writer *w, const char *name, const uint8_t uuid[16])
{
	struct buf text = BUF_INIT;

	uuid_encode(&text, uuid);
	json_put_str(w, name, buf_str(&text));
	buf_free(&text);
}

static void
put_version(struct json_writer *w, const struct named_key_version *v, bool symmetric)
{
	struct buf hex = BUF_INIT;

	hex_encode(&hex, v->fingerprint, sizeof(v->fingerprint));
	json_open_object(w, NULL);
	json_put_int(w, "version", v->number);
	transit_put_time(w, "created", v->created);
	json_put_text(w, "origin", v->imported ? "imported" : "generated");
	json_put_bool(w, "disabled", v->disabled);
	json_open_object(w, "fingerprint");
	json_put_text(w, "kind", symmetric ? "hmac-sha256" : "sha256-spki");
	json_put_str(w, "value", buf_str(&hex));
	json_close_object(w);
	json_close_object(w);
	buf_free(&hex);
}

static void
put_versions(struct json_writer *w, const struct named_key *k)
{
	const struct named_key_settings *s = named_key_settings(k);
	bool symmetric = key_type_traits(s->type)->shown == NULL;
	struct named_key_version v;

	json_open_array(w, "versions");
	for (uint32_t n = 1; n <= s->latest_version; n++)
		if (named_key_version(k, n, &v))
			put_version(w, &v, symmetric);
	json_close_array(w);
}

void
statement_format(struct call *c, const struct named_key *k, struct str nonce, struct buf *out)
{
	const struct named_key_settings *s = named_key_settings(k);
	struct json_writer w = json_writer_to(out);

	json_open_object(&w, NULL);
	json_put_text(&w, "statement", ATTEST_LABEL);
	json_put_text(&w, "hublet", c->config->hublet);
	json_put_text(&w, "trust_domain", c->config->trust_domain);
	put_uuid(&w, "vault", vault_header(c->vault)->vault_id);
	json_put_str(&w, "mount", c->mount->path);
	json_put_text(&w, "mount_id", c->mount->uuid_text);
	json_put_str(&w, "key", c->parameter[0]);
	json_put_text(&w, "type", key_type_traits(s->type)->name);
	json_put_bool(&w, "derived", s->derived);
	json_put_bool(&w, "convergent", s->convergent);
	json_put_bool(&w, "imported", s->imported);
	json_put_bool(&w, "exportable", false);
	put_versions(&w, k);
	transit_put_time(&w, "time", c->now);
	json_put_str(&w, "nonce", nonce);
	json_close_object(&w);
}
