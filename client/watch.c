/*
 * vaultctl: watch: a file that follows a secret.  Trusted with its values on their way into
 * that file; the command that it runs gets none of them.
 */
#include <stdio.h>
#include <string.h>

#include "client/command.h"
#include "client/files.h"
#include "client/follow.h"
#include "client/kept_file.h"
#include "client/output.h"
#include "client/run.h"
#include "client/template.h"
#include "client/words.h"

struct watch {
	const struct flags *flags;
	struct kept_file file;
	struct words command; /* none: count 0 */
	struct follow secret;
};

/* ---- what is kept ---- */

static int
fill_template(const char *path, const struct json *fields, struct buf *out, struct error *err)
{
	struct buf text = BUF_INIT;
	int rc = file_read(path, &text, err);

	if (rc == 0 && template_fill(buf_str(&text), fields, out, err) != 0)
		rc = error_prefix(err, "%s: ", path);
	buf_free(&text);
	return rc;
}

/* The template with the fields; or one field; or all, as JSON. */
static int
put_content(const struct watch *w, struct buf *out, struct error *err)
{
	const char *template = flags_text(w->flags, "template");
	const char *name = flags_text(w->flags, "field");
	const struct json *fields = w->secret.fields, *field;

	if (template != NULL)
		return fill_template(template, fields, out, err);
	if (name == NULL) {
		output_put_json(out, fields);
		return 0;
	}
	if ((field = json_find(fields, name)) == NULL)
		return error_set(err, ERR_NOT_FOUND, "the secret has no field %.64s", name);
	template_put_field(out, field);
	return 0;
}

static int
keep(struct watch *w, bool *changed, struct error *err)
{
	struct buf content = BUF_INIT;
	int rc = put_content(w, &content, err);

	if (rc == 0)
		rc = kept_file_put(&w->file, buf_str(&content), changed, err);
	buf_free(&content);
	return rc;
}

/* ---- what is done then ---- */

static enum outcome
run_command(struct watch *w)
{
	int64_t seconds = flags_seconds(w->flags, "command-timeout", 0);
	struct error err = ERROR_INIT;

	if (w->command.count == 0)
		return DONE;
	if (run_within(w->command.at, seconds, &err) == 0) {
		follow_log(&w->secret, "ran %s", w->command.at[0]);
		return DONE;
	}
	follow_log(&w->secret, "%s", err.text);
	return FAILED;
}

static void
log_kept(const struct watch *w, bool changed)
{
	const char *path = w->file.path;

	if (!changed)
		follow_log(&w->secret, "%s is as it should be", path);
	else if (w->secret.version > 0)
		follow_log(
		    &w->secret, "version %lld is in %s", (long long)w->secret.version, path);
	else
		follow_log(&w->secret, "%s was replaced", path);
}

/* Keep what came.  *kept: the file is right. */
static enum outcome
take_news(struct watch *w, bool *kept, struct error *err)
{
	bool changed = false;

	if (keep(w, &changed, err) != 0)
		return FAILED;
	follow_taken(&w->secret);
	if (changed || !*kept)
		log_kept(w, changed);
	*kept = true;
	return changed ? run_command(w) : DONE;
}

/* What is wrong from the start ends it; what goes wrong later is tried again. */
static enum outcome
follow(struct watch *w, bool once, struct error *err)
{
	enum outcome outcome;
	bool kept = false;

	do {
		outcome = once ? follow_ask(&w->secret, err) : follow_next(&w->secret, err);
		if (outcome != DONE)
			return outcome;
		outcome = take_news(w, &kept, err);
		if (err->code != ERR_NONE && (once || !kept))
			return outcome;
		if (err->code != ERR_NONE) {
			follow_missed(&w->secret, err);
			error_clear(err);
		}
	} while (!once);
	return outcome;
}

/* ---- the command ---- */

static int
read_flags(struct watch *w, const struct flags *f, struct error *err)
{
	const char *command = flags_text(f, "command");

	if (flags_text(f, "secret") == NULL || flags_text(f, "file") == NULL)
		return error_set(err, ERR_INVALID, "say which: -secret=PATH and -file=FILE");
	if (flags_text(f, "template") != NULL && flags_text(f, "field") != NULL)
		return error_set(err, ERR_INVALID, "-template and -field exclude each other");
	w->flags = f;
	follow_init(&w->secret, f, "watch", flags_text(f, "secret"));
	if (command != NULL && words_cut(&w->command, command, err) != 0)
		return error_prefix(err, "-command: ");
	if (kept_file_read(&w->file, flags_text(f, "file"), flags_text(f, "mode"),
		flags_text(f, "owner"), err) != 0)
		return -1;
	return kept_file_check(&w->file, err);
}

static enum outcome
watch(const struct flags *f, struct error *err)
{
	enum outcome outcome = FAILED;
	struct watch w = {0};

	if (read_flags(&w, f, err) == 0)
		outcome = follow(&w, flags_on(f, "once"), err);
	follow_free(&w.secret);
	words_free(&w.command);
	return outcome;
}

static const struct flag watch_flags[] = {
    {"secret", FLAG_TEXT, "PATH", NULL, NULL, "the secret"},
    {"file", FLAG_TEXT, "FILE", NULL, NULL, "the file that holds it"},
    {"template", FLAG_TEXT, "FILE", NULL, NULL,
	"a text with {{FIELD}} in it, read anew each time"},
    {"mode", FLAG_TEXT, "MODE", "0600", NULL, "the file's mode"},
    {"owner", FLAG_TEXT, "USER:GROUP", NULL, NULL, "the file's owner, its group, or both"},
    {"command", FLAG_TEXT, "COMMAND", NULL, NULL, "run this when the file has changed"},
    {"command-timeout", FLAG_TIME, "DURATION", "60s", NULL, "kill it when it takes longer"},
    {"once", FLAG_SWITCH, NULL, NULL, NULL, "bring the file up to date and end"},
    FOLLOW_FLAGS,
    {NULL, 0, NULL, NULL, NULL, NULL},
};

const struct command watch_commands[] = {
    {"watch", "", 0, 0, "Keep a file at what a secret says",
	"  The file is one field (-field), a template, or all fields as JSON.  It is replaced "
	"in\n"
	"  one step, and left alone while the vault is away, sealed, or says no.  In a "
	"template\n"
	"  {{FIELD}} stands for the field; {{json FIELD}}, {{url FIELD}}, {{shell FIELD}} and\n"
	"  {{base64 FIELD}} for it in that form; {{\"TEXT\"}} for the text.  The command's "
	"words are\n"
	"  parted by blanks, quotes hold them together; no shell reads it unless it is sh -c "
	"'...'.\n"
	"  Certificate and key are read anew for each question.\n",
	"vaultctl watch -secret=secret/app/db -field=password -file=/run/app/password "
	"-owner=app:app\n"
	"vaultctl watch -secret=secret/app/db -file=/run/app/db.json "
	"-command='systemctl reload app'\n"
	"vaultctl watch -secret=secret/app/db -template=/etc/app/db.conf.in "
	"-file=/run/app/db.conf\n"
	"vaultctl watch -once -secret=secret/app/db -file=/run/app/db.json -mode=0640 "
	"-owner=:app\n",
	watch_flags, watch},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
