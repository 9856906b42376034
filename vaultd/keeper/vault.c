/*
 * Keeper: the vault's state.  Trusted with the master key and the keyring while it is open.
 */
#include "vaultd/keeper/vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "keys/aead.h"
#include "vaultd/keeper/unseal_key.h"

#define PROGRESS_LIFE (600 * CLOCK_SECOND)

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
	struct {
		struct secret *shares[255];
		uint8_t x[255];
		unsigned count, slot;
		char nonce[UUID_TEXT];
		int64_t last; /* boot ns */
	} progress;
};

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

/*
 * The slot's KEK, for the day the master key is rotated: wrapped under the master key, in a
 * record, so under the keyring too.
 */
static void
keep_kek(struct vault *v, const struct secret *kek)
{
	static const uint8_t none[16];
	const uint8_t *slot = v->header.slots[0].id;
	struct record_name n = { RECORD_SYSTEM, none, str_of("slot-kek/"),
		{ (const char *)slot, sizeof(v->header.slots[0].id) } };
	struct buf wrapped = BUF_INIT;

	aead_wrap_secret(v->master, slot, n.name.len, kek, &wrapped);
	records_put(v->records, &n, buf_str(&wrapped));
	buf_free(&wrapped);
}

static int
renew_unseal_key(struct vault *v, struct error *err)
{
	secret_free(&v->unseal_key);
	v->unseal_key = unseal_key_make(v->dir, err);
	return v->unseal_key != NULL ? 0 : -1;
}

/* Header, keyring and first records in one commit. */
static int
commit_first(struct vault *v, struct error *err)
{
	static const uint8_t no_hash[32];
	struct buf header = BUF_INIT, keyring = BUF_INIT;
	const struct store_change *changes;
	struct store_change *all;
	size_t count;
	int rc;

	header_format(&v->header, &header);
	keyring_wrap(v->keyring, v->master, &v->header, &keyring);
	changes = records_changes(v->records, 0, no_hash, &count);
	all = calloc(count + 2, sizeof(*all));
	if (all == NULL)
		fatal("no memory for the first commit");
	memcpy(all, changes, count * sizeof(*all));
	all[count] = (struct store_change){ STORE_META, str_of("header"), buf_str(&header), 1, 0 };
	all[count + 1] =
	    (struct store_change){ STORE_META, str_of("keyring"), buf_str(&keyring), 1, 0 };
	rc = store_commit(v->store, all, count + 2, err);
	free(all);
	buf_free(&header);
	buf_free(&keyring);
	return rc;
}

int
vault_init(struct vault *v, unsigned n, unsigned t, struct secret **shares,
    int (*fill)(void *arg, struct records *r, struct error *err), void *arg, struct error *err)
{
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
	keep_kek(v, kek);
	if (fill(arg, v->records, err) == 0 && commit_first(v, err) == 0 &&
	    records_committed(v->records, true, err) == 0)
		rc = 0;
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
	for (unsigned i = 0; i < v->progress.count; i++)
		secret_free(&v->progress.shares[i]);
	memset(&v->progress, 0, sizeof(v->progress));
}

void
vault_expire(struct vault *v, int64_t now)
{
	if (v->progress.count > 0 && now - v->progress.last > PROGRESS_LIFE)
		vault_reset(v);
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

	v->master = header_open_shamir(&v->header, v->progress.slot, v->progress.shares,
	    v->progress.count, err);
	if (v->master != NULL && open_store(v, err) == 0 && store_refresh(v->store, err) == 0)
		rc = open_keys(v, err);
	if (rc != 0) {
		close_keys(v);
		return -1;
	}
	vault_reset(v);
	v->reason[0] = '\0';
	v->state = VAULT_OPEN;
	return 0;
}

int
vault_unseal(struct vault *v, struct secret **share, enum share_verdict *verdict,
    unsigned *slot_share, struct error *err)
{
	unsigned slot, x;

	if (!header_find_share(&v->header, *share, &slot, &x))
		return error_set(err, ERR_FOREIGN, "not a share of this vault");
	if (v->progress.count > 0 && v->progress.slot != slot)
		vault_reset(v);
	*slot_share = x;
	for (unsigned i = 0; i < v->progress.count; i++)
		if (v->progress.x[i] == x) {
			*verdict = SHARE_REPEATED;
			return 0;
		}
	if (v->progress.count == 0)
		uuid_format(v->progress.nonce);
	v->progress.slot = slot;
	v->progress.x[v->progress.count] = (uint8_t)x;
	v->progress.shares[v->progress.count++] = *share;
	*share = NULL;
	v->progress.last = clock_boot();
	*verdict = SHARE_TAKEN;
	if (v->progress.count < v->header.slots[slot].threshold)
		return 0;
	*verdict = SHARE_OPENED;
	return complete(v, err);
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
