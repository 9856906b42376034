/*
 * Keeper: settings of PKI mounts.
 */
#include "vaultd/api/pki_settings.h"

int
pki_settings_merge(
    struct call *c, const struct setting_field *fields, const struct json *old, struct buf *out)
{
	struct json_writer w = json_writer_to(out);
	size_t count = 0;

	while (fields[count].name != NULL)
		count++;
	json_open_object(&w, NULL);
	if (settings_put(c, &w, old, fields, count) != 0)
		return -1;
	json_close_object(&w);
	return 0;
}

int
pki_settings_read(struct call *c, enum record_kind kind, struct str name,
    const struct json **settings, struct error *err)
{
	struct record_name n = { kind, c->mount->uuid, { "", 0 }, name };

	*settings = NULL;
	return settings_read(c, &n, settings, err);
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
