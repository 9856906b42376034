/*
 * What became of rotations: for each thing that rotates the last few times, and one list of the
 * last thousand of everything.
 */
#ifndef KEEPER_ROTATION_H
#define KEEPER_ROTATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "vaultd/keeper/records.h"

/* What rotates.  Numbers are on disk: never reuse one. */
enum rotation_kind {
	ROTATION_KEYRING = 1,
	ROTATION_KEY = 2,
	ROTATION_PLAN = 3,  /* of a secret */
	ROTATION_PERSON = 4 /* such a plan while it waits for a person; what became of it is the plan's */
};

#define ROTATION_EVENTS 8   /* kept of each thing */
#define ROTATION_ALL 1000   /* kept of everything */
#define ROTATION_TEXT 255   /* most bytes of what is said of one */

struct rotation_thing {
	enum rotation_kind kind;
	uint8_t mount[16]; /* uuid; zero: none */
	struct str name;
};

struct rotation_event {
	int64_t when;    /* wall ns */
	bool done;
	struct str text; /* why not; or what there is to say */
};

/* Inside a batch: it was tried. */
void rotation_note(struct records *r, const struct rotation_thing *t,
    const struct rotation_event *e);
/* Inside a batch: there is no such thing any more.  The common list keeps what it has. */
void rotation_forget(struct records *r, const struct rotation_thing *t);

/* Newest first.  each returns false to stop.  0, or -1 with ERR_CORRUPT. */
typedef bool rotation_visit(void *arg, const struct rotation_thing *t,
    const struct rotation_event *e);
int rotation_of(struct records *r, const struct rotation_thing *t, rotation_visit *each,
    void *arg, struct error *err);
int rotation_all(struct records *r, rotation_visit *each, void *arg, struct error *err);

#endif
