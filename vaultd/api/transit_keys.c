/*
 * Keeper: named keys: listed, shown, made, deleted.
 */
#include "vaultd/api/transit_keys.h"

#include <string.h>

#include "base/text.h"
#include "vaultd/api/transit.h"
#include "vaultd/keeper/named.h"

/* ---- listing ---- */

struct listing {
	struct json_writer w;
	unsigned count;
};

static bool
put_name(void *arg, struct str name)
{
	struct listing *l = arg;

	json_put_str(&l->w, NULL, name);
	l->count++;
	return true;
}

int
transit_keys_list(struct call *c, struct error *err)
{
	struct listing l = { reply_data(c), 0 };
	struct str after = { "", 0 };
	int64_t limit = 0;

	if (field_text(c, "after", &after, NULL) != 0 || field_int(c, "limit", &limit, NULL) != 0)
		return -1;
	json_open_array(&l.w, "keys");
	if (records_list(c->records, RECORD_NAMED_KEY, c->mount->uuid, (struct str){ "", 0 }, after,
		limit > 0 ? (size_t)limit : 0, put_name, &l, err) != 0)
		return -1;
	json_close_array(&l.w);
	json_close_object(&l.w);
	return l.count > 0 ? 0 : call_not_found(c);
}

/* ---- showing ---- */

int
transit_key_read(struct call *c, struct error *err)
{
	struct named_key *k = transit_find(c, c->parameter[0], NULL, err);
	struct str text = { "", 0 };
	struct buf context = BUF_INIT;
	int rc = -1;

	if (k == NULL || field_text(c, "context", &text, NULL) != 0)
		goto out;
	if (base64_decode(&context, BASE64_STD, text, NULL))
		rc = transit_show(c, c->parameter[0], buf_str(&context), k, err);
	else
		call_refuse(c, 400, "failed to base64-decode context");
out:
	buf_free(&context);
	named_key_free(&k);
	return rc;
}

static int
show(struct call *c, const struct named_key *k, struct error *err)
{
	return transit_show(c, c->parameter[0], (struct str){ "", 0 }, k, err);
}

/* ---- making ---- */

int
transit_read_type(struct call *c, const char *refusal, struct named_key_request *r)
{
	struct str name = str_of("aes256-gcm96");
	const struct key_traits *t;

	memset(r, 0, sizeof(*r));
	memcpy(r->place.mount, c->mount->uuid, sizeof(r->place.mount));
	r->place.name = c->parameter[0];
	if (transit_check_name(c, c->parameter[0]) != 0 ||
	    field_text(c, "type", &name, NULL) != 0 ||
	    field_bool(c, "convergent_encryption", &r->convergent, NULL) != 0)
		return -1;
	t = key_type_find(name);
	if (t == NULL)
		return call_refuse(c, 400, "%s %.*s", refusal, STR(name));
	r->type = t->type;
	return 0;
}

int
transit_read_settings(struct call *c, struct named_key_request *r)
{
	if (field_bool(c, "derived", &r->derived, NULL) != 0 ||
	    field_int(c, "key_size", &r->key_size, NULL) != 0 ||
	    field_duration(c, "auto_rotate_period", &r->auto_rotate_period, NULL) != 0)
		return -1;
	return transit_refuse_exits(c);
}

/* What is asked may be made: 0; the caller is told why not: -1. */
static int
check_request(struct call *c, struct named_key_request *r, struct error *err)
{
	if (transit_read_type(c, "unknown key type", r) != 0 || transit_read_settings(c, r) != 0)
		return -1;
	return named_key_check(r, false, err) == 0 ? 0 : transit_refuse(c, err);
}

int
transit_key_create_prepare(struct call *c, struct work **w, struct error *err)
{
	struct named_key_request r;

	if (check_request(c, &r, err) != 0)
		return -1;
	if (key_type_traits(r.type)->slow_new &&
	    !named_has(c->named, c->mount->uuid, c->parameter[0]))
		*w = transit_make_work(c, &r, NULL, NULL);
	return 0;
}

int
transit_key_create(struct call *c, struct error *err)
{
	struct named_key *k =
	    named_find(c->named, c->mount->uuid, c->parameter[0], NULL);
	struct named_key_request r;
	int rc = -1;

	if (check_request(c, &r, err) != 0)
		goto out;
	if (k == NULL) {
		k = transit_make(c, &r, err);
		if (k == NULL) {
			transit_refuse(c, err);
			goto out;
		}
		transit_store(c, c->mount, c->parameter[0], k);
	}
	rc = show(c, k, err);
out:
	named_key_free(&k);
	return rc;
}

/* ---- deleting ---- */

int
transit_key_delete(struct call *c, struct error *err)
{
	static const struct absence absent = { "error deleting policy ",
		": could not delete key; not found" };
	struct named_key *k = transit_find(c, c->parameter[0], &absent, err);
	bool allowed;

	if (k == NULL)
		return -1;
	allowed = named_key_settings(k)->deletion_allowed;
	named_key_free(&k);
	if (!allowed)
		return call_refuse(c, 400,
		    "error deleting policy %.*s: deletion is not allowed for this key",
		    STR(c->parameter[0]));
	return transit_drop(c, c->parameter[0], err) < 0 ? -1 : 0;
}
