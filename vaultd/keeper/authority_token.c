/*
 * Keeper: what a token may do, and who may use it.  Trusted to ask, each time, whether it still
 * counts: its record, its owner's epoch, its role, its parents.
 */
#include "vaultd/keeper/authority_state.h"

#include <stdlib.h>
#include <string.h>

#include "keys/token.h"
#include "vaultd/keeper/owners.h"

#define DEPTH_MAX 16 /* of parents */

/* ---- whether it counts ---- */

static bool
is_of_epoch(struct records *r, const struct claims *c)
{
	struct owner all, owner;

	if (owners_get(r, (struct str){ "", 0 }, &all, NULL) != 0 || all.epoch != c->all_epoch)
		return false;
	return c->kind != CLAIMS_LOGIN ||
	    (owners_get(r, c->owner, &owner, NULL) == 0 && owner.epoch == c->epoch);
}

/* Where its rights come from is still there: a role, or the configuration. */
static bool
has_root(struct authority *a, const struct claims *c)
{
	if ((c->kind == CLAIMS_LOGIN || c->role.len > 0) && authority_role_of(a, c) == NULL)
		return false;
	return (c->flags & CLAIMS_OPERATOR) == 0 || authority_is_operator(a, c->owner);
}

/* A moment, and the end of what was found at it. */
struct look {
	int64_t wall, until;
};

static bool counts_or_heir(struct authority *a, const struct token *t, struct look *at,
    unsigned depth);

static bool
parent_counts(struct authority *a, const struct claims *c, struct look *at, unsigned depth)
{
	struct token parent;
	bool counts;

	if (c->parent.len == 0)
		return true;
	if (depth == 0 || tokens_find_accessor(a->vault, c->parent, &parent) != 0)
		return false;
	counts = counts_or_heir(a, &parent, at, depth - 1);
	tokens_release(&parent);
	return counts;
}

/* One that was revoked with leave for its children is the end of their line. */
static bool
counts_or_heir(struct authority *a, const struct token *t, struct look *at, unsigned depth)
{
	const struct claims *c = &t->claims;

	if (c->expires < at->until)
		at->until = c->expires;
	return claims_last(c, at->wall) && is_of_epoch(vault_records(a->vault), c) &&
	    has_root(a, c) &&
	    ((c->flags & CLAIMS_HEIR) != 0 || parent_counts(a, c, at, depth));
}

static bool
counts(struct authority *a, const struct token *t, struct look *at)
{
	return (t->claims.flags & CLAIMS_HEIR) == 0 && counts_or_heir(a, t, at, DEPTH_MAX);
}

bool
authority_counts(struct authority *a, const struct token *t, int64_t wall)
{
	struct look at = { wall, INT64_MAX };

	return counts(a, t, &at);
}

bool
authority_may_bear(struct authority *a, const struct token *t)
{
	struct token at = { .claims = t->claims }, parent;
	unsigned depth = 0;

	while (at.claims.parent.len > 0 && depth < DEPTH_MAX &&
	    tokens_find_accessor(a->vault, at.claims.parent, &parent) == 0) {
		tokens_release(&at);
		at = parent;
		depth++;
	}
	tokens_release(&at);
	return depth < DEPTH_MAX;
}

/* Whether this caller may use it: as its owner, from where its role lets it. */
static bool
is_for(struct authority *a, const struct claims *c, const struct peer *peer)
{
	const struct role *role = c->kind == CLAIMS_LOGIN ? authority_role_of(a, c) : NULL;

	if (c->kind == CLAIMS_WRAPPING)
		return true;
	if (role != NULL && (!constraints_admit(&role->constraints, peer->identity) ||
	    !role_networks_hold(role->networks, role->network_count, peer->address)))
		return false;
	return str_equal(c->owner, peer->identity->id) &&
	    role_networks_hold(c->networks, c->network_count, peer->address) &&
	    (c->address.len == 0 || str_is(c->address, peer->address));
}

/* ---- what it may do ---- */

static void
add_policies(struct authority *a, struct grant *g, const struct token *t)
{
	const struct claims *c = &t->claims;

	if (c->kind == CLAIMS_LOGIN)
		authority_add_role(a, g, (const uint8_t *)c->mount.at, authority_role_of(a, c),
		    c->owner);
	for (unsigned i = 0; i < c->count; i++)
		authority_add_policy(g, c->policies[i]);
}

