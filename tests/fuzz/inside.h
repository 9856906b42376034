/*
 * The keeper's way of serving a request, without its processes and threads: an open vault in a
 * directory of its own, callers that were let in, and what a batch or a worker would do done at
 * once.  Nothing that a fuzzed request changes stays.
 */
#ifndef FUZZ_INSIDE_H
#define FUZZ_INSIDE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "tests/unit/handshake.h"
#include "vaultd/api/plan_run.h"
#include "vaultd/config.h"
#include "vaultd/keeper/audit.h"
#include "vaultd/keeper/due.h"
#include "vaultd/keeper/hooks.h"
#include "vaultd/keeper/metrics.h"
#include "vaultd/keeper/named.h"
#include "vaultd/keeper/readers.h"
#include "vaultd/keeper/serve.h"
#include "vaultd/keeper/usage.h"
#include "vaultd/keeper/workers.h"

#define AUDIT_FILE "audit.log"

enum caller { OPERATOR, ANYBODY, STRANGER, CALLERS }; /* by what they may: see inside_open */

static struct service inside;
static struct hooks *no_hooks;
static struct metrics metrics;
static struct buf revoked;
static struct peers *peers;
static struct cert *ca, *server, *people[CALLERS];
static int inside_dir, audit_fd;
static char inside_share[256]; /* body of a request that unseals */
static bool inside_changed; /* who may what, since inside_undo */

static const char *const ids[CALLERS] = {"spiffe://na1.example/operator/dev",
    "spiffe://na1.example/svc/anybody", "spiffe://na1.example/svc/stranger"};
static const char inside_config[] =
    "hublet = \"na1\"\ntrust_domain = \"na1.example\"\n"
    "operators = [\"spiffe://na1.example/operator/dev\"]\nuser = \"nobody\"\n"
    "listener {\n\taddress = \"127.0.0.1:8200\"\n\tcertificate = \"server.pem\"\n"
    "\tkey = \"server.key\"\n\tclient_ca = \"ca.pem\"\n}\n"
    "storage \"lmdb\" {\n\tpath = \"data\"\n}\naudit \"file\" {\n\tpath = \"audit.log\"\n}\n";

/* As fatal, but so that the fuzzer keeps the input. */
#define wrong(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), abort())

static inline void
must(bool holds, const char *what, const struct error *err)
{
	if (!holds)
		wrong("%s: %s", what, err != NULL ? err->text : "no");
}

static inline int64_t
certs_wall(void)
{
	return CERTS_NOW * CLOCK_SECOND;
}

static inline struct peer *
inside_peer(enum caller who)
{
	return peers_find(peers, (struct conn_name){(uint32_t)who + 1, 1}, clock_boot());
}

/* Let a caller in by a handshake, as a gate does. */
static inline void
inside_enter(enum caller who)
{
	struct buf nonce = BUF_INIT;
	struct frame_peer f = {.conn = {(uint32_t)who + 1, 1}, .address = str_of("127.0.0.1")};
	const struct peers_rules rules = {.trust = inside.trust,
	    .server_leaf = certs_der(server),
	    .wall_s = CERTS_NOW,
	    .boot = clock_boot(),
	    .age_s = 86400,
	    .connections = CALLERS};
	struct handshake made;
	struct error err = ERROR_INIT;

	people[who] = certs_leaf(ids[who], ca, NULL);
	peers_nonces(peers, 1, &nonce);
	handshake_run(&made, server, people[who], ca,
	    &(struct handshake_choice){.nonces = 1, .nonce = nonce.data});
	f.messages = buf_str(&made.messages);
	must(peers_enter(peers, &f, &rules, &err) == 0, ids[who], &err);
	handshake_free(&made);
	buf_free(&nonce);
}

/* Mounts, policies or roles have changed, in the batch or behind it. */
static inline void
inside_reread(void)
{
	struct error err = ERROR_INIT;

	authority_changed(inside.authority);
	mounts_free(&inside.mounts);
	inside.mounts = mounts_load(vault_records(inside.vault), &err);
	must(inside.mounts != NULL, "mounts", &err);
}

/* As batch and workers serve a request, each in its turn; records are open for writing. */
static inline void
inside_serve(enum caller who, const struct frame_request *f, struct served *out)
{
	struct work *work = NULL;
	enum turn turn = TURN_NOW;

	for (;;) {
		memset(out, 0, sizeof(*out));
		serve(&inside, inside_peer(who), f, turn, work, out);
		work_free(&work);
		if (out->work != NULL) {
			work = out->work;
			out->work = NULL;
			work->run(work);
		} else if (out->turn > turn)
			turn = out->turn;
		else
			break;
		served_clear(out);
	}
	if (inside.authority != NULL)
		authority_settle(inside.authority);
	if (out->authority)
		inside_reread();
	if (out->authority || out->touched)
		inside_changed = true;
}

/* Nothing of what was asked since the last commit has been. */
static inline void
inside_undo(void)
{
	records_undo(vault_records(inside.vault), 0);
	if (inside_changed) { /* as after a seal: what was changed is not changed back */
		authority_free(&inside.authority);
		inside.authority = authority_new(
		    inside.vault, inside.config->operator_id, inside.config->operators);
		inside_reread();
	}
	inside_changed = false;
}

