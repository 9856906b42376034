/*
 * vaultctl: kv metadata get, put, patch, delete, and kv rollback, which copies an old version.
 */
#include <stdio.h>
#include <string.h>

#include "client/ask.h"
#include "client/kvcall.h"
#include "client/kvshow.h"
#include "client/output.h"

/* The versions one by one, below the rest. */
static void
put_metadata(struct buf *out, struct arena *arena, const struct json *data)
{
	struct json *rest = json_new(arena, JSON_OBJECT);
	const struct json *versions = json_find(data, "versions");

	for (const struct json *e = data->first; e != NULL; e = e->next)
		if (e != versions)
			json_add(arena, rest, NULL, json_new_copy(arena, e));
	output_put_title(out, "Metadata", rest);
	output_put_table(out, rest, true);
	for (const struct json *v = versions != NULL ? versions->first : NULL; v != NULL;
	     v = v->next) {
		char title[64];

		snprintf(title, sizeof(title), "Version %.*s", STR(v->name));
		buf_put_u8(out, '\n');
		output_put_title(out, title, v);
		output_put_table(out, v, true);
	}
}

static enum outcome
show_metadata(struct kvcall *kv, struct error *err)
{
	const struct json *data = answer_data(&kv->answer);
	struct buf out = BUF_INIT;

	if (data == NULL)
		return ask_nothing(buf_str(&kv->path));
	if (output_is_json(kv->flags) || flags_text(kv->flags, "field") != NULL)
		return output_answer(kv->flags, &kv->answer, "", err);
	output_put_title(&out, "Metadata Path", NULL);
	buf_printf(&out, "%.*s\n\n", STR(buf_str(&kv->path)));
	put_metadata(&out, kv->answer.arena, data);
	output_write(&out);
	return DONE;
}

static enum outcome
get(const struct flags *f, struct error *err)
{
	enum outcome outcome = FAILED;
	struct kvcall kv;

	if (kv_begin(&kv, f, "metadata", true, err) == 0 &&
	    (outcome = kv_ask(&kv, "GET", NULL, err)) == DONE)
		outcome = show_metadata(&kv, err);
	kv_end(&kv);
	return outcome;
}

/* -custom-metadata=KEY=VALUE..., and for a patch the keys that go. */
static int
put_custom(struct json_writer *w, const struct flags *f, bool patching, struct error *err)
{
	const char *item, *gone = patching ? flags_item(f, "remove-custom-metadata", 0) : NULL;
	struct str key, value;

	if (flags_item(f, "custom-metadata", 0) == NULL && gone == NULL)
		return 0;
	json_open_object(w, "custom_metadata");
	for (unsigned i = 0; (item = flags_item(f, "custom-metadata", i)) != NULL; i++) {
		if (!str_cut(str_of(item), '=', &key, &value))
			return error_set(err, ERR_INVALID, "-custom-metadata takes KEY=VALUE");
		json_put_name(w, key);
		json_put_str(w, NULL, value);
	}
	for (unsigned i = 0;
	     patching && (item = flags_item(f, "remove-custom-metadata", i)) != NULL; i++) {
		json_put_name(w, str_of(item));
		json_put_null(w, NULL);
	}
	json_close_object(w);
	return 0;
}

static int
put_settings(struct kvcall *kv, bool patching, struct error *err)
{
	const struct flags *f = kv->flags;
	struct json_writer w = json_writer_to(&kv->body);

	json_open_object(&w, NULL);
	if (flags_text(f, "max-versions") != NULL)
		json_put_int(&w, "max_versions", flags_count(f, "max-versions", 0));
	if (flags_text(f, "cas-required") != NULL)
		json_put_bool(&w, "cas_required", flags_on(f, "cas-required"));
	if (flags_text(f, "delete-version-after") != NULL)
		json_put_text(
		    &w, "delete_version_after", flags_text(f, "delete-version-after"));
	if (put_custom(&w, f, patching, err) != 0)
		return -1;
	json_close_object(&w);
	return 0;
}

static enum outcome
change(const struct flags *f, const char *method, bool patching, struct error *err)
{
	enum outcome outcome = FAILED;
	struct kvcall kv;

	if (kv_begin(&kv, f, "metadata", true, err) == 0 &&
	    put_settings(&kv, patching, err) == 0)
		outcome = kv_do(&kv, method, "Data written to:", err);
	kv_end(&kv);
	return outcome;
}

static enum outcome
put(const struct flags *f, struct error *err)
{
	return change(f, "PUT", false, err);
}

static enum outcome
patch(const struct flags *f, struct error *err)
{
	return change(f, "PATCH", true, err);
}

static enum outcome delete (const struct flags *f, struct error *err) {
	enum outcome outcome = FAILED; struct kvcall kv;

