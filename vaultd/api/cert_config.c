/*
 * Keeper: auth/cert/config.  There is no OCSP, and nothing of a certificate is kept with an
 * entity: what can be set is kept and shown, for clients that read back what they wrote.
 */
#include "vaultd/api/cert.h"

#include "vaultd/api/settings.h"

#define CACHE_MAX 100000

static const struct setting_field fields[] = {
	{ "disable_binding", SET_TRUTH, "false", NULL },
	{ "enable_identity_alias_metadata", SET_TRUTH, "false", NULL },
	{ "ocsp_cache_size", SET_NUMBER, "0", NULL },
};

#define FIELDS (sizeof(fields) / sizeof(*fields))

static struct record_name
config_name(const struct call *c)
{
	return (struct record_name){ RECORD_CERT_CONFIG, c->mount->uuid, { "", 0 },
		{ "config", 6 } };
}

/* What is kept with what is sent on top, as JSON appended to out.  -1: refused, or err. */
static int
put_config(struct call *c, struct buf *out, struct error *err)
{
	struct record_name n = config_name(c);
	const struct json *old = NULL;
	struct json_writer w = json_writer_to(out);

	if (settings_read(c, &n, &old, err) < 0)
		return -1;
	json_open_object(&w, NULL);
	if (settings_put(c, &w, old, fields, FIELDS) != 0)
		return -1;
	json_close_object(&w);
	return 0;
}

int
api_cert_config_read(struct call *c, struct error *err)
{
	return put_config(c, &c->reply.data, err);
}

int
api_cert_config_write(struct call *c, struct error *err)
{
	struct record_name n = config_name(c);
	struct buf text = BUF_INIT;
	int64_t size = CACHE_MAX;
	int rc = -1;

	if (field_int(c, "ocsp_cache_size", &size, NULL) != 0)
		return -1;
	if (size < 2 || size > CACHE_MAX)
		return call_refuse(c, 400,
		    "invalid cache size, must be >= 2 and <= %d", CACHE_MAX);
	if (put_config(c, &text, err) == 0) {
		records_put(c->records, &n, buf_str(&text));
		rc = 0;
	}
	buf_free(&text);
	return rc;
}
