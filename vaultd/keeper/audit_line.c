/*
 * Keeper: from a call to its lines in the audit.  Trusted to name who and what, and no value.
 * Every request pays for its line: what is the same in each is copied as it stands.
 */
#include "vaultd/keeper/audit_line.h"

#include <string.h>

#include "base/clock.h"
#include "vaultd/keeper/audit_echo.h"
#include "vaultd/keeper/routes.h"

static inline void
put(struct buf *b, const char *at, size_t len)
{
	if (b->cap - b->len < len)
		buf_reserve(b, len);
	memcpy(b->data + b->len, at, len);
	b->len += len;
}

#define PUT(b, literal) put(b, literal, sizeof(literal) - 1)
#define PUT_MEMBER(b, name, value) (PUT(b, "\"" name "\":"), put_text(b, value))

/* A string; what needs an escape, or is not ASCII, is left to the JSON writer. */
static void
put_text(struct buf *b, struct str s)
{
	struct json_writer w = json_writer_to(b);
	size_t i = 0;

	while (
	    i < s.len && s.at[i] >= 0x20 && s.at[i] < 0x7f && s.at[i] != '"' && s.at[i] != '\\')
		i++;
	if (i < s.len || s.len == 0) {
		json_put_str(&w, NULL, s);
		return;
	}
	PUT(b, "\"");
	put(b, s.at, s.len);
	PUT(b, "\"");
}

struct json_writer
audit_line_begin(struct buf *out, const char *type, int64_t wall)
{
	struct json_writer w = json_writer_to(out);
	char time[CLOCK_TEXT];

	clock_format(wall, time);
	PUT(out, "{");
	PUT_MEMBER(out, "time", str_of(time));
	PUT(out, ",");
	PUT_MEMBER(out, "type", str_of(type));
	w.comma = true;
	return w;
}

/* ---- who ---- */

static void
put_policies(struct buf *b, const struct grant *g)
{
	PUT(b, "[");
	for (unsigned i = 0; i < g->policy_count; i++) {
		if (i > 0)
			PUT(b, ",");
		put_text(b, str_of(g->policies[i]));
	}
	PUT(b, "],");
}

/* A value's hash, which is kept in `known` once it was made. */
static void
put_known(struct buf *b, const struct audit_key *key, struct str value, char known[GRANT_HASH])
{
	size_t from = b->len;

	if (known[0] != '\0') {
		PUT(b, "\"");
		put(b, known, GRANT_HASH - 1);
		PUT(b, "\"");
		return;
	}
	audit_key_put(key, value, b);
	memcpy(known, b->data + from + 1, GRANT_HASH - 1);
}

static void
put_token(struct buf *b, const struct grant *g)
{
	struct json_writer w = {b, false};

	PUT(b, "\"token_policies\":");
	put_policies(b, g);
	PUT_MEMBER(b, "token_type", str_of(g->batch ? "batch" : "service"));
	PUT(b, ",");
	PUT_MEMBER(b, "token_issue_time", str_of(g->issued_text));
	PUT(b, ",");
	json_put_int(&w, "token_ttl", (g->expires - g->issued) / CLOCK_SECOND);
	PUT(b, ",");
}

static void
put_grant(struct buf *b, const struct grant *g, const struct audit_key *key)
{
	if (key != NULL && g->accessor[0] != '\0') {
		PUT(b, "\"accessor\":");
		put_known(b, key, str_of(g->accessor), g->hashes->accessor);
		PUT(b, ",");
	}
	if (g->display_name != NULL) {
		PUT_MEMBER(b, "display_name", str_of(g->display_name));
		PUT(b, ",");
	}
	PUT(b, "\"policies\":");
	put_policies(b, g);
	if (g->entity[0] != '\0') {
		PUT_MEMBER(b, "entity_id", str_of(g->entity));
		PUT(b, ",");
	}
	if (g->token)
		put_token(b, g);
}

static void
put_auth(struct buf *b, const struct call *c, const struct audit_key *key)
{
	PUT(b, ",\"auth\":{");
	if (c->grant != NULL)
		put_grant(b, c->grant, key);
	if (c->refused && c->reply.status == 403)
		PUT(b, "\"policy_results\":{\"allowed\":false},\"metadata\":{");
	else
		PUT(b, "\"policy_results\":{\"allowed\":true},\"metadata\":{");
	PUT_MEMBER(b, "spiffe_id", c->peer->identity->id);
	if (c->grant != NULL && c->grant->role != NULL) {
		PUT(b, ",");
		PUT_MEMBER(b, "role", str_of(c->grant->role));
	}
	PUT(b, "}}");
}

/* ---- what ---- */

static void
put_mount(struct buf *b, const struct mount *m)
{
	PUT(b, ",");
	PUT_MEMBER(b, "mount_point", m->path);
	PUT(b, ",");
	PUT_MEMBER(b, "mount_type", str_of(mount_type_name(m->type)));
	if (m->accessor[0] == '\0')
		return;
	PUT(b, ",");
	PUT_MEMBER(b, "mount_accessor", str_of(m->accessor));
}

static void
put_peer(struct buf *b, const struct peer *peer)
{
	struct json_writer w = {b, true};

	PUT(b, ",");
	PUT_MEMBER(b, "remote_address", str_of(peer->address));
	json_put_int(&w, "remote_port", peer->port);
	PUT(b, ",");
	PUT_MEMBER(b, "client_certificate_serial_number", peer->identity->serial);
}

