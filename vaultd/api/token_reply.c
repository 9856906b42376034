/*
 * Keeper: tokens in replies.
 */
#include "vaultd/api/token.h"

#include <string.h>

#include "base/clock.h"
#include "vaultd/api/cert.h"

/* ---- metadata ---- */

/* An extension by its number, with '-' for '.'. */
static void
put_extension(struct json_writer *w, const struct identity *id, struct str oid)
{
	char name[128];

	for (unsigned i = 0; i < id->extension_count; i++) {
		if (!str_equal(id->extensions[i].oid, oid) || oid.len >= sizeof(name))
			continue;
		for (size_t k = 0; k < oid.len; k++)
			name[k] = oid.at[k] == '.' ? '-' : oid.at[k];
		name[oid.len] = '\0';
		json_put_str(w, name, id->extensions[i].value);
	}
}

/* Of the certificate that is there: a token outlives the one that it was made with. */
static void
put_login(struct call *c, struct json_writer *w, const char *name, const struct claims *claims)
{
	const struct role *role = authority_role_of(c->authority, claims);
	const struct identity *id = c->peer->identity;

	json_open_object(w, name);
	if (role != NULL)
		json_put_str(w, "cert_name", role->name);
	if (str_equal(claims->owner, id->id)) {
		json_put_str(w, "common_name", id->common_name);
		json_put_str(w, "serial_number", id->serial);
		json_put_str(w, "subject_key_id", id->subject_key);
		json_put_str(w, "authority_key_id", id->authority_key);
		for (unsigned i = 0; role != NULL && i < role->shown_count; i++)
			put_extension(w, id, role->shown[i]);
	}
	json_close_object(w);
}

void
token_put_meta(struct call *c, struct json_writer *w, const char *name, const struct token *t)
{
	if (t->claims.kind == CLAIMS_LOGIN)
		put_login(c, w, name, &t->claims);
	else if (t->claims.meta.len > 0)
		json_put_raw(w, name, t->claims.meta);
	else
		json_put_null(w, name);
}

bool
token_is_orphan(struct call *c, const struct claims *claims)
{
	struct token parent;
	bool heir = false;

	if (claims->parent.len > 0 &&
	    tokens_find_accessor(c->vault, claims->parent, &parent) == 0) {
		heir = (parent.claims.flags & CLAIMS_HEIR) != 0;
		tokens_release(&parent);
	}
	return heir || (claims->flags & CLAIMS_ORPHAN) != 0;
}

/* ---- auth ---- */

static void
put_names(struct json_writer *w, const char *name, char *const *names, unsigned count)
{
	json_open_array(w, name);
	for (unsigned i = 0; i < count; i++)
		json_put_text(w, NULL, names[i]);
	json_close_array(w);
}

/* Of two sorted lists, each name once. */
static void
put_all_policies(struct json_writer *w, const struct grant *g)
{
	unsigned i = 0, k = 0;

	json_open_array(w, "policies");
	while (i < g->policy_count || k < g->identity_count) {
		int order = i == g->policy_count ? 1 :
		    k == g->identity_count       ? -1 :
						   strcmp(g->policies[i], g->identity[k]);

		json_put_text(w, NULL, order <= 0 ? g->policies[i] : g->identity[k]);
		i += order <= 0;
		k += order >= 0;
	}
	json_close_array(w);
}

void
token_put_identity(struct json_writer *w, const struct grant *g)
{
	if (g->identity_count > 0)
		put_names(w, "identity_policies", g->identity, g->identity_count);
}

void
token_answer(struct call *c, const struct token *t, struct str text, int64_t ttl)
{
	const struct grant *g = authority_names_of(c->authority, t, c->peer, c->grant);
	const struct claims *claims = &t->claims;
	struct json_writer w = json_writer_to(&c->reply.auth);
	bool batch = (claims->flags & CLAIMS_BATCH) != 0;
	json_open_object(&w, NULL);
	json_put_str(&w, "client_token", text);
	json_put_text(&w, "accessor", batch ? "" : t->accessor);
	put_all_policies(&w, g);
	put_names(&w, "token_policies", g->policies, g->policy_count);
	token_put_identity(&w, g);
	token_put_meta(c, &w, "metadata", t);
	json_put_int(&w, "lease_duration", ttl / CLOCK_SECOND);
	json_put_bool(&w, "renewable", (claims->flags & CLAIMS_RENEWABLE) != 0);
	json_put_text(&w, "entity_id", g->entity);
	json_put_text(&w, "token_type", batch ? "batch" : "service");
	json_put_bool(&w, "orphan", token_is_orphan(c, claims));
	json_put_null(&w, "mfa_requirement");
	json_put_int(&w, "num_uses", claims->uses);
	json_close_object(&w);
	c->reply.issued = (struct issued){ g, arena_copy(c->arena, text), "", ttl };
	memcpy(c->reply.issued.accessor, t->accessor, sizeof(t->accessor));
}

/* ---- whose request it is ---- */

static int
find_login(struct call *c, struct claims *claims, struct error *err)
{
	const struct mount *mount = mounts_find(c->mounts, str_of("auth/cert/"));
	const struct role *role = NULL;
	bool known;

	if (mount != NULL && mount->type == MOUNT_CERT)
		role = authority_role(c->authority, mount, (struct str){ "", 0 }, c->peer,
		    &known);
	if (role == NULL)
		return call_refuse(c, 400,
		    "no role admits this certificate: it is worth no token");
	return login_claims(c, mount, role, claims, err);
}

int
token_of_caller(struct call *c, struct token *t, struct buf *text, struct error *err)
{
	if (c->token.len > 0) {
		buf_put_str(text, c->token);
		if (token_named(c, c->token, t) == 0)
			return 0;
		return call_refuse(c, 403, "permission denied");
	}
	*t = (struct token){ .stored = false };
	if (find_login(c, &t->claims, err) != 0)
		return -1;
	tokens_seal(c->vault, t, text);
	return 0;
}

/* ---- whom it names ---- */

int
token_named(struct call *c, struct str text, struct token *t)
{
	if (tokens_find(c->vault, text, t) != 0)
		return -1;
	if (authority_counts(c->authority, t, c->now))
		return 0;
	tokens_release(t);
	return -1;
}

int
token_in_field(struct call *c, struct str *text, struct token *t)
{
	*text = (struct str){ "", 0 };
	if (field_text(c, "token", text, NULL) != 0)
		return -1;
	if (text->len == 0)
		return call_refuse(c, 400, "missing token ID");
	return token_named(c, *text, t) == 0 ? 0 : 1;
}

int
token_find_accessor(struct call *c, struct str accessor, struct token *t)
{
	if (c->token.len > 0 && str_is(accessor, c->grant->accessor))
		return tokens_find(c->vault, c->token, t);
	return tokens_find_accessor(c->vault, accessor, t);
}

int
token_by_accessor(struct call *c, struct token *t)
{
	struct str accessor = { "", 0 };

	if (field_text(c, "accessor", &accessor, NULL) != 0)
		return -1;
	if (accessor.len == 0)
		return call_refuse_wrapped(c, 400, "missing accessor");
	if (token_find_accessor(c, accessor, t) != 0)
		return call_refuse_wrapped(c, 400, "invalid accessor");
	if (authority_counts(c->authority, t, c->now))
		return 0;
	tokens_release(t);
	return call_refuse_wrapped(c, 400, "invalid accessor");
}

int
token_store(struct call *c, struct token *t, struct error *err)
{
	if (tokens_store(c->vault, t, err) == 0)
		return 0;
	return err->code == ERR_LIMIT ? call_refuse(c, 429, "%s", err->text) : -1;
}
