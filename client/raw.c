/*
 * vaultctl: read, write, patch, list, delete, path-help: any path of the API.
 */
#include <string.h>

#include "client/ask.h"
#include "client/command.h"
#include "client/fields.h"
#include "client/output.h"

static struct str
path_of(const struct flags *f)
{
	struct str path = str_of(f->arguments[0]);

	while (str_starts(path, "/"))
		path = str_from(path, 1);
	return str_starts(path, "v1/") ? str_from(path, strlen("v1/")) : path;
}

static enum outcome
read_path(const struct flags *f, struct error *err)
{
	const struct question q = {"GET", path_of(f), NULL, NULL};

	return ask_and_show(f, &q, "Success! There is nothing to show.", err);
}

static enum outcome
send_fields(const struct flags *f, const char *method, struct error *err)
{
	const struct fields_rule rule = {flags_on(f, "allow-argv"), NULL, "-allow-argv"};
	struct buf body = BUF_INIT;
	const struct question q = {method, path_of(f), NULL, &body};
	enum outcome outcome = FAILED;

	if (fields_read(f->arguments + 1, f->count - 1, &rule, &body, err) == 0)
		outcome = ask_and_show(f, &q, "Success! Data written.", err);
	buf_free(&body);
	return outcome;
}

static enum outcome
write_path(const struct flags *f, struct error *err)
{
	return send_fields(f, "PUT", err);
}

static enum outcome
patch_path(const struct flags *f, struct error *err)
{
	return send_fields(f, "PATCH", err);
}

/* What the vault's own table says of a path. */
static enum outcome
help_path(const struct flags *f, struct error *err)
{
	const struct question q = {"GET", path_of(f), "help=1", NULL};
	struct session *s = session_open(f, err);
	struct answer a = ANSWER_INIT;
	const struct json *text;
	struct buf out = BUF_INIT;
	enum outcome outcome = FAILED;

	if (s != NULL && (outcome = ask(s, &q, &a, err)) == DONE) {
		text = json_find(a.json, "help");
		if (text == NULL)
			text = json_find(answer_data(&a), "help");
		if (output_is_json(f) || flags_text(f, "field") != NULL || text == NULL) {
			outcome = output_answer(f, &a, "", err);
		} else {
			output_put_visible(&out, str_trim(text->text));
			buf_put_u8(&out, '\n');
			output_write(&out);
		}
	}
	answer_free(&a);
	session_close(&s);
	return outcome;
}

static enum outcome
list_path(const struct flags *f, struct error *err)
{
	return ask_list(f, path_of(f), err);
}

static enum outcome
delete_path(const struct flags *f, struct error *err)
{
	const struct question q = {"DELETE", path_of(f), NULL, NULL};

	return ask_and_show(f, &q, "Success! Data deleted (if it existed).", err);
}

static const struct flag write_flags[] = {
    {"allow-argv", FLAG_SWITCH, NULL, NULL, NULL, "take key=value though others can read it"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

const struct command raw_commands[] = {
    {"read", "PATH", 1, 1, "Read a path of the API", NULL,
	"vaultctl read sys/mounts\nvaultctl read -format=json sys/health\n", NULL, read_path},
    {"write", "PATH [FIELD...]", 1, ANY_COUNT, "Write to a path of the API",
	"  Fields as for kv put: KEY=@FILE, KEY=-, KEY (a prompt), @FILE or - alone (JSON);\n"
	"  KEY=VALUE with -allow-argv, for what is no secret.\n",
	"vaultctl write -allow-argv secret/config max_versions=5\n"
	"vaultctl write sys/policies/acl/billing policy=@billing.hcl\n",
	write_flags, write_path},
    {"list", "PATH", 1, 1, "List a path of the API", NULL, "vaultctl list auth/cert/certs\n",
	NULL, list_path},
    {"patch", "PATH FIELD...", 2, ANY_COUNT, "Change some fields at a path of the API",
	"  Fields as for write; others stay as they are.  @FILE or - alone is a JSON merge "
	"patch.\n",
	"vaultctl patch secret/metadata/billing/stripe @patch.json\n", write_flags, patch_path},
    {"path-help", "PATH", 1, 1, "Show what a path of the API does, as the vault says", NULL,
	"vaultctl path-help transit/keys/billing\n", NULL, help_path},
    {"delete", "PATH", 1, 1, "Delete a path of the API", NULL,
	"vaultctl delete secret/metadata/billing/old\n", NULL, delete_path},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
