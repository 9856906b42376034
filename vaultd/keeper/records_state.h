/*
 * Inside of records.h, for records*.c alone.
 */
#ifndef KEEPER_RECORDS_STATE_H
#define KEEPER_RECORDS_STATE_H

#include "keys/record.h"
#include "vaultd/keeper/records.h"

/* What each kind is like. */
struct record_trait {
	bool listed;    /* keeps names and directory markers */
	bool authority; /* changes what callers may do, or where requests go */
	enum record_stamp stamp;
};
extern const struct record_trait record_traits[RECORD_KINDS];

#define RECORDS_BUCKETS 4096
#define RECORDS_NONE SIZE_MAX

/* One put or delete of the batch. */
struct change {
	uint8_t id[RECORD_ID];
	enum record_kind kind;
	struct record_place place;
	bool erase;
	struct buf record;
	uint64_t expected; /* generation in the store */
	size_t older;      /* next in the bucket */
};

/* The check of sum and count, under way: all records up to `at` are in `sum`. */
struct scan {
	bool running, started;
	uint8_t at[RECORD_ID];
	uint8_t sum[RECORD_SUM];
	uint64_t count;
};

/* The mounts that records were written for. */
struct known_mounts {
	unsigned count, room, hit;
	uint8_t (*ids)[16];
};

struct records {
	struct store *store;
	struct keyring *keyring;
	const struct header *header;
	struct records_root root; /* of the last commit */
	struct records_root next; /* as the batch leaves it */
	bool writing;             /* reads see the batch */
	bool patient;             /* long lists are read in slices; */
	struct long_list *long_lists; /* those that were, and one that is to be: borrowed */
	uint64_t stamps[STAMPS];  /* of what reads see outside the batch, */
	uint64_t next_stamps[STAMPS]; /* and inside */
	uint64_t last_stamp;
	size_t buckets[RECORDS_BUCKETS];
	struct change *changes;
	size_t count, room;
	struct store_change *out;
	struct buf root_record;
	uint64_t failures;        /* batches that were not committed */
	struct scan scan;
	struct known_mounts known;
	uint64_t wrapped;
	struct guesses *guesses;  /* of records_rewrap.c */
};

/* The change of the batch that counts for a record; NULL: it was not changed. */
struct change *records_newest(struct records *r, const uint8_t *id);
/* An id as a key of the store. */
struct str records_key(const uint8_t *id);
/* A record as reads find it now, borrowed until the next change; false: there is none. */
bool records_look_up(struct records *r, const uint8_t *id, struct str *record);
/* One more change of a record.  Its sum is the caller's business. */
struct change *records_append(struct records *r, const struct record_place *place);
/* Count a record in or out of the root. */
void records_account(struct records *r, const uint8_t *id, struct str record, bool in);
/* Wrap under the newest term. */
void records_wrap(struct records *r, const struct record_place *p, struct str text,
    struct buf *out);
/* The root record as the batch leaves it, into r->root_record. */
void records_wrap_root(struct records *r);
/* r->root and the known mounts from the store.  0, or -1 with ERR_CORRUPT. */
int records_read_root(struct records *r, struct error *err);
/* Drop the batch, whatever became of it. */
void records_forget(struct records *r);
void records_free_guesses(struct records *r);
struct record_place records_place(struct records *r, const struct record_name *n);
/* As record_unwrap, with a line in the log when it fails. */
int records_unwrap(struct records *r, struct record_place *p, struct str record, struct buf *out,
    struct error *err);
/* The batch is about to count: the check under way follows it. */
void records_scan_follow(struct records *r);

#endif
