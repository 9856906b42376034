/*
 * Named keys of a transit mount as requests and chores find, make and change them.
 */
#ifndef API_TRANSIT_KEYS_H
#define API_TRANSIT_KEYS_H

#include "keys/named_key.h"
#include "vaultd/keeper/call.h"
#include "vaultd/keeper/workers.h"

/*
 * What is said when there is no such key: before its name and behind it, or (behind NULL) one
 * sentence without it.
 */
struct absence {
	const char *before, *behind;
};
/*
 * A reference to the key of that name in c->mount.  NULL: refused with 400 and what `absent` says
 * (NULL: 404), or err.  A name that no key can have is no path (404).
 */
struct named_key *transit_find(struct call *c, struct str name, const struct absence *absent,
    struct error *err);

/*
 * The name is letters, digits, '_', and inside also '-' and '.' (-1 refused: it is no path), not
 * too long (it goes into the ids of agendas and histories).
 */
#define TRANSIT_NAME_MAX 512
int transit_check_name(struct call *c, struct str name);

/*
 * What a body asks for that is to be made, for c->parameter[0]: place, type, convergent or not
 * (refusal: what is said of a type that there is not); and the rest.  -1: refused.
 */
int transit_read_type(struct call *c, const char *refusal, struct named_key_request *r);
int transit_read_settings(struct call *c, struct named_key_request *r);

/* -1 refused: a body that asks for a key that could leave the vault. */
int transit_refuse_exits(struct call *c);

/*
 * Whether what a function of keys/ says is the caller's fault; and, if so, refuse with its
 * sentence, as 400 (else err is left to speak).  -1.
 */
bool transit_is_theirs(enum error_code code);
int transit_refuse(struct call *c, const struct error *err);

/*
 * Write a key of mount m into the batch; with it goes what hangs on it: when it rotates next.
 * The one place that writes keys.
 */
void transit_store(struct call *c, const struct mount *m, struct str name,
    const struct named_key *k);

/* Delete the key at path of c->mount, with all that hangs on it; how many records that is. */
int transit_drop(struct call *c, struct str path, struct error *err);

/* The reply's data: what is said of a key, as context (bytes; may be empty) sees it. */
int transit_show(struct call *c, struct str name, struct str context, const struct named_key *k,
    struct error *err);

/* A wall time as a member. */
void transit_put_time(struct json_writer *w, const char *name, int64_t wall);

/* ---- making (transit_make.c) ---- */

/*
 * A key that is asked for and is not there.  What r asks must have passed named_key_check; its
 * place's name is borrowed for the call.  source: NULL, or what to import (borrowed likewise),
 * wrapped for `wrapping`, which may be NULL.
 * transit_make_work: work that makes it.  transit_made: the key that such work made for this
 * request, as a reference.  transit_make: likewise, or one that is made now, without a source.
 * NULL with err.
 */
struct work *transit_make_work(struct call *c, const struct named_key_request *r,
    const struct named_key_source *source, struct named_key *wrapping);
struct named_key *transit_made(const struct call *c, struct error *err);
struct named_key *transit_make(struct call *c, const struct named_key_request *r,
    struct error *err);

/*
 * A version more, of a key that is there: drawn, or from source.  transit_add_work: work that
 * adds it to a copy of k.  transit_added: the copy, as a reference, that such work made for this
 * request, if k is still what it was copied from.  NULL with err; or without: not made yet.
 */
struct work *transit_add_work(struct named_key *k, const struct named_key_source *source,
    struct named_key *wrapping);
struct named_key *transit_added(const struct call *c, const struct named_key *k,
    struct error *err);

/* For work that holds a key: whether the key c->parameter[0] names is still the same. */
bool transit_is_still(struct call *c, const struct named_key *k);

/* ---- rotating ---- */

/*
 * Rotate the key `name` of mount m.  Inside a batch.  Of a slow type a worker must draw the
 * version: then *later is set and nothing has changed; when the work is done, call again with it
 * in c->work.  (So too when the key was changed while the worker drew.)  0, or -1 with err:
 * ERR_NOT_FOUND; ERR_DENIED for a key that is soft-deleted or was imported and may not rotate;
 * what else named_key_rotate says.
 */
int transit_rotate(struct call *c, const struct mount *m, struct str name, struct work **later,
    struct error *err);

#endif
