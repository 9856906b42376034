/*
 * vaultctl: templates.  Trusted with the values of secrets; they lie in the caller's buffers.
 */
#include "client/template.h"

#include <string.h>

#include "base/text.h"
#include "client/quote.h"
#include "client/url.h"

void
template_put_field(struct buf *out, const struct json *field)
{
	struct json_writer w = json_writer_to(out);

	if (field->type == JSON_STRING)
		buf_put_str(out, field->text);
	else
		json_put_value(&w, NULL, field);
}

static int
put_json(struct buf *out, const struct json *field, struct str bare, struct error *err)
{
	struct json_writer w = json_writer_to(out);

	(void)bare;
	(void)err;
	json_put_value(&w, NULL, field);
	return 0;
}

static int
put_url(struct buf *out, const struct json *field, struct str bare, struct error *err)
{
	(void)field;
	(void)err;
	url_put(out, bare, "");
	return 0;
}

static int
put_shell(struct buf *out, const struct json *field, struct str bare, struct error *err)
{
	if (bare.len > 0 && memchr(bare.at, '\0', bare.len) != NULL)
		return error_set(err, ERR_INVALID,
		    "the field %.*s holds a zero byte, which no word of a shell can",
		    STR(field->name));
	quote_put(out, bare);
	return 0;
}

static int
put_base64(struct buf *out, const struct json *field, struct str bare, struct error *err)
{
	(void)field;
	(void)err;
	base64_encode(out, BASE64_STD, bare.at, bare.len);
	return 0;
}

/* How a field may stand; bare is what template_put_field makes of it. */
static const struct form {
	const char *name;
	int (*put)(
	    struct buf *out, const struct json *field, struct str bare, struct error *err);
} forms[] = {
    {"json", put_json},
    {"url", put_url},
    {"shell", put_shell},
    {"base64", put_base64},
};

static const struct form *
find_form(struct str name)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (str_is(name, forms[i].name))
			return &forms[i];
	return NULL;
}

static const struct json *
find_field(struct str name, const struct json *fields)
{
	for (const struct json *f = fields->first; f != NULL; f = f->next)
		if (str_equal(f->name, name))
			return f;
	return NULL;
}

static int
put_form(struct buf *out, const struct form *form, const struct json *field, struct error *err)
{
	struct buf bare = BUF_INIT;
	int rc;

	template_put_field(&bare, field);
	rc = form->put(out, field, buf_str(&bare), err);
	buf_free(&bare);
	return rc;
}

/* The one or two words between braces. */
static int
put_place(struct buf *out, struct str words, const struct json *fields, struct error *err)
{
	const struct form *form = NULL;
	const struct json *field;
	struct str first, name;

	if (words.len >= 2 && str_starts(words, "\"") && str_ends(words, "\"")) {
		buf_put(out, words.at + 1, words.len - 2);
		return 0;
	}
	if (str_cut(words, ' ', &first, &name)) {
		if ((form = find_form(first)) == NULL)
			return error_set(err, ERR_INVALID,
			    "%.*s is no form of a field: json, url, shell and base64 are",
			    STR(first));
		name = str_trim(name);
	} else {
		name = first;
	}
	if (name.len == 0)
		return error_set(err, ERR_INVALID, "{{}} names no field");
	if ((field = find_field(name, fields)) == NULL)
		return error_set(err, ERR_INVALID, "the secret has no field %.*s", STR(name));
	if (form != NULL)
		return put_form(out, form, field, err);
	template_put_field(out, field);
	return 0;
}

/* Where the braces close: behind the quotes, when what they hold is quoted. */
static const char *
find_end(struct str rest)
{
	struct str at = rest;
	const char *quote;

	while (str_starts(at, " "))
		at = str_from(at, 1);
	if (str_starts(at, "\"") && (quote = memchr(at.at + 1, '"', at.len - 1)) != NULL)
		at = str_from(at, (size_t)(quote - at.at));
	return memmem(at.at, at.len, "}}", 2);
}

static unsigned
count_lines(const char *from, const char *to)
{
	unsigned n = 1;

	for (; from < to; from++)
		n += *from == '\n';
	return n;
}

int
template_fill(struct str text, const struct json *fields, struct buf *out, struct error *err)
{
	struct str rest = text, words;
	const char *begin, *end;

	while (rest.len > 0 && (begin = memmem(rest.at, rest.len, "{{", 2)) != NULL) {
		buf_put(out, rest.at, (size_t)(begin - rest.at));
		rest = str_from(rest, (size_t)(begin - rest.at) + 2);
		if ((end = find_end(rest)) == NULL)
			return error_set(err, ERR_INVALID, "line %u: {{ is not closed by }}",
			    count_lines(text.at, begin));
		words = str_trim((struct str){rest.at, (size_t)(end - rest.at)});
		if (put_place(out, words, fields, err) != 0)
			return error_prefix(err, "line %u: ", count_lines(text.at, begin));
		rest = str_from(rest, (size_t)(end - rest.at) + 2);
	}
	buf_put_str(out, rest);
	return 0;
}
