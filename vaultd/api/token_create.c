/*
 * Keeper: auth/token/create and its kin (vault-api 4).
 */
#include "vaultd/api/token_making.h"

#include "base/clock.h"
#include "policy/identity.h"
#include "vaultd/api/lease.h"
#include "vaultd/api/settings.h"
#include "vaultd/keeper/owners.h"

/* ---- who asks ---- */

static int
find_parent(struct making *m)
{
	struct call *c = m->call;

	m->sudo = (acl_capabilities(c->grant->acl, c->path) & CAP_SUDO) != 0;
	if (c->token.len == 0)
		return 0;
	if (c->grant->batch)
		return call_refuse(c, 400, "batch tokens cannot create more tokens");
	if (c->grant->counted)
		return call_refuse(c, 400, "restricted use token cannot generate child tokens");
	if (tokens_find(c->vault, c->token, &m->parent) != 0)
		return call_refuse(c, 400, "parent token lookup failed: no parent found");
	m->with_parent = true;
	return 0;
}

/* ---- what it comes to ---- */

static int
settle_type(struct making *m)
{
	struct str of_role = settings_text(m->role, "token_type");
	const char *bad = m->explicit_max != 0 ? "explicit_max_ttl" :
	    m->uses != 0                       ? "num_uses" :
	    m->period != 0                     ? "period" :
						 NULL;

	if (str_is(of_role, "service") || str_is(of_role, "batch") ||
	    (str_is(of_role, "default-batch") && m->type.len == 0))
		m->type = str_is(of_role, "service") ? of_role : str_of("batch");
	if (m->type.len == 0 || str_is(m->type, "service"))
		return 0;
	if (!str_is(m->type, "batch"))
		return call_refuse(m->call, 400, "invalid 'token_type' value");
	if (bad != NULL)
		return call_refuse(m->call, 400, "batch tokens cannot have \"%s\" set", bad);
	m->claims.uses = 0;
	m->claims.flags |= CLAIMS_BATCH;
	m->claims.flags &= ~(unsigned)CLAIMS_RENEWABLE;
	return 0;
}

/* Whose it is: who asks, or whom the role lets him name. */
static int
settle_owner(struct making *m)
{
	struct call *c = m->call;
	struct str alias = { "", 0 };
	struct names allowed = { .count = 0 };

	m->claims.owner = c->peer->identity->id;
	if (field_text(c, "entity_alias", &alias, NULL) != 0)
		return -1;
	if (alias.len == 0)
		return 0;
	if (m->role == NULL)
		return call_refuse(c, 400,
		    "'entity_alias' is only allowed in combination with token role");
	names_add_json(c->arena, &allowed, json_find(m->role, "allowed_entity_aliases"));
	alias = arena_copy(c->arena, alias);
	if (!names_match(&allowed, name_canonical(c->arena, alias)))
		return call_refuse(c, 400, "invalid 'entity_alias' value");
	if (spiffe_check(alias, NULL) != 0)
		return call_refuse(c, 400,
		    "invalid 'entity_alias' value: it must be a SPIFFE ID, as of every identity here");
	m->claims.owner = alias;
	m->named = true;
	return 0;
}

/* An orphan counts by itself; any other as long as what it was made with. */
static int
settle_parent(struct making *m)
{
	struct call *c = m->call;
	struct claims *claims = &m->claims;

	if (m->no_parent && !m->sudo && m->role == NULL)
		return call_refuse(c, 400,
		    "root or sudo privileges required to create orphan token");
	m->orphan = m->orphan || m->no_parent;
	if (m->role != NULL)
		m->orphan = settings_truth(m->role, "orphan");
	if (m->orphan)
		claims->flags |= CLAIMS_ORPHAN | (m->named ? 0 : CLAIMS_NO_ENTITY);
	else if (m->with_parent && !m->named)
		claims->flags |= m->parent.claims.flags & CLAIMS_NO_ENTITY;
	else if (!m->with_parent && c->grant->role != NULL) {
		claims->mount =
		    (struct str){ (const char *)c->grant->mount, sizeof(c->grant->mount) };
		claims->role = (struct str){ (const char *)c->grant->role_id, ROLE_ID };
	}
	if (authority_is_operator(c->authority, claims->owner) &&
	    names_have(&m->policies, str_of("operator")))
		claims->flags |= CLAIMS_OPERATOR;
	return 0;
}

