/*
 * vaultctl: operator rotate, rotate-root, rotate-config, key-status, compact: the keys that the
 * vault keeps its records with.
 */
#include <time.h>

#include "base/json.h"
#include "client/ask.h"
#include "client/command.h"
#include "client/output.h"
#include "client/progress.h"
#include "client/request.h"

#define LOOK_EVERY 200 /* milliseconds */

static uint64_t
number(const struct answer *a, const char *name)
{
	int64_t n = 0;

	json_to_int(json_find(answer_data(a), name), &n);
	return n > 0 ? (uint64_t)n : 0;
}

static bool
is_running(const struct answer *a)
{
	const struct json *value = json_find(answer_data(a), "running");

	return value != NULL && value->type == JSON_TRUE;
}

/* Ask how far it is, again and again until every record is under the newest term. */
static enum outcome
watch(struct session *s, struct answer *a, struct error *err)
{
	const struct question q = {"GET", str_of("sys/rotate/progress"), NULL, NULL};
	const struct timespec pause = {0, LOOK_EVERY * 1000000L};
	struct progress bar = {.unit = "records"};
	enum outcome outcome;

	progress_begin(&bar);
	while ((outcome = ask(s, &q, a, err)) == DONE && is_running(a)) {
		bar.total = number(a, "records_total");
		progress_at(&bar, number(a, "records_done"));
		nanosleep(&pause, NULL);
	}
	progress_end(&bar);
	return outcome;
}

static enum outcome
rotate(const struct flags *f, struct error *err)
{
	static const struct request request = {"PUT", "sys/rotate",
	    "Success! The keyring has a new term; all records come under it in the background.",
	    NULL, NULL};
	static const struct request status = {"GET", "sys/rotate/progress", NULL, NULL, NULL};
	struct exchange x;
	enum outcome outcome;

	if (flags_on(f, "status"))
		return request_run(&status, f, err);
	if (!flags_on(f, "watch"))
		return request_run(&request, f, err);
	outcome = request_ask(&request, f, &x, err);
	if (outcome == DONE)
		outcome = watch(x.session, &x.answer, err);
	if (outcome == DONE)
		outcome = output_answer(f, &x.answer, "Success!", err);
	request_end(&x);
	return outcome;
}

static enum outcome
generate_root(const struct flags *f, struct error *err)
{
	(void)f;
	error_set(err, ERR_UNSUPPORTED,
	    "refused: this vault has no root, and no token that may do everything. Operators "
	    "act "
	    "with their certificates; who has lost all of them names another in the "
	    "configuration (operators) and starts the vault anew");
	return FAILED;
}

static const struct flag rotate_flags[] = {
    {"watch", FLAG_SWITCH, NULL, NULL, NULL, "wait until all records are under the new term"},
    {"status", FLAG_SWITCH, NULL, NULL, NULL, "only say how far the last one has come"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

static const struct flag config_flags[] = {
    {"interval", FLAG_TIME, "DURATION", NULL, NULL, "rotate this often, at least 24h; 0: never",
	"interval"},
    {"max-operations", FLAG_TEXT, "N", NULL, NULL, "rotate after so many records were wrapped",
	"max_operations"},
    {"enabled", FLAG_SWITCH, NULL, NULL, NULL, "rotate by itself; -enabled=false", "enabled"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

const struct command keyring_commands[] = {
    {"operator rotate", "", 0, 0, "Give the keyring a new term and wrap all records anew",
	"  Reads and writes go on.  The old terms are erased when all records are under the "
	"new "
	"one.\n",
	"vaultctl operator rotate -watch\n", rotate_flags, rotate},
    {"operator rotate-config", "", 0, 0, "Say when the keyring rotates by itself", NULL,
	"vaultctl operator rotate-config -interval=720h\n"
	"vaultctl read sys/rotate/config\n",
	config_flags, NULL,
	{"PUT", "sys/rotate/config", "Success! Set when the keyring rotates.", NULL, NULL}},
    {"operator rotate-root", "", 0, 0, "Give the vault a new master key; the shares stay",
	"  New shares: operator rekey.\n", "vaultctl operator rotate-root\n", NULL, NULL,
	{"PUT", "sys/rotate/root", "Success! The vault has a new master key.", NULL, NULL}},
    {"operator key-status", "", 0, 0, "Show the keyring's newest term", NULL,
	"vaultctl operator key-status\n", NULL, NULL,
	{"GET", "sys/key-status", NULL, NULL, NULL}},
    {"operator compact", "", 0, 0, "Write the store anew, without what was deleted",
	"  What was destroyed is gone from the live file afterwards; backups keep theirs.\n",
	"vaultctl operator compact\n", NULL, NULL,
	{"PUT", "sys/compact", "Success!", NULL, NULL}},
    {"operator generate-root", "", 0, 0, "Refused: there is no root", NULL,
	"vaultctl operator generate-root\n", NULL, generate_root},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
