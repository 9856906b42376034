/*
 * vaultctl: kv get, put, patch, list, delete, undelete, destroy.  Trusted with secrets on their
 * way to and from the vault.
 */
#include <stdio.h>
#include <string.h>

#include "client/ask.h"
#include "client/fields.h"
#include "client/kvcall.h"
#include "client/kvshow.h"

static enum outcome
get(const struct flags *f, struct error *err)
{
	const char *version = flags_text(f, "version");
	enum outcome outcome = FAILED;
	struct kvcall kv;
	char query[64];

	snprintf(query, sizeof(query), "version=%s", version != NULL ? version : "");
	if (kv_begin(&kv, f, "data", version != NULL, err) == 0 &&
	    (outcome = kv_ask(&kv, "GET", version != NULL ? query : NULL, err)) == DONE)
		outcome = kv_show_secret(&kv, err);
	kv_end(&kv);
	return outcome;
}

/* The body of a write: the fields alone, or inside "data" with options beside. */
static void
put_body(struct kvcall *kv, struct str fields)
{
	struct json_writer w = json_writer_to(&kv->body);

	if (!kv->at.versioned) {
		buf_put_str(&kv->body, fields);
		return;
	}
	json_open_object(&w, NULL);
	json_put_raw(&w, "data", fields);
	kv_put_options(&w, kv->flags);
	json_close_object(&w);
}

/* The fields come first: what is refused, or asked for, needs no connection. */
static enum outcome
write_secret(const struct flags *f, const char *method, bool versioned_only, struct error *err)
{
	const struct fields_rule rule = {flags_on(f, "allow-argv"), NULL, "-allow-argv"};
	enum outcome outcome = FAILED;
	struct buf fields = BUF_INIT;
	struct kvcall kv = {0};

	if (fields_read(f->arguments + 1, f->count - 1, &rule, &fields, err) != 0 ||
	    kv_begin(&kv, f, "data", versioned_only, err) != 0)
		goto out;
	put_body(&kv, buf_str(&fields));
	if ((outcome = kv_ask(&kv, method, NULL, err)) == DONE)
		outcome = kv.answer.status == 404 ? ask_nothing(buf_str(&kv.path))
						  : kv_show_written(&kv, err);
out:
	kv_end(&kv);
	buf_free(&fields);
	return outcome;
}

static enum outcome
put(const struct flags *f, struct error *err)
{
	return write_secret(f, "PUT", flags_text(f, "cas") != NULL, err);
}

static enum outcome
patch(const struct flags *f, struct error *err)
{
	return write_secret(f, "PATCH", true, err);
}

static enum outcome
list(const struct flags *f, struct error *err)
{
	enum outcome outcome = FAILED;
	struct kvcall kv;

	if (kv_begin(&kv, f, "metadata", false, err) == 0)
		outcome = ask_list(f, buf_str(&kv.path), err);
	kv_end(&kv);
	return outcome;
}

/* "1,3,4" is JSON's [1,3,4] once its numbers are. */
static int
put_versions(struct kvcall *kv, const char *versions, struct error *err)
{
	struct json_writer w = json_writer_to(&kv->body);
	struct str rest = str_of(versions), one;
	unsigned long long n;
	bool more = true;

	json_open_object(&w, NULL);
	json_open_array(&w, "versions");
	while (more) {
		more = str_cut(rest, ',', &one, &rest);
		if (!str_to_u64(one, &n) || n == 0 || n > INT64_MAX)
			return error_set(err, ERR_INVALID,
			    "-versions takes numbers from 1, as -versions=2,3");
		json_put_int(&w, NULL, (int64_t)n);
	}
	json_close_array(&w);
	json_close_object(&w);
	return 0;
}

