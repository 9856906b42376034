/*
 * Keeper: what a peer may do.  Trusted to answer from the roles and policies as they are now.
 */
#include "vaultd/keeper/authority.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "keys/token.h"
#include "vaultd/keeper/callers.h"
#include "vaultd/keeper/claims.h"
#include "vaultd/keeper/mounts.h"
#include "vaultd/keeper/policies.h"
#include "vaultd/keeper/role.h"
#include "vaultd/keeper/standing.h"

#define GRANTS 1024  /* cached, by certificate and address */
#define CHANGES 64   /* of entities and groups, that a kept grant is held against */

#define DISABLED "1 error occurred:\n\t* permission denied\n\n"

struct cached_policy {
	char *name;
	struct policy *policy; /* NULL: there is none of that name */
	struct cached_policy *next;
};

struct authority {
	struct vault *vault;
	char *const *operators;
	unsigned operator_count;
	uint64_t epoch;
	struct cached_policy *policies;
	struct roles *roles; /* NULL until needed */
	bool mounted;        /* the two below are known */
	uint8_t cert_mount[16];
	char cert_accessor[32];
	struct callers *callers;
	struct rests touched;          /* by the batch under way */
	struct rests changes[CHANGES]; /* what the last batches touched */
	uint64_t settled;              /* how many there were */
	struct {
		uint8_t fingerprint[32];
		char address[46];
		struct grant *grant;
	} cache[GRANTS];
	struct grant *of_token; /* the last request's, */
	struct grant *before;   /* and the one before: a request may ask about a token */
};

/* Never the same twice in this process: a grant of a sealed vault does not count in the next. */
static uint64_t epochs;

struct authority *
authority_new(struct vault *v, char *const *operators, unsigned count)
{
	struct authority *a = calloc(1, sizeof(*a));

	if (a == NULL)
		fatal("no memory for the authority");
	a->vault = v;
	a->operators = operators;
	a->operator_count = count;
	a->epoch = ++epochs;
	a->callers = callers_new(CALLERS_KEPT);
	return a;
}

static void
forget(struct authority *a)
{
	while (a->policies != NULL) {
		struct cached_policy *p = a->policies;

		a->policies = p->next;
		policy_free(&p->policy);
		free(p->name);
		free(p);
	}
	roles_free(&a->roles);
	a->mounted = false;
}

void
authority_free(struct authority **a)
{
	if (*a == NULL)
		return;
	forget(*a);
	for (unsigned i = 0; i < GRANTS; i++)
		grant_release(&(*a)->cache[i].grant);
	grant_release(&(*a)->of_token);
	grant_release(&(*a)->before);
	callers_free(&(*a)->callers);
	free(*a);
	*a = NULL;
}

void
authority_reload(struct authority *a, char *const *operators, unsigned count)
{
	a->operators = operators;
	a->operator_count = count;
	authority_changed(a);
}

void
authority_changed(struct authority *a)
{
	forget(a);
	a->epoch = ++epochs;
}

void
authority_touch(struct authority *a, struct str id)
{
	rests_add(&a->touched, id);
}

bool
authority_is_touched(const struct authority *a)
{
	return !rests_empty(&a->touched);
}

void
authority_settle(struct authority *a)
{
	if (!authority_is_touched(a))
		return;
	a->changes[a->settled++ % CHANGES] = a->touched;
	memset(&a->touched, 0, sizeof(a->touched));
}

bool
authority_holds(struct authority *a, struct grant *g)
{
	if (g->epoch != a->epoch || a->settled - g->settled > CHANGES)
		return false;
	for (; g->settled < a->settled; g->settled++)
		if (rests_meet(&g->rests, &a->changes[g->settled % CHANGES]))
			return false;
	return true;
}

void
grant_release(struct grant **g)
{
	struct grant *grant = *g;

	*g = NULL;
	if (grant == NULL || --grant->references > 0)
		return;
	acl_free(&grant->acl);
	for (unsigned i = 0; i < grant->policy_count; i++)
		free(grant->policies[i]);
	for (unsigned i = 0; i < grant->identity_count; i++)
		free(grant->identity[i]);
	free(grant->identity);
	free(grant->role);
	free(grant->display_name);
	free(grant);
}

bool
authority_is_operator(const struct authority *a, struct str id)
{
	for (unsigned i = 0; i < a->operator_count; i++)
		if (str_is(id, a->operators[i]))
			return true;
	return false;
}

/* ---- policies and roles, as the records have them ---- */

static char *
copy(struct str s)
{
	char *text = malloc(s.len + 1);

	if (text == NULL)
		fatal("no memory for a name");
	if (s.len > 0)
		memcpy(text, s.at, s.len);
	text[s.len] = '\0';
	return text;
}

