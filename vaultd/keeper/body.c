/*
 * Keeper: what a request sends: headers, and a body as JSON or a form.  A stranger's bytes.
 */
#include "vaultd/keeper/body.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "vaultd/keeper/target.h"
#include "vaultd/keeper/wrapping.h"

static bool
is_form(const struct frame_request *f)
{
	return f->content_type.at != NULL &&
	    str_starts(f->content_type, "application/x-www-form-urlencoded") &&
	    f->body.len > 0 && f->body.at[0] != '{' && f->body.at[0] != '[';
}

/* type "/" subtype, both there, and nothing odd behind (RFC 9110 8.3.1). */
static bool
is_media_type(struct str type)
{
	struct str main, sub;

	return str_cut(type, '/', &main, &sub) && main.len > 0 && sub.len > 0;
}

static int
check_patch_type(struct call *c, const struct frame_request *f)
{
	static const char wanted[] = "application/merge-patch+json";
	struct str type, parameters;

	if (c->operation != OP_PATCH)
		return 0;
	str_cut(f->content_type, ';', &type, &parameters);
	while (str_ends(type, " "))
		type.len--;
	if (str_is(type, wanted))
		return 0;
	return call_refuse(c, is_media_type(type) ? 415 : 400,
	    "PATCH requires Content-Type of %s, provided %.*s", wanted, STR(f->content_type));
}

static struct str
blank_trimmed(struct str s)
{
	while (s.len > 0 && strchr(" \t\r\n", s.at[0]) != NULL)
		s = str_from(s, 1);
	return s;
}

static int
read_json(struct call *c, struct str body)
{
	struct error err = ERROR_INIT;
	const struct json *json = json_parse(c->arena, body, &json_limits_body, &err);

	if (json == NULL)
		return call_refuse(c, 400, "%s%s",
		    err.code == ERR_LIMIT ? "" : "failed to decode JSON input: ", err.text);
	if (json->type != JSON_OBJECT && json->type != JSON_NULL)
		return call_refuse(c, 400, "failed to decode JSON input: the body is no object");
	c->has_body = json->type == JSON_OBJECT;
	c->body = c->has_body ? json : json_new(c->arena, JSON_OBJECT);
	return 0;
}

int
body_read(struct call *c, const struct frame_request *f)
{
	struct str body;

	if ((c->operation & (OP_WRITE | OP_PATCH)) == 0)
		return 0;
	if (check_patch_type(c, f) != 0)
		return -1;
	if (c->route != NULL && (c->route->flags & ROUTE_BYTES) != 0) {
		c->bytes = f->body;
		c->body = json_new(c->arena, JSON_OBJECT);
		return 0;
	}
	if (is_form(f)) {
		c->body = target_form(c->arena, f->body);
		c->has_body = c->body != NULL;
		return c->has_body ? 0 : call_refuse(c, 400, "error parsing form data");
	}
	if (blank_trimmed(f->body).len == 0) {
		c->body = json_new(c->arena, JSON_OBJECT);
		return 0;
	}
	body = arena_copy(c->arena, f->body);
	if (body.at == NULL)
		return call_refuse(c, 413, "http: request body too large");
	return read_json(c, body);
}

static int
read_wrap_ttl(struct call *c, struct str text)
{
	static const char head[] = "error parsing X-Vault-Wrap-TTL header: ";
	struct buf why = BUF_INIT;

	while (text.len > 0 && text.at[text.len - 1] == ' ')
		text.len--;
	if (text.len == 0)
		return 0;
	if (!duration_parse(text, &c->wrap_ttl)) {
		duration_complain(&why, text);
		call_refuse(c, 400, "%s%.*s", head, STR(buf_str(&why)));
		buf_free(&why);
		return -1;
	}
	if (c->wrap_ttl < 0)
		return call_refuse(c, 400, "%srequested wrap ttl cannot be negative", head);
	if (c->wrap_ttl > WRAPPING_MAX)
		return call_refuse(c, 400,
		    "%sa wrapped reply is kept for 32 days at most", head);
	c->wrap_ttl -= c->wrap_ttl % CLOCK_SECOND;
	return 0;
}

int
body_check_headers(struct call *c, const struct frame_request *f)
{
	static const char *const root[] = { "", "root", "root/", "/" };

	for (size_t i = 0; f->space.at != NULL; i++) {
		if (i == sizeof(root) / sizeof(*root))
			return call_refuse(c, 404, "namespace not found");
		if (str_is(f->space, root[i]))
			break;
	}
	return read_wrap_ttl(c, blank_trimmed(f->wrap_ttl));
}
