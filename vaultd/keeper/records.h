/*
 * The records of an open vault: names hidden, contents wrapped, changes gathered into one batch.
 * The one place that turns (kind, mount, directory, name) into store keys and record bytes.
 *
 * A kind that is listed keeps each record's name inside it, and a marker "dir/" in the parent of
 * every directory that has something in it.  Markers come and go by themselves.
 */
#ifndef KEEPER_RECORDS_H
#define KEEPER_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "keys/header.h"
#include "keys/keyring.h"
#include "vaultd/store/store.h"

/* Numbers are on disk: never reuse one. */
enum record_kind {
	RECORD_ROOT = 1,      /* sequence, count, sum, audit position: not counted in itself */
	RECORD_MOUNT = 2,     /* listed */
	RECORD_POLICY = 3,    /* listed */
	RECORD_ROLE = 4,      /* listed: auth/cert/certs */
	RECORD_SYSTEM = 5,    /* by name: "audit-signer", "initial-token", ... */
	RECORD_KV_CONFIG = 6, /* one for each mount */
	RECORD_KV_META = 7,   /* listed: a secret's versions and metadata */
	RECORD_KV_DATA = 8,   /* directory: the secret's path and "/", name: the version */
	RECORD_KV1 = 9,       /* listed: a secret without versions */
	RECORD_NAMED_KEY = 10, /* listed: a transit key, with all its versions */
	RECORD_TRANSIT = 11,   /* by name, of a transit mount: "wrapping-key", "settings" */
	RECORD_TOKEN = 20,       /* listed, by accessor: claims (claims.h) */
	RECORD_TOKEN_OWNER = 21, /* by SPIFFE ID: epoch and counts (owners.h) */
	RECORD_TOKEN_ROLE = 22,  /* listed: auth/token/roles */
	RECORD_WRAPPED = 23,     /* by accessor of the wrapping token: the reply */
	RECORD_CUBBYHOLE = 24,   /* listed, below the token's accessor */
	RECORD_CERT_CONFIG = 25, /* one for each mount */
	RECORD_CERT_CRL = 26,    /* listed: auth/cert/crls */
	/* 12 to 19: named keys; 27 to 29: tokens; 30 to 39: entities and groups;
	 * 40 to 49: certificates; 50 to 59: schedule and rotation */
	RECORD_ENTITY = 30,         /* listed, by id */
	RECORD_IDENTITY_INDEX = 31, /* ids of entities and groups by their other names */
	RECORD_GROUP = 32,          /* listed, by id */
	RECORD_HOLDERS = 33,        /* by id of an entity or group: the groups that hold it */
	RECORD_CALLER = 34,         /* listed, by id of an entity that nobody has edited */
	RECORD_CALLER_RING = 35,    /* by place in the ring of those */
	RECORD_PKI_CONFIG = 40,  /* by name: "urls", "crl", "issuers", "revision", "tidy" */
	RECORD_PKI_KEY = 41,     /* listed: a CA's key, by id */
	RECORD_PKI_ISSUER = 42,  /* listed: a CA's certificate, by id */
	RECORD_PKI_ROLE = 43,    /* listed */
	RECORD_PKI_CERT = 44,    /* listed, by the first octet of the serial: what was issued */
	RECORD_PKI_REVOKED = 45, /* likewise: what was revoked */
	RECORD_PKI_MARK = 46,    /* listed, of no mount: a revoked certificate, as the listener asks */
	RECORD_AGENDA = 50,   /* listed: what is due when (agenda.h) */
	RECORD_SCHEDULE = 51, /* by name: "clock", "terms", "rotate-config", "history" */
	RECORD_USAGE = 52,    /* of a mount, by a named key's name (usage.h) */
	RECORD_ROTATION = 53, /* of a mount, below a digit for the kind, by name (rotation.h) */
	RECORD_HISTORY = 54,  /* rotations of everything: a ring */
	RECORD_PLAN = 55,     /* listed: of a mount, by a secret's path: its rotation plan */
	RECORD_STAGED = 56,   /* directory: the path and "/", name: "pending" or "previous" */
	RECORD_PLAN_LOG = 57, /* by the path: what its plan's steps came to */
	RECORD_READERS = 58,  /* by the path: who read a secret (readers.h) */
	RECORD_KINDS = 60
};

struct record_name {
	enum record_kind kind;
	const uint8_t *mount;  /* uuid, 16 bytes */
	struct str directory;  /* "" or ending in "/" */
	struct str name;
};

/* A name from a path: "a/b/c" is name "c" in directory "a/b/". */
struct record_name record_name_of(enum record_kind kind, const uint8_t mount[16], struct str path);

struct records;

/*
 * Over an open store, keyring and header (all borrowed).  fresh: the vault is being initialised
 * and there is no root record yet.  NULL with ERR_CORRUPT when the root record does not open.
 */
struct records *records_open(struct store *store, struct keyring *keyring,
    const struct header *header, bool fresh, struct error *err);
void records_close(struct records **r);

/*
 * The text of a record, appended to out.  -1 with ERR_NOT_FOUND, or ERR_CORRUPT (logged by
 * name hash).  Outside records_begin..end reads see the last commit, inside also the batch.
 */
int records_get(struct records *r, const struct record_name *n, struct buf *out,
    struct error *err);
/* The same, but 0 with nothing appended when there is no such record. */
int records_find(struct records *r, const struct record_name *n, struct buf *out,
    struct error *err);
bool records_has(struct records *r, const struct record_name *n);

/*
 * For who keeps what he made of a record: records_watch notes how the record stands,
 * records_unchanged tells whether reads would still find it like that, at next to no cost while
 * nothing is committed.  Never so for a record that the batch has changed, while reads see it.
 */
