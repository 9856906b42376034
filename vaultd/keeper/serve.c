/*
 * Keeper: serving a request.  Trusted to let nothing run that was not allowed and written down.
 */
#include "vaultd/keeper/serve.h"

#include <string.h>

#include "base/clock.h"
#include "vaultd/api/help.h"
#include "vaultd/config.h"
#include "vaultd/keeper/audit.h"
#include "vaultd/keeper/authorize.h"
#include "vaultd/keeper/body.h"
#include "vaultd/keeper/due.h"
#include "vaultd/keeper/metrics.h"
#include "vaultd/keeper/reply.h"
#include "vaultd/keeper/routes.h"
#include "vaultd/keeper/target.h"
#include "vaultd/keeper/workers.h"
#include "vaultd/keeper/wrapping.h"

#define REPLY_MOST (32u * 1024 * 1024) /* a frame has to hold it, and what goes with it */

void
served_clear(struct served *s)
{
	work_free(&s->work);
	long_list_free(&s->lists);
	buf_free(&s->reply);
	buf_free(&s->outcome);
}

static bool
is_sealed(const struct call *c)
{
	return vault_state(c->vault) != VAULT_OPEN;
}

void
serve_begin(struct call *c, const struct service *s, struct peer *peer)
{
	memset(c, 0, sizeof(*c));
	reply_init(&c->reply);
	c->peer = peer;
	c->arena = s->arena;
	c->vault = s->vault;
	c->records = vault_records(s->vault);
	c->authority = s->authority;
	c->mounts = s->mounts;
	c->named = s->named;
	c->usage = s->usage;
	c->plans = s->plans;
	c->readers = s->readers;
	c->audit = s->audit;
	c->config = s->config;
	c->trust = s->trust;
	c->metrics = s->metrics;
	c->revoked = s->revoked;
	c->now = due_now();
	uuid_format(c->request_id);
}

/* ---- where it goes ---- */

static const struct mount *
sealed_mount(void)
{
	static const struct mount system = { .path = { "sys/", 4 }, .type = MOUNT_SYSTEM,
		.built_in = true };

	return &system;
}

/* Mount and row for the path; false when there is no mount. */
static bool
find_route(struct call *c, bool *known)
{
	*known = false;
	c->mount = c->mounts != NULL      ? mounts_find(c->mounts, c->path) :
	    str_starts(c->path, "sys/") ? sealed_mount() :
					  NULL;
	if (c->mount == NULL)
		return false;
	c->rest = c->path.len < c->mount->path.len ? (struct str){ "", 0 } :
						     str_from(c->path, c->mount->path.len);
	c->route = routes_find(c, c->mount->type, known);
	return true;
}

static bool
locate(struct call *c, const struct frame_request *f, unsigned *status, const char **text,
    bool *known)
{
	struct target t;

	*known = false;
	if (target_read(c->arena, f->method, f->target, &t, status, text) != 0)
		return false;
	c->operation = t.operation;
	c->path = t.path;
	c->body = t.query;
	find_route(c, known);
	return true;
}

/* Which turn a request must wait for. */
static enum turn
turn_of(struct call *c)
{
	if (c->route == NULL || (is_sealed(c) && (c->route->flags & ROUTE_SEALED) == 0))
		return TURN_NOW;
	if ((c->route->flags & ROUTE_ALONE) != 0)
		return TURN_ALONE;
	if ((c->route->flags & ROUTE_WRITES) != 0 || wrapping_wanted(c))
		return TURN_BATCH;
	return c->route->writes != NULL && c->route->writes(c) ? TURN_BATCH : TURN_NOW;
}

/* ---- what there is not ---- */

static int
refuse_route(struct call *c, bool known)
{
	if (c->mount == NULL)
		return call_refuse(c, 404, "no handler for route \"%.*s\". route entry not found.",
		    STR(c->path));
	return known ? call_refuse_wrapped(c, 405, "unsupported operation") :
		       call_refuse_wrapped(c, 404, "unsupported path");
}

/* Whether another operation on this path is one of those that answer while sealed. */
static bool
answers_otherwise(const struct call *c, bool known)
{
	struct call other = *c;

	for (other.operation = OP_READ; known && other.operation <= OP_DELETE;
	     other.operation <<= 1) {
		const struct route *r = routes_find(&other, c->mount->type, &known);

		if (r != NULL && (r->flags & ROUTE_SEALED) != 0)
			return true;
	}
	return false;
}

