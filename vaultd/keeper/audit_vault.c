/*
 * Keeper: what the audit has of an open vault: the key that values are hashed under, the signer of
 * checkpoints, and what the store knows of the file.
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "keys/digest.h"
#include "vaultd/keeper/audit_last.h"
#include "vaultd/keeper/audit_state.h"

#define SIGN_AFTER (CLOCK_SECOND / 10)
#define SIGN_LINES 1000

static struct record_name
signer_name(void)
{
	static const uint8_t none[16];

	return (struct record_name){RECORD_SYSTEM, none, {"", 0}, str_of("audit-signer")};
}

void
audit_fill(struct records *r)
{
	struct record_name name = signer_name();
	uint8_t public_key[DIGEST_PUBLIC];
	struct secret *signer = digest_signer_new(public_key);
	struct buf text = BUF_INIT;

	digest_signer_put(signer, &text);
	records_put(r, &name, buf_str(&text));
	buf_free(&text);
	secret_free(&signer);
}

static struct secret *
load_signer(struct records *r, struct error *err)
{
	struct record_name name = signer_name();
	struct secret *signer = NULL;
	struct buf text = BUF_INIT;

	if (records_get(r, &name, &text, err) == 0) {
		if (text.len == DIGEST_SIGNER)
			signer = secret_take(text.data, text.len);
		else
			error_set(err, ERR_CORRUPT, "the audit's signer is no key");
	}
	buf_free(&text);
	return signer;
}

/* ---- checkpoints ---- */

static void
checkpoint(struct audit *a)
{
	struct trail_checkpoint c = {.at = a->at, .commit = a->commit};
	struct json_writer w;
	size_t from;

	digest_signer_public(a->signer, c.key);
	memcpy(c.vault, a->vault, sizeof(c.vault));
	memcpy(c.file, a->id, sizeof(c.file));
	trail_sign(&c, a->signer);
	w = audit_begin(a, "checkpoint", &from);
	trail_put_checkpoint(&w, &c);
	audit_end(a, from);
	a->bare = 0;
	a->since = 0;
}

void
audit_tick(struct audit *a, int64_t boot)
{
	if (a->signer == NULL || a->bare == 0)
		return;
	if (a->since == 0)
		a->since = boot;
	a->commit = a->root->sequence;
	if (a->bare >= SIGN_LINES || boot - a->since >= SIGN_AFTER)
		checkpoint(a);
}

/* ---- open, and sealed ---- */

/* What the store's last commit knows of the file; no line up to there: it was begun later. */
static bool
is_behind(const struct audit *a, const struct trail *found, const struct trail *wanted)
{
	return found->seq > 0 ? !trail_equal(found, wanted) : a->at.seq < wanted->seq;
}

int
audit_unsealed(struct audit *a, const struct header *h, const struct keyring *k,
    struct records *r, enum audit_match *match, uint64_t sequence, const uint8_t hash[32],
    struct error *err)
{
	struct trail wanted = {.seq = sequence}, found;
	uint64_t commit;

	memcpy(wanted.chain, hash, sizeof(wanted.chain));
	if (audit_file_find(&a->file, sequence, &found, err) != 0 ||
	    audit_last_commit(&a->file, &commit, err) != 0)
		return -1;
	a->signer = load_signer(r, err);
	if (a->signer == NULL)
		return -1;
	a->key = audit_key_new(keyring_key(k, KEYRING_AUDIT));
	memcpy(a->vault, h->vault_id, sizeof(a->vault));
	a->root = records_root(r);
	a->commit = a->root->sequence;
	*match = AUDIT_MATCHES;
	if (is_behind(a, &found, &wanted)) {
		*match = AUDIT_BEHIND;
		audit_event(a, "behind",
		    "the store's last commit is of line %llu, which the "
		    "file does not have so: lines were cut off, or the file was replaced",
		    (unsigned long long)sequence);
	} else if (commit > a->commit) {
		*match = AUDIT_AHEAD;
		audit_event(a, "ahead",
		    "the file tells of commit %llu, and the store's last is %llu: the store was "
		    "put back, or has lost some",
		    (unsigned long long)commit, (unsigned long long)a->commit);
	}
	checkpoint(a);
	return 0;
}

void
audit_sealed(struct audit *a)
{
	if (a->signer != NULL && a->bare > 0)
		checkpoint(a);
	audit_key_free(&a->key);
	secret_free(&a->signer);
	a->root = NULL;
}

void
audit_hash(const struct audit *a, struct str value, struct buf *out)
{
	if (a->key == NULL)
		fatal("a value is to be hashed while sealed");
	audit_key_hash(a->key, value, out);
}
