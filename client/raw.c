/*
 * vaultctl: read, write, list, delete: any path of the API.
 */
#include <string.h>

#include "client/ask.h"
#include "client/command.h"
#include "client/fields.h"

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
write_path(const struct flags *f, struct error *err)
{
	const struct fields_rule rule = {flags_on(f, "allow-argv"), NULL};
	struct buf body = BUF_INIT;
	const struct question q = {"PUT", path_of(f), NULL, &body};
	enum outcome outcome = FAILED;

	if (fields_read(f->arguments + 1, f->count - 1, &rule, &body, err) == 0)
		outcome = ask_and_show(f, &q, "Success! Data written.", err);
	buf_free(&body);
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
    {"delete", "PATH", 1, 1, "Delete a path of the API", NULL,
	"vaultctl delete secret/metadata/billing/old\n", NULL, delete_path},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
