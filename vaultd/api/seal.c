/*
 * Keeper: sys/init, seal-status, unseal, seal, health, leader (vault-api 1.1).
 * Security: all of them ask for an operator that the configuration names while there is no
 * policy to ask; reading the state is open to every identity of this Hublet.
 */
#include "vaultd/api/seal.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "policy/builtin.h"
#include "vaultd/api/plan_run.h"
#include "vaultd/api/share.h"
#include "vaultd/config.h"
#include "vaultd/keeper/audit.h"
#include "vaultd/keeper/flush.h"
#include "vaultd/keeper/policies.h"

#define TOKEN_LIFE (3600 * CLOCK_SECOND)

static bool
is_configured_operator(const struct call *c)
{
	for (unsigned i = 0; i < c->config->operators; i++)
		if (str_is(c->peer->identity->id, c->config->operator_id[i]))
			return true;
	return false;
}

int
api_require_operator(struct call *c)
{
	if (is_configured_operator(c))
		return 0;
	return call_refuse(c, 403, "permission denied");
}

/* ---- what state it is in ---- */

static void
put_cluster(struct json_writer *w, const struct call *c)
{
	struct buf id = BUF_INIT;

	uuid_encode(&id, vault_header(c->vault)->vault_id);
	json_put_text(w, "cluster_name", c->config->cluster_name);
	json_put_str(w, "cluster_id", buf_str(&id));
	buf_free(&id);
}

/*
 * Why the vault sealed itself; what waits for a person; and what there is to say of this request,
 * unless note is NULL.
 */
static void
put_warnings(struct json_writer *w, const struct call *c, const char *note)
{
	const char *reason = vault_reason(c->vault);
	unsigned waiting = c->plans != NULL ? plans_waiting(c->plans) : 0;
	char text[128];

	if (reason[0] == '\0' && note == NULL && waiting == 0)
		return;
	json_open_array(w, "warnings");
	if (reason[0] != '\0')
		json_put_text(w, NULL, reason);
	if (waiting > 0) {
		snprintf(text, sizeof(text), "rotations that wait for a person: %u%s "
		    "(sys/rotation/due?kind=waiting)", waiting,
		    waiting == PLANS_COUNTED ? " or more" : "");
		json_put_text(w, NULL, text);
	}
	if (note != NULL)
		json_put_text(w, NULL, note);
	json_close_array(w);
}

static int
show_status(struct call *c, const char *note)
{
	enum vault_state state = vault_state(c->vault);
	struct vault_progress p;
	struct json_writer w = reply_data(c);

	vault_progress(c->vault, &p);
	json_put_text(&w, "type", "shamir");
	json_put_bool(&w, "initialized", state != VAULT_EMPTY);
	json_put_bool(&w, "sealed", state != VAULT_OPEN);
	json_put_int(&w, "t", p.threshold);
	json_put_int(&w, "n", p.shares);
	json_put_int(&w, "progress", p.given);
	json_put_text(&w, "nonce", p.nonce);
	json_put_bool(&w, "recovery_seal", false);
	json_put_text(&w, "version", VERSION);
	json_put_text(&w, "build_date", "");
	json_put_text(&w, "commit_date", "");
	json_put_bool(&w, "migration", false);
	if (state == VAULT_OPEN)
		put_cluster(&w, c);
	json_put_text(&w, "storage_type", "lmdb");
	put_warnings(&w, c, note);
	json_close_object(&w);
	return 0;
}

int
api_seal_status(struct call *c, struct error *err)
{
	(void)err;
	return show_status(c, NULL);
}

/* The status code of each state can be chosen by query; other known names are tolerated. */
static int
health_code(struct call *c, const char *name, unsigned standard, unsigned *code)
{
	const struct json *f = json_find(c->body, name);
	unsigned long long number;

	*code = standard;
	if (f == NULL)
		return 0;
	if (!str_to_u64(f->text, &number) || number < 100 || number > 999)
		return call_refuse(c, 400, "%s", "");
	*code = (unsigned)number;
	return 0;
}

static int
health_status(struct call *c, unsigned *status)
{
	static const char *const unused[] = { "standbycode", "performancestandbycode",
		"drsecondarycode", "removedcode", "haunhealthycode" };
	static const char *const flags[] = { "standbyok", "perfstandbyok" };
	enum vault_state state = vault_state(c->vault);
	unsigned codes[3], ignored;
	bool flag;

	if (health_code(c, "uninitcode", 501, &codes[VAULT_EMPTY]) != 0 ||
	    health_code(c, "sealedcode", 503, &codes[VAULT_SEALED]) != 0 ||
	    health_code(c, "activecode", 200, &codes[VAULT_OPEN]) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(unused) / sizeof(*unused); i++)
		if (health_code(c, unused[i], 200, &ignored) != 0)
			return -1;
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		const struct json *f = json_find(c->body, flags[i]);

		if (f == NULL || f->text.len == 0)
			continue;
		if (field_bool(c, flags[i], &flag, NULL) != 0) {
			buf_clear(&c->reply.errors);
			return -1;
		}
	}
	*status = codes[state];
	return 0;
}

