/*
 * The rotation plan of one KV secret as a record: what it says, and how far it has come.
 * Values that are not served (pending) or not served any more (previous) are records of their
 * own.
 */
#ifndef API_PLAN_H
#define API_PLAN_H

#include "vaultd/api/plan_settings.h"
#include "vaultd/keeper/rotation.h"

#define PLAN_PATH 1000 /* most bytes of a secret's path in its mount */
#define PLAN_TEXT 512  /* of why a step failed */

/* Numbers are on disk: never reuse one. */
enum plan_step {
	STEP_NONE = 0, /* between rotations */
	STEP_CREATE = 1,
	STEP_SET = 2,
	STEP_TEST = 3,
	STEP_PROMOTE = 4,
	STEP_RETIRE = 5, /* once the grace is over */
	STEP_ABANDON = 6,
	PLAN_STEPS
};
extern const char *const plan_step_names[PLAN_STEPS];

/* Where it stands in the agenda.  Numbers are on disk. */
enum plan_place { PLACE_NOWHERE = 0, PLACE_AGENDA = 1, PLACE_PERSON = 2 };

struct plan {
	const struct mount *mount;
	struct str path;
	struct plan_settings settings;
	struct str author; /* who wrote it last, for people */
	enum plan_step step;
	bool running;       /* the step's intent is written: it may have had effect */
	bool paused, waits; /* nothing goes on; until a person says so */
	bool cancelled;     /* once the hook that runs has ended: abandon */
	char rotation[UUID_TEXT],
	    id[UUID_TEXT];          /* of the rotation; of its step, for all tries */
	uint32_t attempt, failures; /* of the step */
	int64_t due; /* the rotation that is under way, or comes next, was or is due then */
	enum plan_place place;
	int64_t next;                 /* when it stands there for; wall ns */
	int64_t started, retires;     /* the rotation began; the previous value's grace ends */
	int64_t succeeded, attempted; /* last */
	uint32_t version;             /* of the secret, that it made last */
	struct str trouble;           /* why it failed last; empty: it did not */
};

/* Out of the records, into the arena.  0; 1: no such plan; -1 with err. */
int plan_read(
    struct call *c, const struct mount *m, struct str path, struct plan *p, struct error *err);
/* Inside a batch. */
void plan_write(struct call *c, const struct plan *p);

/* Inside a batch, then plan_write: it stands there, and nowhere else; nowhere while paused. */
void plan_place(struct call *c, struct plan *p, enum plan_place place, int64_t when);
/* The same, for as soon as may be. */
void plan_place_now(struct call *c, struct plan *p);

/* The plan of an entry of the agenda, as plan_read. */
int plan_of_entry(struct call *c, struct str id, struct plan *p, struct error *err);
/* Its id there: the mount's uuid and its path. */
void plan_put_id(struct buf *id, const struct mount *m, struct str path);
struct rotation_thing plan_thing(const struct plan *p);

/*
 * Inside a batch: the secret at path of c->mount is gone, and its plan with it, whatever it was
 * at.  How many records that were, or -1 with err.
 */
int plan_drop(struct call *c, struct str path, struct error *err);

/*
 * The values beside the current one: JSON objects.  plan_staged appends; 1: there is none; -1
 * with err.
 */
#define STAGED_PENDING "pending"
#define STAGED_PREVIOUS "previous"
int plan_staged(struct call *c, const struct plan *p, const char *which, struct buf *out,
    struct error *err);
void plan_stage(struct call *c, const struct plan *p, const char *which, struct str value);
void plan_unstage(struct call *c, const struct plan *p, const char *which);

/* The same as a tree in the arena; *tree NULL: there is none. */
int plan_staged_tree(struct call *c, const struct plan *p, const char *which,
    const struct json **tree, struct error *err);
/* What the secret at path of the plan's mount says now; *tree NULL: nothing. */
int plan_current_tree(struct call *c, const struct plan *p, struct str path,
    const struct json **tree, struct error *err);

#endif
