/*
 * Keeper: authorising a request.  Trusted to let nobody do what no policy of his allows.
 */
#include "vaultd/keeper/authorize.h"

#include "base/log.h"
#include "vaultd/keeper/reply.h"
#include "vaultd/keeper/wrapping.h"

static enum acl_operation
acl_operation(struct call *c)
{
	bool exists = c->route == NULL || c->route->exists == NULL;

	switch (c->operation) {
	case OP_READ:
		return ACL_READ;
	case OP_LIST:
		return ACL_LIST;
	case OP_SCAN:
		return ACL_SCAN;
	case OP_PATCH:
		return ACL_PATCH;
	case OP_DELETE:
		return ACL_DELETE;
	case OP_HELP:
		return ACL_HELP;
	case OP_WRITE:
		break;
	}
	return exists || c->route->exists(c) ? ACL_UPDATE : ACL_CREATE;
}

static bool
has_flag(const struct call *c, enum route_flag flag)
{
	return c->route != NULL && (c->route->flags & flag) != 0;
}

/* Take away one use of a counted token, whatever becomes of the request.  -1: refused. */
static int
use_token(struct call *c, bool *last)
{
	struct error err = ERROR_INIT;
	struct token t;
	int rc;

	if (tokens_find(c->vault, c->token, &t) != 0)
		return call_refuse(c, 403, "permission denied");
	rc = tokens_use(c->vault, &t, last, &err);
	tokens_release(&t);
	if (rc != 0)
		reply_error(c, &err);
	return rc;
}

void
authorize_end(struct call *c)
{
	struct error err = ERROR_INIT;
	struct token t;

	if (tokens_find(c->vault, c->token, &t) != 0)
		return;
	if (tokens_revoke(c->vault, &t, 0, c->now, &err) != 0)
		log_error("a token outlived its last use: %s", err.text);
	tokens_release(&t);
}

/*
 * A token that is not the caller's to use is not used when it is looked at: whoever may look
 * tokens up may look at this one, by the right of his certificate.
 */
static bool
may_look(struct call *c)
{
	static const struct acl_request ask = { .path = { "auth/token/lookup", 17 },
		.operation = ACL_UPDATE };
	struct acl_verdict verdict;

	if (!has_flag(c, ROUTE_LOOKS))
		return false;
	c->grant = authority_grant(c->authority, c->peer, (struct str){ NULL, 0 }, c->now, NULL);
	if (c->grant != NULL && acl_decide(c->grant->acl, &ask, &verdict))
		return true;
	c->grant = NULL;
	return false;
}

/* 0; -1: refused, or it must be counted in the batch. */
static int
count(struct call *c, enum turn *turn, bool *last)
{
	if (!c->grant->counted)
		return 0;
	if (*turn == TURN_ALONE)
		return call_refuse(c, 400, "a token of limited uses is not for this");
	if (*turn == TURN_BATCH)
		return use_token(c, last);
	*turn = TURN_BATCH;
	return -1;
}

int
authorize(struct call *c, enum turn *turn, bool *last)
{
	struct error err = ERROR_INIT;
	struct acl_request ask = { .path = c->path, .body = c->body, .wrap_ttl = c->wrap_ttl };
	struct acl_verdict verdict;

	if (vault_state(c->vault) != VAULT_OPEN)
		return 0;
	if (has_flag(c, ROUTE_LOGIN))
		c->token = (struct str){ NULL, 0 };
	c->grant = authority_grant(c->authority, c->peer, c->token, c->now, &err);
	if (has_flag(c, ROUTE_OPEN))
		return 0;
	if (c->grant == NULL && may_look(c))
		return 0;
	if (c->grant == NULL)
		return has_flag(c, ROUTE_UNWRAPS) ? call_refuse(c, 400, "%s", WRAPPING_BAD) :
						    call_refuse(c, 403, "%s", err.text);
	if (count(c, turn, last) != 0)
		return -1;
	ask.operation = acl_operation(c);
	ask.sudo = has_flag(c, ROUTE_SUDO);
	return acl_decide(c->grant->acl, &ask, &verdict) ? 0 : call_refuse(c, 403, DENIED);
}
