/*
 * The keeper's process: opening, loop, ending.  Trusted with everything; it talks to main and to
 * the gates over their channels and to the disk, and to nobody else.
 */
#include "vaultd/keeper/keeper.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "policy/revoked_set.h"
#include "vaultd/api/pki_cert.h"
#include "vaultd/api/plan_run.h"
#include "vaultd/config.h"
#include "vaultd/ipc/process.h"
#include "vaultd/keeper/audit.h"
#include "vaultd/keeper/due.h"
#include "vaultd/keeper/named.h"
#include "vaultd/keeper/opening.h"
#include "vaultd/keeper/readers.h"
#include "vaultd/keeper/turns.h"
#include "vaultd/keeper/usage.h"
#include "vaultd/keeper/waiters.h"

#define RECHECK_EVERY (10 * CLOCK_SECOND)
#define LONGEST 100 /* ms between two looks at what is due */
#define FIXED 4 /* descriptors before the gates': main, the committer, the workers, the runner */

/* ---- the vault's state ---- */

static void
tell_main(struct keeper *k)
{
	static const char *const states[] = {
		[VAULT_EMPTY] = "not initialised: vaultctl operator init",
		[VAULT_SEALED] = "sealed: vaultctl operator unseal",
		[VAULT_OPEN] = "unsealed",
	};
	struct buf text = BUF_INIT;
	struct frame_status f = { .ready = gates_listening(k->gates) >= k->files.gates };

	buf_printf(&text, "%s, %u gates", states[vault_state(k->service.vault)],
	    gates_listening(k->gates));
	f.text = buf_str(&text);
	frame_put_status(channel_begin(k->main, FRAME_STATUS), &f);
	channel_end(k->main);
	buf_free(&text);
}

/* What was revoked; a record that cannot be read is told, and hides no other. */
static void
read_revoked(struct keeper *k)
{
	struct buf marks = BUF_INIT;
	struct error err = ERROR_INIT;

	if (pki_revoked_marks(vault_records(k->service.vault), &marks, &err) != 0) {
		log_error("a revoked certificate is not refused: %s", err.text);
		audit_event(k->service.audit, "store", "a revocation cannot be read: %s", err.text);
		vault_warn(k->service.vault, err.text);
	}
	revoked_set_sort(&marks);
	if (!str_equal(buf_str(&marks), buf_str(&k->revoked)))
		k->revoked_told = SIZE_MAX;
	buf_free(&k->revoked);
	k->revoked = marks;
	keeper_revoked_changed(k);
}

/* Store and audit each tell when the other was put back. */
static void
tell_match(struct keeper *k, enum audit_match match)
{
	static const char *const texts[] = {
		[AUDIT_BEHIND] = "the audit file ends before the store's last commit: "
		    "lines were cut off, or the file was replaced",
		[AUDIT_AHEAD] = "the store is older than its audit: it was put back, or has lost "
		    "commits",
	};

	if (match == AUDIT_MATCHES)
		return;
	log_error("%s", texts[match]);
	vault_warn(k->service.vault, texts[match]);
}

static void
open_services(struct keeper *k)
{
	struct vault *v = k->service.vault;
	const struct records_root *root = records_root(vault_records(v));
	enum audit_match match = AUDIT_MATCHES;
	struct error err = ERROR_INIT;

	k->service.authority =
	    authority_new(v, k->config->operator_id, k->config->operators);
	k->service.mounts = mounts_load(vault_records(v), &err);
	if (k->service.mounts == NULL || due_open(vault_records(v), &err) != 0 ||
	    audit_unsealed(k->service.audit, vault_header(v), vault_keyring(v), vault_records(v),
		&match, root->audit_sequence, root->audit_hash, &err) != 0) {
		keeper_fail(k, err.text);
		return;
	}
	tell_match(k, match);
	k->service.named =
	    named_new(vault_records(v), vault_keyring(v), vault_header(v));
	k->service.usage = usage_new();
	k->service.plans = plans_new(k->hooks);
	k->service.readers = readers_new();
	k->scanning = true;
	chores_wake(k->chores);
	read_revoked(k);
	log_info("unsealed");
}

