/*
 * The keyring: the data keys by term, and the keys that survive term rotation.  It is kept
 * wrapped under the master key.
 */
#ifndef KEYS_KEYRING_H
#define KEYS_KEYRING_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/str.h"
#include "keys/header.h"

/* Keys of their own, 32 bytes each, drawn when the keyring is made. */
enum keyring_key {
	KEYRING_INDEX, /* hashes names into store keys */
	KEYRING_SUM,   /* hashes (generation, tag) into the root record's sum */
	KEYRING_AUDIT, /* hashes values in the audit */
	KEYRING_TOKEN, /* seals self-contained tokens */
	/*
	 * Those from here on are not kept but derived from KEYRING_INDEX (keyed BLAKE2b-256 of
	 * a label), so that keyrings from before they were needed have them too.
	 */
	KEYRING_NAMED,  /* wraps the bytes of named keys */
	KEYRING_ATTEST, /* fingerprints of symmetric named keys */
	KEYRING_KEYS,
	KEYRING_KEPT = KEYRING_NAMED
};

struct keyring;

/* A new keyring: one term, numbered 1, and all keys of their own, all random. */
struct keyring *keyring_new(void);
void keyring_free(struct keyring **k);

/*
 * Wrapped under master, bound to the header's vault id and Hublet; and back.  NULL with
 * ERR_CORRUPT or (a newer format) ERR_UNSUPPORTED.
 */
void keyring_wrap(const struct keyring *k, const struct secret *master, const struct header *h,
    struct buf *out);
struct keyring *keyring_unwrap(const struct secret *master, const struct header *h,
    struct str wrapped, struct error *err);

/* A term added at the end becomes the one that wraps; its number. */
uint32_t keyring_add_term(struct keyring *k, int64_t now);
/* Erase the newest again: nothing was wrapped with it.  There must be another. */
void keyring_drop_newest(struct keyring *k);
/* Erase a term that is not the newest.  -1 with ERR_NOT_FOUND or ERR_INVALID. */
int keyring_retire_term(struct keyring *k, uint32_t term, struct error *err);

uint32_t keyring_newest(const struct keyring *k);
uint32_t keyring_oldest(const struct keyring *k);
int64_t keyring_installed(const struct keyring *k, uint32_t term); /* wall ns */
/* The key of a term, NULL when it is not there; one of the keys of their own.  Borrowed. */
const struct secret *keyring_term(const struct keyring *k, uint32_t term);
const struct secret *keyring_key(const struct keyring *k, enum keyring_key which);

#endif
