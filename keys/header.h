/*
 * What of a vault is readable while it is sealed: its format, its id, its Hublet's name and its
 * keyslots.  Nothing else is in the clear in the store.
 *
 * A keyslot is one way to the master key.  Each has a key-encryption key (KEK) of its own: the
 * slot holds the master key wrapped under it, bound to vault id, Hublet and slot id.  Shamir
 * shares split the KEK.  For each share the slot keeps BLAKE2b-256("vaultd share 1", slot id,
 * x, y): y is 256 random bits, so this tells nothing, and each share is known at once as share
 * k of this slot or not of this vault.
 */
#ifndef KEYS_HEADER_H
#define KEYS_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/str.h"

#define VAULT_ID 16     /* bytes; shown as a UUID */
#define HUBLET_MAX 63   /* bytes of a Hublet's name: [a-z0-9-], as a DNS label */
#define SHARE_CHECK 32  /* bytes */
#define HEADER_SLOTS 8  /* most keyslots of one vault */
#define MASTER_KEY 32

enum slot_kind { SLOT_SHAMIR = 1 };

struct slot {
	enum slot_kind kind;
	uint8_t id[16];
	uint8_t shares;    /* n, 1..255 */
	uint8_t threshold; /* t */
	uint8_t (*checks)[SHARE_CHECK]; /* n of them, by order of x = 1..n; owned */
	uint8_t wrapped_master[MASTER_KEY + 24 + 16];
};

struct header {
	uint8_t vault_id[VAULT_ID];
	char hublet[HUBLET_MAX + 1];
	unsigned count;
	struct slot slots[HEADER_SLOTS];
};

/* A new header for a Hublet: random vault id, no slots.  -1, ERR_INVALID for a bad name. */
int header_new(struct header *h, const char *hublet, struct error *err);
void header_clear(struct header *h);

/* Bytes for the store, and back.  -1 with ERR_CORRUPT or (a newer format) ERR_UNSUPPORTED. */
void header_format(const struct header *h, struct buf *out);
int header_parse(struct header *h, struct str bytes, struct error *err);

/*
 * Add a Shamir slot that opens to master: draws a KEK, splits it n/t, fills *slot at
 * h->slots[h->count++].  shares[0..n) are new 33-byte secrets, ready to hand out; *kek the
 * slot's KEK (to be kept wrapped under the keyring).  The caller frees both.
 */
int header_add_shamir(struct header *h, const struct secret *master, unsigned n, unsigned t,
    struct secret **shares, struct secret **kek, struct error *err);

/* Take a slot away; those behind it move up. */
void header_remove_slot(struct header *h, unsigned slot);

/*
 * Wrap a new master key into the slot whose KEK is kek (master key rotation).
 */
void header_rewrap_slot(struct header *h, unsigned slot, const struct secret *kek,
    const struct secret *master);

/* Which share of which slot this is.  False: not a share of this vault. */
bool header_find_share(const struct header *h, const struct secret *share, unsigned *slot,
    unsigned *x);

/*
 * The master key from t shares of one slot.  NULL with ERR_INVALID when there are too few or
 * they do not open it.
 */
struct secret *header_open_shamir(const struct header *h, unsigned slot,
    struct secret *const *shares, unsigned count, struct error *err);

#endif
