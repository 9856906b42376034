/*
 * Keeper: KV version 1: a path holds the object that was last written there (vault-api 5).
 */
#include "base/clock.h"
#include "base/text.h"
#include "vaultd/api/kv_list.h"

static struct record_name
name_of(const struct call *c)
{
	return record_name_of(RECORD_KV1, c->mount->uuid, c->parameter[0]);
}

static bool
exists(struct call *c)
{
	struct record_name n = name_of(c);

	return records_has(c->records, &n);
}

/* How soon a reader should come again: "ttl" or "lease" of the object, else the mount's own. */
static int64_t
lease_of(const struct call *c, const struct json *object)
{
	const struct json *ttl = json_find(object, "ttl");
	int64_t ns;

	if (ttl == NULL)
		ttl = json_find(object, "lease");
	if (ttl != NULL && (ttl->type == JSON_STRING || ttl->type == JSON_NUMBER) &&
	    duration_parse(ttl->text, &ns) && ns >= 0)
		return ns / CLOCK_SECOND;
	return mount_default_ttl(c->mount);
}

static int
read_secret(struct call *c, struct error *err)
{
	struct record_name n = name_of(c);
	struct error why = ERROR_INIT;
	const struct json *object;

	if (records_get(c->records, &n, &c->reply.data, &why) != 0) {
		if (why.code == ERR_NOT_FOUND)
			return call_not_found(c);
		*err = why;
		return -1;
	}
	object = json_parse(c->arena, buf_str(&c->reply.data), &json_limits_body, err);
	if (object == NULL)
		return -1;
	c->reply.lease_s = lease_of(c, object);
	return 0;
}

static int
write_secret(struct call *c, struct error *err)
{
	struct record_name n = name_of(c);
	struct buf text = BUF_INIT;
	struct json_writer w = json_writer_to(&text);

	(void)err;
	if (c->body->count == 0)
		return call_refuse(c, 400, "missing data fields");
	if (n.name.len == 0)
		return call_refuse(c, 400, "missing path");
	json_put_value(&w, NULL, c->body);
	records_put(c->records, &n, buf_str(&text));
	buf_free(&text);
	return 0;
}

static int
delete_secret(struct call *c, struct error *err)
{
	struct record_name n = name_of(c);

	(void)err;
	records_delete(c->records, &n);
	return 0;
}

const struct route routes_kv1[] = {
	{ OP_READ, "*path?", read_secret, 0, NULL, "", "Read a secret." },
	{ OP_WRITE, "*path?", write_secret, ROUTE_WRITES | ROUTE_EXISTS, exists, "",
	    "Write a secret: the body is its object." },
	{ OP_DELETE, "*path?", delete_secret, ROUTE_WRITES, NULL, "", "Delete a secret." },
	{ OP_LIST | OP_SCAN, "*path?", kv_list, 0, NULL, "", "Names in a folder." },
	{ 0, NULL, NULL, 0, NULL, NULL, NULL }
};
