/*
 * Keeper: settings by table.
 */
#include "vaultd/api/pki_settings.h"

#include "base/clock.h"
#include "vaultd/api/pki.h"

static int
put_list(struct call *c, struct json_writer *w, const char *name)
{
	struct str *items;
	unsigned count;

	if (field_list(c, name, &items, &count, NULL) != 0)
		return -1;
	json_open_array(w, name);
	for (unsigned i = 0; i < count; i++)
		json_put_str(w, NULL, items[i]);
	json_close_array(w);
	return 0;
}

static int
put_seconds(struct call *c, struct json_writer *w, const char *name)
{
	int64_t ns = 0;

	if (field_duration(c, name, &ns, NULL) != 0)
		return -1;
	if (ns < 0)
		return call_refuse(c, 400,
		    "Field validation failed: error converting input for field \"%s\": "
		    "cannot provide negative value",
		    name);
	json_put_int(w, name, ns / CLOCK_SECOND);
	return 0;
}

static int
put_sent(struct call *c, struct json_writer *w, const struct pki_setting *f)
{
	struct str text = { "", 0 };
	int64_t number = 0;
	bool truth = false;

	switch (f->kind) {
	case PKI_SET_LIST:
		return put_list(c, w, f->name);
	case PKI_SET_SECONDS:
		return put_seconds(c, w, f->name);
	case PKI_SET_TEXT:
		if (field_text(c, f->name, &text, NULL) != 0)
			return -1;
		json_put_str(w, f->name, text);
		return 0;
	case PKI_SET_NUMBER:
		if (field_int(c, f->name, &number, NULL) != 0)
			return -1;
		json_put_int(w, f->name, number);
		return 0;
	case PKI_SET_TRUTH:
		if (field_bool(c, f->name, &truth, NULL) != 0)
			return -1;
		json_put_bool(w, f->name, truth);
		return 0;
	}
	return -1;
}

int
pki_settings_merge(
    struct call *c, const struct pki_setting *fields, const struct json *old, struct buf *out)
{
	struct json_writer w = json_writer_to(out);

	json_open_object(&w, NULL);
	for (; fields->name != NULL; fields++) {
		const struct json *sent = json_find(c->body, fields->name);
		const struct json *was = json_find(old, fields->name);

		if (sent != NULL && sent->type != JSON_NULL) {
			if (put_sent(c, &w, fields) != 0)
				return -1;
		} else if (was != NULL) {
			json_put_value(&w, fields->name, was);
		} else {
			json_put_raw(&w, fields->name, str_of(fields->standard));
		}
	}
	json_close_object(&w);
	return 0;
}

int
pki_settings_read(struct call *c, enum record_kind kind, struct str name,
    const struct json **settings, struct error *err)
{
	struct record_name n = { kind, c->mount->uuid, { "", 0 }, name };
	struct str text;
	int rc = pki_record(c, &n, &text, err);

	*settings = NULL;
	if (rc != 0)
		return rc;
	*settings = json_parse(c->arena, text, &json_limits_body, err);
	return *settings != NULL ? 0 : -1;
}

void
pki_settings_write(
    struct call *c, enum record_kind kind, struct str name, const struct buf *json)
{
	struct record_name n = { kind, c->mount->uuid, { "", 0 }, name };

	records_put(c->records, &n, buf_str(json));
	buf_clear(&c->reply.data);
	buf_put_str(&c->reply.data, buf_str(json));
}

struct str
pki_text(const struct json *object, const char *name)
{
	const struct json *f = json_find(object, name);

	return f == NULL || f->type != JSON_STRING ? (struct str){ "", 0 } : f->text;
}

int64_t
pki_number(const struct json *object, const char *name)
{
	const struct json *f = json_find(object, name);
	int64_t n = 0;

	return f != NULL && json_to_int(f, &n) ? n : 0;
}

bool
pki_truth(const struct json *object, const char *name)
{
	const struct json *f = json_find(object, name);

	return f != NULL && f->type == JSON_TRUE;
}

int
pki_list(struct call *c, const struct json *object, const char *name, struct str_list *list)
{
	const struct json *f = json_find(object, name);
	struct str *items;

	*list = (struct str_list){ NULL, 0 };
	if (f == NULL || f->type != JSON_ARRAY || f->count == 0)
		return 0;
	items = arena_alloc(c->arena, f->count * sizeof(*items));
	if (items == NULL)
		return call_refuse(c, 413, "http: request body too large");
	list->at = items;
	for (const struct json *e = f->first; e != NULL; e = e->next)
		items[list->count++] = e->text;
	return 0;
}
