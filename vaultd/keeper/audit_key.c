/*
 * Keeper: values on their way into the audit.  Trusted to let none of them through.
 */
#include "vaultd/keeper/audit_key.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "keys/digest.h"

#define CONTEXT "vaultd audit values 1"
#define PREFIX "hmac-sha256:"

/* Values that nearly every reply has: their hashes are made once. */
static const struct str common[] = {{"", 0}, {"1", 1}, {"true", 4}, {"false", 5}};
#define COMMON (sizeof(common) / sizeof(common[0]))

struct audit_key {
	struct secret *key;
	uint8_t hash[COMMON][DIGEST_SHA256];
};

struct audit_key *
audit_key_new(const struct secret *key)
{
	struct audit_key *k = calloc(1, sizeof(*k));
	uint8_t derived[DIGEST_SHA256];

	if (k == NULL)
		fatal("no memory for the audit's key");
	digest_hmac(key, str_of(CONTEXT), derived);
	k->key = secret_take(derived, sizeof(derived));
	for (size_t i = 0; i < COMMON; i++)
		digest_hmac(k->key, common[i], k->hash[i]);
	return k;
}

void
audit_key_free(struct audit_key **k)
{
	if (*k == NULL)
		return;
	secret_free(&(*k)->key);
	free(*k);
	*k = NULL;
}

void
audit_key_hash(const struct audit_key *k, struct str value, struct buf *out)
{
	uint8_t hash[DIGEST_SHA256];
	size_t i = value.len > strlen("false") ? COMMON : 0;

	while (i < COMMON && !str_equal(value, common[i]))
		i++;
	if (i == COMMON)
		digest_hmac(k->key, value, hash);
	buf_put(out, PREFIX, sizeof(PREFIX) - 1);
	hex_encode(out, i < COMMON ? k->hash[i] : hash, DIGEST_SHA256);
}

void
audit_key_put(const struct audit_key *k, struct str value, struct buf *out)
{
	buf_put(out, "\"", 1);
	audit_key_hash(k, value, out);
	buf_put(out, "\"", 1);
}

/* ---- trees ---- */

static void put_tree(const struct audit_key *k, struct json_writer *w, const struct json *v);

static void
put_members(const struct audit_key *k, struct json_writer *w, const struct json *v)
{
	for (const struct json *m = v->first; m != NULL; m = m->next) {
		if (v->type == JSON_OBJECT)
			json_put_name(w, m->name);
		put_tree(k, w, m);
	}
}

static void
put_scalar(const struct audit_key *k, struct json_writer *w, struct str value)
{
	if (w->comma)
		buf_put_u8(w->out, ',');
	audit_key_put(k, value, w->out);
	w->comma = true;
}

static void
put_tree(const struct audit_key *k, struct json_writer *w, const struct json *v)
{
	switch (v->type) {
	case JSON_OBJECT:
		json_open_object(w, NULL);
		put_members(k, w, v);
		json_close_object(w);
		break;
	case JSON_ARRAY:
		json_open_array(w, NULL);
		put_members(k, w, v);
		json_close_array(w);
		break;
	case JSON_NULL:
		json_put_null(w, NULL);
		break;
	case JSON_FALSE:
	case JSON_TRUE:
		put_scalar(k, w, str_of(v->type == JSON_TRUE ? "true" : "false"));
		break;
	case JSON_NUMBER:
	case JSON_STRING:
		put_scalar(k, w, v->text);
		break;
	}
}

/* How many scalars there are, counted as far as one beyond the most. */
static unsigned
count(const struct json *v, unsigned most)
{
	unsigned n = v->type != JSON_OBJECT && v->type != JSON_ARRAY;

	for (const struct json *m = v->first; m != NULL && n <= most; m = m->next)
		n += count(m, most - n);
	return n;
}

void
audit_key_put_tree(const struct audit_key *k, const struct json *value, struct buf *out)
{
	struct json_writer w = json_writer_to(out);
	struct buf text = BUF_INIT;

	if (count(value, AUDIT_SCALARS) <= AUDIT_SCALARS) {
		put_tree(k, &w, value);
		return;
	}
	w = json_writer_to(&text);
	json_put_value(&w, NULL, value);
	audit_key_put(k, buf_str(&text), out);
	buf_free(&text);
}

/* ---- texts ---- */

static const char *
skip_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	return at;
}

/*
 * A string without escapes that begins at `at`: a member's name (a colon follows) as it stands,
 * else hashed.  Where it ends; NULL when it does not.
 */
static const char *
scan_string(const struct audit_key *k, const char *at, const char *end, struct buf *out)
{
	const char *close = memchr(at + 1, '"', (size_t)(end - at - 1)), *next;

	if (close == NULL)
		return NULL;
	next = skip_blanks(close + 1, end);
	if (next < end && *next == ':')
		buf_put(out, at, (size_t)(close + 1 - at));
	else
		audit_key_put(k, (struct str){at + 1, (size_t)(close - at - 1)}, out);
	return next;
}

static const char *
scan_word(const struct audit_key *k, const char *at, const char *end, struct buf *out)
{
	const char *from = at;
	struct str word;

	while (at < end && strchr(" \t\r\n,]}", *at) == NULL)
		at++;
	word = (struct str){from, (size_t)(at - from)};
	if (str_is(word, "null"))
		buf_put_str(out, word);
	else
		audit_key_put(k, word, out);
	return at;
}

/* JSON without a backslash, as our own writer and parser left it.  False: too much of it. */
static bool
scan(const struct audit_key *k, struct str json, struct buf *out)
{
	const char *end = json.at + json.len, *at = skip_blanks(json.at, end);
	unsigned left = AUDIT_SCALARS;

	while (at != NULL && at < end) {
		switch (*at) {
		case '{':
		case '}':
		case '[':
		case ']':
		case ',':
		case ':':
			buf_put(out, at++, 1);
			break;
		default:
			if (left-- == 0)
				return false;
			at = *at == '"' ? scan_string(k, at, end, out)
					: scan_word(k, at, end, out);
		}
		if (at != NULL)
			at = skip_blanks(at, end);
	}
	return at != NULL;
}

/*
 * Whether there is surely too much of it, by its beginning: every '"' begins or ends a string,
 * and of a name and its value one is a scalar, unless the value is a container.
 */
static bool
is_crowded(struct str json)
{
	size_t quotes = 0, most = 4 * (size_t)(AUDIT_SCALARS + 1);

	for (size_t i = 0; i < json.len && quotes <= most; i++) {
		quotes += json.at[i] == '"';
		most += json.at[i] == '{' || json.at[i] == '[' ? 2 : 0;
	}
	return quotes > most;
}

/* With escapes: strings are hashed decoded. */
static bool
parse(const struct audit_key *k, struct arena *a, struct str json, struct buf *out)
{
	const struct json *tree = json_parse(a, json, &json_limits_body, NULL);

	if (tree != NULL)
		audit_key_put_tree(k, tree, out);
	return tree != NULL;
}

void
audit_key_put_json(const struct audit_key *k, struct arena *a, struct str json, struct buf *out)
{
	size_t from = out->len;
	bool plain = memchr(json.at, '\\', json.len) == NULL;

	if (plain ? !is_crowded(json) && scan(k, json, out) : parse(k, a, json, out))
		return;
	out->len = from;
	audit_key_put(k, json, out);
}