struct record_watch {
	uint8_t id[32];
	uint64_t generation; /* 0: nothing that could be kept */
	uint64_t sequence;   /* of the commit after which it was looked at last */
};
void records_watch(struct records *r, const struct record_name *n, struct record_watch *w);
bool records_unchanged(struct records *r, struct record_watch *w);

/* Change, inside a batch only. */
void records_put(struct records *r, const struct record_name *n, struct str text);
void records_delete(struct records *r, const struct record_name *n);

/*
 * Names in a directory, sorted, subdirectories with their "/"; those behind `after` only, at
 * most limit (0: all).  0, or -1 with ERR_CORRUPT.  each returns false to stop.
 */
typedef bool record_visit(void *arg, struct str name);
int records_list(struct records *r, enum record_kind kind, const uint8_t mount[16],
    struct str directory, struct str after, size_t limit, record_visit *each, void *arg,
    struct error *err);

/*
 * Lists of many names, with others served between.  From records_patient to records_impatient,
 * outside of a batch, records_list reads a thousand records at most of a directory that is not
 * among `lists`: if there are more it fails, and records_impatient gives the lists with one in
 * front that waits.  long_list_go_on reads a thousand more of it (true: that was all); then who
 * lists begins anew.  The caller frees them.
 */
struct long_list;
void records_patient(struct records *r, struct long_list *lists);
struct long_list *records_impatient(struct records *r);
bool long_list_waits(const struct long_list *l);
bool long_list_go_on(struct records *r, struct long_list *l);
void long_list_free(struct long_list **lists);

/*
 * Some names of a directory, at most limit, in no order: for who takes a directory away piece by
 * piece and need not read all of it each time.  What does not open is left out.
 */
void records_some(struct records *r, enum record_kind kind, const uint8_t mount[16],
    struct str directory, size_t limit, record_visit *each, void *arg);

/*
 * Records of a directory of a listed kind with their texts, at most limit of them, in no order
 * that means anything (subdirectories count, with no text).  each returns false to stop, and
 * must change nothing.  0, or -1 with ERR_CORRUPT.
 */
typedef bool record_read(void *arg, struct str name, struct str text);
int records_walk(struct records *r, enum record_kind kind, const uint8_t mount[16],
    struct str directory, size_t limit, record_read *each, void *arg, struct error *err);

/*
 * A batch: begin (or go on with) writing, mark what a request starts from, undo back to the
 * mark when it failed, end (reads see the last commit again).  The batch stays until
 * records_committed.
 */
void records_begin(struct records *r);
size_t records_mark(const struct records *r);
void records_undo(struct records *r, size_t mark);
void records_end(struct records *r);

/* Whether the batch changed anything; whether it changed mounts, policies or roles. */
bool records_changed(const struct records *r);
bool records_changed_authority(const struct records *r, size_t since_mark);

/*
 * A number that is another one whenever reads might find other tokens, policies or mounts: for
 * who keeps what he found.  Reads inside a batch that changed some have one of their own.
 */
enum record_stamp { STAMP_NONE, STAMP_TOKENS, STAMP_POLICIES, STAMP_MOUNTS, STAMPS };
uint64_t records_stamp(const struct records *r, enum record_stamp which);

/*
 * The batch as changes for store_commit, with the root record rewritten to hold the audit's
 * position; borrowed until records_committed.
 */
const struct store_change *records_changes(struct records *r, uint64_t audit_sequence,
    const uint8_t audit_hash[32], size_t *count);

/* The ids of records of a kind that the batch changed; one may come more than once. */
typedef void record_changed(void *arg, const uint8_t id[32]);
void records_each_changed(const struct records *r, enum record_kind kind, record_changed *each,
    void *arg);

/* The batch was committed (the snapshot is renewed), or failed (it is forgotten). */
int records_committed(struct records *r, bool done, struct error *err);
/* How many batches failed since the vault was opened. */
uint64_t records_failures(const struct records *r);

/* What the root record says; sequence of the last commit. */
struct records_root {
	uint64_t sequence, count;
	uint64_t audit_sequence;
	uint8_t audit_hash[32];
	uint8_t sum[32];
};
const struct records_root *records_root(const struct records *r);

/*
 * Go on with the check that count and sum over all records are those of the root record: a few
 * hundred records a call.  1: more to do, 0: done and right, -1 with ERR_CORRUPT: a record was
 * rolled back, added or removed from outside.  Starts again when a commit came between.
 */
int records_scan(struct records *r, struct error *err);

/*
 * Inside a batch: wrap anew, under the newest term, what is under an older one: the next
 * records behind w->at (all zero: from the first), a few milliseconds' worth.  What they say
 * does not change.  1: there is more, 0: that was the last.  w goes into the batch with the
 * records, so that whoever goes on knows where.
 */
#define RECORDS_AT 32
struct rewrap {
	uint8_t at[RECORDS_AT];
	uint64_t seen;       /* records looked at */
	uint64_t unreadable; /* that did not open, and stay as they were */
};
int records_rewrap(struct records *r, struct rewrap *w);

/*
 * To be opened by its key alone, a record's kind and mount must be known.  So the root record
 * keeps the uuids of all mounts that anything was ever written for, by itself; this is for
 * vaults from before it did.
 */
void records_know_mount(struct records *r, const uint8_t mount[16]);

/* Records wrapped, root records too, since the vault was opened or they were last taken. */
uint64_t records_wrapped(const struct records *r);
uint64_t records_take_wrapped(struct records *r);

#endif
