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
#include "base/secret.h"
#include "keys/digest.h"
#include "policy/anchor.h"
#include "vaultd/config.h"
#include "vaultd/ipc/process.h"
#include "vaultd/ipc/sandbox.h"
#include "vaultd/keeper/audit.h"

#define SECRET_BYTES ((size_t)512 * 1024)
#define RECHECK_EVERY (10 * CLOCK_SECOND)

/* ---- opening ---- */

/* What may have come in together with START. */
struct opening {
	struct keeper *k;
	bool started;
	unsigned count;
	struct {
		uint32_t index;
		int fd;
	} gates[GATES_MAX];
};

static void
take_start(struct keeper *k, struct str payload)
{
	buf_clear(&k->start);
	buf_put_str(&k->start, payload);
	if (!frame_get_start(buf_str(&k->start), &k->files))
		fatal("main sent a malformed START frame");
}

static int
first_frames(void *arg, enum frame_type type, struct str payload, int fd, struct error *err)
{
	struct opening *o = arg;
	struct frame_gate gate;

	if (type == FRAME_START && !o->started) {
		take_start(o->k, payload);
		o->started = true;
		return 0;
	}
	if (type != FRAME_GATE || !o->started || o->count == GATES_MAX ||
	    !frame_get_gate(payload, &gate) || gate.index >= GATES_MAX || fd < 0)
		return error_set(err, ERR_INVALID, "main does not begin with START");
	o->gates[o->count].index = gate.index;
	o->gates[o->count++].fd = fd;
	return 0;
}

static int
wait_for_start(struct opening *o, struct error *err)
{
	struct pollfd p = { CHILD_CHANNEL, POLLIN, 0 };

	while (!o->started) {
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return error_set_errno(err, "waiting for main");
		if (channel_read(o->k->main, first_frames, o, err) != 0)
			return -1;
	}
	return 0;
}

static const char *
audit_name(const struct config *c)
{
	const char *slash = strrchr(c->audit.path, '/');

	return slash == NULL ? c->audit.path : slash + 1;
}

static int
lock_memory(struct keeper *k, struct error *err)
{
	bool dev = k->files.development;

	if (secret_memory_init(SECRET_BYTES, dev, false, err) != 0)
		return -1;
	k->service.arena = arena_new(k->config->request_memory, 1, dev ? NULL : err);
	if (k->service.arena == NULL && dev)
		k->service.arena = arena_new(k->config->request_memory, 0, err);
	if (secret_memory_kind() == SECRET_UNLOCKED)
		log_warn("key memory is not locked and may be swapped out: development only");
	return k->service.arena != NULL ? 0 : -1;
}

/* What of the listener's files the keeper needs: whom it trusts, and the leaf it shows. */
static int
read_listener(const struct config *c, const struct frame_start *f,
    struct trust **trust, struct buf *leaf, struct error *err)
{
	*trust = trust_new(f->ca_pem, f->crl_pem, c->trust_domain, err);
	if (*trust == NULL)
		return error_prefix(err, "client_ca, crl: ");
	if (anchor_first(f->server_pem, leaf, err) != 0) {
		trust_free(trust);
		return error_prefix(err, "listener certificate: ");
	}
	return 0;
}

static void
audit_configuration(struct keeper *k, const char *event)
{
	uint8_t hash[DIGEST_SHA256];
	struct buf operators = BUF_INIT;

	digest_sha256(k->files.config.at, k->files.config.len, hash);
	for (unsigned i = 0; i < k->config->operators; i++)
		buf_printf(&operators, "%s%s", i > 0 ? " " : "", k->config->operator_id[i]);
	audit_event(k->service.audit, event,
	    "vaultd %s, hublet %s, configuration %02x%02x%02x%02x%02x%02x%02x%02x, operators: %.*s",
	    VERSION, k->config->hublet, hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6],
	    hash[7], STR(buf_str(&operators)));
	buf_free(&operators);
}

