/*
 * Keeper: new shares by the old ones, in the words of both forms.
 */
#include "vaultd/api/rekey.h"

#include "base/log.h"
#include "vaultd/api/rotate.h"
#include "vaultd/api/share.h"
#include "vaultd/config.h"
#include "vaultd/keeper/rekey.h"

/* What the two forms say differently. */
static const struct form {
	bool older; /* no envelope */
	const char *under_way, *none, *no_verification, *no_key, *bad_nonce, *repeated,
	    *bad_shares, *bad_bounds;
} forms[] = {
	{ false, "rotation already in progress", "no rotation in progress",
	    "no rotation verification in progress", "missing required field 'key'",
	    "incorrect nonce supplied; nonce for rotation is",
	    "given key has already been provided during this rotation",
	    "rotation verification failed; incorrect key shares supplied",
	    "invalid rotate seal configuration" },
	{ true, "rekey already in progress", "no rekey in progress",
	    "no rekey verification in progress",
	    "'key' must be specified in request body as JSON",
	    "incorrect nonce supplied; nonce for this rekey operation is",
	    "given key has already been provided during this generation operation",
	    "rekey verification failed; incorrect key shares supplied",
	    "invalid rekey seal configuration" },
};

/* NULL: refused, that form is switched off. */
static const struct form *
form_of(struct call *c)
{
	bool older = str_starts(str_of(c->route->pattern), "rekey/");

	if (older && !c->config->rekey_paths) {
		call_refuse(c, 405, "unsupported operation");
		return NULL;
	}
	c->reply.raw = older;
	return &forms[older];
}

/* ---- how far it is ---- */

static int
show_status(struct call *c, const struct form *form)
{
	struct rekey_status s;
	struct json_writer w = reply_data(c);

	rekey_status(c->vault, &s);
	json_put_bool(&w, "started", s.started);
	json_put_int(&w, "n", s.shares);
	json_put_int(&w, "t", s.threshold);
	json_put_int(&w, "required", s.required);
	if (s.started || form->older) {
		json_put_text(&w, "nonce", s.nonce);
		json_put_int(&w, "progress", s.given);
		json_put_bool(&w, "verification_required", s.verify);
		json_put_text(&w, "verification_nonce", s.verify_nonce);
	}
	if (form->older) {
		json_put_null(&w, "pgp_fingerprints");
		json_put_bool(&w, "backup", false);
	}
	json_close_object(&w);
	return 0;
}

int
api_rekey_status(struct call *c, struct error *err)
{
	const struct form *form = form_of(c);

	(void)err;
	return form != NULL ? show_status(c, form) : -1;
}

/* ---- beginning ---- */

static int
refuse_pgp(struct call *c)
{
	struct str *keys;
	unsigned count;
	bool backup = false;

	if (field_list(c, "pgp_keys", &keys, &count, NULL) != 0 ||
	    field_bool(c, "backup", &backup, NULL) != 0)
		return -1;
	if (count > 0)
		return call_refuse(c, 400, "pgp_keys are not supported: hand each new share to "
		    "its keeper in person");
	return backup ? call_refuse(c, 400, "cannot request a backup of the new keys without "
	    "providing PGP keys for encryption") : 0;
}

int
api_rekey_begin(struct call *c, struct error *err)
{
	const struct form *form = form_of(c);
	int64_t shares = 0, threshold = 0;
	bool verify = false;
	const char *bad;
	struct rekey_status s;

	(void)err;
	if (form == NULL || field_int(c, "secret_shares", &shares, NULL) != 0 ||
	    field_int(c, "secret_threshold", &threshold, NULL) != 0 ||
	    field_bool(c, "require_verification", &verify, NULL) != 0 || refuse_pgp(c) != 0)
		return -1;
	bad = share_bad_bounds(shares, threshold);
	if (bad != NULL)
		return call_refuse(c, 400, "%s: %s", form->bad_bounds, bad);
	rekey_status(c->vault, &s);
	if (s.started)
		return call_refuse(c, 400, "%s", form->under_way);
	rekey_begin(c->vault, (unsigned)shares, (unsigned)threshold, verify);
	log_info("new shares: begun, %d of which %d will open the vault", (int)shares,
	    (int)threshold);
	return show_status(c, form);
}

int
api_rekey_cancel(struct call *c, struct error *err)
{
	(void)err;
	if (form_of(c) == NULL)
		return -1;
	rekey_cancel(c->vault);
	log_info("new shares: given up");
	c->reply.status = 204;
	return 0;
}

/* ---- giving shares ---- */

/* The share that the request gives, if its nonce is the one that counts. */
static int
take_share(struct call *c, const struct form *form, const char *nonce, struct secret **share)
{
	struct share_text text;
	struct str given = { NULL, 0 };

	if (share_find(c, &text) != 0 || field_text(c, "nonce", &given, NULL) != 0)
		return -1;
	if (text.key.len == 0 && text.sealed.len == 0)
		return call_refuse(c, 400, "%s", form->no_key);
	if (!str_is(given, nonce))
		return call_refuse(c, 400, "%s \"%s\"", form->bad_nonce, nonce);
	return share_read(c, &text, share);
}

static int
show_shares(struct call *c, const struct form *form, struct str nonce, struct secret **shares,
    unsigned n)
{
	struct rekey_status s;
	struct json_writer w = reply_data(c);

	rekey_status(c->vault, &s);
	json_put_str(&w, "nonce", nonce);
	json_put_bool(&w, "complete", true);
	share_put_all(&w, shares, n);
	json_put_null(&w, "pgp_fingerprints");
	json_put_bool(&w, "backup", false);
	json_put_bool(&w, "verification_required", s.verifying);
	if (s.verifying || !form->older)
		json_put_text(&w, "verification_nonce", s.verify_nonce);
	json_close_object(&w);
	log_info(s.verifying ? "new shares: handed out, to be verified" :
			       "new shares: handed out, the old ones open nothing any more");
	return 0;
}

