/*
 * Keeper: the API's envelope (vault-api "Success envelope", "Errors").
 */
#include "vaultd/keeper/reply.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"

void
reply_init(struct reply *r)
{
	memset(r, 0, sizeof(*r));
	r->content_type = "application/json";
}

void
reply_clear(struct reply *r)
{
	buf_free(&r->data);
	buf_free(&r->auth);
	buf_free(&r->wrap.token);
	buf_free(&r->warnings);
	buf_free(&r->errors);
}

static const struct {
	unsigned status;
	const char *text; /* NULL: the error's own */
} answers[] = {
	[ERR_INVALID] = { 400, NULL },
	[ERR_DENIED] = { 403, NULL },
	[ERR_NOT_FOUND] = { 404, "" },
	[ERR_UNSUPPORTED] = { 405, NULL },
	[ERR_CONFLICT] = { 400, NULL },
	[ERR_LIMIT] = { 413, NULL },
	[ERR_SEALED] = { 503, "Vault is sealed" },
	[ERR_FOREIGN] = { 400, NULL },
	[ERR_CORRUPT] = { 500, "1 error occurred:\n\t* internal error\n\n" },
	[ERR_FULL] = { 507, NULL },
	[ERR_IO] = { 500, "1 error occurred:\n\t* internal error\n\n" },
	[ERR_INTERNAL] = { 500, "1 error occurred:\n\t* internal error\n\n" },
};

void
reply_error(struct call *c, const struct error *err)
{
	const char *text = answers[err->code].text != NULL ? answers[err->code].text : err->text;

	if (answers[err->code].status >= 500 && err->code != ERR_SEALED)
		log_error("%s of a request failed: %s", c->request_id, err->text);
	if (*text == '\0')
		call_not_found(c);
	else
		call_refuse(c, answers[err->code].status, "%s", text);
}

static void
put_wrap_info(struct json_writer *w, const struct call *c)
{
	const struct wrap_info *wrap = &c->reply.wrap;
	char time[CLOCK_TEXT];

	clock_format(c->now, time);
	json_open_object(w, "wrap_info");
	json_put_str(w, "token", buf_str(&wrap->token));
	json_put_text(w, "accessor", wrap->accessor);
	json_put_int(w, "ttl", wrap->ttl / CLOCK_SECOND);
	json_put_text(w, "creation_time", time);
	json_put_str(w, "creation_path", wrap->path);
	if (wrap->wrapped_accessor[0] != '\0')
		json_put_text(w, "wrapped_accessor", wrap->wrapped_accessor);
	json_close_object(w);
}

static void
open_envelope(struct json_writer *w, struct call *c)
{
	json_open_object(w, NULL);
	json_put_text(w, "request_id",
	    c->reply.unnamed || c->reply.wrap.token.len > 0 ? "" : c->request_id);
	json_put_text(w, "lease_id", "");
	json_put_bool(w, "renewable", false);
	json_put_int(w, "lease_duration", c->reply.lease_s);
}

static void
put_list(struct json_writer *w, const char *name, const struct buf *list)
{
	json_open_array(w, name);
	if (list->len > 0)
		json_put_raw(w, NULL, buf_str(list));
	json_close_array(w);
}

static bool
is_of_envelope(struct str name)
{
	static const char *const names[] = { "request_id", "lease_id", "renewable", "lease_duration",
		"data", "wrap_info", "warnings", "auth" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_is(name, names[i]))
			return true;
	return false;
}

/* Data's members once more at the root, but for those that would be there twice. */
static void
mirror(struct json_writer *w, struct call *c)
{
	const struct json *data =
	    json_parse(c->arena, buf_str(&c->reply.data), &json_limits_body, NULL);

	for (const struct json *m = data != NULL ? data->first : NULL; m != NULL; m = m->next) {
		if (is_of_envelope(m->name))
			continue;
		json_put_name(w, m->name);
		json_put_value(w, NULL, m);
	}
}

static void
envelope(struct call *c, struct buf *out)
{
	struct reply *r = &c->reply;
	struct json_writer w = json_writer_to(out);

	open_envelope(&w, c);
	if (r->data.len > 0)
		json_put_raw(&w, "data", buf_str(&r->data));
	else
		json_put_null(&w, "data");
	if (r->wrap.token.len > 0)
		put_wrap_info(&w, c);
	else
		json_put_null(&w, "wrap_info");
	if (r->warnings.len > 0)
		put_list(&w, "warnings", &r->warnings);
	else
		json_put_null(&w, "warnings");
	if (r->auth.len > 0)
		json_put_raw(&w, "auth", buf_str(&r->auth));
	else
		json_put_null(&w, "auth");
	if (r->mirrored)
		mirror(&w, c);
	json_close_object(&w);
}

static void
errors(struct call *c, struct buf *out)
{
	struct json_writer w = json_writer_to(out);

	json_open_object(&w, NULL);
	put_list(&w, "errors", &c->reply.errors);
	json_close_object(&w);
}

static bool
reads(const struct call *c)
{
	return (c->operation & (OP_READ | OP_LIST | OP_SCAN)) != 0;
}

static void
settle_status(struct call *c)
{
	struct reply *r = &c->reply;

	if (r->status != 0)
		return;
	if (r->data.len > 0 || r->auth.len > 0 || r->warnings.len > 0 || r->wrap.token.len > 0)
		r->status = 200;
	else if (reads(c))
		call_not_found(c);
	else
		r->status = 204;
}

void
reply_body(struct call *c, struct buf *out)
{
	struct reply *r = &c->reply;

	settle_status(c);
	if (r->empty || r->status == 204)
		return;
	if (c->refused)
		errors(c, out);
	else if (r->wrap.token.len > 0)
		envelope(c, out);
	else if (r->raw || (c->route != NULL && (c->route->flags & ROUTE_RAW) != 0))
		buf_put_str(out, buf_str(&r->data));
	else
		envelope(c, out);
}