static enum outcome
on_versions(const struct flags *f, const char *kind, const char *done, struct error *err)
{
	const char *versions = flags_text(f, "versions");
	enum outcome outcome = FAILED;
	struct kvcall kv;

	if (versions == NULL) {
		error_set(err, ERR_INVALID, "say which: -versions=N,...");
		return FAILED;
	}
	if (kv_begin(&kv, f, kind, true, err) == 0 && put_versions(&kv, versions, err) == 0)
		outcome = kv_do(&kv, "PUT", done, err);
	kv_end(&kv);
	return outcome;
}

static enum outcome delete (const struct flags *f, struct error *err) {
	enum outcome outcome = FAILED; struct kvcall kv;

	if (flags_text(f, "versions") != NULL) return on_versions(
	    f, "delete", "Data deleted (if it existed) at:", err);
	if (kv_begin(&kv, f, "data", false, err) == 0)
	    outcome = kv_do(&kv, "DELETE", "Data deleted (if it existed) at:", err);
	kv_end(&kv);
	return outcome;
}

static enum outcome
undelete(const struct flags *f, struct error *err)
{
	return on_versions(f, "undelete", "Data written to:", err);
}

static enum outcome
destroy(const struct flags *f, struct error *err)
{
	return on_versions(f, "destroy", "Data written to:", err);
}

static const struct flag get_flags[] = {
    KV_MOUNT_FLAG,
    {"version", FLAG_COUNT, "N", NULL, NULL, "an older version; left out: the latest"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

static const struct flag write_flags[] = {
    KV_MOUNT_FLAG,
    KV_CAS_FLAG,
    {"allow-argv", FLAG_SWITCH, NULL, NULL, NULL, "take key=value though others can read it"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

static const struct flag mount_flags[] = {
    KV_MOUNT_FLAG,
    {NULL, 0, NULL, NULL, NULL, NULL},
};

static const struct flag versions_flags[] = {
    KV_MOUNT_FLAG,
    {"versions", FLAG_TEXT, "N,...", NULL, NULL, "which versions"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

static const char fields_text[] =
    "  KEY=@FILE takes a file's content, KEY=- standard input, KEY alone asks without echo;\n"
    "  @FILE or - alone is a JSON object.  KEY=VALUE is refused: others could read it.\n";

const struct command kv_commands[] = {
    {"kv get", "PATH", 1, 1, "Read a secret", NULL,
	"vaultctl kv get secret/billing/stripe\n"
	"vaultctl kv get -field=key secret/billing/stripe\n"
	"vaultctl kv get -version=2 -format=json secret/billing/stripe\n",
	get_flags, get},
    {"kv put", "PATH FIELD...", 2, ANY_COUNT, "Write a secret, as a new version", fields_text,
	"vaultctl kv put secret/billing/stripe key\n"
	"vaultctl kv put secret/billing/stripe key=@stripe.txt owner=-\n"
	"vaultctl kv put -cas=0 secret/billing/stripe @stripe.json\n",
	write_flags, put},
    {"kv patch", "PATH FIELD...", 2, ANY_COUNT, "Change some fields of a secret", fields_text,
	"vaultctl kv patch secret/billing/stripe key\n"
	"echo '{\"old\":null}' | vaultctl kv patch secret/billing/stripe -\n",
	write_flags, patch},
    {"kv list", "PATH", 1, 1, "List what is below a path", NULL,
	"vaultctl kv list secret/\nvaultctl kv list -mount=secret billing\n", mount_flags,
	list},
    {"kv delete", "PATH", 1, 1, "Delete the latest version, or those named", NULL,
	"vaultctl kv delete secret/billing/stripe\n"
	"vaultctl kv delete -versions=1,2 secret/billing/stripe\n",
	versions_flags, delete},
    {"kv undelete", "PATH", 1, 1, "Bring deleted versions back", NULL,
	"vaultctl kv undelete -versions=2 secret/billing/stripe\n", versions_flags, undelete},
    {"kv destroy", "PATH", 1, 1, "Destroy versions for good", NULL,
	"vaultctl kv destroy -versions=1,2 secret/billing/stripe\n", versions_flags, destroy},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
