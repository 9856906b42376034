/*
 * vaultctl: kv readers, unused: who still reads which secret.
 */
#include "client/command.h"
#include "client/output.h"
#include "client/rows.h"

static const struct column readings[] = {
    {"Identity", "identity"},
    {"Version", "version"},
    {"Last read", "last_read"},
    {NULL, NULL},
};

static const struct column secrets[] = {
    {"Path", "path"},
    {"Last read", "last_read"},
    {"Created", "created_time"},
    {NULL, NULL},
};

static enum outcome
readers(const struct flags *f, struct error *err)
{
	return rows_show(f, "sys/readers/{1}", "readers", readings, err);
}

static enum outcome
unused(const struct flags *f, struct error *err)
{
	return rows_show(
	    f, f->count > 0 ? "sys/readers/{1}" : "sys/readers/secret", "unused", secrets, err);
}

static const struct flag unused_flags[] = {
    {"days", FLAG_COUNT, "N", "90", NULL, "for so long", "unused_days"},
    {"limit", FLAG_COUNT, "N", NULL, NULL, "so many at most; left out: 100", "limit"},
    {"after", FLAG_TEXT, "TEXT", NULL, NULL, "go on where a list ended", "after"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

const struct command readers_commands[] = {
    {"kv readers", "PATH", 1, 1, "Show who read a secret last, by version", NULL,
	"vaultctl kv readers secret/billing/stripe\n", NULL, readers},
    {"kv unused", "[MOUNT]", 0, 1, "List the secrets that nobody reads any more",
	"  Of the mount secret/ when none is named.\n",
	"vaultctl kv unused\nvaultctl kv unused -days=365 -limit=1000 secret/\n", unused_flags,
	unused},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
