/*
 * Keeper: what a peer may do.  Trusted to answer from the roles and policies as they are now.
 */
#include "vaultd/keeper/authority_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "policy/builtin.h"
#include "vaultd/keeper/callers.h"
#include "vaultd/keeper/policies.h"

#define DISABLED "1 error occurred:\n\t* permission denied\n\n"

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
	random_bytes(a->tag_key, sizeof(a->tag_key));
	a->callers = callers_new(CALLERS_KEPT);
	return a;
}

static void
forget_policies(struct authority *a)
{
	while (a->policies != NULL) {
		struct cached_policy *p = a->policies;

		a->policies = p->next;
		policy_free(&p->policy);
		free(p->name);
		free(p);
	}
}

void
authority_free(struct authority **a)
{
	if (*a == NULL)
		return;
	forget_policies(*a);
	authority_forget_roles(*a);
	authority_refresh_roles(*a);
	for (unsigned i = 0; i < GRANTS; i++) {
		grant_release(&(*a)->cache[i].grant);
		grant_release(&(*a)->tokens[i].grant);
	}
	for (unsigned i = 0; i < LASTS; i++)
		grant_release(&(*a)->last[i]);
	callers_free(&(*a)->callers);
	free(*a);
	*a = NULL;
}

/* Roles are not read again because a policy changed. */
static bool
is_stale(struct authority *a, enum record_stamp which)
{
	uint64_t now = records_stamp(vault_records(a->vault), which);
	bool stale = a->stamps[which] != now;

	a->stamps[which] = now;
	return stale;
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
	if (is_stale(a, STAMP_POLICIES))
		forget_policies(a);
	if (is_stale(a, STAMP_MOUNTS))
		authority_forget_roles(a);
	authority_refresh_roles(a);
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
	free(grant->hashes);
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

static struct policy *
read_policy(struct authority *a, struct str name)
{
	struct buf bytes = BUF_INIT;
	struct stored_policy stored;
	struct policy *policy = NULL;
	struct error err = ERROR_INIT;

	/* No record speaks for this one: nobody may write it. */
	if (str_is(name, "response-wrapping"))
		policy = policy_parse(name, str_of(builtin_find(name)->text), &err);
	else if (policies_get(vault_records(a->vault), name, &bytes, &stored, &err) == 0)
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
	p->name = str_copy(name);
	p->policy = read_policy(a, name);
	p->next = a->policies;
	a->policies = p;
	return p->policy;
}

/* ---- grants ---- */

void
authority_add_policy(struct grant *g, struct str name)
{
	unsigned at = 0;

	while (at < g->policy_count && str_compare(str_of(g->policies[at]), name) < 0)
		at++;
	if (name.len == 0 || g->policy_count == GRANT_POLICIES ||
	    (at < g->policy_count && str_is(name, g->policies[at])))
		return;
	memmove(g->policies + at + 1, g->policies + at, (g->policy_count - at) * sizeof(char *));
	g->policies[at] = str_copy(name);
	g->policy_count++;
}

struct grant *
authority_new_grant(struct authority *a)
{
	struct grant *g = calloc(1, sizeof(*g));

	if (g == NULL)
		fatal("no memory for a grant");
	g->references = 1;
	g->epoch = a->epoch;
	g->settled = a->settled;
	return g;
}

void
authority_add_role(struct authority *a, struct grant *g, const uint8_t mount[16],
    const struct role *role, struct str spiffe_id)
{
	if (role == NULL || !role->no_default)
		authority_add_policy(g, str_of("default"));
	if (authority_is_operator(a, spiffe_id))
		authority_add_policy(g, str_of("operator"));
	if (role == NULL)
		return;
	for (unsigned i = 0; i < role->policy_count; i++)
		authority_add_policy(g, role->policies[i]);
	g->role = str_copy(role->name);
	memcpy(g->mount, mount, sizeof(g->mount));
	memcpy(g->role_id, role->id, sizeof(g->role_id));
}

static struct grant *
by_certificate(struct authority *a, const struct peer *peer)
{
	const struct role *role = authority_first_role(a, peer);
	struct grant *g = authority_new_grant(a);

	authority_add_role(a, g, a->cert_mount, role, peer->identity->id);
	g->display_name = str_copy(
	    role != NULL && role->display_name.len > 0 ? role->display_name : peer->identity->id);
	authority_merge(a, g, peer->identity, true);
	g->disabled = g->disabled || authority_is_revoked(a, a->cert_mount, peer->identity);
	return g;
}

/* ---- what is kept of them ---- */

static void
share(struct grant **to, struct grant *g)
{
	g->references++;
	grant_release(to);
	*to = g;
}

bool
grant_slot_fits(const struct authority *a, const struct grant_slot *s, const struct peer *peer)
{
	return s->grant != NULL && authority_holds(a, s->grant) &&
	    memcmp(s->fingerprint, peer->identity->fingerprint, sizeof(s->fingerprint)) == 0 &&
	    strcmp(s->address, peer->address) == 0;
}

void
grant_slot_take(struct grant_slot *s, struct grant *g, const struct peer *peer)
{
	grant_release(&s->grant);
	s->grant = g;
	memcpy(s->fingerprint, peer->identity->fingerprint, sizeof(s->fingerprint));
	memcpy(s->address, peer->address, sizeof(s->address));
}

static const struct grant *
cached(struct authority *a, struct peer *peer)
{
	const uint8_t *f = peer->identity->fingerprint;
	struct grant_slot *s = &a->cache[(f[0] | (unsigned)f[1] << 8) % GRANTS];

	if (!grant_slot_fits(a, s, peer))
		grant_slot_take(s, by_certificate(a, peer), peer);
	share(&peer->grant, s->grant);
	return s->grant;
}

const struct grant *
authority_lend(struct authority *a, struct grant *g)
{
	struct grant **slot = &a->last[a->lasts++ % LASTS];

	share(slot, g);
	return g;
}

const struct grant *
authority_grant(struct authority *a, struct peer *peer, struct str token, int64_t wall,
    struct error *err)
{
	const struct grant *g = peer->grant;

	if (token.len > 0)
		g = authority_by_token(a, peer, token, wall, err);
	else if (g == NULL || !authority_holds(a, peer->grant))
		g = cached(a, peer);
	if (g != NULL && g->disabled) {
		error_set(err, ERR_DENIED, DISABLED);
		return NULL;
	}
	return g;
}
