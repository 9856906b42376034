/*
 * Keeper: from old shares to new ones.
 */
#include "vaultd/keeper/rekey.h"

#include <string.h>

#include "vaultd/keeper/vault_state.h"

void
rekey_cancel(struct vault *v)
{
	struct rekey *r = &v->rekey;

	quorum_clear(&r->given);
	quorum_clear(&r->verified);
	header_clear(&r->next);
	secret_free(&r->master);
	secret_free(&r->kek);
	memset(r, 0, sizeof(*r));
}

void
rekey_begin(struct vault *v, unsigned n, unsigned t, bool verify)
{
	struct rekey *r = &v->rekey;

	rekey_cancel(v);
	r->started = true;
	r->verify = verify;
	r->shares = n;
	r->threshold = t;
	uuid_format(r->nonce);
}

void
rekey_status(const struct vault *v, struct rekey_status *s)
{
	const struct rekey *r = &v->rekey;

	*s = (struct rekey_status){ .started = r->started, .verify = r->verify,
		.nonce = r->nonce, .shares = r->shares, .threshold = r->threshold,
		.given = r->given.count,
		.required = v->header.slots[r->given.slot].threshold,
		.verifying = r->master != NULL, .verify_nonce = r->verify_nonce,
		.verified = r->verified.count };
}

/* What the vault will be: the slot with new shares in place of the old one. */
static int
make(struct vault *v, unsigned slot, struct secret **shares, struct error *err)
{
	struct rekey *r = &v->rekey;

	vault_copy_header(v, &r->next);
	header_remove_slot(&r->next, slot);
	r->master = secret_random(MASTER_KEY);
	if (header_add_shamir(&r->next, r->master, r->shares, r->threshold, shares, &r->kek,
		err) == 0)
		return 0;
	secret_free(&r->master);
	header_clear(&r->next);
	return -1;
}

static int
apply(struct vault *v, const struct vault_audit *a, struct error *err)
{
	int rc = vault_install(v, a, &v->rekey.next, &v->rekey.master, v->rekey.kek, err);

	rekey_cancel(v);
	return rc;
}

int
rekey_give(struct vault *v, const struct vault_audit *a, struct secret **share,
    enum share_verdict *verdict, unsigned *which, struct secret **shares, struct error *err)
{
	struct rekey *r = &v->rekey;
	unsigned slot, n = r->shares;
	struct secret *master;
	int rc = -1;

	if (quorum_give(&r->given, &v->header, share, verdict, which, err) != 0)
		return -1;
	if (*verdict != SHARE_OPENED)
		return 0;
	slot = r->given.slot;
	master = quorum_open(&r->given, &v->header, err);
	if (master != NULL && secret_equal(master, v->master))
		rc = make(v, slot, shares, err);
	secret_free(&master);
	if (rc == 0 && r->verify)
		uuid_format(r->verify_nonce);
	else if (rc == 0)
		rc = apply(v, a, err);
	for (unsigned i = 0; rc != 0 && i < n; i++)
		secret_free(&shares[i]);
	return rc != 0 ? error_set(err, ERR_INVALID, "these shares do not open this vault") : 0;
}

void
rekey_verify_again(struct vault *v)
{
	quorum_clear(&v->rekey.verified);
	if (v->rekey.master != NULL)
		uuid_format(v->rekey.verify_nonce);
}

int
rekey_verify(struct vault *v, const struct vault_audit *a, struct secret **share,
    enum share_verdict *verdict, unsigned *which, struct error *err)
{
	struct rekey *r = &v->rekey;
	struct secret *master;
	bool proven;
	unsigned slot;

	if (!header_find_share(&r->next, *share, &slot, which) || slot != r->next.count - 1)
		return error_set(err, ERR_FOREIGN, "not one of the new shares");
	if (quorum_give(&r->verified, &r->next, share, verdict, which, err) != 0)
		return -1;
	if (*verdict != SHARE_OPENED)
		return 0;
	master = quorum_open(&r->verified, &r->next, err);
	proven = master != NULL && secret_equal(master, r->master);
	secret_free(&master);
	if (!proven)
		return error_set(err, ERR_INVALID, "the new shares do not open");
	return apply(v, a, err);
}
