/*
 * Keeper: what auth/token/create is sent.
 */
#include "vaultd/api/token_making.h"

#include <string.h>

#include "vaultd/api/lease.h"

#define META_MAX 4096 /* bytes of metadata in a record */

/* A list that does not split at commas. */
static int
read_policies(struct making *m)
{
	const struct json *f = json_find(m->call->body, "policies");

	if (f == NULL || f->type == JSON_NULL)
		return 0;
	if (f->type == JSON_STRING)
		names_add(m->call->arena, &m->policies, f->text);
	else if (f->type == JSON_ARRAY)
		names_add_json(m->call->arena, &m->policies, f);
	else
		return call_refuse(m->call, 400, "Field validation failed: "
		    "error converting input for field \"policies\": expected a list");
	return 0;
}

/* An object of texts, as JSON with its names in order. */
static int
read_meta(struct making *m)
{
	const struct json *f = json_find(m->call->body, "meta"), **sorted;
	struct buf text = BUF_INIT;
	struct json_writer w = json_writer_to(&text);

	if (f == NULL || f->type == JSON_NULL || (f->type == JSON_OBJECT && f->count == 0))
		return 0;
	sorted = f->type == JSON_OBJECT ? json_sort(m->call->arena, f) : NULL;
	json_open_object(&w, NULL);
	for (unsigned i = 0; sorted != NULL && i < f->count; i++) {
		if (sorted[i]->type != JSON_STRING && sorted[i]->type != JSON_NUMBER)
			sorted = NULL;
		else {
			json_put_name(&w, sorted[i]->name);
			json_put_str(&w, NULL, sorted[i]->text);
		}
	}
	json_close_object(&w);
	m->claims.meta = arena_copy(m->call->arena, buf_str(&text));
	buf_free(&text);
	if (sorted == NULL)
		return call_refuse(m->call, 400, "Field validation failed: "
		    "error converting input for field \"meta\": expected an object of texts");
	if (m->claims.meta.len > META_MAX)
		return call_refuse(m->call, 400, "meta holds more than %d bytes", META_MAX);
	return 0;
}

static int
read_display_name(struct making *m)
{
	struct str name = { "", 0 };
	char *at;
	size_t len = strlen("token-");

	m->claims.display_name = str_of("token");
	if (field_text(m->call, "display_name", &name, NULL) != 0)
		return -1;
	if (name.len == 0)
		return 0;
	at = arena_alloc(m->call->arena, len + name.len);
	if (at == NULL || name.len > 256)
		return call_refuse(m->call, 400, "display_name is too long");
	memcpy(at, "token-", len);
	for (size_t i = 0; i < name.len; i++) {
		char ch = name.at[i];
		bool plain = (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') ||
		    (ch >= 'A' && ch <= 'Z');

		at[len++] = plain ? ch : '-';
	}
	if (at[len - 1] == '-')
		len--;
	m->claims.display_name = (struct str){ at, len };
	return 0;
}

static int
read_times(struct making *m)
{
	struct call *c = m->call;
	bool present;

	if (lease_field(c, "explicit_max_ttl", &m->explicit_max, &present) != 0 ||
	    lease_field(c, "period", &m->period, &present) != 0 ||
	    lease_field(c, "ttl", &m->ttl, &present) != 0 ||
	    (!present && lease_field(c, "lease", &m->ttl, &present) != 0))
		return -1;
	if (m->explicit_max < 0)
		return call_refuse(c, 400, "explicit_max_ttl must be positive");
	if (m->period < 0)
		return call_refuse(c, 400, "period must be positive");
	if (m->ttl < 0)
		return call_refuse(c, 400, "ttl must be positive");
	return 0;
}

static int
read_id(struct making *m)
{
	struct call *c = m->call;

	if (field_text(c, "id", &m->id, NULL) != 0)
		return -1;
	if (m->id.len == 0)
		return 0;
	if (!m->sudo)
		return call_refuse(c, 400,
		    "root or sudo privileges required to specify token id");
	if (str_starts(m->id, "s."))
		return call_refuse(c, 400, "custom token ID cannot have the 's.' prefix");
	if (memchr(m->id.at, '.', m->id.len) != NULL)
		return call_refuse(c, 400, "custom token ID cannot have a '.' in the value");
	/* In the words of the reference: clients know them. */
	call_warn(c, "Supplying a custom ID for the token uses the weaker SHA1 hashing instead "
	    "of the more secure SHA2-256 HMAC for token obfuscation. SHA1 hashed tokens on the "
	    "wire leads to less secure lookups.");
	return 0;
}

int
making_read(struct making *m)
{
	struct call *c = m->call;
	bool renewable = true;

	if (read_policies(m) != 0 || read_meta(m) != 0 || read_display_name(m) != 0 ||
	    field_bool(c, "renewable", &renewable, NULL) != 0 ||
	    field_bool(c, "no_parent", &m->no_parent, NULL) != 0 ||
	    field_bool(c, "no_default_policy", &m->no_default, NULL) != 0 ||
	    field_int(c, "num_uses", &m->uses, NULL) != 0 ||
	    field_text(c, "type", &m->type, NULL) != 0 || read_id(m) != 0 || read_times(m) != 0)
		return -1;
	if (m->uses < 0)
		return call_refuse(c, 400, "number of uses cannot be negative");
	if (renewable)
		m->claims.flags |= CLAIMS_RENEWABLE;
	return 0;
}
