/*
 * Keeper: the canonicaliser.  Every byte here is a stranger's.
 */
#include "vaultd/keeper/target.h"

#include <string.h>

#include "base/text.h"

#define FORM_MEMBERS 256

static const enum operation operations[METHOD_OTHER + 1] = {
    [METHOD_GET] = OP_READ,
    [METHOD_HEAD] = OP_READ,
    [METHOD_POST] = OP_WRITE,
    [METHOD_PUT] = OP_WRITE,
    [METHOD_PATCH] = OP_PATCH,
    [METHOD_DELETE] = OP_DELETE,
    [METHOD_LIST] = OP_LIST,
    [METHOD_SCAN] = OP_SCAN,
    [METHOD_HELP] = OP_HELP,
};

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decode escapes (and, in a query, '+') into the arena; at is NULL when one is malformed. */
static struct str
decode(struct arena *a, struct str raw, bool query)
{
	char *to = arena_alloc(a, raw.len + 1);
	size_t n = 0;

	for (size_t i = 0; to != NULL && i < raw.len; i++) {
		int high, low;

		if (raw.at[i] != '%') {
			to[n++] = (char)(query && raw.at[i] == '+' ? ' ' : raw.at[i]);
			continue;
		}
		high = i + 2 < raw.len ? hex_digit(raw.at[i + 1]) : -1;
		low = i + 2 < raw.len ? hex_digit(raw.at[i + 2]) : -1;
		if (high < 0 || low < 0)
			return (struct str){NULL, 0};
		to[n++] = (char)(high << 4 | low);
		i += 2;
	}
	return (struct str){to, n};
}

/* No "." and "..", and nothing empty but what a last '/' leaves. */
static const char *
check_segments(struct str path)
{
	struct str segment, rest = path;

	while (str_cut(rest, '/', &segment, &rest) || segment.len > 0) {
		if (str_is(segment, ".") || str_is(segment, ".."))
			return "relative paths not supported";
		if (segment.len == 0)
			return "";
	}
	return NULL;
}

const char *
target_check_path(struct str path)
{
	return !utf8_valid(path) || !utf8_printable(path) ? "" : check_segments(path);
}

static const char *
read_path(struct arena *a, struct str raw, struct str *path)
{
	const char *bad = check_segments(raw);

	if (bad != NULL)
		return bad;
	*path = decode(a, raw, false);
	return path->at == NULL ? "" : target_check_path(*path);
}

/* A Go bool: 1 true, 0 false, -1 neither. */
static int
truth(struct str s)
{
	static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
	static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		if (str_is(s, yes[i]))
			return 1;
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++)
		if (str_is(s, no[i]))
			return 0;
	return -1;
}

static bool
named(const struct json *object, struct str name)
{
	for (const struct json *m = object->first; m != NULL; m = m->next)
		if (str_equal(m->name, name))
			return true;
	return false;
}

struct json *
target_form(struct arena *a, struct str form)
{
	struct json *object = json_new(a, JSON_OBJECT);
	struct str pair, rest = form;
	unsigned left = FORM_MEMBERS;

	while (object != NULL && (str_cut(rest, '&', &pair, &rest) || pair.len > 0)) {
		struct str name, value;

		str_cut(pair, '=', &name, &value);
		name = decode(a, name, true);
		value = decode(a, value, true);
		if (name.at == NULL || value.at == NULL || !utf8_valid(name) ||
		    !utf8_valid(value) || named(object, name) || left-- == 0)
			return NULL;
		if (name.len > 0)
			json_add(a, object, arena_copy(a, name).at, json_new_string(a, value));
	}
	return object;
}

/* list, scan and help of a GET are no members: they say what is asked. */
static bool
take_switches(struct json *query, enum operation *operation)
{
	static const struct {
		const char *name;
		enum operation operation;
	} switches[] = {{"list", OP_LIST}, {"scan", OP_SCAN}, {"help", OP_HELP}};
	struct json **at = &query->first;
	unsigned on = 0;

	while (*at != NULL) {
		size_t i = 0;
		int value;

		while (i < 3 && !str_is((*at)->name, switches[i].name))
			i++;
		if (i == 3) {
			at = &(*at)->next;
			continue;
		}
		value = truth((*at)->text);
		if (value < 0 || (value > 0 && ++on > 1))
			return false;
		if (value > 0)
			*operation = switches[i].operation;
		*at = (*at)->next;
		query->count--;
	}
	return true;
}

static void
end_in_slash(struct arena *a, struct str *path)
{
	char *longer;

	if (path->len == 0 || str_ends(*path, "/") ||
	    (longer = arena_alloc(a, path->len + 1)) == NULL)
		return;
	memcpy(longer, path->at, path->len);
	longer[path->len] = '/';
	*path = (struct str){longer, path->len + 1};
}

int
target_read(struct arena *a, enum method method, struct str raw, struct target *t,
    unsigned *status, const char **text)
{
	struct str path, query;

	*text = "";
	str_cut(raw, '?', &path, &query);
	*status = 404;
	if (!str_starts(path, "/v1/"))
		return -1;
	t->operation = operations[method];
	*status = 405;
	if (t->operation == 0)
		return -1;
	*status = 400;
	*text = read_path(a, str_from(path, 4), &t->path);
	if (*text != NULL)
		return -1;
	*text = "";
	t->query = target_form(a, query);
	if (t->query == NULL ||
	    (method == METHOD_GET && !take_switches(t->query, &t->operation)))
		return -1;
	if (t->operation == OP_LIST || t->operation == OP_SCAN)
		end_in_slash(a, &t->path);
	*text = "cannot write to a path ending in '/'";
	if ((t->operation & (OP_WRITE | OP_PATCH)) != 0 && str_ends(t->path, "/"))
		return -1;
	*text = NULL;
	return 0;
}
