/*
 * Keeper: the vault's state.  Trusted with the master key and the keyring while it is open.
 */
#include "vaultd/keeper/vault_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "vaultd/keeper/unseal_key.h"

static int
read_header(struct vault *v, struct error *err)
{
	struct str bytes;
	uint64_t version;

	if (!store_get(v->store, STORE_META, str_of("header"), &bytes, &version)) {
		v->state = VAULT_EMPTY;
		return 0;
	}
	if (header_parse(&v->header, bytes, err) != 0)
		return -1;
	if (strcmp(v->header.hublet, v->hublet) != 0)
		return error_set(err, ERR_FOREIGN,
		    "the store is of Hublet \"%s\", the configuration says \"%s\": "
		    "a vault opens only in its own Hublet", v->header.hublet, v->hublet);
	v->state = VAULT_SEALED;
	return 0;
}

/* Without this key a vault opens all the same, with shares that a gate sees. */
static void
read_unseal_key(struct vault *v)
{
	struct error err = ERROR_INIT;

	v->unseal_key = unseal_key_read(v->dir, &err);
	if (v->unseal_key == NULL)
		log_warn("no sealed shares: %s", err.text);
}

static int
open_store(struct vault *v, struct error *err)
{
	if (v->store != NULL)
		return 0;
	v->store = store_open(v->dir, v->map_bytes, err);
	return v->store != NULL ? 0 : -1;
}

struct vault *
vault_new(int dir, uint64_t map_bytes, const char *hublet, struct error *err)
{
	struct vault *v = calloc(1, sizeof(*v));

	if (v == NULL)
		fatal("no memory for the vault");
	strncpy(v->hublet, hublet, sizeof(v->hublet) - 1);
	v->dir = dir;
	v->map_bytes = map_bytes;
	if (open_store(v, err) != 0 || read_header(v, err) != 0)
		vault_free(&v);
	else if (v->state == VAULT_SEALED)
		read_unseal_key(v);
	return v;
}

static void
close_keys(struct vault *v)
{
	records_close(&v->records);
	keyring_free(&v->keyring);
	secret_free(&v->master);
	vault_reset(v);
	quorum_clear(&v->other);
	rekey_cancel(v);
}

void
vault_free(struct vault **v)
{
	if (*v == NULL)
		return;
	close_keys(*v);
	secret_free(&(*v)->unseal_key);
	store_close(&(*v)->store);
	header_clear(&(*v)->header);
	free(*v);
	*v = NULL;
}

enum vault_state
vault_state(const struct vault *v)
{
	return v->state;
}

const struct header *
vault_header(const struct vault *v)
{
	return &v->header;
}

struct store *
vault_store(struct vault *v)
{
	return v->store;
}

struct records *
vault_records(struct vault *v)
{
	return v->records;
}

struct keyring *
vault_keyring(struct vault *v)
{
	return v->keyring;
}

const struct secret *
vault_unseal_key(const struct vault *v)
{
	return v->unseal_key;
}

struct vault_compaction *
vault_compaction(struct vault *v)
{
	return &v->compaction;
}

const char *
vault_reason(const struct vault *v)
{
	return v->reason;
}

void
vault_warn(struct vault *v, const char *what)
{
	snprintf(v->reason, sizeof(v->reason), "%s", what);
}

/* ---- making a vault ---- */

static int
renew_unseal_key(struct vault *v, struct error *err)
{
	secret_free(&v->unseal_key);
	v->unseal_key = unseal_key_make(v->dir, err);
	return v->unseal_key != NULL ? 0 : -1;
}

int
vault_init(struct vault *v, unsigned n, unsigned t, struct secret **shares,
    int (*fill)(void *arg, struct records *r, struct error *err), void *arg, struct error *err)
{
	struct vault_audit nothing = { 0 };
	struct header header;
	struct secret *kek = NULL;
	int rc = -1;

	if (header_new(&header, v->hublet, err) != 0 || renew_unseal_key(v, err) != 0)
		return -1;
	v->header = header;
	v->master = secret_random(MASTER_KEY);
	v->keyring = keyring_new();
	v->records = records_open(v->store, v->keyring, &v->header, true, err);
	if (v->records == NULL ||
	    header_add_shamir(&v->header, v->master, n, t, shares, &kek, err) != 0)
		goto out;
	records_begin(v->records);
	vault_keep_kek(v, &v->header, 0, v->master, kek);
	if (fill(arg, v->records, err) == 0)
		rc = vault_write(v, &nothing, &v->header, v->master, err);
out:
	secret_free(&kek);
	close_keys(v);
	v->state = rc == 0 ? VAULT_SEALED : VAULT_EMPTY;
	return rc;
}

/* ---- opening ---- */

void
vault_progress(const struct vault *v, struct vault_progress *p)
{
	unsigned slot = v->progress.count > 0 ? v->progress.slot : 0;

	memset(p, 0, sizeof(*p));
	if (v->header.count > 0) {
		p->threshold = v->header.slots[slot].threshold;
		p->shares = v->header.slots[slot].shares;
	}
	p->given = v->progress.count;
	if (p->given > 0)
		memcpy(p->nonce, v->progress.nonce, sizeof(p->nonce));
}

void
vault_reset(struct vault *v)
{
	quorum_clear(&v->progress);
}

void
vault_expire(struct vault *v, int64_t now)
{
	quorum_expire(&v->progress, now);
	quorum_expire(&v->other, now);
	quorum_expire(&v->rekey.given, now);
	quorum_expire(&v->rekey.verified, now);
}

struct quorum *
vault_quorum(struct vault *v)
{
	return &v->other;
}

bool
vault_quorum_proves(struct vault *v, struct error *err)
{
	struct secret *master = quorum_open(&v->other, &v->header, err);
	bool proven = master != NULL && secret_equal(master, v->master);

	secret_free(&master);
	return proven;
}

/* The master key is here: keyring and records follow, or nothing does. */
static int
open_keys(struct vault *v, struct error *err)
{
	struct str wrapped;
	uint64_t version;

	if (!store_get(v->store, STORE_META, str_of("keyring"), &wrapped, &version))
		return error_set(err, ERR_CORRUPT, "the store has lost its keyring");
	v->keyring = keyring_unwrap(v->master, &v->header, wrapped, err);
	if (v->keyring == NULL)
		return -1;
	v->records = records_open(v->store, v->keyring, &v->header, false, err);
	return v->records != NULL ? 0 : -1;
}

static int
complete(struct vault *v, struct error *err)
{
	int rc = -1;

	v->master = quorum_open(&v->progress, &v->header, err);
	if (v->master != NULL && open_store(v, err) == 0 && store_refresh(v->store, err) == 0)
		rc = open_keys(v, err);
	if (rc != 0) {
		close_keys(v);
		return -1;
	}
	v->reason[0] = '\0';
	v->state = VAULT_OPEN;
	return 0;
}

int
vault_unseal(struct vault *v, struct secret **share, enum share_verdict *verdict,
    unsigned *which, struct error *err)
{
	if (quorum_give(&v->progress, &v->header, share, verdict, which, err) != 0)
		return -1;
	return *verdict == SHARE_OPENED ? complete(v, err) : 0;
}

void
vault_seal(struct vault *v, const char *reason)
{
	if (v->state != VAULT_OPEN)
		return;
	close_keys(v);
	v->state = VAULT_SEALED;
	v->reason[0] = '\0';
	if (reason != NULL) {
		vault_warn(v, reason);
		store_close(&v->store);
	}
}