/*
 * What is answered whoever asks.  While sealed only some rows answer; all else, existing or
 * not, is told so.  Heads are for who watches the vault's health, and nobody else.  A log-in
 * where no method is any more is told no more than that it failed.
 */
static int
check_place(struct call *c, const struct frame_request *f, bool known)
{
	bool head = f->method == METHOD_HEAD && !str_is(c->path, "sys/health");

	if ((c->route == NULL || head) && c->operation != OP_HELP && answers_otherwise(c, known))
		return call_refuse(c, 405, "%s", "");
	if (is_sealed(c) && (c->route == NULL || (c->route->flags & ROUTE_SEALED) == 0))
		return call_refuse(c, 503, "Vault is sealed");
	if (head)
		return call_refuse(c, 403, DENIED);
	if (c->mount == NULL && c->operation == OP_WRITE && str_starts(c->path, "auth/") &&
	    str_ends(c->path, "/login"))
		return call_refuse(c, 403, "permission denied");
	return 0;
}

/* ---- doing it ---- */

static void
warn_of(struct call *c, const char *what, struct buf *names)
{
	if (names->len > 0)
		call_warn(c, "Endpoint %s: [%.*s]", what, STR(buf_str(names)));
	buf_free(names);
}

/* Names of members that nobody reads are told, where the reply has a body: those that the row
 * does not know, and those that the path says already. */
static void
warn_of_strangers(struct call *c)
{
	struct buf ignored = BUF_INIT, replaced = BUF_INIT;
	const struct json **members = NULL;

	if (!c->refused && c->reply.data.len + c->reply.auth.len > 0 &&
	    (c->route->flags & ROUTE_RAW) == 0)
		members = json_sort(c->arena, c->body);
	for (unsigned i = 0; members != NULL && i < c->body->count; i++) {
		struct str name = members[i]->name;
		struct buf *list = route_captures(c->route, name) ? &replaced :
		    !route_knows(c->route, name)                  ? &ignored :
		                                                    NULL;

		if (list != NULL)
			buf_printf(list, "%s%.*s", list->len > 0 ? " " : "", STR(name));
	}
	warn_of(c, "ignored these unrecognized parameters", &ignored);
	warn_of(c, "replaced the value of these parameters with the values captured from the "
	    "endpoint's path", &replaced);
}

/* True: the pool is asked first. */
static bool
prepare(struct call *c, struct work **work)
{
	struct error err = ERROR_INIT;

	/* What came too late is as if it had not been done. */
	if (c->work != NULL && c->work->fits != NULL && !c->work->fits(c->work, c))
		c->work = NULL;
	if (c->route->prepare == NULL || c->work != NULL)
		return false;
	if (c->route->prepare(c, work, &err) != 0 && !c->refused)
		reply_error(c, &err);
	return *work != NULL;
}

/* A long list comes in slices: then it is gone on with, and the request begins anew. */
static int
list(struct call *c, struct served *out, struct error *err)
{
	int rc;

	records_patient(c->records, out->lists);
	rc = c->route->run(c, err);
	out->lists = records_impatient(c->records);
	return long_list_waits(out->lists) ? 0 : rc;
}

static void
operate(struct call *c, const struct frame_request *f, enum turn turn, struct served *out)
{
	struct error err = ERROR_INIT;
	size_t mark = turn == TURN_BATCH ? records_mark(c->records) : 0;
	int rc;

	if (prepare(c, &out->work) || c->refused)
		return;
	if (turn != TURN_NOW)
		audit_request(c->audit, c, f->token);
	if (turn == TURN_NOW && (c->operation == OP_LIST || c->operation == OP_SCAN))
		rc = list(c, out, &err);
	else
		rc = c->route->run(c, &err);
	if (rc != 0 && !c->refused)
		reply_error(c, &err);
	if (c->refused && turn == TURN_BATCH)
		records_undo(c->records, mark);
	warn_of_strangers(c);
}