static int
give(struct call *c, const struct form *form, struct secret **share, struct secret **shares,
    struct error *err)
{
	enum share_verdict verdict;
	struct rekey_status s;
	struct vault_audit at;
	struct str nonce;
	unsigned which;

	if (api_intend(c, &at, err) != 0)
		return -1;
	rekey_status(c->vault, &s);
	nonce = arena_copy(c->arena, str_of(s.nonce));
	if (rekey_give(c->vault, &at, share, &verdict, &which, shares, err) != 0) {
		if (err->code == ERR_FOREIGN || err->code == ERR_INVALID)
			return call_refuse(c, 400, "invalid key: %s", err->text);
		return api_uncommitted(c, err);
	}
	if (verdict == SHARE_REPEATED)
		return call_refuse(c, 400, "%s", form->repeated);
	log_info("new shares: old share %u was given", which);
	return verdict == SHARE_OPENED ? show_shares(c, form, nonce, shares, s.shares) :
					 show_status(c, form);
}

int
api_rekey_update(struct call *c, struct error *err)
{
	const struct form *form = form_of(c);
	struct secret *shares[255] = { NULL }, *share = NULL;
	struct rekey_status s;
	int rc;

	if (form == NULL)
		return -1;
	rekey_status(c->vault, &s);
	if (!s.started)
		return call_refuse(c, 400, "%s", form->none);
	if (s.verifying)
		return call_refuse(c, 400, "the new shares are handed out; verification must "
		    "be performed; nonce for the verification operation is \"%s\"",
		    s.verify_nonce);
	rc = take_share(c, form, s.nonce, &share);
	if (rc == 0)
		rc = give(c, form, &share, shares, err);
	secret_free(&share);
	for (size_t i = 0; i < 255; i++)
		secret_free(&shares[i]);
	return rc;
}

/* ---- verifying ---- */

static int
show_verification(struct call *c)
{
	struct rekey_status s;
	struct json_writer w = reply_data(c);

	rekey_status(c->vault, &s);
	json_put_text(&w, "nonce", s.verify_nonce);
	json_put_bool(&w, "started", s.verifying);
	json_put_int(&w, "t", s.threshold);
	json_put_int(&w, "n", s.shares);
	json_put_int(&w, "progress", s.verified);
	json_close_object(&w);
	return 0;
}

/* NULL: refused, as nothing is to be verified. */
static const struct form *
verifying(struct call *c, struct rekey_status *s)
{
	const struct form *form = form_of(c);

	if (form == NULL)
		return NULL;
	rekey_status(c->vault, s);
	if (s->verifying)
		return form;
	call_refuse(c, 400, "%s", s->started ? form->no_verification : form->none);
	return NULL;
}

int
api_rekey_verify_status(struct call *c, struct error *err)
{
	struct rekey_status s;

	(void)err;
	return verifying(c, &s) != NULL ? show_verification(c) : -1;
}

int
api_rekey_verify_again(struct call *c, struct error *err)
{
	struct rekey_status s;

	(void)err;
	if (verifying(c, &s) == NULL)
		return -1;
	rekey_verify_again(c->vault);
	return show_verification(c);
}

static int
give_back(struct call *c, const struct form *form, struct secret **share, struct error *err)
{
	enum share_verdict verdict;
	struct rekey_status s;
	struct vault_audit at;
	struct json_writer w;
	struct str nonce;
	unsigned which;

	if (api_intend(c, &at, err) != 0)
		return -1;
	rekey_status(c->vault, &s);
	nonce = arena_copy(c->arena, str_of(s.verify_nonce));
	if (rekey_verify(c->vault, &at, share, &verdict, &which, err) != 0) {
		if (err->code == ERR_FOREIGN || err->code == ERR_INVALID)
			return call_refuse(c, 400, "%s", form->bad_shares);
		return api_uncommitted(c, err);
	}
	if (verdict == SHARE_REPEATED)
		return call_refuse(c, 400, "%s", form->repeated);
	if (verdict != SHARE_OPENED)
		return show_verification(c);
	log_info("new shares: verified, the old ones open nothing any more");
	w = reply_data(c);
	json_put_str(&w, "nonce", nonce);
	json_put_bool(&w, "complete", true);
	json_close_object(&w);
	return 0;
}

int
api_rekey_verify(struct call *c, struct error *err)
{
	struct rekey_status s;
	const struct form *form = verifying(c, &s);
	struct secret *share = NULL;
	int rc;

	if (form == NULL)
		return -1;
	rc = take_share(c, form, s.verify_nonce, &share);
	if (rc == 0)
		rc = give_back(c, form, &share, err);
	secret_free(&share);
	return rc;
}

/* ---- what there is not ---- */

int
api_rekey_backup(struct call *c, struct error *err)
{
	(void)err;
	if (form_of(c) == NULL)
		return -1;
	if (c->operation == OP_READ)
		return call_refuse(c, 400, "no backed-up keys found");
	c->reply.status = 204;
	return 0;
}

int
api_recovery_refused(struct call *c, struct error *err)
{
	(void)err;
	return call_refuse(c, 400, "recovery keys are not supported by seal type shamir: "
	    "sys/rotate/root makes new shares");
}

int
api_switched_off(struct call *c, struct error *err)
{
	(void)err;
	return call_refuse(c, 405, "unsupported operation");
}
