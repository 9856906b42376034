/*
 * Keeper: config/keys and cache-config of a transit mount.
 */
#include "vaultd/api/transit_settings.h"

#include "vaultd/api/transit.h"

/* A record's text: disable_upsert u8. */
static struct record_name
record_of(const struct call *c)
{
	return (struct record_name){ RECORD_TRANSIT, c->mount->uuid, { "", 0 },
		str_of("settings") };
}

int
transit_settings_get(struct call *c, bool *disable_upsert, struct error *err)
{
	struct record_name n = record_of(c);
	struct error why = ERROR_INIT;
	struct buf text = BUF_INIT;
	struct reader in;

	*disable_upsert = false;
	if (records_get(c->records, &n, &text, &why) != 0) {
		if (why.code == ERR_NOT_FOUND)
			return 0;
		*err = why;
		return -1;
	}
	in = reader_of(text.data, text.len);
	*disable_upsert = reader_u8(&in) != 0;
	buf_free(&text);
	return reader_done(&in) ? 0 :
	    error_set(err, ERR_CORRUPT, "a mount's settings are malformed");
}

static void
show(struct call *c, bool disable_upsert)
{
	struct json_writer w = reply_data(c);

	json_put_bool(&w, "disable_upsert", disable_upsert);
	json_close_object(&w);
}

int
transit_settings_read(struct call *c, struct error *err)
{
	bool disabled;

	if (transit_settings_get(c, &disabled, err) != 0)
		return -1;
	show(c, disabled);
	return 0;
}

int
transit_settings_write(struct call *c, struct error *err)
{
	struct record_name n = record_of(c);
	struct buf text = BUF_INIT;
	bool disabled;

	if (transit_settings_get(c, &disabled, err) != 0 ||
	    field_bool(c, "disable_upsert", &disabled, NULL) != 0)
		return -1;
	buf_put_u8(&text, disabled);
	records_put(c->records, &n, buf_str(&text));
	buf_free(&text);
	show(c, disabled);
	return 0;
}

/* How many keys are kept is the keeper's own business: 0 says so, as there for no limit. */
int
transit_cache_read(struct call *c, struct error *err)
{
	struct json_writer w = reply_data(c);

	(void)err;
	json_put_int(&w, "size", 0);
	json_close_object(&w);
	return 0;
}

int
transit_cache_write(struct call *c, struct error *err)
{
	int64_t size = 0;

	(void)err;
	if (field_int(c, "size", &size, NULL) != 0)
		return -1;
	if (size != 0 && size < 10)
		return call_refuse(c, 400, "size must be 0 or a value greater or equal to 10");
	return transit_cache_read(c, err);
}