static void
close_services(struct keeper *k)
{
	authority_free(&k->service.authority);
	mounts_free(&k->service.mounts);
	named_free(&k->service.named);
	usage_free(&k->service.usage);
	plans_free(&k->service.plans);
	readers_free(&k->service.readers);
	audit_sealed(k->service.audit);
	waiters_end(k->waiters);
	workers_cancel(k->workers);
	k->scanning = false;
	log_info("sealed");
}

void
keeper_settle(struct keeper *k)
{
	bool open = vault_state(k->service.vault) == VAULT_OPEN;

	if (open && k->service.authority == NULL)
		open_services(k);
	else if (!open && k->service.authority != NULL)
		close_services(k);
	tell_main(k);
}

void
keeper_authority_changed(struct keeper *k)
{
	struct error err = ERROR_INIT;
	struct mounts *fresh = mounts_load(vault_records(k->service.vault), &err);

	authority_changed(k->service.authority);
	if (fresh == NULL) {
		keeper_fail(k, err.text);
		return;
	}
	mounts_free(&k->service.mounts);
	k->service.mounts = fresh;
	chores_wake(k->chores); /* a mount may have been removed */
}

void
keeper_revoked_changed(struct keeper *k)
{
	if (k->revoked.len == k->revoked_told)
		return;
	k->revoked_told = k->revoked.len;
	log_info("%zu certificates are revoked by this vault", k->revoked.len / REVOKED_MARK);
	trust_revoke(k->trust, buf_str(&k->revoked));
	gates_send_tls(k);
	gates_recheck(k);
}

void
keeper_fail(struct keeper *k, const char *reason)
{
	log_error("the vault seals itself: %s", reason);
	audit_event(k->service.audit, "seal", "the vault sealed itself: %s", reason);
	vault_seal(k->service.vault, reason);
	keeper_settle(k);
}

/* ---- what main says ---- */

static int
reload(struct keeper *k, struct str payload, struct error *err)
{
	struct frame_start f;
	struct config *c = NULL;
	struct trust *trust = NULL;
	struct buf leaf = BUF_INIT;

	if (!frame_get_start(payload, &f))
		fatal("main sent a malformed RELOAD frame");
	c = config_parse(f.config, "(configuration)", err);
	if (c == NULL)
		return -1;
	if (strcmp(c->hublet, k->config->hublet) != 0 ||
	    strcmp(c->trust_domain, k->config->trust_domain) != 0 ||
	    strcmp(c->storage.path, k->config->storage.path) != 0 ||
	    strcmp(c->audit.path, k->config->audit.path) != 0)
		error_set(err, ERR_INVALID, "hublet, trust_domain, storage and audit change only "
		    "with a restart");
	if (err->code != ERR_NONE || opening_read_listener(c, &f, &trust, &leaf, err) != 0) {
		config_free(&c);
		return -1;
	}
	trust_revoke(trust, buf_str(&k->revoked));
	opening_take_start(k, payload);
	config_free(&k->config);
	trust_free(&k->trust);
	buf_free(&k->server_leaf);
	k->config = c;
	k->service.config = c;
	k->trust = trust;
	k->service.trust = trust;
	k->server_leaf = leaf;
	return 0;
}

static void
on_reload(struct keeper *k, struct str payload)
{
	struct error err = ERROR_INIT;
	struct frame_text f;

	if (reload(k, payload, &err) != 0) {
		f.text = str_of(err.text);
		frame_put_text(channel_begin(k->main, FRAME_FAILED), &f);
		channel_end(k->main);
		return;
	}
	if (k->service.authority != NULL)
		authority_reload(k->service.authority, k->config->operator_id,
		    k->config->operators);
	opening_audit(k, "reload");
	gates_send_tls(k);
	gates_recheck(k);
	tell_main(k);
}

static int
from_main(void *arg, enum frame_type type, struct str payload, int fd, struct error *err)
{
	struct keeper *k = arg;
	struct frame_gate gate;

	switch (type) {
	case FRAME_GATE:
		if (!frame_get_gate(payload, &gate) || gate.index >= GATES_MAX || fd < 0)
			fatal("main sent a malformed GATE frame");
		gates_add(k, gate.index, fd);
		return 0;
	case FRAME_RUNNER:
		if (fd < 0)
			fatal("main sent a malformed RUNNER frame");
		hooks_attach(k->hooks, fd);
		return 0;
	case FRAME_RELOAD:
		on_reload(k, payload);
		return 0;
	case FRAME_STOP:
		k->stopping = true;
		gates_drain(k->gates);
		waiters_end(k->waiters);
		return 0;
	default:
		return error_set(err, ERR_INVALID, "main sent a %s frame", frame_rules[type].name);
	}
}