	if (kv_begin(&kv, f, "metadata", true, err) == 0)
	    outcome = kv_do(&kv, "DELETE", "Data deleted (if it existed) at:", err);
	kv_end(&kv);
	return outcome;
}

/* The version that is current; the write expects that it still is. */
static enum outcome
read_current(struct kvcall *kv, int64_t *current, struct error *err)
{
	enum outcome outcome;

	kv_turn_to(kv, "metadata");
	outcome = kv_ask(kv, "GET", NULL, err);
	if (outcome == DONE &&
	    !json_to_int(json_find(answer_data(&kv->answer), "current_version"), current))
		outcome = ask_nothing(buf_str(&kv->path));
	return outcome;
}

/* The body that writes the old version's data again. */
static enum outcome
read_old(struct kvcall *kv, const char *version, int64_t current, struct error *err)
{
	struct json_writer w = json_writer_to(&kv->body);
	const struct json *data = NULL;
	enum outcome outcome;
	char query[64];

	snprintf(query, sizeof(query), "version=%s", version);
	kv_turn_to(kv, "data");
	outcome = kv_ask(kv, "GET", query, err);
	if (outcome == DONE)
		data = json_find(answer_data(&kv->answer), "data");
	if (outcome == DONE && (data == NULL || data->type != JSON_OBJECT))
		return ask_nothing(buf_str(&kv->path));
	if (outcome != DONE)
		return outcome;
	json_open_object(&w, NULL);
	json_put_value(&w, "data", data);
	json_open_object(&w, "options");
	json_put_int(&w, "cas", current);
	json_close_object(&w);
	json_close_object(&w);
	return DONE;
}

static enum outcome
rollback(const struct flags *f, struct error *err)
{
	const char *version = flags_text(f, "version");
	enum outcome outcome = FAILED;
	struct kvcall kv;
	int64_t current = 0;

	if (version == NULL || strcmp(version, "0") == 0) {
		error_set(err, ERR_INVALID, "say to which: -version=N");
		return FAILED;
	}
	if (kv_begin(&kv, f, "data", true, err) == 0 &&
	    (outcome = read_current(&kv, &current, err)) == DONE &&
	    (outcome = read_old(&kv, version, current, err)) == DONE &&
	    (outcome = kv_ask(&kv, "PUT", NULL, err)) == DONE)
		outcome = kv_show_written(&kv, err);
	kv_end(&kv);
	return outcome;
}

#define SETTING_FLAGS \
	KV_MOUNT_FLAG, \
	    {"max-versions", FLAG_COUNT, "N", NULL, NULL, "how many versions are kept"}, \
	    {"cas-required", FLAG_SWITCH, NULL, NULL, NULL, \
		"writes must say what they replace"}, \
	    {"delete-version-after", FLAG_TIME, "DURATION", NULL, NULL, \
		"versions are deleted after this"}, \
	{ \
		"custom-metadata", FLAG_LIST, "KEY=VALUE", NULL, NULL, \
		    "what people note; no secret; may be given several times" \
	}

static const struct flag mount_flags[] = {
    KV_MOUNT_FLAG,
    {NULL, 0, NULL, NULL, NULL, NULL},
};

static const struct flag put_flags[] = {
    SETTING_FLAGS,
    {NULL, 0, NULL, NULL, NULL, NULL},
};

static const struct flag patch_flags[] = {
    SETTING_FLAGS,
    {"remove-custom-metadata", FLAG_LIST, "KEY", NULL, NULL, "forget a key of it"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

static const struct flag rollback_flags[] = {
    KV_MOUNT_FLAG,
    {"version", FLAG_COUNT, "N", NULL, NULL, "the version to write again"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

const struct command kvmeta_commands[] = {
    {"kv metadata get", "PATH", 1, 1, "Show a secret's versions and settings", NULL,
	"vaultctl kv metadata get secret/billing/stripe\n", mount_flags, get},
    {"kv metadata put", "PATH", 1, 1, "Set a secret's settings", NULL,
	"vaultctl kv metadata put -max-versions=5 -custom-metadata=owner=billing "
	"secret/billing/stripe\n",
	put_flags, put},
    {"kv metadata patch", "PATH", 1, 1, "Change some of a secret's settings", NULL,
	"vaultctl kv metadata patch -cas-required secret/billing/stripe\n", patch_flags, patch},
    {"kv metadata delete", "PATH", 1, 1, "Delete a secret with all its versions", NULL,
	"vaultctl kv metadata delete secret/billing/stripe\n", mount_flags, delete},
    {"kv rollback", "PATH", 1, 1, "Write an old version again, as the newest", NULL,
	"vaultctl kv rollback -version=2 secret/billing/stripe\n", rollback_flags, rollback},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
