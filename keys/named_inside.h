/*
 * What named keys are made of.
 * Security: for keys/named_*.c alone (tests/unit/test_no_export.sh): here are functions that
 * reach key bytes.
 */
#ifndef KEYS_NAMED_INSIDE_H
#define KEYS_NAMED_INSIDE_H

#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/secret.h"
#include "keys/ad.h"
#include "keys/named_key.h"

#define NAMED_HMAC_KEY 32 /* bytes of the HMAC key that each version has beside its own */
#define NAMED_ID 32       /* bytes of a place, hashed */

/* A version that is open.  What a type does not need is NULL. */
struct named_open {
	struct secret *hmac;    /* HMAC key; of type hmac the key itself */
	struct secret *key;     /* derived keys, ChaCha types; ed25519: seed, public half */
	EVP_CIPHER_CTX *cipher; /* AES-GCM: key schedule set (derived: the cipher only) */
	pthread_mutex_t lock;   /* of cipher */
	EVP_PKEY *pkey;         /* ECDSA, RSA; public_only: its public half */
	size_t cost;            /* about how much locked memory this takes, bytes */
};

/* One version.  Shared by the copies of a key, it does not change but for what is open. */
struct named_version {
	uint32_t number;
	int64_t created;
	bool imported, public_only;
	uint8_t fingerprint[NAMED_FINGERPRINT];
	struct buf public_key; /* SubjectPublicKeyInfo; ed25519: 32 bytes; symmetric: empty */
	struct buf wrapped;    /* HMAC key, then key bytes; of type hmac these alone */
	/* Under the lock of struct named_keys: */
	unsigned refs, users;
	struct named_open *open;             /* NULL: not open */
	struct named_version *newer, *older; /* among the open ones, by last use */
};

struct named_slot {
	struct named_version *version;
	bool disabled;
};

struct named_keys {
	atomic_uint refs;
	pthread_mutex_t lock;
	bool closed;                           /* sealed: nothing opens any more */
	struct secret *wrapping, *attesting;   /* KEYRING_NAMED, KEYRING_ATTEST */
	struct ad bound;                       /* data associated with all: vault, Hublet */
	size_t cost, limit;                    /* of what is open */
	unsigned open;                         /* versions */
	struct named_version *newest, *oldest; /* open ones, by last use */
};

struct named_key {
	atomic_uint refs;
	struct named_keys *all;
	uint8_t id[NAMED_ID]; /* of the place */
	char *name;           /* terminated */
	struct named_key_settings set;
	struct named_slot *slots; /* by rising number */
	size_t count;
};

/* What a version is made from. */
struct named_version_source {
	uint32_t number;
	int64_t created;
	bool imported;
	const struct secret *key;  /* borrowed; NULL: public_key alone */
	const struct secret *hmac; /* borrowed; NULL: one is drawn */
	struct buf public_key;     /* taken over; empty for symmetric types and derived keys */
};

static inline const struct key_traits *
named_traits(const struct named_key *k)
{
	return key_type_traits(k->set.type);
}

/* named_keys.c */
/*
 * The version, open until named_keys_release.  NULL with ERR_SEALED or ERR_CORRUPT.
 */
struct named_open *named_keys_acquire(const struct named_key *k, struct named_version *v,
    struct error *err);
void named_keys_release(const struct named_key *k, struct named_version *v);
/* Under the lock.  -1 with ERR_SEALED. */
int named_keys_refuse_closed(const struct named_keys *all, struct error *err);
/* One reference more to each version of k; one less to those in slots [from, to). */
void named_keys_share(const struct named_key *k);
void named_keys_drop(const struct named_key *k, size_t from, size_t to);

/* named_key.c */

/* A key without versions; a version for it (taken over), the latest from now on. */
struct named_key *named_key_empty(struct named_keys *all, const struct named_key_place *place,
    const struct named_key_settings *set);
void named_key_append(struct named_key *k, struct named_version **v, bool disabled);
/* The settings that a request asks for. */
struct named_key_settings named_key_first_settings(const struct named_key_request *r);
/*
 * A version more, numbered and dated here; next_rotation moves on.  -1 with ERR_LIMIT or
 * ERR_SEALED.
 */
int named_key_add(struct named_key *k, struct named_version_source *source, struct error *err);
struct named_slot *named_key_slot(const struct named_key *k, uint32_t number);
/*
 * Which version is meant to encrypt or sign (`what`: "encryption", "signing"); 0 is the
 * latest.  -1 with ERR_INVALID.
 */
int named_key_pick(const struct named_key *k, int64_t wanted, const char *what,
    uint32_t *number, struct error *err);
/*
 * The version, if it may be used: it is there, not older than min_decryption_version and not
 * disabled.  NULL with ERR_NOT_FOUND or ERR_DENIED.
 */
struct named_version *named_key_usable(const struct named_key *k, uint32_t number,
    struct error *err);
/* -1 with ERR_DENIED: the key is soft-deleted. */
int named_key_refuse_deleted(const struct named_key *k, struct error *err);
/* -1 with ERR_INVALID: the key is derived and there is no context. */
int named_key_want_context(const struct named_key *k, struct str context, struct error *err);
/* named_config.c: set next_rotation from now and the period. */
void named_key_plan(struct named_key *k);

/* named_version.c */

/* With one reference, the caller's, and nothing in it. */
struct named_version *named_version_empty(void);
/* Wrapped, with one reference, the caller's.  NULL with ERR_SEALED. */
struct named_version *named_version_new(const struct named_key *k,
    struct named_version_source *source, struct error *err);
/* Key bytes drawn at random, and what is public of them.  The caller frees both. */
struct secret *named_version_draw(const struct named_key *k, struct buf *public_key);
void named_version_free(struct named_version **v); /* not open, nobody's */
/* Under the lock.  NULL with ERR_CORRUPT. */
struct named_open *named_version_open(const struct named_key *k, const struct named_version *v,
    struct error *err);
void named_version_close(struct named_open **o);

/*
 * named_sign.c: the key of a context (seed and public half), of a derived ed25519 key.  The
 * caller frees it.
 */
struct secret *named_sign_derive(const struct named_open *open, struct str context,
    uint8_t public_key[32]);

#endif
