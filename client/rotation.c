/*
 * vaultctl: rotation list, due, overdue, history: what rotates by itself, and what became of it.
 */
#include "client/command.h"
#include "client/output.h"
#include "client/rows.h"

static const struct column items[] = {
    {"Kind", "kind"},
    {"Mount", "mount"},
    {"Name", "name"},
    {"Period", "period"},
    {"Next", "next"},
    {"Overdue", "overdue"},
    {"Last success", "last_success"},
    {"Last error", "last_error"},
    {NULL, NULL},
};

static const struct column events[] = {
    {"Time", "time"},
    {"Kind", "kind"},
    {"Mount", "mount"},
    {"Name", "name"},
    {"Success", "success"},
    {"Message", "message"},
    {NULL, NULL},
};

static enum outcome
list(const struct flags *f, struct error *err)
{
	return rows_show(f, "sys/rotation", "items", items, err);
}

static enum outcome
due(const struct flags *f, struct error *err)
{
	return rows_show(f, "sys/rotation/due", "items", items, err);
}

static enum outcome
history(const struct flags *f, struct error *err)
{
	return rows_show(f, "sys/rotation/history", "events", events, err);
}

#define WHICH_FLAGS \
	{"kind", FLAG_TEXT, "KIND", NULL, NULL, "only keyring, key or plan", "kind"}, \
	    {"mount", FLAG_TEXT, "PATH", NULL, NULL, "only what is there, as transit/", \
		"mount"}, \
	    {"name", FLAG_TEXT, "NAME", NULL, NULL, "only what is called so", "name"}, \
	{ \
		"limit", FLAG_COUNT, "N", NULL, NULL, "so many at most; left out: 100", \
		    "limit" \
	}
#define AFTER_FLAG \
	{ \
		"after", FLAG_TEXT, "TEXT", NULL, NULL, "go on where a list ended", "after" \
	}
#define OVERDUE_FLAG \
	{ \
		"overdue", FLAG_SWITCH, NULL, NULL, NULL, \
		    "only what should have been rotated", "overdue" \
	}

static const struct flag list_flags[] = {
    WHICH_FLAGS,
    OVERDUE_FLAG,
    AFTER_FLAG,
    {NULL, 0, NULL, NULL, NULL, NULL},
};

static const struct flag due_flags[] = {
    {"within", FLAG_TIME, "DURATION", NULL, NULL, "what will be due until then too", "within"},
    WHICH_FLAGS,
    OVERDUE_FLAG,
    AFTER_FLAG,
    {NULL, 0, NULL, NULL, NULL, NULL},
};

static const struct flag overdue_flags[] = {
    WHICH_FLAGS,
    AFTER_FLAG,
    {"overdue", FLAG_SWITCH, NULL, "true", NULL, "what this shows", "overdue"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

static const struct flag history_flags[] = {
    WHICH_FLAGS,
    {NULL, 0, NULL, NULL, NULL, NULL},
};

const struct command rotation_commands[] = {
    {"rotation list", "", 0, 0, "Show what rotates by itself, and when", NULL,
	"vaultctl rotation list\nvaultctl rotation list -kind=key -mount=transit/\n",
	list_flags, list},
    {"rotation due", "", 0, 0, "Show what is due, or will be", NULL,
	"vaultctl rotation due -within=24h\nvaultctl rotation due -overdue\n", due_flags, due},
    {"rotation overdue", "", 0, 0, "Show what should have been rotated", NULL,
	"vaultctl rotation overdue\n", overdue_flags, list},
    {"rotation history", "", 0, 0, "Show what was rotated, and what went wrong", NULL,
	"vaultctl rotation history\n"
	"vaultctl rotation history -kind=key -mount=transit/ -name=billing\n",
	history_flags, history},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