static int
open_all(struct keeper *k, struct error *err)
{
	static const int dirs[] = { CHILD_FIRST, CHILD_SECOND };
	struct opening o = { .k = k };

	if (wait_for_start(&o, err) != 0)
		return -1;
	k->config = config_parse(k->files.config, "(configuration)", err);
	if (k->config == NULL || lock_memory(k, err) != 0 ||
	    read_listener(k->config, &k->files, &k->trust, &k->server_leaf, err) != 0 ||
	    sandbox_enter(SANDBOX_KEEPER, dirs, 2, err) != 0)
		return -1;
	k->service.config = k->config;
	k->service.trust = k->trust;
	k->service.vault = vault_new(CHILD_FIRST, k->config->storage.map_bytes, k->config->hublet,
	    err);
	if (k->service.vault == NULL)
		return -1;
	k->service.audit = audit_open(CHILD_SECOND, audit_name(k->config),
	    k->config->audit.sync_always, err);
	if (k->service.audit == NULL)
		return -1;
	k->gates = gates_new();
	k->batch = batch_new();
	for (unsigned i = 0; i < o.count; i++)
		gates_add(k, o.gates[i].index, o.gates[i].fd);
	audit_configuration(k, "start");
	return 0;
}

static void
close_all(struct keeper *k)
{
	struct error err = ERROR_INIT;

	if (k->service.audit != NULL) {
		audit_event(k->service.audit, "stop", "vaultd stops");
		if (audit_flush(k->service.audit, true, &err) != 0)
			log_error("the end is not in the audit: %s", err.text);
	}
	batch_free(&k->batch);
	gates_free(&k->gates);
	authority_free(&k->service.authority);
	mounts_free(&k->service.mounts);
	vault_free(&k->service.vault);
	audit_close(&k->service.audit);
	arena_free(k->service.arena);
	trust_free(&k->trust);
	config_free(&k->config);
	buf_free(&k->server_leaf);
	buf_free(&k->start);
	channel_free(&k->main);
}

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

static void
open_services(struct keeper *k)
{
	struct vault *v = k->service.vault;
	const struct records_root *root = records_root(vault_records(v));
	struct error err = ERROR_INIT;
	bool behind = false;

	k->service.authority =
	    authority_new(v, k->config->operator_id, k->config->operators);
	k->service.mounts = mounts_load(vault_records(v), &err);
	if (k->service.mounts == NULL ||
	    audit_unsealed(k->service.audit, vault_header(v), vault_keyring(v), vault_records(v),
		&behind, root->audit_sequence, root->audit_hash, &err) != 0) {
		keeper_fail(k, err.text);
		return;
	}
	if (behind)
		log_error("the audit file ends before the store's last commit: "
		    "lines were cut off, or the file was replaced");
	k->scanning = true;
	log_info("unsealed");
}

static void
close_services(struct keeper *k)
{
	authority_free(&k->service.authority);
	mounts_free(&k->service.mounts);
	audit_sealed(k->service.audit);
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
	if (err->code != ERR_NONE || read_listener(c, &f, &trust, &leaf, err) != 0) {
		config_free(&c);
		return -1;
	}
	take_start(k, payload);
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
	if (k->service.authority != NULL) {
		authority_free(&k->service.authority);
		k->service.authority = authority_new(k->service.vault, k->config->operator_id,
		    k->config->operators);
	}
	audit_configuration(k, "reload");
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
	case FRAME_RELOAD:
		on_reload(k, payload);
		return 0;
	case FRAME_STOP:
		k->stopping = true;
		gates_drain(k->gates);
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
	}
	k->scanning = more > 0;
}

static void
tick(struct keeper *k)
{
	static int64_t rechecked;
	int64_t boot = clock_boot();

	audit_tick(k->service.audit, boot);
	vault_expire(k->service.vault, boot);
	if (boot - rechecked > RECHECK_EVERY) {
		rechecked = boot;
		gates_recheck(k);
	}
}

static bool
done(const struct keeper *k)
{
	return k->stopping && gates_count(k->gates) == 0 && batch_idle(k->batch);
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
	batch_run(k);
	scan(k);
	tick(k);
	outbox_send(gates_outbox(k->gates), k->service.audit, k->gates);
	gates_write(k);
	return channel_flush(k->main, err);
}

static int
loop(struct keeper *k, struct error *err)
{
	while (!done(k)) {
		struct pollfd polls[2 + GATES_MAX] = { { CHILD_CHANNEL, POLLIN, 0 },
			{ batch_fd(k->batch), POLLIN, 0 } };
		unsigned n = 2 + gates_poll(k->gates, polls + 2);

		if (poll(polls, n, k->scanning ? 1 : 100) < 0 && errno != EINTR)
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
	rc = open_all(k, &err);
	if (rc == 0) {
		tell_main(k);
		rc = loop(k, &err);
	}
	close_all(k);
	if (rc != 0)
		log_error("%s", err.text);
	free(k);
	return rc == 0 ? 0 : 1;
}
