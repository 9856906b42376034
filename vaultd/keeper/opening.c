/*
 * Keeper: how its process opens and ends.  First what main sends, then locked memory, then the
 * locked door; only behind that are store and audit opened.
 */
#include "vaultd/keeper/opening.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "keys/digest.h"
#include "keys/locked_alloc.h"
#include "policy/anchor.h"
#include "vaultd/api/plan_run.h"
#include "vaultd/config.h"
#include "vaultd/ipc/process.h"
#include "vaultd/ipc/sandbox.h"
#include "vaultd/keeper/audit.h"
#include "vaultd/keeper/flush.h"
#include "vaultd/keeper/named.h"
#include "vaultd/keeper/readers.h"
#include "vaultd/keeper/turns.h"
#include "vaultd/keeper/usage.h"
#include "vaultd/keeper/waiters.h"

/*
 * The region of secrets, OpenSSL's memory with them: as much of this as may be locked.  Half of
 * it is for opened named keys; OpenSSL's own needs stay below 1 MiB.
 */
#define SECRETS_MOST ((size_t)8 * 1024 * 1024)
#define SECRETS_LEAST ((size_t)1024 * 1024)

/* What may have come in together with START. */
struct opening {
	struct keeper *k;
	bool started;
	int runner; /* -1: it has not come */
	unsigned count;
	struct {
		uint32_t index;
		int fd;
	} gates[GATES_MAX];
};

void
opening_take_start(struct keeper *k, struct str payload)
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
		opening_take_start(o->k, payload);
		o->started = true;
		return 0;
	}
	if (type == FRAME_RUNNER && o->started && fd >= 0) {
		if (o->runner >= 0)
			close(o->runner);
		o->runner = fd;
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
lock_secrets(bool dev, struct error *err)
{
	size_t size = SECRETS_MOST;

	while (size > SECRETS_LEAST && secret_memory_init(size, false, false, NULL) != 0)
		size /= 2;
	if (size == SECRETS_LEAST && secret_memory_init(size, dev, false, err) != 0)
		return -1;
	if (secret_memory_kind() == SECRET_UNLOCKED)
		log_warn("key memory is not locked and may be swapped out: development only");
	locked_alloc_init();
	return 0;
}

static int
lock_memory(struct keeper *k, struct error *err)
{
	bool dev = k->files.development;

	k->service.arena = arena_new(k->config->request_memory, 1, dev ? NULL : err);
	if (k->service.arena == NULL && dev)
		k->service.arena = arena_new(k->config->request_memory, 0, err);
	return k->service.arena != NULL ? lock_secrets(dev, err) : -1;
}

/* What of the listener's files the keeper needs: whom it trusts, and the leaf it shows. */
int
opening_read_listener(const struct config *c, const struct frame_start *f,
    struct trust **trust, struct buf *leaf, struct error *err)
{
	locked_alloc_public_begin(); /* a revocation list may be larger than the region */
	*trust = trust_new(f->ca_pem, f->crl_pem, c->trust_domain, err);
	locked_alloc_public_end();
	if (*trust == NULL)
		return error_prefix(err, "client_ca, crl: ");
	if (anchor_first(f->server_pem, leaf, err) != 0 ||
	    anchor_check_key(f->server_pem, f->server_key, err) != 0) {
		trust_free(trust);
		buf_free(leaf);
		return error_prefix(err, "listener certificate and key: ");
	}
	return 0;
}

void
opening_audit(struct keeper *k, const char *event)
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

int
opening_open(struct keeper *k, struct error *err)
{
	static const int dirs[] = { CHILD_FIRST, CHILD_SECOND };
	struct opening o = { .k = k, .runner = -1 };

	if (wait_for_start(&o, err) != 0)
		return -1;
	k->config = config_parse(k->files.config, "(configuration)", err);
	if (k->config == NULL || lock_memory(k, err) != 0 ||
	    opening_read_listener(k->config, &k->files, &k->trust, &k->server_leaf, err) != 0 ||
	    sandbox_enter(SANDBOX_KEEPER, dirs, 2, err) != 0)
		return -1;
	k->metrics.started = clock_wall();
	k->service.metrics = &k->metrics;
	k->service.config = k->config;
	k->service.trust = k->trust;
	k->service.revoked = &k->revoked;
	k->service.vault = vault_new(CHILD_FIRST, k->config->storage.map_bytes, k->config->hublet,
	    err);
	if (k->service.vault == NULL)
		return -1;
	k->service.audit = audit_open(CHILD_SECOND, audit_name(k->config),
	    k->config->audit.sync_always, err);
	if (k->service.audit == NULL)
		return -1;
	k->hooks = hooks_new(k->config->hooks.directory != NULL);
	if (o.runner >= 0)
		hooks_attach(k->hooks, o.runner);
	k->gates = gates_new();
	k->batch = batch_new();
	k->workers = workers_new();
	k->waiters = waiters_new();
	k->chores = chores_new();
	for (unsigned i = 0; i < o.count; i++)
		gates_add(k, o.gates[i].index, o.gates[i].fd);
	opening_audit(k, "start");
	return 0;
}

void
opening_close(struct keeper *k)
{
	struct error err = ERROR_INIT;

	if (k->batch != NULL && batch_idle(k->batch) &&
	    vault_state(k->service.vault) == VAULT_OPEN)
		flush_memory(k->service.vault, k->service.usage, k->service.readers,
		    k->service.audit);
	if (k->service.audit != NULL) {
		audit_event(k->service.audit, "stop", "vaultd stops");
		if (audit_flush(k->service.audit, true, &err) != 0)
			log_error("the end is not in the audit: %s", err.text);
	}
	batch_free(&k->batch);
	turns_end_lists(k);
	workers_free(&k->workers);
	waiters_free(&k->waiters);
	chores_free(&k->chores);
	plans_free(&k->service.plans);
	readers_free(&k->service.readers);
	hooks_free(&k->hooks);
	gates_free(&k->gates);
	authority_free(&k->service.authority);
	mounts_free(&k->service.mounts);
	named_free(&k->service.named);
	usage_free(&k->service.usage);
	vault_free(&k->service.vault);
	audit_close(&k->service.audit);
	arena_free(k->service.arena);
	trust_free(&k->trust);
	config_free(&k->config);
	buf_free(&k->server_leaf);
	buf_free(&k->start);
	buf_free(&k->revoked);
	channel_free(&k->main);
}