static struct policy *
read_policy(struct authority *a, struct str name)
{
	struct buf bytes = BUF_INIT;
	struct stored_policy stored;
	struct policy *policy = NULL;
	struct error err = ERROR_INIT;

	if (policies_get(vault_records(a->vault), name, &bytes, &stored, &err) == 0)
		policy = policy_parse(name, stored.text, &err);
	if (policy == NULL && err.code != ERR_NOT_FOUND)
		log_error("policy \"%.*s\" grants nothing: %s", STR(name), err.text);
	buf_free(&bytes);
	return policy;
}

const struct policy *
authority_policy(struct authority *a, struct str name)
{
	struct cached_policy *p;

	for (p = a->policies; p != NULL; p = p->next)
		if (str_is(name, p->name))
			return p->policy;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		fatal("no memory for a policy");
	p->name = copy(name);
	p->policy = read_policy(a, name);
	p->next = a->policies;
	a->policies = p;
	return p->policy;
}

/* Where roles are, and the aliases of SPIFFE IDs. */
static void
find_mount(struct authority *a)
{
	struct error err = ERROR_INIT;
	struct mounts *m = a->mounted ? NULL : mounts_load(vault_records(a->vault), &err);
	const struct mount *cert = m == NULL ? NULL : mounts_find(m, str_of("auth/cert/"));

	if (a->mounted)
		return;
	a->mounted = true;
	a->cert_accessor[0] = '\0';
	if (cert != NULL) {
		memcpy(a->cert_mount, cert->uuid, sizeof(a->cert_mount));
		memcpy(a->cert_accessor, cert->accessor, sizeof(a->cert_accessor));
	}
	if (m == NULL)
		log_error("no alias counts: %s", err.text);
	mounts_free(&m);
}

struct identities
authority_identities(struct authority *a)
{
	find_mount(a);
	return (struct identities){ vault_records(a->vault), vault_keyring(a->vault),
		str_of(a->cert_accessor), a->callers };
}

static const struct role *
find_role(struct authority *a, const struct peer *peer)
{
	struct error err = ERROR_INIT;

	find_mount(a);
	if (a->roles == NULL && a->cert_accessor[0] != '\0')
		a->roles = roles_load(vault_records(a->vault), a->cert_mount, &err);
	if (a->roles == NULL) {
		log_error("no role counts: %s", err.text);
		return NULL;
	}
	return roles_match(a->roles, peer->identity, peer->address);
}

/* ---- grants ---- */

/* What templates in a caller's policies stand for. */
struct caller_names {
	const struct authority *a;
	const struct identity *id;
	const struct standing *standing;
};

/* The one thing about an alias that only the certificate at hand says. */
static bool
asks_common_name(const struct authority *a, struct str expression)
{
	struct str accessor;

	if (!str_starts(expression, "identity.entity.aliases."))
		return false;
	expression = str_from(expression, strlen("identity.entity.aliases."));
	return str_cut(expression, '.', &accessor, &expression) &&
	    str_is(accessor, a->cert_accessor) && str_is(expression, "metadata.common_name");
}

static struct str
resolve(void *arg, struct str expression)
{
	struct caller_names *c = arg;

	if (asks_common_name(c->a, expression) && c->id->common_name.len > 0)
		return c->id->common_name;
	return standing_resolve(c->standing, expression);
}

static void
add_policy(struct grant *g, struct str name)
{
	unsigned at = 0;

	while (at < g->policy_count && str_compare(str_of(g->policies[at]), name) < 0)
		at++;
	if (name.len == 0 || g->policy_count == GRANT_POLICIES ||
	    (at < g->policy_count && str_is(name, g->policies[at])))
		return;
	memmove(g->policies + at + 1, g->policies + at, (g->policy_count - at) * sizeof(char *));
	g->policies[at] = copy(name);
	g->policy_count++;
}

static struct grant *
new_grant(struct authority *a)
{
	struct grant *g = calloc(1, sizeof(*g));

	if (g == NULL)
		fatal("no memory for a grant");
	g->references = 1;
	g->epoch = a->epoch;
	g->settled = a->settled;
	return g;
}

/* What identity adds, and what of it a change would make this grant be drawn up anew. */
static void
take_standing(struct grant *g, const struct standing *s)
{
	snprintf(g->entity, sizeof(g->entity), "%.*s", STR(s->entity.id));
	g->disabled = s->entity.disabled;
	rests_add(&g->rests, s->entity.id);
	for (unsigned i = 0; i < s->group_count; i++)
		rests_add(&g->rests, s->groups[i].id);
	g->identity = calloc(s->policy_count + 1, sizeof(*g->identity));
	if (g->identity == NULL)
		fatal("no memory for a grant");
	for (; g->identity_count < s->policy_count; g->identity_count++)
		g->identity[g->identity_count] = copy(s->policies[g->identity_count]);
}

