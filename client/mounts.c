/*
 * vaultctl: secrets and auth: engines and methods, where they are mounted and how they are set.
 */
#include <stddef.h>
#include <stdint.h>

#include "client/ask.h"
#include "client/command.h"
#include "client/output.h"
#include "client/request.h"

static const struct column columns[] = {
    {"Path", NULL},
    {"Type", "type"},
    {"Accessor", "accessor"},
    {"Description", "description"},
    {NULL, NULL},
};

static const struct column detailed[] = {
    {"Path", NULL},
    {"Type", "type"},
    {"Accessor", "accessor"},
    {"Default TTL", "config.default_lease_ttl"},
    {"Max TTL", "config.max_lease_ttl"},
    {"Version", "options.version"},
    {"UUID", "uuid"},
    {"Description", "description"},
    {NULL, NULL},
};

static enum outcome
list(const struct flags *f, const char *path, struct error *err)
{
	const struct request request = {"GET", path, NULL, NULL, NULL};
	struct buf out = BUF_INIT;
	struct exchange x;
	enum outcome outcome = request_ask(&request, f, &x, err);
	const struct json *mounts = answer_data(&x.answer);

	if (outcome == DONE && mounts == NULL) {
		outcome = output_answer(f, &x.answer, "", err);
	} else if (outcome == DONE) {
		if (output_is_json(f))
			output_put_json(&out, mounts);
		else
			output_put_columns(
			    &out, flags_on(f, "detailed") ? detailed : columns, mounts);
		output_write(&out);
	}
	request_end(&x);
	return outcome;
}

static enum outcome
list_secrets(const struct flags *f, struct error *err)
{
	return list(f, "sys/mounts", err);
}

static enum outcome
list_auth(const struct flags *f, struct error *err)
{
	return list(f, "sys/auth", err);
}

/* The path is that of -path, or the type's name. */
static enum outcome
enable(const struct flags *f, const struct request *request, struct error *err)
{
	const char *path = flags_text(f, "path");
	char *arguments[] = {
	    path != NULL ? (char *)(uintptr_t)path : f->arguments[0], f->arguments[0]};
	struct flags with = *f;

	with.arguments = arguments;
	with.count = 2;
	return request_run(request, &with, err);
}

static enum outcome
enable_secrets(const struct flags *f, struct error *err)
{
	static const struct request request = {"PUT", "sys/mounts/{1}",
	    "Success! Enabled the {2} secrets engine at: {1}/", "- type", NULL};

	return enable(f, &request, err);
}

static enum outcome
enable_auth(const struct flags *f, struct error *err)
{
	static const struct request request = {"PUT", "sys/auth/{1}",
	    "Success! Enabled the {2} auth method at: {1}/", "- type", NULL};

	return enable(f, &request, err);
}

static const struct flag list_flags[] = {
    {"detailed", FLAG_SWITCH, NULL, NULL, NULL, "more columns"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

#define PATH_FLAG \
	{ \
		"path", FLAG_TEXT, "PATH", NULL, NULL, \
		    "where; left out: as the type is called" \
	}
#define DESCRIPTION_FLAG \
	{ \
		"description", FLAG_TEXT, "TEXT", NULL, NULL, "for people", "description" \
	}
#define VERSION_FLAG \
	{ \
		"version", FLAG_TEXT, "N", NULL, NULL, "of kv: 1 or 2", "options.version" \
	}
/* Members of the object `in`, "config." or nothing. */
#define CONFIG_FLAGS(in) \
	{"default-lease-ttl", FLAG_TIME, "DURATION", NULL, NULL, "of tokens and certificates", \
	    in "default_lease_ttl"}, \
	    {"max-lease-ttl", FLAG_TIME, "DURATION", NULL, NULL, "and at most", \
		in "max_lease_ttl"}, \
	{ \
		"listing-visibility", FLAG_TEXT, "NAME", NULL, NULL, \
		    "unauth shows it to whoever asks; hidden", in "listing_visibility" \
	}

static const struct flag enable_secrets_flags[] = {
    PATH_FLAG,
    DESCRIPTION_FLAG,
    VERSION_FLAG,
    CONFIG_FLAGS("config."),
    {NULL, 0, NULL, NULL, NULL, NULL},
};

static const struct flag enable_auth_flags[] = {
    PATH_FLAG,
    DESCRIPTION_FLAG,
    CONFIG_FLAGS("config."),
    {NULL, 0, NULL, NULL, NULL, NULL},
};

static const struct flag tune_flags[] = {
    DESCRIPTION_FLAG,
    VERSION_FLAG,
    CONFIG_FLAGS(""),
    {NULL, 0, NULL, NULL, NULL, NULL},
};

const struct command mounts_commands[] = {
    {"secrets list", "", 0, 0, "List the secrets engines", NULL,
	"vaultctl secrets list -detailed\n", list_flags, list_secrets},
    {"secrets enable", "TYPE", 1, 1, "Mount a secrets engine", NULL,
	"vaultctl secrets enable transit\n"
	"vaultctl secrets enable -path=team -version=2 kv\n",
	enable_secrets_flags, enable_secrets},
    {"secrets disable", "PATH", 1, 1, "Remove a secrets engine, and all that it holds", NULL,
	"vaultctl secrets disable team/\n", NULL, NULL,
	{"DELETE", "sys/mounts/{1}",
	    "Success! Disabled the secrets engine (if it existed) at: {1}/", NULL, NULL}},
    {"secrets tune", "PATH", 1, 1, "Change how a secrets engine is set", NULL,
	"vaultctl secrets tune -description=\"of team A\" team/\n", tune_flags, NULL,
	{"PUT", "sys/mounts/{1}/tune", "Success! Tuned the secrets engine at: {1}/", NULL,
	    NULL}},
    {"secrets move", "FROM TO", 2, 2, "Move a secrets engine, with all that it holds", NULL,
	"vaultctl secrets move team/ team-a/\n", NULL, NULL,
	{"PUT", "sys/remount", "Success! Moved {1}/ to {2}/", "from to", NULL}},
    {"auth list", "", 0, 0, "List the auth methods", NULL, "vaultctl auth list\n", list_flags,
	list_auth},
    {"auth enable", "TYPE", 1, 1, "Mount an auth method", NULL,
	"vaultctl auth enable -path=machines cert\n", enable_auth_flags, enable_auth},
    {"auth disable", "PATH", 1, 1, "Remove an auth method, and all its roles", NULL,
	"vaultctl auth disable machines/\n", NULL, NULL,
	{"DELETE", "sys/auth/{1}", "Success! Disabled the auth method (if it existed) at: {1}/",
	    NULL, NULL}},
    {"auth tune", "PATH", 1, 1, "Change how an auth method is set", NULL,
	"vaultctl auth tune -max-lease-ttl=24h cert/\n", tune_flags, NULL,
	{"PUT", "sys/auth/{1}/tune", "Success! Tuned the auth method at: {1}/", NULL, NULL}},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
