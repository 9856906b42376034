/*
 * Keeper: the built-in text of the policy `operator`, put back by those who could open the
 * vault.
 * Security: two things are asked for, the identity of an operator of the configuration and a
 * quorum of shares; no policy, as it may be that nobody holds one that helps any more.
 */
#include "vaultd/api/rekey.h"

#include "base/log.h"
#include "policy/builtin.h"
#include "vaultd/api/seal.h"
#include "vaultd/api/share.h"
#include "vaultd/keeper/policies.h"

static int
restore(struct call *c, struct error *err)
{
	const struct builtin *b = builtin_find(str_of("operator"));
	struct stored_policy old = { 0, 0, { "", 0 } }, fresh;
	struct error missing = ERROR_INIT;
	struct buf bytes = BUF_INIT;

	if (!vault_quorum_proves(c->vault, err))
		return call_refuse(c, 400, "these shares do not open this vault");
	if (policies_get(c->records, str_of(b->name), &bytes, &old, &missing) != 0 &&
	    missing.code == ERR_CORRUPT)
		log_warn("the policy operator is replaced: %s", missing.text);
	fresh = (struct stored_policy){ old.version + 1, c->now, str_of(b->text) };
	buf_free(&bytes);
	policies_put(c->records, str_of(b->name), &fresh);
	log_info("the built-in text of the policy operator was put back");
	return 0;
}

static int
show(struct call *c, bool complete)
{
	const struct quorum *q = vault_quorum(c->vault);
	struct json_writer w = reply_data(c);

	json_put_bool(&w, "complete", complete);
	json_put_int(&w, "progress", q->count);
	json_put_int(&w, "required", vault_header(c->vault)->slots[q->slot].threshold);
	json_put_text(&w, "nonce", q->nonce);
	json_close_object(&w);
	return 0;
}

static int
give(struct call *c, struct secret **share, struct error *err)
{
	enum share_verdict verdict;
	unsigned which;

	if (quorum_give(vault_quorum(c->vault), vault_header(c->vault), share, &verdict, &which,
		err) != 0)
		return call_refuse(c, 400, "invalid key: %s", err->text);
	if (verdict == SHARE_REPEATED)
		call_warn(c, "share %u was already given", which);
	if (verdict == SHARE_OPENED && restore(c, err) != 0)
		return -1;
	return show(c, verdict == SHARE_OPENED);
}

int
api_restore_policy(struct call *c, struct error *err)
{
	struct secret *share = NULL;
	struct share_text text;
	bool reset = false;
	int rc;

	if (api_require_operator(c) != 0 || share_find(c, &text) != 0 ||
	    field_bool(c, "reset", &reset, NULL) != 0)
		return -1;
	if (reset)
		quorum_clear(vault_quorum(c->vault));
	if (text.key.len == 0 && text.sealed.len == 0)
		return reset ? show(c, false) : call_refuse(c, 400, "'key' must be specified");
	rc = share_read(c, &text, &share);
	if (rc == 0)
		rc = give(c, &share, err);
	secret_free(&share);
	return rc;
}
