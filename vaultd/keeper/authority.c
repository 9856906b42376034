/*
 * Keeper: what a peer may do.  Trusted to answer from the roles and policies as they are now.
 */
#include "vaultd/keeper/authority.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "keys/digest.h"
#include "keys/token.h"
#include "vaultd/keeper/claims.h"
#include "vaultd/keeper/mounts.h"
#include "vaultd/keeper/policies.h"
#include "vaultd/keeper/role.h"

#define GRANTS 1024 /* cached, by certificate and address */

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
	uint8_t cert_mount[16];
	char cert_accessor[32];
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
	free(*a);
	*a = NULL;
}

void
authority_changed(struct authority *a)
{
	forget(a);
	a->epoch = ++epochs;
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

static const struct role *
find_role(struct authority *a, const struct peer *peer)
{
	struct error err = ERROR_INIT;
	struct mounts *m;

	if (a->roles == NULL) {
		m = mounts_load(vault_records(a->vault), &err);
		const struct mount *cert = m == NULL ? NULL : mounts_find(m, str_of("auth/cert/"));

		if (cert != NULL) {
			memcpy(a->cert_mount, cert->uuid, sizeof(a->cert_mount));
			memcpy(a->cert_accessor, cert->accessor, sizeof(a->cert_accessor));
			a->roles = roles_load(vault_records(a->vault), a->cert_mount, &err);
		}
		mounts_free(&m);
	}
	if (a->roles == NULL) {
		log_error("no role counts: %s", err.text);
		return NULL;
	}
	return roles_match(a->roles, peer->identity, peer->address);
}

/* ---- grants ---- */

/* What templates in a caller's policies stand for. */
struct caller {
	const struct authority *a;
	const struct identity *id;
	char *entity; /* UUID_TEXT */
};

/* A version 4-shaped UUID that is always the same for one SPIFFE ID in one vault. */
static void
name_entity(struct caller *c)
{
	struct keyring *k = vault_keyring(c->a->vault);
	uint8_t h[DIGEST_SHA256];

	digest_hmac(keyring_key(k, KEYRING_INDEX), c->id->id, h);
	snprintf(c->entity, UUID_TEXT,
	    "%02x%02x%02x%02x-%02x%02x-4%01x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", h[0], h[1],
	    h[2], h[3], h[4], h[5], h[6] & 15, h[7], 0x80 | (h[8] & 0x3f), h[9], h[10], h[11],
	    h[12], h[13], h[14], h[15]);
}

static struct str
resolve(void *arg, struct str expression)
{
	struct caller *c = arg;
	struct str of_alias, accessor, what;

	if (str_is(expression, "identity.entity.id"))
		return str_of(c->entity);
	if (!str_starts(expression, "identity.entity.aliases."))
		return (struct str){ NULL, 0 };
	of_alias = str_from(expression, strlen("identity.entity.aliases."));
	if (!str_cut(of_alias, '.', &accessor, &what) || !str_is(accessor, c->a->cert_accessor))
		return (struct str){ NULL, 0 };
	if (str_is(what, "name"))
		return c->id->id;
	if (str_is(what, "metadata.common_name") && c->id->common_name.len > 0)
		return c->id->common_name;
	return (struct str){ NULL, 0 };
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
	return g;
}

static void
merge(struct authority *a, struct grant *g, const struct identity *id)
{
	const struct policy *list[GRANT_POLICIES];
	struct caller caller = { .a = a, .id = id, .entity = g->entity };
	struct acl_template names = { resolve, &caller };
	unsigned n = 0;

	name_entity(&caller);
	for (unsigned i = 0; i < g->policy_count; i++) {
		const struct policy *p = authority_policy(a, str_of(g->policies[i]));

		if (p != NULL)
			list[n++] = p;
	}
	g->acl = acl_new(list, n, &names);
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

	if (g == NULL || g->epoch != a->epoch ||
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
	if (token.len > 0)
		return by_token(a, peer, token, wall, err);
	if (peer->grant != NULL && peer->grant->epoch == a->epoch)
		return peer->grant;
	return cached(a, peer);
}
