/*
 * Keeper: custom_metadata, checked as the reference checks it.
 */
#include "vaultd/api/kv_custom.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define KEYS 64
#define KEY_BYTES 128
#define VALUE_BYTES 512

/* As Go's %q for what can occur here. */
static void
quote(struct buf *out, struct str s)
{
	static const char special[] = "\a\b\f\n\r\t\v\\\"", letters[] = "abfnrtv\\\"";

	buf_put_u8(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		const char *found = s.at[i] == '\0' ? NULL : strchr(special, s.at[i]);

		if (found != NULL)
			buf_printf(out, "\\%c", letters[found - special]);
		else if ((unsigned char)s.at[i] < 0x20 || s.at[i] == 0x7f)
			buf_printf(out, "\\x%02x", (unsigned char)s.at[i]);
		else
			buf_put_u8(out, (uint8_t)s.at[i]);
	}
	buf_put_u8(out, '"');
}

struct complaints {
	struct buf list;
	unsigned count;
};

static struct buf *
complain(struct complaints *all)
{
	all->count++;
	buf_put_text(&all->list, "\t* custom_metadata validation failed: ");
	return &all->list;
}

static void
check_length(struct complaints *all, const char *what, struct str key, size_t len, size_t most)
{
	struct buf *b;

	if (len > 0 && len <= most)
		return;
	b = complain(all);
	buf_printf(b, "length of %s ", what);
	quote(b, key);
	buf_printf(b, " is %zu but must be 0 < len(%s) <= %zu\n", len,
	    most == KEY_BYTES ? "key" : "value", most);
}

static void
check_pair(struct complaints *all, const struct kv_custom *pair)
{
	struct buf *b;

	check_length(all, "key", pair->key, pair->key.len, KEY_BYTES);
	check_length(all, "value for key", pair->key, pair->value.len, VALUE_BYTES);
	if (!utf8_printable(pair->key)) {
		b = complain(all);
		buf_put_text(b, "key ");
		quote(b, pair->key);
		buf_printf(b, " (%.*s) contains unprintable characters\n", STR(pair->key));
	}
	if (!utf8_printable(pair->value)) {
		b = complain(all);
		buf_put_text(b, "value for key ");
		quote(b, pair->key);
		buf_put_text(b, " contains unprintable characters\n");
	}
}

static int
check(struct call *c, const struct kv_secret *s)
{
	struct complaints all = { BUF_INIT, 0 };

	if (s->custom_count > KEYS)
		return call_refuse_wrapped(c, 400, "custom_metadata validation failed: payload must "
		    "contain at most %d keys, provided %u", KEYS, s->custom_count);
	for (unsigned i = 0; i < s->custom_count; i++)
		check_pair(&all, &s->custom[i]);
	if (all.count > 0)
		call_refuse(c, 400, "%u error%s occurred:\n%.*s\n", all.count,
		    all.count == 1 ? "" : "s", STR(buf_str(&all.list)));
	buf_free(&all.list);
	return all.count == 0 ? 0 : -1;
}

static int
by_key(const void *a, const void *b)
{
	return str_compare(((const struct kv_custom *)a)->key, ((const struct kv_custom *)b)->key);
}

/* Numbers and truths are taken as text; null as the empty one. */
static int
text_of(struct call *c, const struct json *value, struct str *text)
{
	if (value->type == JSON_OBJECT || value->type == JSON_ARRAY)
		return call_refuse(c, 400, "custom_metadata validation failed: '' expected type "
		    "'string', got unconvertible type '%s'",
		    value->type == JSON_OBJECT ? "map[string]interface {}" : "[]interface {}");
	*text = value->type == JSON_TRUE ? str_of("1") :
	    value->type == JSON_FALSE    ? str_of("0") :
					   value->text;
	return 0;
}

static void
remove_key(struct kv_secret *s, struct str key)
{
	for (unsigned i = 0; i < s->custom_count; i++)
		if (str_equal(s->custom[i].key, key)) {
			s->custom[i] = s->custom[--s->custom_count];
			return;
		}
}

static int
take(struct call *c, struct kv_secret *s, const struct json *field, bool merge)
{
	struct kv_custom *all =
	    arena_alloc(c->arena, (s->custom_count + field->count + 1) * sizeof(*all));

	if (all == NULL)
		return call_refuse(c, 413, "http: request body too large");
	if (merge && s->custom_count > 0)
		memcpy(all, s->custom, s->custom_count * sizeof(*all));
	s->custom_count = merge ? s->custom_count : 0;
	s->custom = all;
	for (const struct json *m = field->first; m != NULL; m = m->next) {
		struct str text = { "", 0 };

		remove_key(s, m->name);
		if (merge && m->type == JSON_NULL)
			continue;
		if (text_of(c, m, &text) != 0)
			return -1;
		all[s->custom_count++] = (struct kv_custom){ m->name, text };
	}
	qsort(all, s->custom_count, sizeof(*all), by_key);
	return check(c, s);
}

int
kv_custom_read(struct call *c, struct kv_secret *s, bool merge, bool *present)
{
	const struct json *field = json_find(c->body, "custom_metadata");

	*present = field != NULL && (merge || field->type != JSON_NULL);
	if (!*present)
		return 0;
	if (field->type == JSON_NULL) {
		s->custom_count = 0;
		return 0;
	}
	if (field->type != JSON_OBJECT)
		return call_refuse(c, 400, "%serror converting input for field \"custom_metadata\": "
		    "expected an object", c->operation == OP_WRITE ? "" : "Field validation failed: ");
	return take(c, s, field, merge);
}
