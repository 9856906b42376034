/*
 * vaultctl: bodies out of arguments and flags.  Trusted with what the files hold that they
 * name; it passes through buffers that wipe themselves.
 */
#include "client/members.h"

#include <string.h>

#include "base/text.h"
#include "client/files.h"
#include "client/url.h"

static int
read_input(const char *path, struct buf *out, struct error *err)
{
	if (file_read(path, out, err) != 0)
		return -1;
	if (out->len <= INPUT_MOST)
		return 0;
	return error_set(err, ERR_LIMIT,
	    "%s has more than the %d bytes that go into a request (transit encrypt -stream "
	    "takes "
	    "any size; sign takes a hash with -prehashed)",
	    strcmp(path, "-") == 0 ? "standard input" : path, INPUT_MOST);
}

int
members_read(const char *value, struct buf *out, struct error *err)
{
	if (value[0] == '@' && value[1] != '\0')
		return read_input(value + 1, out, err);
	buf_put_text(out, value);
	return 0;
}

static void
put_base64(struct json_writer *w, struct str bytes)
{
	struct buf text = BUF_INIT;

	base64_encode(&text, BASE64_STD, bytes.at, bytes.len);
	json_put_str(w, NULL, buf_str(&text));
	buf_free(&text);
}

/* One argument, or NULL where one was left out. */
static int
put_argument(struct json_writer *w, struct str name, const char *argument, struct error *err)
{
	bool bytes = str_starts(name, "="), file = bytes || str_starts(name, "<");
	struct buf content = BUF_INIT;
	int rc = 0;

	if (file)
		rc = read_input(argument != NULL ? argument : "-", &content, err);
	else if (argument != NULL)
		buf_put_text(&content, argument);
	else
		return 0;
	if (rc == 0 && !bytes && !utf8_valid(buf_str(&content)))
		rc = error_set(err, ERR_INVALID,
		    "what should be text is binary (a stream is decrypted with -stream)");
	json_put_name(w, file ? str_from(name, 1) : name);
	if (bytes)
		put_base64(w, buf_str(&content));
	else
		json_put_str(w, NULL, file ? str_trim(buf_str(&content)) : buf_str(&content));
	buf_free(&content);
	return rc;
}

int
members_put_arguments(
    struct json_writer *w, const char *names, const struct flags *f, struct error *err)
{
	struct str name, rest = str_of(names != NULL ? names : "");

	for (unsigned i = 0; rest.len > 0; i++) {
		str_cut(rest, ' ', &name, &rest);
		if (!str_is(name, "-") &&
		    put_argument(w, name, i < f->count ? f->arguments[i] : NULL, err) != 0)
			return -1;
	}
	return 0;
}

static void
put_list(struct json_writer *w, const struct flags *f, const char *name)
{
	const char *item;

	json_open_array(w, NULL);
	for (unsigned i = 0; (item = flags_item(f, name, i)) != NULL; i++)
		json_put_text(w, NULL, item);
	json_close_array(w);
}

static void
put_pairs(struct json_writer *w, const struct flags *f, const char *name)
{
	struct str key, value;
	const char *item;

	json_open_object(w, NULL);
	for (unsigned i = 0; (item = flags_item(f, name, i)) != NULL; i++) {
		str_cut(str_of(item), '=', &key, &value);
		json_put_name(w, key);
		json_put_str(w, NULL, value);
	}
	json_close_object(w);
}

static int
put_content(struct json_writer *w, const char *value, bool bytes, struct error *err)
{
	struct buf content = BUF_INIT;
	int rc = members_read(value, &content, err);

	if (bytes)
		put_base64(w, buf_str(&content));
	else
		json_put_str(w, NULL, str_trim(buf_str(&content)));
	buf_free(&content);
	return rc;
}

static int
put_value(
    struct json_writer *w, const struct flags *f, const struct flag *flag, struct error *err)
{
	switch (flag->type) {
	case FLAG_SWITCH:
		json_put_bool(w, NULL, flags_on(f, flag->name));
		break;
	case FLAG_COUNT:
		json_put_int(w, NULL, flags_count(f, flag->name, 0));
		break;
	case FLAG_LIST:
		put_list(w, f, flag->name);
		break;
	case FLAG_PAIRS:
		put_pairs(w, f, flag->name);
		break;
	case FLAG_WORD:
	case FLAG_BYTES:
		return put_content(w, flags_text(f, flag->name), flag->type == FLAG_BYTES, err);
	case FLAG_TEXT:
	case FLAG_TIME:
		json_put_text(w, NULL, flags_text(f, flag->name));
		break;
	}
	return 0;
}

/* The object that a member is of: "config" of "config.x", nothing of "x". */
static struct str
object_of(const char *member, struct str *name)
{
	struct str object;

	if (str_cut(str_of(member), '.', &object, name))
		return object;
	*name = object;
	return str_of("");
}

/* Leave one object for another; "" is the body itself. */
static void
turn_to(struct json_writer *w, struct str *open, struct str object)
{
	if (str_equal(*open, object))
		return;
	if (open->len > 0)
		json_close_object(w);
	*open = object;
	if (object.len > 0) {
		json_put_name(w, object);
		json_open_object(w, NULL);
	}
}

int
members_put_flags(struct json_writer *w, const struct flags *f, struct error *err)
{
	struct str open = str_of(""), name;

	for (const struct flag *flag = f->tables[0]; flag != NULL && flag->name != NULL;
	     flag++) {
		if (flag->member == NULL || flags_text(f, flag->name) == NULL)
			continue;
		turn_to(w, &open, object_of(flag->member, &name));
		json_put_name(w, name);
		if (put_value(w, f, flag, err) != 0)
			return -1;
	}
	turn_to(w, &open, str_of(""));
	return 0;
}

static int
put_parameter(struct buf *query, const struct flag *flag, const char *value, struct error *err)
{
	struct buf content = BUF_INIT, text = BUF_INIT;
	int rc = 0;

	switch (flag->type) {
	case FLAG_LIST:
	case FLAG_PAIRS:
		fatal("-%s is no part of a query", flag->name);
	case FLAG_BYTES:
		rc = members_read(value, &content, err);
		base64_encode(&text, BASE64_STD, content.data, content.len);
		break;
	default:
		buf_put_text(&text, value);
	}
	buf_printf(query, "%s%s=", query->len > 0 ? "&" : "", flag->member);
	url_put(query, buf_str(&text), "");
	buf_free(&text);
	buf_free(&content);
	return rc;
}

int
members_put_query(struct buf *query, const struct flags *f, struct error *err)
{
	const char *value;

	for (const struct flag *flag = f->tables[0]; flag != NULL && flag->name != NULL;
	     flag++) {
		if (flag->member == NULL || (value = flags_text(f, flag->name)) == NULL)
			continue;
		if (put_parameter(query, flag, value, err) != 0)
			return -1;
	}
	return 0;
}
