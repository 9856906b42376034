/*
 * Named keys: keys with versions that are used and never read.
 *
 * A struct named_key is what the store holds of one: settings, and for each version its public
 * part, its fingerprint and its key bytes, wrapped.  A version is opened (unwrapped, its key
 * schedule made) when it is first used; how many stay open is bounded for all keys together by
 * the struct named_keys they belong to, which closes those not used for longest.
 *
 * It does not change while it is shared: to change one, take a copy (named_key_copy; versions
 * are shared, so this costs little), change that, write it, and put it in the first one's place
 * when the write has been committed.  Any thread may use a key that it holds a reference to.
 *
 * Security: key bytes are in struct secret and in OpenSSL's memory (locked_alloc.h) only, and
 * no function here or in named_use.h gives them out: tests/unit/test_no_export.sh holds the
 * list of all functions of keys/.
 */
#ifndef KEYS_NAMED_KEY_H
#define KEYS_NAMED_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "keys/hash.h"
#include "keys/header.h"
#include "keys/key_type.h"
#include "keys/keyring.h"

#define NAMED_FINGERPRINT 32
#define NAMED_HMAC_MIN 32  /* bytes of a key of type hmac */
#define NAMED_HMAC_MAX 512
#define NAMED_PERIOD_MIN (INT64_C(3600) * 1000000000) /* shortest auto_rotate_period, ns */
#define NAMED_VERSIONS_MAX 10000

/*
 * What opens the named keys of one unsealed vault.  It keeps what it needs of the keyring and
 * the header, so neither need outlive it; keys hold a reference, so it outlives them.
 * open_bytes: about how much locked memory the opened versions may take (a symmetric one takes
 * 2 KiB, RSA-4096 16 KiB); at least one stays open, and those in use do.
 */
struct named_keys;
struct named_keys *named_keys_new(const struct keyring *k, const struct header *h,
    size_t open_bytes);
/*
 * The vault is being sealed: close every version (one in use: as soon as it is not), let none
 * be opened again (ERR_SEALED), and drop the caller's reference.
 */
void named_keys_free(struct named_keys **all);
/* A reference without a key, for who is about to make one in another thread; and its end. */
struct named_keys *named_keys_ref(struct named_keys *all);
void named_keys_unref(struct named_keys **all);
/* Versions open now (a metric). */
unsigned named_keys_open(struct named_keys *all);

struct named_key;
struct named_key *named_key_ref(struct named_key *k);
/* Drop a reference; *k becomes NULL.  *k may be NULL. */
void named_key_free(struct named_key **k);

/* Where a key belongs.  Its bytes open only there. */
struct named_key_place {
	uint8_t mount[16]; /* uuid of the mount */
	struct str name;
};

struct named_key_settings {
	enum key_type type;
	bool derived, convergent;
	bool imported, allow_rotation; /* of an imported key, within this vault */
	bool deletion_allowed, soft_deleted;
	uint32_t key_size; /* bytes, of type hmac; else 0 */
	uint32_t latest_version;
	uint32_t min_decryption_version; /* at least 1 */
	uint32_t min_encryption_version; /* 0: the latest is used unless one is asked for */
	uint32_t min_available_version;  /* 0: never trimmed */
	int64_t auto_rotate_period;      /* ns; 0: by hand only */
	int64_t created, next_rotation;  /* wall ns; next_rotation 0: none */
};
/* Borrowed from the key. */
const struct named_key_settings *named_key_settings(const struct named_key *k);

struct named_key_version {
	uint32_t number;
	int64_t created;   /* wall ns */
	bool disabled;     /* compromised: every use is refused */
	bool imported;     /* brought here; else drawn here */
	bool public_only;  /* imported without its private part */
	/*
	 * SHA-256 of the SubjectPublicKeyInfo; of a symmetric or derived key HMAC-SHA256 under
	 * a key of the vault's own, so that it tells nothing without the vault.
	 */
	uint8_t fingerprint[NAMED_FINGERPRINT];
};
/* False: there is no such version (never made, or trimmed). */
bool named_key_version(const struct named_key *k, uint32_t number, struct named_key_version *v);

/*
 * The public part of a version: PEM (SubjectPublicKeyInfo, ends in a newline), of ed25519 the
 * 32 bytes in base64, as the API shows both.  context: needed by a derived key, whose own
 * public part is nobody's, ignored by others.  -1 with ERR_NOT_FOUND (`no such key version`),
 * ERR_UNSUPPORTED for a symmetric type, ERR_INVALID without a context.
 */
int named_key_public(const struct named_key *k, uint32_t version, struct str context,
    struct buf *out, struct error *err);

/* -- making ---------------------------------------------------------------------------- */

struct named_key_request {
	struct named_key_place place;
	enum key_type type;
	bool derived, convergent;
	int64_t key_size;           /* 0: not given */
	int64_t auto_rotate_period; /* ns */
	bool allow_rotation;        /* imports only */
};