static void
put_request(struct buf *b, const struct call *c, struct str token, const struct audit_key *key,
    bool said)
{
	PUT(b, ",\"request\":{");
	PUT_MEMBER(b, "id", str_of(c->request_id));
	if (c->operation != 0) {
		PUT(b, ",");
		PUT_MEMBER(b, "operation", str_of(operation_name(c->operation)));
	}
	if (c->mount != NULL)
		put_mount(b, c->mount);
	PUT(b, ",\"namespace\":{\"id\":\"root\"},");
	PUT_MEMBER(b, "path", c->path);
	if (key != NULL && !said && c->body != NULL && c->body->first != NULL) {
		PUT(b, ",\"data\":");
		audit_key_put_tree(key, c->body, b);
	}
	if (key != NULL && token.len > 0) {
		PUT(b, ",\"client_token\":");
		if (c->grant != NULL && c->grant->hashes != NULL)
			put_known(b, key, token, c->grant->hashes->token);
		else
			audit_key_put(key, token, b);
	}
	if (c->wrap_ttl > 0) {
		struct json_writer w = {b, true};

		json_put_int(&w, "wrap_ttl", c->wrap_ttl / CLOCK_SECOND);
	}
	put_peer(b, c->peer);
	PUT(b, "}");
}

void
audit_line_request(
    struct buf *out, const struct call *c, struct str token, const struct audit_key *key)
{
	audit_line_begin(out, "request", c->now);
	put_auth(out, c, key);
	put_request(out, c, token, key, false);
}

/* ---- what came of it ---- */

static void
put_list(struct json_writer *w, const char *name, const struct buf *texts, const struct call *c,
    const struct audit_key *key)
{
	struct buf list = BUF_INIT;

	buf_put_u8(&list, '[');
	buf_put_str(&list, buf_str(texts));
	buf_put_u8(&list, ']');
	json_put_name(w, str_of(name));
	audit_key_put_json(key, c->arena, buf_str(&list), w->out);
	w->comma = true;
	buf_free(&list);
}

static void
put_data(struct json_writer *w, const struct call *c, const struct audit_key *key)
{
	const struct reply *r = &c->reply;

	json_put_name(w, str_of("data"));
	if (strstr(r->content_type, "json") != NULL)
		audit_key_put_json(key, c->arena, buf_str(&r->data), w->out);
	else
		audit_key_put(key, buf_str(&r->data), w->out);
	w->comma = true;
}

/* Of a token that was given out. */
static void
put_issued(struct json_writer *w, const struct issued *i, const struct audit_key *key)
{
	struct buf *b = w->out;

	PUT(b, "\"auth\":{\"client_token\":");
	audit_key_put(key, i->text, b);
	PUT(b, ",\"accessor\":");
	audit_key_put(key, str_of(i->accessor), b);
	PUT(b, ",");
	PUT_MEMBER(b, "display_name", str_of(i->grant->display_name));
	PUT(b, ",\"policies\":");
	put_policies(b, i->grant);
	PUT_MEMBER(b, "token_type", str_of(i->grant->batch ? "batch" : "service"));
	w->comma = true;
	json_put_int(w, "token_ttl", i->ttl / CLOCK_SECOND);
	PUT(b, "}");
}

/* The wrapping token is told to nobody but who gets it: not even its hash stands here. */
static void
put_wrap_info(struct json_writer *w, const struct call *c, const struct audit_key *key)
{
	const struct wrap_info *wrap = &c->reply.wrap;

	json_open_object(w, "wrap_info");
	json_put_name(w, str_of("accessor"));
	audit_key_put(key, str_of(wrap->accessor), w->out);
	w->comma = true;
	json_put_int(w, "ttl", wrap->ttl / CLOCK_SECOND);
	json_put_str(w, "creation_path", wrap->path);
	if (wrap->wrapped_accessor[0] != '\0') {
		json_put_name(w, str_of("wrapped_accessor"));
		audit_key_put(key, str_of(wrap->wrapped_accessor), w->out);
		w->comma = true;
	}
	json_close_object(w);
}

/* The errors as they were answered; those that repeat something of the body only as hashes. */
static void
put_errors(struct json_writer *w, const struct call *c, const struct audit_key *key)
{
	struct str errors = buf_str(&c->reply.errors);
	bool echo = audit_echoes(errors, c->body);
	size_t end = 1;

	if (errors.len == 0 || echo) {
		json_put_text(w, "error", c->reply.status == 404 ? "not found" : "refused");
		if (echo && key != NULL)
			put_list(w, "errors", &c->reply.errors, c, key);
		return;
	}
	while (end < errors.len && errors.at[end] != '"')
		end += errors.at[end] == '\\' ? 2 : 1;
	json_put_raw(w, "error", (struct str){errors.at, end + 1});
	if (end + 1 == errors.len)
		return;
	json_open_array(w, "errors");
	json_put_raw(w, NULL, errors);
	json_close_array(w);
}

void
audit_line_response(struct buf *out, const struct call *c, struct str token,
    const struct audit_key *key, bool said)
{
	struct json_writer w = audit_line_begin(out, "response", c->now);

	put_auth(out, c, key);
	put_request(out, c, token, key, said);
	json_open_object(&w, "response");
	if (key != NULL && c->reply.issued.grant != NULL)
		put_issued(&w, &c->reply.issued, key);
	if (key != NULL && c->reply.wrap.token.len > 0)
		put_wrap_info(&w, c, key);
	if (key != NULL && c->reply.data.len > 0)
		put_data(&w, c, key);
	if (key != NULL && c->reply.warnings.len > 0)
		put_list(&w, "warnings", &c->reply.warnings, c, key);
	json_close_object(&w);
	json_put_int(&w, "status", c->reply.status);
	if (c->refused)
		put_errors(&w, c, key);
}
