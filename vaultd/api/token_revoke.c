/*
 * Keeper: auth/token/revoke and its kin.
 */
#include "vaultd/api/token.h"

#include <string.h>

#include "vaultd/api/lease.h"

static int
revoke(struct call *c, struct token *t, bool orphan, struct error *err)
{
	if ((t->claims.flags & CLAIMS_BATCH) != 0)
		return call_refuse(c, 400, "batch tokens cannot be revoked");
	return tokens_revoke(c->vault, t, orphan ? lease_end_of_all(c) : 0, c->now, err);
}

int
api_token_revoke_self(struct call *c, struct error *err)
{
	struct token t;
	int rc;

	/* A certificate is not revoked here, and nothing else was sent. */
	if (c->token.len == 0)
		return 0;
	if (tokens_find(c->vault, c->token, &t) != 0)
		return call_refuse(c, 403, "permission denied");
	rc = revoke(c, &t, false, err);
	tokens_release(&t);
	return rc;
}

int
api_token_revoke(struct call *c, struct error *err)
{
	struct str text;
	struct token t;
	int rc = token_in_field(c, &text, &t);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	rc = revoke(c, &t, false, err);
	tokens_release(&t);
	return rc;
}

int
api_token_revoke_orphan(struct call *c, struct error *err)
{
	struct str text;
	struct token t;
	int rc = token_in_field(c, &text, &t);

	if (rc != 0)
		return rc < 0 ? -1 : call_refuse(c, 400, "token to revoke not found");
	rc = revoke(c, &t, true, err);
	tokens_release(&t);
	return rc;
}

static bool
is_accessor(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (strchr("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
			s.at[i]) == NULL)
			return false;
	return s.len == TOKEN_ACCESSOR;
}

/*
 * A login has no record, and may be one all the same: it is denied from now on by its accessor
 * alone, and its holder will find out.
 */
static int
deny(struct call *c, struct str accessor, struct error *err)
{
	if (is_accessor(accessor) && tokens_deny(c->vault, accessor, c->peer->identity->id,
		lease_end_of_all(c), err) != 0)
		return -1;
	call_warn(c, "No token found with this accessor");
	return 0;
}

int
api_token_revoke_accessor(struct call *c, struct error *err)
{
	struct str accessor = { "", 0 };
	struct token t;
	int rc = 0;

	if (field_text(c, "accessor", &accessor, NULL) != 0)
		return -1;
	if (accessor.len == 0)
		return call_refuse_wrapped(c, 400, "missing accessor");
	if (token_find_accessor(c, accessor, &t) != 0)
		return deny(c, accessor, err);
	if (authority_counts(c->authority, &t, c->now))
		rc = revoke(c, &t, false, err);
	else
		call_warn(c, "No token found with this accessor");
	tokens_release(&t);
	return rc;
}

/* What has expired goes by itself; there is nothing to tidy that would not be tidy. */
int
api_token_tidy(struct call *c, struct error *err)
{
	(void)err;
	call_warn(c, "Tidy operation successfully started. Any information from the operation "
	    "will be printed to the server logs.");
	c->reply.status = 202;
	return 0;
}
