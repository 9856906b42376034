/*
 * Keeper: auth/token/renew and its kin.
 */
#include "vaultd/api/token.h"

#include <string.h>

#include "base/clock.h"
#include "vaultd/api/cert.h"
#include "vaultd/api/lease.h"
#include "vaultd/api/settings.h"

/* A login is renewed by what its role says now, unless that gives other policies than then. */
static int
read_login(struct call *c, const struct claims *claims, struct lease *l,
    const struct mount **mount)
{
	const struct role *role = authority_role_of(c->authority, claims);

	if (role == NULL || login_sum(role) != claims->sum)
		return call_refuse(c, 400,
		    "failed to renew entry: policies have changed, not renewing");
	for (unsigned i = 0; i < mounts_count(c->mounts); i++)
		if (memcmp(mounts_at(c->mounts, i)->uuid, claims->mount.at, 16) == 0)
			*mount = mounts_at(c->mounts, i);
	if (l->wanted == 0)
		l->wanted = role->ttl;
	l->period = role->period;
	l->max = role->max_ttl;
	return 0;
}

static int
read_created(struct call *c, const struct claims *claims, struct lease *l, struct error *err)
{
	const struct json *role = NULL;
	int rc = claims->token_role.len == 0 ? 0 :
					       token_role_find(c, claims->token_role, &role, err);
	int64_t period, most;

	if (rc < 0)
		return -1;
	if (rc > 0)
		return call_refuse(c, 400,
		    "original token role \"%.*s\" could not be found, not renewing",
		    STR(claims->token_role));
	period = settings_number(role, "token_period") * CLOCK_SECOND;
	most = settings_number(role, "token_explicit_max_ttl") * CLOCK_SECOND;
	l->period = lease_least(claims->period, period);
	l->explicit_max = lease_least(claims->explicit_max, most);
	if (l->wanted == 0)
		l->wanted = claims->ttl;
	return 0;
}

/* An orphan by inheritance is one for good: what its parent left need not be kept for it. */
static void
settle_parent(struct call *c, struct claims *claims)
{
	if (claims->parent.len == 0 || !token_is_orphan(c, claims))
		return;
	claims->parent.len = 0;
	claims->flags |= CLAIMS_ORPHAN;
}

static int
renew(struct call *c, struct token *t, struct str text, struct error *err)
{
	struct claims *claims = &t->claims;
	const struct mount *mount = c->mount;
	struct lease l = { .issued = claims->issued, .explicit_max = claims->explicit_max };
	int64_t increment = 0, ttl;

	if ((claims->flags & CLAIMS_BATCH) != 0)
		return call_refuse(c, 400, "batch tokens cannot be renewed");
	if (field_duration(c, "increment", &increment, NULL) != 0)
		return -1;
	if (increment < 0)
		return call_refuse(c, 400, "Field validation failed: "
		    "error converting input for field \"increment\": a negative duration");
	if ((claims->flags & CLAIMS_RENEWABLE) == 0)
		return call_refuse(c, 400, "lease is not renewable");
	l.wanted = increment > 0 ? increment : claims->increment;
	if ((claims->kind == CLAIMS_LOGIN ? read_login(c, claims, &l, &mount) :
					    read_created(c, claims, &l, err)) != 0)
		return -1;
	ttl = lease_from_now(c, mount, &l);
	if (ttl <= 0)
		return -1;
	claims->increment = increment > 0 ? increment : claims->increment;
	claims->renewed = c->now;
	claims->expires = c->now + ttl;
	settle_parent(c, claims);
	if (token_store(c, t, err) != 0)
		return -1;
	token_answer(c, t, text, ttl);
	return 0;
}

int
api_token_renew_self(struct call *c, struct error *err)
{
	struct buf text = BUF_INIT;
	struct token t;
	int rc = token_of_caller(c, &t, &text, err);

	if (rc == 0) {
		/*
		 * A certificate has nothing to renew: what it is worth now is as good as new.
		 */
		if (c->token.len == 0)
			token_answer(c, &t, buf_str(&text), t.claims.ttl);
		else
			rc = renew(c, &t, buf_str(&text), err);
		tokens_release(&t);
	}
	buf_free(&text);
	return rc;
}

int
api_token_renew(struct call *c, struct error *err)
{
	struct str text;
	struct token t;
	int rc = token_in_field(c, &text, &t);

	if (rc != 0)
		return rc < 0 ? -1 : call_refuse(c, 400, "token not found");
	rc = renew(c, &t, text, err);
	tokens_release(&t);
	return rc;
}

int
api_token_renew_accessor(struct call *c, struct error *err)
{
	struct token t;
	int rc;

	if (token_by_accessor(c, &t) != 0)
		return -1;
	rc = renew(c, &t, (struct str){ "", 0 }, err);
	tokens_release(&t);
	return rc;
}