int
api_health(struct call *c, struct error *err)
{
	enum vault_state state = vault_state(c->vault);
	const char *mode = state == VAULT_OPEN ? "disabled" : "unknown";
	struct json_writer w;
	unsigned status;

	(void)err;
	if (health_status(c, &status) != 0)
		return -1;
	w = reply_data(c);
	json_put_bool(&w, "initialized", state != VAULT_EMPTY);
	json_put_bool(&w, "sealed", state != VAULT_OPEN);
	json_put_bool(&w, "standby", state != VAULT_OPEN);
	/* One of the two forks sends it, and clients of that one may refuse a reply without; the
	 * other does not.  Those that want it send Accept. */
	if (c->accept.at != NULL)
		json_put_bool(&w, "performance_standby", false);
	json_put_text(&w, "replication_performance_mode", mode);
	json_put_text(&w, "replication_dr_mode", mode);
	json_put_int(&w, "server_time_utc", c->now / CLOCK_SECOND);
	json_put_text(&w, "version", VERSION);
	if (state == VAULT_OPEN)
		put_cluster(&w, c);
	put_warnings(&w, c, NULL);
	json_close_object(&w);
	c->reply.status = status;
	return 0;
}

int
api_leader(struct call *c, struct error *err)
{
	struct json_writer w = reply_data(c);

	(void)err;
	json_put_bool(&w, "ha_enabled", false);
	json_put_bool(&w, "is_self", false);
	json_put_text(&w, "leader_address", "");
	json_put_text(&w, "leader_cluster_address", "");
	json_put_bool(&w, "performance_standby", false);
	json_put_int(&w, "performance_standby_last_remote_wal", 0);
	json_close_object(&w);
	return 0;
}

int
api_init_status(struct call *c, struct error *err)
{
	struct json_writer w = reply_data(c);

	(void)err;
	json_put_bool(&w, "initialized", vault_state(c->vault) != VAULT_EMPTY);
	json_close_object(&w);
	return 0;
}

/* ---- making a vault ---- */

struct init_request {
	int64_t shares, threshold;
	bool with_public; /* half of the unseal key, in the reply */
	struct buf token;
	struct call *call;
};

/* What only other kinds of seal have, if it is asked for, by name. */
static int
refuse_recovery(struct call *c)
{
	static const char *const names[] = { "recovery_shares", "recovery_threshold",
		"recovery_pgp_keys" };
	struct buf list = BUF_INIT;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct json *f = json_find(c->body, names[i]);

		if (f != NULL && f->type != JSON_NULL && !str_is(f->text, "0") &&
		    !(f->type == JSON_ARRAY && f->count == 0))
			buf_printf(&list, "%s%s", list.len > 0 ? "," : "", names[i]);
	}
	if (list.len > 0)
		call_refuse(c, 400, "parameters %.*s not applicable to seal type shamir",
		    STR(buf_str(&list)));
	buf_free(&list);
	return c->refused ? -1 : 0;
}

static int
read_init(struct call *c, struct init_request *q)
{
	struct str *keys, root;
	unsigned count;
	bool with_root = false;
	const char *bad;

	if (field_int(c, "secret_shares", &q->shares, NULL) != 0 ||
	    field_int(c, "secret_threshold", &q->threshold, NULL) != 0 ||
	    field_list(c, "pgp_keys", &keys, &count, NULL) != 0 ||
	    field_text(c, "root_token_pgp_key", &root, &with_root) != 0 ||
	    field_bool(c, "unseal_public_key", &q->with_public, NULL) != 0 ||
	    refuse_recovery(c) != 0)
		return -1;
	bad = share_bad_bounds(q->shares, q->threshold);
	if (bad != NULL)
		return call_refuse(c, 400, "invalid seal configuration: %s", bad);
	if (count > 0 && count != q->shares)
		return call_refuse(c, 400, "invalid seal configuration: count mismatch between "
		    "number of provided PGP keys and number of shares");
	if (count > 0 || (with_root && root.len > 0))
		return call_refuse(c, 400, "pgp_keys and root_token_pgp_key are not supported: "
		    "init without them and hand each share to its keeper in person");
	if (vault_state(c->vault) != VAULT_EMPTY)
		return call_refuse(c, 400, "Vault is already initialized");
	return 0;
}