static int
settle_times(struct making *m)
{
	struct call *c = m->call;
	struct claims *claims = &m->claims;
	bool batch = (claims->flags & CLAIMS_BATCH) != 0;
	int64_t period = batch ? 0 : settings_number(m->role, "token_period");
	int64_t most = batch ? 0 : settings_number(m->role, "token_explicit_max_ttl");
	struct lease lease = { .wanted = m->ttl, .issued = c->now };

	if (m->period > 0 && !m->sudo)
		return call_refuse(c, 400,
		    "root or sudo privileges required to create periodic token");
	lease.period = lease_least(m->period, period * CLOCK_SECOND);
	lease.explicit_max = lease_least(m->explicit_max, most * CLOCK_SECOND);
	claims->issued = c->now;
	claims->period = m->period;
	claims->explicit_max = m->explicit_max;
	claims->ttl = lease_from_now(c, c->mount, &lease);
	claims->expires = c->now + claims->ttl;
	return claims->ttl > 0 ? 0 : -1;
}

static int
settle_role(struct making *m)
{
	int64_t uses = settings_number(m->role, "token_num_uses");
	struct str name = settings_text(m->role, "name"), suffix;
	const struct json *networks = json_find(m->role, "token_bound_cidrs");
	struct buf path = BUF_INIT;

	buf_put_str(&path, m->call->path);
	if (m->role != NULL) {
		suffix = settings_text(m->role, "path_suffix");
		if (suffix.len > 0)
			buf_printf(&path, "/%.*s", STR(suffix));
		if (!settings_truth(m->role, "renewable"))
			m->claims.flags &= ~(unsigned)CLAIMS_RENEWABLE;
		m->no_default = m->no_default || settings_truth(m->role, "token_no_default_policy");
		m->claims.token_role = name;
		for (const struct json *e = networks != NULL ? networks->first : NULL; e != NULL;
		     e = e->next)
			m->claims.networks[m->claims.network_count++] = e->text;
		if (settings_truth(m->role, "token_strictly_bind_ip"))
			m->claims.address = str_of(m->call->peer->address);
	}
	m->claims.path = arena_copy(m->call->arena, buf_str(&path));
	m->claims.uses = lease_least(m->uses, uses);
	buf_free(&path);
	return 0;
}

/* ---- making it ---- */

/* The parent gets a record with its first child. */
static int
keep_parent(struct making *m, struct error *err)
{
	struct call *c = m->call;

	if (m->orphan || !m->with_parent)
		return 0;
	if (!authority_may_bear(c->authority, &m->parent))
		return call_refuse(c, 400, "a line of parents is at most 16 tokens long");
	if (!m->parent.stored && token_store(c, &m->parent, err) != 0)
		return -1;
	m->claims.parent = str_of(m->parent.accessor);
	return 0;
}

static int
store(struct making *m, struct token *t, struct buf *text, struct error *err)
{
	struct token other;

	if (m->id.len == 0)
		token_draw(text);
	else
		buf_put_str(text, m->id);
	token_accessor(vault_keyring(m->call->vault), buf_str(text), t->accessor);
	if (m->id.len > 0 && tokens_find(m->call->vault, m->id, &other) == 0) {
		tokens_release(&other);
		return call_refuse(m->call, 400, "cannot create a token with a duplicate ID");
	}
	return token_store(m->call, t, err);
}

static int
give_out(struct making *m, struct error *err)
{
	struct call *c = m->call;
	struct owner all;
	struct token t;
	struct buf text = BUF_INIT;
	int rc = 0;

	if (keep_parent(m, err) != 0 ||
	    owners_get(c->records, (struct str){ "", 0 }, &all, err) != 0)
		return -1;
	m->claims.all_epoch = all.epoch;
	t = (struct token){ .claims = m->claims };
	if ((m->claims.flags & CLAIMS_BATCH) != 0)
		tokens_seal(c->vault, &t, &text);
	else
		rc = store(m, &t, &text, err);
	if (rc == 0) {
		making_warn_of_policies(m);
		token_answer(c, &t, buf_str(&text), t.claims.ttl);
	}
	buf_free(&text);
	return rc;
}

static int
create(struct call *c, bool orphan, const struct json *role, struct error *err)
{
	struct making m = { .call = c, .orphan = orphan, .role = role,
		.claims = { .kind = CLAIMS_CREATED } };
	int rc = -1;

	if (find_parent(&m) == 0 && making_read(&m) == 0 && settle_role(&m) == 0 &&
	    making_settle_policies(&m) == 0 && settle_type(&m) == 0 && settle_owner(&m) == 0 &&
	    settle_parent(&m) == 0 && settle_times(&m) == 0)
		rc = give_out(&m, err);
	if (m.with_parent)
		tokens_release(&m.parent);
	return rc;
}

int
api_token_create(struct call *c, struct error *err)
{
	return create(c, false, NULL, err);
}

int
api_token_create_orphan(struct call *c, struct error *err)
{
	return create(c, true, NULL, err);
}

int
api_token_create_role(struct call *c, struct error *err)
{
	const struct json *role = NULL;
	int rc = token_role_find(c, c->parameter[0], &role, err);

	if (rc < 0)
		return -1;
	if (rc > 0)
		return call_refuse(c, 400, "unknown role %.*s", STR(c->parameter[0]));
	return create(c, false, role, err);
}