static void
run(struct call *c, const struct frame_request *f, enum turn turn, struct served *out,
    bool *last)
{
	const char *text;
	unsigned status;
	bool known;

	if (!locate(c, f, &status, &text, &known)) {
		call_refuse(c, status, "%s", text);
		return;
	}
	if (check_place(c, f, known) != 0 || body_check_headers(c, f) != 0)
		return;
	out->turn = turn_of(c);
	if (turn < out->turn)
		return;
	out->turn = turn;
	if (body_read(c, f) != 0 || authorize(c, &out->turn, last) != 0)
		return;
	if (c->operation == OP_HELP)
		help_answer(c);
	else if (c->route == NULL)
		refuse_route(c, known);
	else
		operate(c, f, turn, out);
}

/* The methods that the path has instead; without a path, all (RFC 9110 §15.5.6). */
static void
put_allowed(const struct call *c, struct buf *out)
{
	static const struct {
		enum operation operation;
		const char *methods;
	} all[] = {
		{OP_READ, "GET"},
		{OP_LIST, "LIST"},
		{OP_SCAN, "SCAN"},
		{OP_WRITE, "POST, PUT"},
		{OP_PATCH, "PATCH"},
		{OP_DELETE, "DELETE"},
	};
	struct call other = *c;
	bool known;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		other.operation = all[i].operation;
		if (c->mount == NULL || routes_find(&other, c->mount->type, &known) != NULL)
			buf_printf(out, "%s%s", out->len > 0 ? ", " : "", all[i].methods);
	}
}

static void
encode(struct call *c, const struct frame_request *f, struct buf *out)
{
	struct frame_reply r = { .conn = f->conn, .space = f->space };
	struct buf body = BUF_INIT, allowed = BUF_INIT;

	reply_body(c, &body);
	if (body.len > REPLY_MOST) {
		call_refuse(c, 400, "the reply has more than %u MiB: ask for less at once",
		    REPLY_MOST / (1024 * 1024));
		buf_clear(&body);
		reply_body(c, &body);
	}
	if (c->reply.status == 405)
		put_allowed(c, &allowed);
	r.status = (uint16_t)c->reply.status;
	r.content_type = str_of(c->reply.content_type);
	r.allow = buf_str(&allowed);
	r.body = buf_str(&body);
	frame_put_reply(out, &r);
	buf_free(&allowed);
	buf_free(&body);
}

void
serve(const struct service *s, struct peer *peer, const struct frame_request *f, enum turn turn,
    struct work *work, struct served *out)
{
	bool batch = turn == TURN_BATCH && vault_state(s->vault) == VAULT_OPEN;
	int64_t begun = clock_boot();
	bool last = false, anew;
	struct call c;
	size_t mark;

	serve_begin(&c, s, peer);
	c.work = work;
	c.token = f->token;
	out->turn = turn;
	mark = batch ? records_mark(c.records) : 0;
	c.accept = f->accept;
	c.waited = out->wait.until;
	run(&c, f, turn, out, &last);
	out->wait = c.wait;
	anew = out->work != NULL || out->wait.until != 0 || long_list_waits(out->lists);
	if (anew && batch)
		records_undo(c.records, mark); /* its token is not used yet */
	else if (last && !anew)
		authorize_end(&c);
	if (out->turn == turn && !anew) {
		if (batch && !c.refused && wrapping_wrap(&c) != 0)
			records_undo(c.records, mark);
		encode(&c, f, &out->reply);
		audit_response(c.audit, &c, f->token, batch ? &out->outcome : NULL);
		out->authority = batch && records_changed_authority(c.records, mark);
		out->touched = batch && authority_is_touched(c.authority);
		metrics_count(s->metrics, c.operation, c.reply.status, clock_boot() - begun);
	}
	reply_clear(&c.reply);
	arena_reset(s->arena);
}

void
serve_failure(const struct frame_conn *conn, unsigned status, const char *text, struct buf *reply)
{
	struct frame_reply r = { .conn = conn->conn, .status = (uint16_t)status,
		.content_type = str_of("application/json") };
	struct buf body = BUF_INIT;
	struct json_writer w = json_writer_to(&body);

	json_open_object(&w, NULL);
	json_open_array(&w, "errors");
	json_put_text(&w, NULL, text);
	json_close_array(&w);
	json_close_object(&w);
	r.body = buf_str(&body);
	frame_put_reply(reply, &r);
	buf_free(&body);
}
