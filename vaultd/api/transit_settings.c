/*
 * Keeper: config/keys and cache-config of a transit mount.
 */
#include "vaultd/api/transit_settings.h"

#include "vaultd/api/transit.h"

/* A record's text: disable_upsert u8, and since it can be asked for cache_size u32. */
struct settings {
	bool disable_upsert;
	uint32_t cache_size; /* as somebody wished; how many keys are kept is the keeper's business */
};

static struct record_name
record_of(const struct call *c)
{
	return (struct record_name){ RECORD_TRANSIT, c->mount->uuid, { "", 0 },
		str_of("settings") };
}

static int
get(struct call *c, struct settings *s, struct error *err)
{
	struct record_name n = record_of(c);
	struct error why = ERROR_INIT;
	struct buf text = BUF_INIT;
	struct reader in;

	*s = (struct settings){ false, 0 };
	if (records_get(c->records, &n, &text, &why) != 0) {
		if (why.code == ERR_NOT_FOUND)
			return 0;
		*err = why;
		return -1;
	}
	in = reader_of(text.data, text.len);
	s->disable_upsert = reader_u8(&in) != 0;
	if (text.len > 1)
		s->cache_size = reader_u32(&in);
	buf_free(&text);
	return reader_done(&in) ? 0 :
	    error_set(err, ERR_CORRUPT, "a mount's settings are malformed");
}

static void
put(struct call *c, const struct settings *s)
{
	struct record_name n = record_of(c);
	struct buf text = BUF_INIT;

	buf_put_u8(&text, s->disable_upsert);
	buf_put_u32(&text, s->cache_size);
	records_put(c->records, &n, buf_str(&text));
	buf_free(&text);
}

int
transit_settings_get(struct call *c, bool *disable_upsert, struct error *err)
{
	struct settings s;
	int rc = get(c, &s, err);

	*disable_upsert = s.disable_upsert;
	return rc;
}

static int
show_keys(struct call *c, const struct settings *s)
{
	struct json_writer w = reply_data(c);

	json_put_bool(&w, "disable_upsert", s->disable_upsert);
	json_close_object(&w);
	return 0;
}

int
transit_settings_read(struct call *c, struct error *err)
{
	struct settings s;

	return get(c, &s, err) != 0 ? -1 : show_keys(c, &s);
}

int
transit_settings_write(struct call *c, struct error *err)
{
	struct settings s;

	if (get(c, &s, err) != 0 || field_bool(c, "disable_upsert", &s.disable_upsert, NULL) != 0)
		return -1;
	put(c, &s);
	return show_keys(c, &s);
}

static int
show_cache(struct call *c, const struct settings *s)
{
	struct json_writer w = reply_data(c);

	json_put_int(&w, "size", s->cache_size);
	json_close_object(&w);
	return 0;
}

int
transit_cache_read(struct call *c, struct error *err)
{
	struct settings s;

	return get(c, &s, err) != 0 ? -1 : show_cache(c, &s);
}

int
transit_cache_write(struct call *c, struct error *err)
{
	struct settings s;
	int64_t size = 0;

	if (get(c, &s, err) != 0 || field_int(c, "size", &size, NULL) != 0)
		return -1;
	if ((size != 0 && size < 10) || size > UINT32_MAX)
		return call_refuse(c, 400, "size must be 0 or a value greater or equal to 10");
	s.cache_size = (uint32_t)size;
	put(c, &s);
	return show_cache(c, &s);
}