/* ---- the loop ---- */

static void
scan(struct keeper *k)
{
	struct error err = ERROR_INIT;
	int more = k->scanning ? records_scan(vault_records(k->service.vault), &err) : 0;

	if (more == 0 && k->scanning)
		log_info("the store is whole: count and sum of all records are right");
	if (more < 0) {
		log_error("the store was changed from outside: %s", err.text);
		audit_event(k->service.audit, "store", "%s", err.text);
		vault_warn(k->service.vault, err.text);
	}
	k->scanning = more > 0;
}

static void
tick(struct keeper *k)
{
	static int64_t rechecked;
	int64_t boot = clock_boot();

	k->metrics.connections = gates_connections(k->gates);
	audit_tick(k->service.audit, boot);
	waiters_tick(k->waiters, boot);
	vault_expire(k->service.vault, boot);
	if (boot - rechecked > RECHECK_EVERY) {
		rechecked = boot;
		gates_recheck(k);
	}
}

static bool
done(const struct keeper *k)
{
	return k->stopping && gates_count(k->gates) == 0 && batch_idle(k->batch) &&
	    workers_idle(k->workers) && k->listings.count == 0;
}

/* Everything that has arrived is handled, then everything is written once. */
static int
turn(struct keeper *k, const struct pollfd *fixed, struct error *err)
{
	if (fixed[0].revents != 0 && channel_read(k->main, from_main, k, err) != 0)
		return -1;
	gates_read(k);
	if ((fixed[1].revents & POLLIN) != 0)
		batch_done(k);
	if ((fixed[2].revents & POLLIN) != 0)
		turns_resume(k);
	hooks_turn(k->hooks);
	batch_run(k);
	turns_awake(k);
	turns_list(k);
	scan(k);
	tick(k);
	outbox_send(gates_outbox(k->gates), k->service.audit, k->gates);
	gates_write(k);
	return channel_flush(k->main, err);
}

/* How long to wait for something to happen, in ms. */
static int
patience(const struct keeper *k)
{
	int64_t left = LONGEST;

	if (k->listings.count > 0 && !gates_full(k->gates))
		return 0;
	if (k->scanning || waiters_woken(k->waiters) || gates_wait(k->gates))
		return 1;
	if (vault_state(k->service.vault) == VAULT_OPEN)
		left = (chores_next(k->chores) - clock_boot()) / (CLOCK_SECOND / 1000);
	return left < 1 ? 1 : left < LONGEST ? (int)left : LONGEST;
}

static int
loop(struct keeper *k, struct error *err)
{
	while (!done(k)) {
		struct pollfd polls[FIXED + GATES_MAX] = { { CHILD_CHANNEL, POLLIN, 0 },
			{ batch_fd(k->batch), POLLIN, 0 }, { workers_fd(k->workers), POLLIN, 0 },
			{ hooks_fd(k->hooks), POLLIN, 0 } };
		unsigned n = FIXED + gates_poll(k->gates, polls + FIXED);

		if (poll(polls, n, patience(k)) < 0 && errno != EINTR)
			return error_set_errno(err, "poll");
		if (turn(k, polls, err) != 0)
			return -1;
	}
	return 0;
}

int
keeper_main(void)
{
	struct keeper *k = calloc(1, sizeof(*k));
	struct error err = ERROR_INIT;
	int rc;

	if (k == NULL)
		fatal("no memory for the keeper");
	k->main = channel_new(CHILD_CHANNEL, SIDE_KEEPER, SIDE_MAIN);
	rc = opening_open(k, &err);
	if (rc == 0) {
		tell_main(k);
		rc = loop(k, &err);
	}
	opening_close(k);
	if (rc != 0)
		log_error("%s", err.text);
	free(k);
	return rc == 0 ? 0 : 1;
}
