/*
 * What a rotation plan says: the body that writes it, and how it stands in its record.
 *
 *   kind        "generate": the vault makes the value; "hook": an operator's executable does;
 *               "manual": a person supplies it by its due date
 *   period      a duration, or
 *   cron        five fields, UTC
 *   windows     hours in which a rotation may begin; none: always
 *   spread      up to so much earlier (period) or later (cron): not all at once
 *   grace       how long the previous value stays valid before it is retired
 *   retries     of a step that fails
 *   backoff     before the first of them, each time twice as long
 *   on_failure  after those: "retry" begins anew in an hour, "wait" waits for a person
 *   timeout     of a hook's run
 *   fields      kind generate: what is made, see keeper/generate.h
 *   hook, parameters, with   the executable's name; texts for it; another secret of the mount
 */
#ifndef API_PLAN_SETTINGS_H
#define API_PLAN_SETTINGS_H

#include "vaultd/keeper/call.h"
#include "vaultd/keeper/cron.h"
#include "vaultd/keeper/generate.h"
#include "vaultd/keeper/windows.h"

#define PLAN_FIELDS \
	"kind period cron windows spread grace retries backoff on_failure timeout " \
	"fields hook parameters with"

enum plan_kind { PLAN_GENERATE, PLAN_HOOK, PLAN_MANUAL, PLAN_KINDS };
extern const char *const plan_kind_names[PLAN_KINDS];

struct plan_settings {
	enum plan_kind kind;
	int64_t period; /* ns; 0: by cron */
	struct str cron_text;
	struct cron cron;
	struct str *window_texts;
	struct windows windows;
	int64_t spread, grace, backoff, timeout; /* ns */
	unsigned retries;
	bool waits; /* on failure, for a person */
	struct generate generate;
	const struct json *fields, *parameters; /* NULL: none */
	struct str hook;                        /* empty: none */
	struct str with;                        /* path in the mount, empty: none */
};

/*
 * Out of c->body, for a secret of mount m; into the arena.  -1: refused, with the mend.
 */
int plan_settings_read(struct call *c, const struct mount *m, struct plan_settings *s);

/* Members of an open object, as plan_settings_read takes them. */
void plan_settings_put(
    struct json_writer *w, const struct mount *m, const struct plan_settings *s);

/*
 * When a plan with that id that was due at `due` (0: never yet) is due next, after `now` (wall
 * ns): however many turns were missed, once.
 */
int64_t plan_settings_next(
    const struct plan_settings *s, struct str id, int64_t due, int64_t now);

#endif
