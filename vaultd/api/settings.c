/*
 * Keeper: settings as JSON objects in the records.
 */
#include "vaultd/api/settings.h"

#include <string.h>

#include "base/clock.h"
#include "vaultd/api/names.h"
#include "vaultd/ipc/address.h"

/* ---- reading ---- */

int
settings_read(struct call *c, const struct record_name *n, const struct json **settings,
    struct error *err)
{
	struct error why = ERROR_INIT;
	struct buf bytes = BUF_INIT;
	struct str text;
	int rc = -1;

	if (records_get(c->records, n, &bytes, &why) != 0) {
		if (why.code == ERR_NOT_FOUND)
			rc = 1;
		else
			*err = why;
		goto out;
	}
	text = arena_copy(c->arena, buf_str(&bytes));
	*settings = text.at == NULL ? NULL : json_parse(c->arena, text, &json_limits_body, err);
	rc = *settings != NULL ? 0 : error_set(err, ERR_CORRUPT, "settings cannot be read");
out:
	buf_free(&bytes);
	return rc;
}

int64_t
settings_number(const struct json *settings, const char *name)
{
	int64_t n = 0;

	return json_to_int(json_find(settings, name), &n) ? n : 0;
}

bool
settings_truth(const struct json *settings, const char *name)
{
	const struct json *f = json_find(settings, name);

	return f != NULL && f->type == JSON_TRUE;
}

struct str
settings_text(const struct json *settings, const char *name)
{
	const struct json *f = json_find(settings, name);

	return f != NULL && f->type == JSON_STRING ? f->text : (struct str){ "", 0 };
}

bool
settings_sent(const struct call *c, const char *name)
{
	const struct json *f = name == NULL ? NULL : json_find(c->body, name);

	return f != NULL && f->type != JSON_NULL;
}

/* ---- writing ---- */

/* The whole of an address is the address. */
static struct str
shown(struct call *c, struct str item, enum setting_kind kind)
{
	struct str address, bits;

	if (kind == SET_ORDERED)
		return name_canonical(c->arena, item);
	if (kind == SET_NETWORKS && str_cut(item, '/', &address, &bits) &&
	    str_is(bits, memchr(address.at, ':', address.len) != NULL ? "128" : "32"))
		return address;
	return item;
}

static int
put_list(struct call *c, struct json_writer *w, const char *name, const char *as,
    enum setting_kind kind)
{
	struct names sorted = { .count = 0 };
	struct str *items;
	unsigned count;

	if (field_list(c, name, &items, &count, NULL) != 0)
		return -1;
	if (kind == SET_NAMES) {
		for (unsigned i = 0; i < count; i++)
			names_add(c->arena, &sorted, items[i]);
		if (sorted.lost > 0)
			return call_refuse(c, 400, "%s: more than %d names", name,
			    CLAIMS_POLICIES);
		names_put(w, as, &sorted);
		return 0;
	}
	json_open_array(w, as);
	for (unsigned i = 0; i < count; i++)
		json_put_str(w, NULL, shown(c, items[i], kind));
	json_close_array(w);
	return 0;
}

static int
put_seconds(struct call *c, struct json_writer *w, const char *name, const char *as)
{
	int64_t ns = 0;

	if (field_duration(c, name, &ns, NULL) != 0)
		return -1;
	if (ns < 0)
		return call_refuse(c, 400,
		    "Field validation failed: error converting input for field \"%s\": a negative duration", name);
	json_put_int(w, as, ns / CLOCK_SECOND);
	return 0;
}

