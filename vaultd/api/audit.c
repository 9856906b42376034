/*
 * Keeper: sys/audit: the one device there is, which the configuration names (vault-api 1.5).
 * Security: no device is made by API: who may write policies could write files by it.
 */
#include "vaultd/api/audit.h"

#include "vaultd/config.h"
#include "vaultd/keeper/audit.h"

#define DEVICE "file"

static struct str
device_path(const struct call *c)
{
	struct str path = c->parameter[0];

	if (str_ends(path, "/"))
		path.len--;
	return path;
}

int
api_audit_list(struct call *c, struct error *err)
{
	struct json_writer w = reply_data(c);

	(void)err;
	json_open_object(&w, DEVICE "/");
	json_put_text(&w, "path", DEVICE "/");
	json_put_text(&w, "type", "file");
	json_put_text(&w, "description", "");
	json_open_object(&w, "options");
	json_put_text(&w, "file_path", c->config->audit.path);
	json_close_object(&w);
	json_put_bool(&w, "local", false);
	json_close_object(&w);
	json_close_object(&w);
	c->reply.mirrored = true;
	return 0;
}

int
api_audit_enable(struct call *c, struct error *err)
{
	(void)err;
	return call_refuse(c, 400, "cannot enable audit device via API; use declarative, "
	    "config-based audit device management instead");
}

int
api_audit_disable(struct call *c, struct error *err)
{
	(void)err;
	if (str_is(device_path(c), DEVICE))
		return call_refuse(c, 400, "cannot disable configuration-managed audit device");
	return 0;
}

int
api_audit_hash(struct call *c, struct error *err)
{
	struct str input = { NULL, 0 }, path = device_path(c);
	struct buf hash = BUF_INIT;
	struct json_writer w;

	(void)err;
	if (field_text(c, "input", &input, NULL) != 0)
		return -1;
	if (input.len == 0)
		return call_refuse(c, 400, "the \"input\" parameter is empty");
	if (!str_is(path, DEVICE))
		return call_refuse(c, 400, "unknown audit backend \"%.*s/\"", STR(path));
	audit_hash(c->audit, input, &hash);
	w = reply_data(c);
	json_put_str(&w, "hash", buf_str(&hash));
	json_close_object(&w);
	c->reply.mirrored = true;
	buf_free(&hash);
	return 0;
}
