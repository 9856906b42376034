/*
 * Keeper: what an operation of the API says back, and how it reads its fields.
 */
#include "vaultd/keeper/call.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

/* ---- replies ---- */

struct json_writer
reply_data(struct call *c)
{
	struct json_writer w;

	buf_clear(&c->reply.data);
	w = json_writer_to(&c->reply.data);
	json_open_object(&w, NULL);
	return w;
}

static void
append_text(struct buf *list, const char *text)
{
	struct json_writer w = json_writer_to(list);

	w.comma = list->len > 0;
	json_put_text(&w, NULL, text);
}

static void
refuse(struct call *c, unsigned status, const char *text)
{
	c->reply.status = status;
	buf_clear(&c->reply.data);
	c->reply.empty = false;
	if (*text != '\0')
		append_text(&c->reply.errors, text);
	c->refused = true;
}

int
call_refuse(struct call *c, unsigned status, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	refuse(c, status, text);
	return -1;
}

int
call_not_found(struct call *c)
{
	refuse(c, 404, "");
	return -1;
}

int
call_refuse_wrapped(struct call *c, unsigned status, const char *fmt, ...)
{
	char text[1900];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return call_refuse(c, status, "1 error occurred:\n\t* %s\n\n", text);
}

void
call_warn(struct call *c, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	append_text(&c->reply.warnings, text);
}

/* ---- fields ---- */

static const struct json *
field(struct call *c, const char *name, bool *present)
{
	const struct json *f = json_find(c->body, name);

	if (f != NULL && f->type == JSON_NULL)
		f = NULL;
	if (present != NULL)
		*present = f != NULL;
	return f;
}

static const char *
kind(const struct json *f)
{
	static const char *const names[] = { "null", "false", "true", "number", "string", "array",
		"object" };

	return names[f->type];
}

/* What a refusal begins with: shorter where a write is first looked up to be a creation. */
static const char *
refusal(const struct call *c)
{
	bool bare = c->route != NULL && (c->route->flags & ROUTE_EXISTS) != 0 &&
	    c->operation == OP_WRITE;

	return bare ? "" : "Field validation failed: ";
}

static int
refuse_field(struct call *c, const char *name, const struct json *f, const char *wanted)
{
	return call_refuse(c, 400,
	    "%serror converting input for field \"%s\": expected %s, got %s", refusal(c), name,
	    wanted, kind(f));
}

int
field_text(struct call *c, const char *name, struct str *value, bool *present)
{
	const struct json *f = field(c, name, present);

	if (f == NULL)
		return 0;
	if (f->type == JSON_ARRAY || f->type == JSON_OBJECT)
		return refuse_field(c, name, f, "a string");
	*value = f->type == JSON_TRUE ? str_of("true") :
	    f->type == JSON_FALSE     ? str_of("false") :
					f->text;
	return 0;
}

/* An empty text, as in a query "?version=", is nothing: 0, or false. */
static bool
is_empty(const struct json *f)
{
	return f->type == JSON_STRING && f->text.len == 0;
}

int
field_int(struct call *c, const char *name, int64_t *value, bool *present)
{
	const struct json *f = field(c, name, present);

	if (f == NULL || json_to_int(f, value))
		return 0;
	*value = 0;
	return is_empty(f) ? 0 : refuse_field(c, name, f, "a whole number");
}

int
field_bool(struct call *c, const char *name, bool *value, bool *present)
{
	const struct json *f = field(c, name, present);
	int64_t number;

	if (f == NULL)
		return 0;
	if (f->type == JSON_TRUE || f->type == JSON_FALSE)
		*value = f->type == JSON_TRUE;
	else if (str_is(f->text, "true") || str_is(f->text, "false") || is_empty(f))
		*value = str_is(f->text, "true");
	else if (json_to_int(f, &number))
		*value = number != 0;
	else
		return refuse_field(c, name, f, "true or false");
	return 0;
}

int
field_duration(struct call *c, const char *name, int64_t *ns, bool *present)
{
	int64_t value = 0;
	bool sent;

	if (field_signed_duration(c, name, &value, &sent) != 0)
		return -1;
	if (value < 0)
		return call_refuse(c, 400, "%serror converting input for field \"%s\": "
		    "cannot provide negative value '%lld'", refusal(c), name,
		    (long long)(value / CLOCK_SECOND));
	if (sent)
		*ns = value;
	if (present != NULL)
		*present = sent;
	return 0;
}

int
field_signed_duration(struct call *c, const char *name, int64_t *ns, bool *present)
{
	const struct json *f = field(c, name, present);

	if (f == NULL)
		return 0;
	if ((f->type == JSON_STRING || f->type == JSON_NUMBER) && duration_parse(f->text, ns))
		return 0;
	*ns = 0;
	if (is_empty(f))
		return 0;
	return refuse_field(c, name, f, "a duration such as 30s or 1h30m, or seconds");
}

static struct str
trim(struct str s)
{
	while (s.len > 0 && s.at[0] == ' ')
		s = str_from(s, 1);
	while (s.len > 0 && s.at[s.len - 1] == ' ')
		s.len--;
	return s;
}

static int
list_of_array(struct call *c, const char *name, const struct json *f, struct str *items,
    unsigned *count)
{
	for (const struct json *e = f->first; e != NULL; e = e->next) {
		if (e->type != JSON_STRING && e->type != JSON_NUMBER)
			return refuse_field(c, name, e, "a string");
		items[(*count)++] = e->text;
	}
	return 0;
}

int
field_list(struct call *c, const char *name, struct str **items, unsigned *count, bool *present)
{
	const struct json *f = field(c, name, present);
	struct str one, rest;
	size_t room = 1;

	*count = 0;
	*items = NULL;
	if (f == NULL)
		return 0;
	if (f->type == JSON_OBJECT)
		return refuse_field(c, name, f, "a list");
	for (size_t i = 0; i < f->text.len; i++)
		room += f->text.at[i] == ',';
	*items = arena_alloc(c->arena, (room + f->count) * sizeof(**items));
	if (*items == NULL)
		return call_refuse(c, 413, "http: request body too large");
	if (f->type == JSON_ARRAY)
		return list_of_array(c, name, f, *items, count);
	rest = f->text;
	while (str_cut(rest, ',', &one, &rest) || one.len > 0)
		if (trim(one).len > 0)
			(*items)[(*count)++] = trim(one);
	return 0;
}