/* The initial token: for an hour, and only with the identity of who runs init. */
static void
issue_token(const struct call *c, struct buf *text)
{
	struct token t = { .claims = { .kind = CLAIMS_CREATED, .owner = c->peer->identity->id,
		.flags = CLAIMS_ORPHAN | CLAIMS_OPERATOR, .path = { "sys/init", 8 },
		.display_name = { "initial", 7 }, .issued = c->now, .expires = c->now + TOKEN_LIFE,
		.ttl = TOKEN_LIFE, .count = 2,
		.policies = { { "default", 7 }, { "operator", 8 } } } };

	tokens_seal(c->vault, &t, text);
}

/* The records a new vault begins with, and the initial token. */
static int
fill(void *arg, struct records *r, struct error *err)
{
	static const char *const policies[] = { "default", "operator" };
	static const struct mount mounts[] = {
		{ .path = { "secret/", 7 }, .type = MOUNT_KV2 },
		{ .path = { "transit/", 8 }, .type = MOUNT_TRANSIT },
		{ .path = { "auth/cert/", 10 }, .type = MOUNT_CERT },
	};
	struct init_request *q = arg;
	struct call *c = q->call;

	(void)err;
	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++)
		mounts_put(r, &mounts[i]);
	for (size_t i = 0; i < sizeof(policies) / sizeof(*policies); i++) {
		const struct builtin *b = builtin_find(str_of(policies[i]));
		struct stored_policy p = { 1, c->now, str_of(b->text) };

		policies_put(r, str_of(b->name), &p);
	}
	audit_fill(r);
	issue_token(c, &q->token);
	return 0;
}

int
api_init(struct call *c, struct error *err)
{
	struct init_request q = { .call = c, .token = BUF_INIT };
	struct secret *shares[255] = { NULL };
	struct json_writer w;
	int rc = -1;

	if (api_require_operator(c) != 0 || read_init(c, &q) != 0)
		return -1;
	if (vault_init(c->vault, (unsigned)q.shares, (unsigned)q.threshold, shares, fill, &q,
		err) != 0)
		goto out;
	w = reply_data(c);
	share_put_all(&w, shares, (unsigned)q.shares);
	json_put_str(&w, "root_token", buf_str(&q.token));
	if (q.with_public)
		share_put_public(&w, vault_unseal_key(c->vault));
	json_close_object(&w);
	log_info("initialised: %d shares, any %d of them open the vault", (int)q.shares,
	    (int)q.threshold);
	rc = 0;
out:
	for (size_t i = 0; i < 255; i++)
		secret_free(&shares[i]);
	buf_free(&q.token);
	return rc;
}

/* ---- opening and closing ---- */

static int
give_share(struct call *c, struct secret **share, struct error *err)
{
	enum share_verdict verdict;
	unsigned which;
	char note[64];

	/* Else it would answer that it is open, and seal itself at the first write. */
	if (audit_sync(c->audit, err) != 0)
		return call_refuse(c, 500, "the vault stays sealed: %s", err->text);
	if (vault_unseal(c->vault, share, &verdict, &which, err) != 0) {
		if (err->code == ERR_FOREIGN)
			return call_refuse(c, 400, "invalid key: %s", err->text);
		return call_refuse(c, 400, "the shares do not open the vault: %s", err->text);
	}
	if (verdict != SHARE_REPEATED) {
		log_info("unseal: share %u was given", which);
		return show_status(c, NULL);
	}
	log_warn("unseal: share %u was given twice", which);
	snprintf(note, sizeof(note), "share %u was already given", which);
	return show_status(c, note);
}

static int
take_share(struct call *c, const struct share_text *text, struct error *err)
{
	struct secret *share = NULL;
	int rc = share_read(c, text, &share);

	if (rc == 0)
		rc = give_share(c, &share, err);
	secret_free(&share);
	return rc;
}

int
api_unseal(struct call *c, struct error *err)
{
	struct share_text text;
	bool reset = false;

	if (api_require_operator(c) != 0 || share_find(c, &text) != 0 ||
	    field_bool(c, "reset", &reset, NULL) != 0)
		return -1;
	if (!reset && text.key.len == 0 && text.sealed.len == 0)
		return call_refuse(c, 400, "'key' must be specified in request body as JSON, or "
		    "'reset' set to true");
	if (vault_state(c->vault) == VAULT_EMPTY)
		return call_refuse(c, 400, "Vault is not initialized");
	if (vault_state(c->vault) == VAULT_OPEN)
		return reset ? call_refuse(c, 400, "vault is unsealed") : api_seal_status(c, err);
	if (!reset)
		return take_share(c, &text, err);
	vault_reset(c->vault);
	return api_seal_status(c, err);
}

int
api_seal(struct call *c, struct error *err)
{
	(void)err;
	if (vault_state(c->vault) == VAULT_OPEN)
		flush_memory(c->vault, c->usage, c->readers, c->audit);
	vault_seal(c->vault, NULL);
	c->reply.status = 204;
	return 0;
}