static void
merge_all(struct authority *a, struct grant *g, const struct acl_template *names)
{
	const struct policy **list =
	    calloc(g->policy_count + g->identity_count + 1, sizeof(*list)), *p;
	unsigned n = 0;

	if (list == NULL)
		fatal("no memory for a grant");
	for (unsigned i = 0; i < g->policy_count; i++)
		if ((p = authority_policy(a, str_of(g->policies[i]))) != NULL)
			list[n++] = p;
	for (unsigned i = 0; i < g->identity_count; i++)
		if ((p = authority_policy(a, str_of(g->identity[i]))) != NULL)
			list[n++] = p;
	g->acl = acl_new(list, n, names);
	free(list);
}

static void
merge(struct authority *a, struct grant *g, const struct identity *id)
{
	struct identities s = authority_identities(a);
	struct standing standing;
	struct caller_names caller = { a, id, &standing };
	struct acl_template names = { resolve, &caller };
	struct error err = ERROR_INIT;

	if (standing_of_caller(&s, id->id, &standing, &err) != 0) {
		/* Not without what identity may have forbidden. */
		log_error("\"%.*s\" may do nothing: %s", STR(id->id), err.text);
		g->acl = acl_new(NULL, 0, NULL);
		g->epoch = 0;
		return;
	}
	take_standing(g, &standing);
	g->disabled = g->disabled && !authority_is_operator(a, id->id);
	merge_all(a, g, &names);
	if (!standing.entity.stored)
		callers_note(a->callers, standing.entity.id, id->id, clock_wall());
	standing_free(&standing);
}

static struct grant *
by_certificate(struct authority *a, const struct peer *peer)
{
	const struct role *role = find_role(a, peer);
	struct grant *g = new_grant(a);

	if (role == NULL || !role->no_default)
		add_policy(g, str_of("default"));
	if (authority_is_operator(a, peer->identity->id))
		add_policy(g, str_of("operator"));
	for (unsigned i = 0; role != NULL && i < role->policy_count; i++)
		add_policy(g, role->policies[i]);
	if (role != NULL)
		g->role = copy(role->name);
	g->display_name = copy(role != NULL && role->display_name.len > 0 ? role->display_name :
		                                                            peer->identity->id);
	merge(a, g, peer->identity);
	return g;
}

static void
share(struct grant **to, struct grant *g)
{
	g->references++;
	grant_release(to);
	*to = g;
}

static const struct grant *
cached(struct authority *a, struct peer *peer)
{
	const uint8_t *f = peer->identity->fingerprint;
	unsigned i = (f[0] | (unsigned)f[1] << 8) % GRANTS;
	struct grant *g = a->cache[i].grant;

	if (g == NULL || !authority_holds(a, g) ||
	    memcmp(a->cache[i].fingerprint, f, sizeof(a->cache[i].fingerprint)) != 0 ||
	    strcmp(a->cache[i].address, peer->address) != 0) {
		grant_release(&a->cache[i].grant);
		g = a->cache[i].grant = by_certificate(a, peer);
		memcpy(a->cache[i].fingerprint, f, sizeof(a->cache[i].fingerprint));
		memcpy(a->cache[i].address, peer->address, sizeof(a->cache[i].address));
	}
	share(&peer->grant, g);
	return g;
}

/* ---- tokens ---- */

static const struct grant *
by_token(struct authority *a, const struct peer *peer, struct str token, int64_t wall,
    struct error *err)
{
	struct keyring *k = vault_keyring(a->vault);
	struct buf bytes = BUF_INIT;
	struct grant *g = new_grant(a);
	struct claims claims;

	grant_release(&a->before);
	a->before = a->of_token;
	a->of_token = NULL;
	if (token_open(k, vault_header(a->vault), token, &bytes, NULL) == 0 &&
	    claims_read(&claims, buf_str(&bytes)) == 0 &&
	    claims_hold(&claims, peer->identity->id, wall)) {
		g->expires = claims.expires;
		for (unsigned i = 0; i < claims.count; i++)
			add_policy(g, claims.policies[i]);
		a->of_token = g;
	}
	buf_free(&bytes);
	if (a->of_token == NULL) {
		/* One answer to every bad token: who asks learns nothing of why. */
		error_set(err, ERR_DENIED, "permission denied");
		grant_release(&g);
		return NULL;
	}
	g->token = true;
	token_accessor(k, token, g->accessor);
	g->display_name = copy(peer->identity->id);
	merge(a, g, peer->identity);
	return g;
}

const struct grant *
authority_grant(struct authority *a, struct peer *peer, struct str token, int64_t wall,
    struct error *err)
{
	const struct grant *g = peer->grant;

	if (token.len > 0)
		g = by_token(a, peer, token, wall, err);
	else if (g == NULL || !authority_holds(a, peer->grant))
		g = cached(a, peer);
	if (g != NULL && g->disabled) {
		error_set(err, ERR_DENIED, DISABLED);
		return NULL;
	}
	return g;
}
