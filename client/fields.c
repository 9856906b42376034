/*
 * vaultctl: secrets on their way into a request body, never out of argv.  Everything passes
 * through buffers that wipe themselves.
 */
#include "client/fields.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "client/files.h"
#include "client/prompt.h"

#define ARENA_MOST ((size_t)64 * 1024 * 1024)

static struct str
key_of(const char *arg)
{
	struct str key, rest;

	str_cut(str_of(arg), '=', &key, &rest);
	return key;
}

static struct str
real_name(struct str key, const struct fields_rule *rule)
{
	for (unsigned i = 0; rule->aliases != NULL && rule->aliases[i][0] != NULL; i++)
		if (str_is(key, rule->aliases[i][0]))
			return str_of(rule->aliases[i][1]);
	return key;
}

static bool
is_stdin(const char *arg)
{
	const char *value = strchr(arg, '=');

	return strcmp(arg, "-") == 0 || (value != NULL && strcmp(value, "=-") == 0);
}

/* Each key once, standard input once. */
static int
check_all(char *const *args, unsigned count, const struct fields_rule *rule, struct error *err)
{
	unsigned from_stdin = 0;

	for (unsigned i = 0; i < count; i++) {
		struct str key = key_of(args[i]);

		if (key.len == 0)
			return error_set(err, ERR_INVALID, "argument %u has no key", i + 1);
		from_stdin += is_stdin(args[i]);
		for (unsigned k = 0; k < i; k++)
			if (str_equal(real_name(key, rule), real_name(key_of(args[k]), rule)))
				return error_set(
				    err, ERR_INVALID, "%.*s is given twice", STR(key));
	}
	if (from_stdin > 1)
		return error_set(err, ERR_INVALID, "standard input can be read only once");
	return 0;
}

static int
refuse_plain(struct str key, const char *flag, struct error *err)
{
	return error_set(err, ERR_INVALID,
	    "the value of %.*s stands in the command line, where others can read it; use "
	    "%.*s=@FILE, %.*s=- (standard input) or %.*s alone (a prompt)%s%s",
	    STR(key), STR(key), STR(key), STR(key), flag != NULL ? ", or say " : "",
	    flag != NULL ? flag : "");
}

static int
read_value(
    const char *arg, const struct fields_rule *rule, struct buf *value, struct error *err)
{
	const char *text = strchr(arg, '=');
	struct str key = key_of(arg);

	if (text == NULL)
		return prompt_secret(arg, value, err);
	text++;
	if (text[0] == '@' && text[1] != '\0')
		return file_read(text + 1, value, err);
	if (strcmp(text, "-") == 0)
		return file_read(text, value, err);
	if (!rule->plain)
		return refuse_plain(key, rule->flag, err);
	buf_put_text(value, text[0] == '\\' && text[1] == '@' ? text + 1 : text);
	return 0;
}

static int
put_field(
    struct json_writer *w, const char *arg, const struct fields_rule *rule, struct error *err)
{
	struct str key = key_of(arg);
	struct buf value = BUF_INIT;
	int rc = read_value(arg, rule, &value, err);

	if (rc == 0 && !utf8_valid(buf_str(&value)))
		rc = error_set(err, ERR_INVALID,
		    "the value of %.*s is not text (UTF-8); encode it first, as base64",
		    STR(key));
	if (rc == 0) {
		json_put_name(w, real_name(key, rule));
		json_put_str(w, NULL, buf_str(&value));
	}
	buf_free(&value);
	return rc;
}

/* "@file" or "-": an object that stands for all fields. */
static int
read_object(const char *arg, struct buf *json, struct error *err)
{
	struct arena *arena = arena_new(ARENA_MOST, 0, err);
	const struct json *root = NULL;
	struct buf text = BUF_INIT;
	int rc = -1;

	if (arena == NULL || file_read(arg[0] == '@' ? arg + 1 : arg, &text, err) != 0)
		goto out;
	root = json_parse(arena, buf_str(&text), &json_limits_body, err);
	if (root == NULL)
		error_prefix(err, "%s: ", arg);
	else if (root->type != JSON_OBJECT)
		error_set(err, ERR_INVALID, "%s holds no JSON object", arg);
	else
		rc = 0;
	if (rc == 0)
		buf_put_str(json, buf_str(&text));
out:
	buf_free(&text);
	arena_free(arena);
	return rc;
}

int
fields_read(char *const *args, unsigned count, const struct fields_rule *rule, struct buf *json,
    struct error *err)
{
	struct json_writer w = json_writer_to(json);

	if (count == 1 && (args[0][0] == '@' || strcmp(args[0], "-") == 0))
		return read_object(args[0], json, err);
	for (unsigned i = 0; i < count; i++)
		if (args[i][0] == '@' || strcmp(args[i], "-") == 0)
			return error_set(err, ERR_INVALID,
			    "%s stands for all fields and stands alone", args[i]);
	if (check_all(args, count, rule, err) != 0)
		return -1;
	json_open_object(&w, NULL);
	for (unsigned i = 0; i < count; i++)
		if (put_field(&w, args[i], rule, err) != 0)
			return -1;
	json_close_object(&w);
	return 0;
}
