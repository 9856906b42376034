/*
 * Inside of vault.h, for vault*.c and rekey.c alone.
 */
#ifndef KEEPER_VAULT_STATE_H
#define KEEPER_VAULT_STATE_H

#include "vaultd/keeper/rekey.h"
#include "vaultd/keeper/vault.h"

/* New shares for the keyslot whose old ones are given. */
struct rekey {
	bool started, verify;  /* verify: the new shares must be given back before they count */
	char nonce[UUID_TEXT];
	unsigned shares, threshold;
	struct quorum given;
	/* once there were enough, until they are verified: what the vault will be */
	struct header next;    /* its last slot is the new one */
	struct secret *master, *kek;
	char verify_nonce[UUID_TEXT];
	struct quorum verified;
};

struct vault {
	enum vault_state state;
	char hublet[HUBLET_MAX + 1];
	int dir;
	uint64_t map_bytes;
	struct store *store;
	struct header header;
	struct secret *unseal_key; /* NULL: none */
	struct secret *master;
	struct keyring *keyring;
	struct records *records;
	char reason[256];
	struct quorum progress;    /* of opening */
	struct quorum other;       /* of anything else that takes a quorum */
	struct rekey rekey;
	struct vault_compaction compaction;
};

/*
 * The records' batch, the header h and the keyring wrapped under master (both NULL: those
 * stay), in one commit, now.
 */
int vault_write(struct vault *v, const struct vault_audit *a, const struct header *h,
    const struct secret *master, struct error *err);

/*
 * The KEK of slot i of h, for the day the master key is rotated: wrapped under master, in a
 * record, so under the keyring too.
 */
void vault_keep_kek(struct vault *v, const struct header *h, unsigned i,
    const struct secret *master, const struct secret *kek);

/*
 * Make *next (taken, and empty) the vault's header and *master (taken) its master key: in all
 * keyslots, of which the last is new when kek is given; what a slot that went had is deleted.
 */
int vault_install(struct vault *v, const struct vault_audit *a, struct header *next,
    struct secret **master, const struct secret *kek, struct error *err);

/* A copy of the vault's header, to be changed. */
void vault_copy_header(const struct vault *v, struct header *copy);

#endif