static struct grant *
grant_of(struct authority *a, const struct token *t)
{
	struct grant *g = authority_new_grant(a);
	const struct claims *c = &t->claims;

	add_policies(a, g, t);
	g->display_name = str_copy(c->display_name);
	g->token = true;
	g->batch = (c->flags & CLAIMS_BATCH) != 0;
	g->counted = c->uses > 0;
	g->anonymous = (c->flags & CLAIMS_NO_ENTITY) != 0 || c->kind == CLAIMS_WRAPPING;
	g->issued = c->issued;
	clock_format(c->issued, g->issued_text);
	g->expires = c->expires;
	if (!g->batch)
		memcpy(g->accessor, t->accessor, sizeof(g->accessor));
	g->hashes = calloc(1, sizeof(*g->hashes));
	if (g->hashes == NULL)
		fatal("no memory for a grant");
	return g;
}

const struct grant *
authority_of_token(struct authority *a, const struct token *t)
{
	struct identity owner = { .id = t->claims.owner };
	struct grant *g = grant_of(a, t);
	const struct grant *lent = authority_lend(a, g);

	authority_merge(a, g, &owner, true);
	grant_release(&g);
	return lent;
}

const struct grant *
authority_names_of(struct authority *a, const struct token *t, const struct peer *peer,
    const struct grant *like)
{
	struct identity owner = { .id = t->claims.owner };
	struct grant *g = grant_of(a, t);
	const struct grant *lent = authority_lend(a, g);

	if (like != NULL && !like->anonymous && str_equal(owner.id, peer->identity->id)) {
		if (!g->anonymous)
			authority_take_identity(g, like);
	} else {
		authority_merge(a, g, &owner, false);
	}
	grant_release(&g);
	return lent;
}

/* ---- by a token ---- */

/*
 * A slot is found by a tag of the token under a key that nobody knows: how long a comparison of
 * it takes tells nothing.
 */
static struct grant_slot *
slot_of(struct authority *a, const uint8_t tag[DIGEST_TAG])
{
	uint32_t n;

	memcpy(&n, tag, sizeof(n));
	return &a->tokens[n % GRANTS];
}

static bool
is_slot_of(const struct authority *a, const struct grant_slot *s, const uint8_t tag[DIGEST_TAG],
    const struct peer *peer)
{
	return grant_slot_fits(a, s, peer) && memcmp(s->tag, tag, DIGEST_TAG) == 0;
}

/* What is kept in the slot still stands, or stands again: but for the time, nothing in it
 * changes with the token's record. */
static void
refresh(struct authority *a, struct grant_slot *s, const struct token *t, const struct peer *peer,
    const uint8_t tag[DIGEST_TAG])
{
	struct grant *g;

	if (is_slot_of(a, s, tag, peer) && s->grant->counted == (t->claims.uses > 0)) {
		s->grant->expires = t->claims.expires;
		return;
	}
	g = grant_of(a, t);
	authority_merge(a, g, peer->identity, true);
	g->disabled = g->disabled || authority_is_revoked(a, a->cert_mount, peer->identity);
	grant_slot_take(s, g, peer);
	memcpy(s->tag, tag, sizeof(s->tag));
}

static bool
look_again(struct authority *a, const struct peer *peer, struct str text, int64_t wall,
    const uint8_t tag[DIGEST_TAG])
{
	struct grant_slot *s = slot_of(a, tag);
	struct look at = { wall, INT64_MAX };
	struct token t;
	bool good;

	if (tokens_find(a->vault, text, &t) != 0)
		return false;
	good = counts(a, &t, &at) && is_for(a, &t.claims, peer);
	if (good) {
		refresh(a, s, &t, peer, tag);
		s->until = at.until;
		s->stamp = records_stamp(vault_records(a->vault), STAMP_TOKENS);
	}
	tokens_release(&t);
	return good;
}

const struct grant *
authority_by_token(struct authority *a, const struct peer *peer, struct str text, int64_t wall,
    struct error *err)
{
	uint8_t tag[DIGEST_TAG];
	struct grant_slot *s;

	digest_tag(a->tag_key, text, tag);
	s = slot_of(a, tag);
	if ((is_slot_of(a, s, tag, peer) && wall < s->until &&
	    s->stamp == records_stamp(vault_records(a->vault), STAMP_TOKENS)) ||
	    look_again(a, peer, text, wall, tag))
		return authority_lend(a, s->grant);
	/* One answer to every bad token: who asks learns nothing of why. */
	error_set(err, ERR_DENIED, "permission denied");
	return NULL;
}