/* The field of the body called name, under the name `as`. */
static int
put_sent(struct call *c, struct json_writer *w, enum setting_kind kind, const char *name,
    const char *as)
{
	struct str text = { "", 0 };
	int64_t number = 0;
	bool truth = false;

	switch (kind) {
	case SET_LIST:
	case SET_NAMES:
	case SET_ORDERED:
	case SET_NETWORKS:
		return put_list(c, w, name, as, kind);
	case SET_SECONDS:
		return put_seconds(c, w, name, as);
	case SET_TEXT:
		if (field_text(c, name, &text, NULL) != 0)
			return -1;
		json_put_str(w, as, text);
		return 0;
	case SET_NUMBER:
		if (field_int(c, name, &number, NULL) != 0)
			return -1;
		json_put_int(w, as, number);
		return 0;
	case SET_TRUTH:
		if (field_bool(c, name, &truth, NULL) != 0)
			return -1;
		json_put_bool(w, as, truth);
		return 0;
	}
	return -1;
}

static int
put_field(struct call *c, struct json_writer *w, const struct json *old,
    const struct setting_field *f)
{
	const struct json *was = json_find(old, f->name), *was_older;

	if (settings_sent(c, f->name))
		return put_sent(c, w, f->kind, f->name, f->name);
	if (settings_sent(c, f->older))
		return put_sent(c, w, f->kind, f->older, f->name) != 0 ||
			put_sent(c, w, f->kind, f->older, f->older) != 0 ?
		    -1 :
		    0;
	was_older = f->older == NULL ? NULL : json_find(old, f->older);
	if (was != NULL)
		json_put_value(w, f->name, was);
	else if (f->standard != NULL)
		json_put_raw(w, f->name, str_of(f->standard));
	if (was_older != NULL)
		json_put_value(w, f->older, was_older);
	return 0;
}

int
settings_put(struct call *c, struct json_writer *w, const struct json *old,
    const struct setting_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (put_field(c, w, old, &fields[i]) != 0)
			return -1;
	return 0;
}

int
settings_store(struct call *c, const struct record_name *n, const struct buf *text,
    int (*check)(struct call *c, const struct json *settings), struct error *err)
{
	const struct json *settings =
	    json_parse(c->arena, buf_str(text), &json_limits_body, err);

	if (settings == NULL || check(c, settings) != 0)
		return -1;
	records_put(c->records, n, buf_str(text));
	return 0;
}

/* ---- what makes no sense ---- */

static int
check_networks(struct call *c, const struct json *list)
{
	struct network n;

	for (const struct json *e = list != NULL ? list->first : NULL; e != NULL; e = e->next)
		if (!network_parse(e->text, &n))
			return call_refuse(c, 400, "error parsing address \"%.*s\": Unable to "
			    "convert \"%.*s\" to an IPv4 or IPv6 address, or a UNIX Socket",
			    STR(e->text), STR(e->text));
	return 0;
}

int
settings_check_token(struct call *c, const struct json *settings)
{
	static const char *const types[] = { "default", "service", "batch", "default-service",
		"default-batch" };
	const struct json *networks = json_find(settings, "token_bound_cidrs");
	struct str type = settings_text(settings, "token_type");

	if (networks != NULL && networks->count > CLAIMS_NETWORKS)
		return call_refuse(c, 400, "more than %d networks", CLAIMS_NETWORKS);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (str_is(type, types[i]))
			return check_networks(c, networks);
	return call_refuse(c, 400, "invalid 'token_type' value \"%.*s\"", STR(type));
}

/* ---- listing ---- */

static bool
put_name(void *arg, struct str name)
{
	json_put_str(arg, NULL, name);
	return true;
}

int
settings_list(struct call *c, enum record_kind kind, const uint8_t mount[16],
    struct str directory, struct error *err)
{
	struct json_writer w = reply_data(c);
	struct str all = { "", 0 };
	size_t empty;

	json_open_array(&w, "keys");
	empty = c->reply.data.len;
	if (records_list(c->records, kind, mount, directory, all, 0, put_name, &w, err) != 0)
		return -1;
	if (c->reply.data.len == empty)
		return call_not_found(c);
	json_close_array(&w);
	json_close_object(&w);
	return 0;
}