/* A request of the test's own, that must be answered well; its reply's body, in a. */
static inline struct json *
inside_ask(struct arena *a, enum caller who, enum method method, const char *target,
    const char *body)
{
	struct frame_request f = {.method = method, .target = str_of(target), .body = str_of(body)};
	struct frame_reply r;
	struct served s;
	struct json *answer;

	inside_serve(who, &f, &s);
	must(frame_get_reply(buf_str(&s.reply), &r), "REPLY", NULL);
	if (r.status >= 300)
		wrong("%s: %u %.*s", target, r.status, STR(r.body));
	answer = json_parse(a, arena_copy(a, r.body), &json_limits_body, NULL);
	served_clear(&s);
	return answer;
}

static inline void
inside_commit(void)
{
	struct vault_audit at;
	struct error err = ERROR_INIT;

	records_end(vault_records(inside.vault));
	audit_position(inside.audit, &at.sequence, at.hash);
	must(vault_commit(inside.vault, &at, &err) == 0, "commit", &err);
	records_begin(vault_records(inside.vault));
	inside_reread();
}

/* What the keeper opens when its vault has. */
static inline void
inside_unsealed(void)
{
	struct vault *v = inside.vault;
	const struct records_root *root = records_root(vault_records(v));
	struct error err = ERROR_INIT;
	enum audit_match match;

	inside.authority =
	    authority_new(v, inside.config->operator_id, inside.config->operators);
	inside.mounts = mounts_load(vault_records(v), &err);
	must(inside.mounts != NULL && due_open(vault_records(v), &err) == 0 &&
		 audit_unsealed(inside.audit, vault_header(v), vault_keyring(v), vault_records(v),
		     &match, root->audit_sequence, root->audit_hash, &err) == 0,
	    "opening", &err);
	inside.named = named_new(vault_records(v), vault_keyring(v), vault_header(v));
	inside.usage = usage_new();
	if (no_hooks == NULL)
		no_hooks = hooks_new(false);
	inside.plans = plans_new(no_hooks);
	inside.readers = readers_new();
	records_begin(vault_records(v));
}

/* The store and the audit, in memory; their files need not outlive a fuzzer that is killed. */
static inline void
inside_files(void)
{
	char path[] = "/dev/shm/inside-XXXXXX";
	static const char *const files[] = {"data.mdb", "lock.mdb", "lock"};
	struct error err = ERROR_INIT;

	must(mkdtemp(path) != NULL, path, NULL);
	inside_dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	inside.vault = vault_new(inside_dir, UINT64_C(1) << 28, "na1", &err);
	must(inside.vault != NULL, "store", &err);
	inside.audit = audit_open(inside_dir, AUDIT_FILE, false, &err);
	must(inside.audit != NULL, "audit", &err);
	audit_fd = openat(inside_dir, AUDIT_FILE, O_RDWR | O_CLOEXEC);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlinkat(inside_dir, files[i], 0);
}

static inline void
inside_role(struct arena *a, const struct buf *ca_pem)
{
	struct buf body = BUF_INIT;
	struct json_writer w = json_writer_to(&body);

	json_open_object(&w, NULL);
	json_put_str(&w, "certificate", buf_str(ca_pem));
	json_put_text(&w, "allowed_uri_sans", ids[ANYBODY]);
	json_put_text(&w, "token_policies", "all");
	json_close_object(&w);
	buf_put(&body, "", 1);
	inside_ask(a, OPERATOR, METHOD_PUT, "/v1/auth/cert/certs/anybody", (const char *)body.data);
	buf_free(&body);
}

/*
 * Initialise and unseal, as the operator; let ANYBODY do everything.  STRANGER has the default
 * policy.
 */
static inline void
inside_open(void)
{
	struct arena *a = arena_new((size_t)1 << 20, 0, NULL);
	struct error err = ERROR_INIT;
	struct buf pem = BUF_INIT;
	const struct json *keys;

	log_init("fuzz", LOG_HUMAN, LOG_LEVEL_ERROR);
	clock_source.wall = certs_wall;
	ca = certs_ca("na1 CA", NULL, NULL);
	server = certs_leaf("spiffe://na1.example/vault", ca, NULL);
	certs_pem(&pem, ca);
	inside.config = config_parse(str_of(inside_config), "fuzz.hcl", &err);
	must(inside.config != NULL, "configuration", &err);
	inside.trust = trust_new(buf_str(&pem), (struct str){NULL, 0}, "na1.example", &err);
	must(inside.trust != NULL, "CA", &err);
	inside.arena = arena_new((size_t)16 << 20, 0, &err);
	inside.metrics = &metrics;
	inside.revoked = &revoked;
	inside_files();
	peers = peers_new();
	for (enum caller who = OPERATOR; who < CALLERS; who++)
		inside_enter(who);
	keys = json_find(inside_ask(a, OPERATOR, METHOD_PUT, "/v1/sys/init",
			     "{\"secret_shares\":1,\"secret_threshold\":1}"), "keys");
	snprintf(inside_share, sizeof(inside_share), "{\"key\":\"%.*s\"}", STR(keys->first->text));
	inside_ask(a, OPERATOR, METHOD_PUT, "/v1/sys/unseal", inside_share);
	inside_unsealed();
	inside_ask(a, OPERATOR, METHOD_PUT, "/v1/sys/policies/acl/all",
	    "{\"policy\":\"path \\\"*\\\" { capabilities = [\\\"create\\\", \\\"read\\\", "
	    "\\\"update\\\", \\\"patch\\\", \\\"delete\\\", \\\"list\\\", \\\"scan\\\", "
	    "\\\"sudo\\\"] }\"}");
	inside_role(a, &pem);
	inside_commit();
	arena_free(a);
	buf_free(&pem);
}

#endif
