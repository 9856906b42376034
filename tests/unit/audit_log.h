/* An audit over a store in memory, and calls to write down. */
#ifndef TESTS_AUDIT_LOG_H
#define TESTS_AUDIT_LOG_H

#include "tests/unit/store_dir.h"

#include <sys/stat.h>

#include "base/clock.h"
#include "base/json.h"
#include "keys/digest.h"
#include "vaultd/keeper/audit.h"

#define LOG "audit.log"

struct log {
	int dir;
	struct store *store;
	struct header header;
	struct keyring *keyring;
	struct records *records;
	struct arena *arena;
	struct audit *audit;
};

static inline void
log_begin(struct log *l)
{
	static const uint8_t none[32];
	const struct store_change *changes;
	struct error err = ERROR_INIT;
	size_t count;

	l->dir = store_dir_make();
	l->store = store_dir_open(l->dir);
	l->keyring = keyring_new();
	l->arena = arena_new((size_t)4 * 1024 * 1024, 0, NULL);
	assert_int_equal(header_new(&l->header, "na1", &err), 0);
	l->records = records_open(l->store, l->keyring, &l->header, true, &err);
	assert_non_null(l->records);
	records_begin(l->records);
	audit_fill(l->records);
	records_end(l->records);
	changes = records_changes(l->records, 0, none, &count);
	assert_int_equal(store_commit(l->store, changes, count, &err), 0);
	assert_int_equal(records_committed(l->records, true, &err), 0);
	l->audit = NULL;
}

static inline void
log_open(struct log *l)
{
	struct error err = ERROR_INIT;

	l->audit = audit_open(l->dir, LOG, false, &err);
	if (l->audit == NULL)
		fail_msg("%s", err.text);
}

/* Open the vault; how the file agrees with the store's position. */
static inline enum audit_match
log_unseal(struct log *l, uint64_t sequence, const uint8_t hash[32])
{
	struct error err = ERROR_INIT;
	enum audit_match match = AUDIT_BEHIND;

	if (audit_unsealed(l->audit, &l->header, l->keyring, l->records, &match, sequence,
		hash, &err) != 0)
		fail_msg("%s", err.text);
	return match;
}

static inline void
log_flush(struct log *l)
{
	struct error err = ERROR_INIT;

	if (audit_flush(l->audit, false, &err) != 0)
		fail_msg("%s", err.text);
}

static inline void
log_end(struct log *l)
{
	audit_close(&l->audit);
	arena_free(l->arena);
	records_close(&l->records);
	keyring_free(&l->keyring);
	header_clear(&l->header);
	store_close(&l->store);
	unlinkat(l->dir, LOG, 0);
	store_dir_remove(l->dir);
}

/* ---- a caller ---- */

static struct identity log_identity;
static struct peer log_peer;
static struct grant log_grant;
static struct mount log_mount;
static struct route log_route;

static inline struct call
log_call(struct log *l, const char *path, const char *body)
{
	static char *policies[] = {"billing", "default"};
	struct call c = {.peer = &log_peer,
	    .grant = &log_grant,
	    .mount = &log_mount,
	    .route = &log_route,
	    .operation = OP_READ,
	    .path = str_of(path),
	    .arena = l->arena,
	    .records = l->records,
	    .now = clock_wall()};

	log_identity.id = str_of("spiffe://na1.example/svc/billing");
	log_identity.serial = str_of("123456789");
	log_peer.identity = &log_identity;
	strcpy(log_peer.address, "10.1.2.3");
	log_peer.port = 40001;
	log_grant = (struct grant){
	    .policy_count = 2, .role = "services", .display_name = "cert-billing"};
	memcpy(log_grant.policies, policies, sizeof(policies));
	log_mount = (struct mount){
	    .path = str_of("secret/"), .type = MOUNT_KV2, .accessor = "kv_12345678"};
	c.reply.content_type = "application/json";
	c.body = body == NULL ? json_new(l->arena, JSON_OBJECT)
			      : json_parse(l->arena, str_of(body), &json_limits_body, NULL);
	assert_non_null(c.body);
	uuid_format(c.request_id);
	return c;
}

/* A read that answers data. */
static inline void
log_read(struct log *l, const char *path, const char *data)
{
	struct call c = log_call(l, path, NULL);

	c.reply.status = 200;
	buf_put_text(&c.reply.data, data);
	audit_response(l->audit, &c, (struct str){NULL, 0}, NULL);
	buf_free(&c.reply.data);
	arena_reset(l->arena);
}

/* ---- files ---- */

static inline struct buf
log_bytes(struct log *l, const char *name)
{
	struct buf b = BUF_INIT;
	struct stat st;
	int fd = openat(l->dir, name, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(
	    read(fd, buf_reserve(&b, (size_t)st.st_size), (size_t)st.st_size), st.st_size);
	b.len = (size_t)st.st_size;
	close(fd);
	return b;
}

static inline void
log_store(struct log *l, const char *name, struct str bytes)
{
	int fd = openat(l->dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.at, bytes.len), bytes.len);
	close(fd);
}

static inline const char *
log_path(const char *name)
{
	static char path[4][128];
	static unsigned next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[next]), "%s/%s", store_path, name);
	return path[next];
}

#endif
