/*
 * Keeper: from a call to its lines in the audit.  Trusted to name who and what, and no value.
 */
#include "vaultd/keeper/audit_line.h"

#include <string.h>

#include "base/clock.h"
#include "vaultd/keeper/routes.h"

struct json_writer
audit_line_begin(struct buf *out, const char *type, int64_t wall)
{
	struct json_writer w = json_writer_to(out);
	char time[CLOCK_TEXT];

	clock_format(wall, time);
	json_open_object(&w, NULL);
	json_put_text(&w, "time", time);
	json_put_text(&w, "type", type);
	return w;
}

static void
put_hash(struct json_writer *w, const char *name, const struct audit_key *key, struct str value)
{
	if (key == NULL || value.len == 0)
		return;
	json_put_name(w, str_of(name));
	audit_key_put(key, value, w->out);
	w->comma = true;
}

/* ---- who ---- */

static void
put_policies(struct json_writer *w, const char *name, const struct grant *g)
{
	json_open_array(w, name);
	for (unsigned i = 0; i < g->policy_count; i++)
		json_put_text(w, NULL, g->policies[i]);
	json_close_array(w);
}

static void
put_grant(struct json_writer *w, const struct grant *g, const struct audit_key *key)
{
	put_hash(w, "accessor", key, str_of(g->accessor));
	if (g->display_name != NULL)
		json_put_text(w, "display_name", g->display_name);
	put_policies(w, "policies", g);
	if (g->token)
		put_policies(w, "token_policies", g);
	json_put_text(w, "token_type", g->token ? "service" : "default");
}

static void
put_auth(struct json_writer *w, const struct call *c, const struct audit_key *key)
{
	bool denied = c->refused && c->reply.status == 403;

	json_open_object(w, "auth");
	if (c->grant != NULL)
		put_grant(w, c->grant, key);
	json_open_object(w, "policy_results");
	json_put_bool(w, "allowed", !denied);
	json_close_object(w);
	json_open_object(w, "metadata");
	json_put_str(w, "spiffe_id", c->peer->identity->id);
	if (c->grant != NULL && c->grant->role != NULL)
		json_put_text(w, "role", c->grant->role);
	json_close_object(w);
	json_close_object(w);
}

/* ---- what ---- */

static void
put_mount(struct json_writer *w, const struct mount *m)
{
	json_put_str(w, "mount_point", m->path);
	json_put_text(w, "mount_type", mount_type_name(m->type));
	if (m->accessor[0] != '\0')
		json_put_text(w, "mount_accessor", m->accessor);
}

static void
put_body(struct json_writer *w, const struct json *body, const struct audit_key *key)
{
	if (key == NULL || body == NULL || body->first == NULL)
		return;
	json_put_name(w, str_of("data"));
	audit_key_put_tree(key, body, w->out);
	w->comma = true;
}

static void
put_request(struct json_writer *w, const struct call *c, struct str token,
    const struct audit_key *key, bool said)
{
	json_open_object(w, "request");
	json_put_text(w, "id", c->request_id);
	if (c->operation != 0)
		json_put_text(w, "operation", operation_name(c->operation));
	if (c->mount != NULL)
		put_mount(w, c->mount);
	json_put_raw(w, "namespace", str_of("{\"id\":\"root\"}"));
	json_put_str(w, "path", c->path);
	if (!said)
		put_body(w, c->body, key);
	put_hash(w, "client_token", key, token);
	json_put_text(w, "remote_address", c->peer->address);
	json_put_int(w, "remote_port", c->peer->port);
	json_put_str(w, "client_certificate_serial_number", c->peer->identity->serial);
	json_close_object(w);
}

void
audit_line_request(
    struct buf *out, const struct call *c, struct str token, const struct audit_key *key)
{
	struct json_writer w = audit_line_begin(out, "request", c->now);

	put_auth(&w, c, key);
	put_request(&w, c, token, key, false);
}

/* ---- what came of it ---- */

static void
put_list(struct json_writer *w, const struct call *c, const struct audit_key *key)
{
	struct buf list = BUF_INIT;

	buf_put_u8(&list, '[');
	buf_put_str(&list, buf_str(&c->reply.warnings));
	buf_put_u8(&list, ']');
	json_put_name(w, str_of("warnings"));
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

/* The errors as they were answered: texts of ours, which hold no value. */
static void
put_errors(struct json_writer *w, const struct call *c)
{
	struct str errors = buf_str(&c->reply.errors);
	size_t end = 1;

	if (errors.len == 0) {
		json_put_text(w, "error", c->reply.status == 404 ? "not found" : "refused");
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

	put_auth(&w, c, key);
	put_request(&w, c, token, key, said);
	json_open_object(&w, "response");
	if (key != NULL && c->reply.data.len > 0)
		put_data(&w, c, key);
	if (key != NULL && c->reply.warnings.len > 0)
		put_list(&w, c, key);
	json_close_object(&w);
	json_put_int(&w, "status", c->reply.status);
	if (c->refused)
		put_errors(&w, c);
}