/*
 * Whether such a key may be made, at no cost: for a slow type, ask this before the pool is
 * asked for the key.  0, or -1 with ERR_INVALID and the reference's sentence (convergent
 * without derived, a period under an hour, key_size, what the type does not do).  importing:
 * the rules of imports as well (no convergent key; rotation allowed if automatic).
 */
int named_key_check(const struct named_key_request *r, bool importing, struct error *err);

/* named_key_check, then a new key with one version, drawn at random.  NULL and err. */
struct named_key *named_key_new(struct named_keys *all, const struct named_key_request *r,
    struct error *err);

/*
 * The key that imports are wrapped for (KEY_WRAPPING, RSA-4096, slow).  It is stored like any
 * other (named_key_format); its public part is named_key_public's.  Every use is refused but
 * being given to named_key_import.
 */
struct named_key *named_key_new_wrapping(struct named_keys *all,
    const struct named_key_place *place, struct error *err);

/* A private copy to change; it shares the versions.  What follows is for such a copy. */
struct named_key *named_key_copy(const struct named_key *k);

/*
 * One version more, drawn at random, the latest from now on.  next_rotation moves on (see
 * named_key_schedule); the key no longer counts as imported, as in the reference.
 * -1 with ERR_DENIED (soft-deleted; `imported key x does not allow rotation within Vault`),
 * ERR_LIMIT beyond NAMED_VERSIONS_MAX.
 */
int named_key_rotate(struct named_key *k, struct error *err);

/* Key bytes or a public key from outside. */
struct named_key_source {
	/*
	 * RSA-OAEP(32-byte AES key) of the wrapping key's 512 bytes, then AES-KWP (RFC 5649) of
	 * the key: raw bytes of a symmetric type, PKCS#8 DER of the others.
	 */
	struct str ciphertext;
	const struct named_key *wrapping;
	enum hash oaep; /* the reference's default: HASH_SHA2_256 */
	struct str public_pem; /* instead of ciphertext */
	/*
	 * Of named_key_import_version: 0 adds a version; the number of one that is public_only
	 * adds its private part (ciphertext), which must belong to it.
	 */
	uint32_t version;
};

/*
 * A key from outside, as version 1.  NULL with ERR_INVALID: named_key_check's sentences, and
 * `provided ciphertext is too short`, `crypto/rsa: decryption error`, `only one of the
 * following fields, ciphertext and public_key, can be set`, `provided type does not support
 * public_key import`, or what is wrong with the key (never its bytes).
 * Security: what is unwrapped goes into the version and nowhere else.
 */
struct named_key *named_key_import(struct named_keys *all, const struct named_key_request *r,
    const struct named_key_source *source, struct error *err);
/* The same, as a further version.  ERR_INVALID too when the key is not an imported one. */
int named_key_import_version(struct named_key *k, const struct named_key_source *source,
    struct error *err);

/* -- changing a copy ------------------------------------------------------------------- */

struct named_key_config {
	bool has_min_decryption, has_min_encryption, has_deletion, has_rotation, has_period;
	int64_t min_decryption, min_encryption;
	bool deletion_allowed, allow_rotation;
	int64_t auto_rotate_period;
	bool forced_minimum; /* out: min_decryption 0 was taken as 1 (there is a warning) */
};
/*
 * Set what is there, or nothing: -1 with ERR_INVALID and the reference's sentence.  Setting a
 * period sets next_rotation (see named_key_schedule); period 0 clears it.
 */
int named_key_configure(struct named_key *k, struct named_key_config *c, struct error *err);

/*
 * When a key with a period rotates next: from now, one period less up to a tenth of it,
 * at random, so that keys made together do not rotate together.  named_key_new, _import,
 * _rotate and _configure set it; named_key_schedule is for who decides otherwise.
 */
void named_key_schedule(struct named_key *k, int64_t next_rotation);

void named_key_soft_delete(struct named_key *k, bool deleted);
/* -1 with ERR_NOT_FOUND. */
int named_key_disable_version(struct named_key *k, uint32_t version, bool disabled,
    struct error *err);

/*
 * Erase the versions before min_available.  -1 with ERR_INVALID and the reference's sentence.
 * Security: their bytes are gone from the record written next.
 */
int named_key_trim(struct named_key *k, int64_t min_available, struct error *err);

/* -- the store ------------------------------------------------------------------------- */

/*
 * The text of a key's record, appended, and back.  Key bytes in it are wrapped under a key of
 * the keyring (KEYRING_NAMED), bound to vault id, Hublet, place, type and version, so that
 * they are in no buf in the clear, and open nowhere else.  named_key_parse takes the name and
 * mount the record was found at; NULL with ERR_CORRUPT or ERR_UNSUPPORTED (a newer format).
 * Wrong bytes of a version show when it is first used.
 */
void named_key_format(const struct named_key *k, struct buf *out);
struct named_key *named_key_parse(struct named_keys *all, const struct named_key_place *place,
    struct str text, struct error *err);

#endif
