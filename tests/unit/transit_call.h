/*
 * Requests to a transit mount without a server: the route's own functions over records that are
 * open for writing, and workers' work done at once.
 */
#ifndef TESTS_TRANSIT_CALL_H
#define TESTS_TRANSIT_CALL_H

#include "tests/unit/open_records.h"

#include "vaultd/keeper/due.h"
#include "vaultd/keeper/named.h"
#include "vaultd/keeper/reply.h"
#include "vaultd/keeper/routes.h"
#include "vaultd/keeper/usage.h"
#include "vaultd/keeper/workers.h"

static struct named *named;
static struct usage *usage;
static struct arena *arena;
static const struct mount transit = {.path = {"transit/", 8}, .type = MOUNT_TRANSIT,
    .uuid = {7}, .uuid_text = "07000000-0000-4000-8000-000000000000"};

static inline int
open_transit(void **state)
{
	struct error err = ERROR_INIT;

	open_records(state);
	named = named_new(records, keyring, &header);
	usage = usage_new();
	arena = arena_new((size_t)16 << 20, 0, &err);
	assert_non_null(arena);
	return 0;
}

static inline int
close_transit(void **state)
{
	named_free(&named);
	usage_free(&usage);
	arena_free(arena);
	return close_records(state);
}

/* What has become of a request. */
struct told {
	unsigned status; /* 0: as the reply has it, 200 or 204 */
	bool refused;
	bool worked;     /* a worker was needed */
	struct buf text; /* data, or what is wrong */
};

static inline void
tell(struct call *c, struct told *t)
{
	t->status = c->reply.status;
	t->refused = c->refused;
	buf_put_str(&t->text, buf_str(c->refused ? &c->reply.errors : &c->reply.data));
	reply_clear(&c->reply);
	arena_reset(arena);
}

/* As serve does it, from the route on; body is JSON, or "" for none. */
static inline struct told
ask_bytes(enum operation operation, struct str path, struct str body)
{
	struct call c = {.mount = &transit, .operation = operation, .path = path, .rest = path,
	    .records = records, .named = named, .usage = usage, .arena = arena,
	    .now = due_now()};
	struct told t = {0};
	struct error err = ERROR_INIT;
	size_t mark = records_mark(records);
	struct work *work = NULL;
	bool known;

	reply_init(&c.reply);
	c.body = body.len == 0 ? json_new(arena, JSON_OBJECT)
			       : json_parse(arena, body, &json_limits_body, &err);
	c.route = routes_find(&c, MOUNT_TRANSIT, &known);
	if (c.body == NULL || c.body->type != JSON_OBJECT || c.route == NULL) {
		call_refuse(&c, 404, "no such route, or body");
		tell(&c, &t);
		return t;
	}
	if (c.route->prepare == NULL || c.route->prepare(&c, &work, &err) == 0) {
		t.worked = work != NULL;
		if (work != NULL)
			work->run(work);
		c.work = work;
		if (c.route->run(&c, &err) != 0 && !c.refused)
			reply_error(&c, &err);
	} else if (!c.refused)
		reply_error(&c, &err);
	if (c.refused)
		records_undo(records, mark);
	tell(&c, &t);
	work_free(&work);
	return t;
}

static inline struct told
ask(enum operation operation, const char *path, const char *body)
{
	return ask_bytes(operation, str_of(path), str_of(body));
}

#define WITH_TRANSIT(f) cmocka_unit_test_setup_teardown(f, open_transit, close_transit)

#endif
