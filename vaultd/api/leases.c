/*
 * Keeper: sys/leases.  Nothing but tokens is leased here: what is asked about a lease is
 * answered as for one that has ended (vault-api 1.6).
 */
#include "vaultd/api/leases.h"

#include "vaultd/keeper/owners.h"

/* The lease that is named, in the body or the path.  -1: refused, there is none. */
static int
read_id(struct call *c)
{
	struct str id = c->parameter[0];

	if (id.len == 0 && field_text(c, "lease_id", &id, NULL) != 0)
		return -1;
	return id.len > 0 ? 0 : call_refuse(c, 400, "lease_id must be specified");
}

int
api_lease_lookup(struct call *c, struct error *err)
{
	(void)err;
	return read_id(c) != 0 ? -1 : call_refuse(c, 400, "invalid lease");
}

int
api_lease_renew(struct call *c, struct error *err)
{
	(void)err;
	return read_id(c) != 0 ? -1 : call_refuse(c, 400, "lease not found");
}

int
api_lease_revoke(struct call *c, struct error *err)
{
	(void)err;
	return read_id(c);
}

/* Tokens are what a log-in leases: "auth" is all of them, at once. */
int
api_lease_revoke_all(struct call *c, struct error *err)
{
	if (!str_is(c->parameter[0], "auth"))
		return 0;
	return owners_withdraw(c->records, (struct str){ "", 0 }, err);
}

int
api_lease_list(struct call *c, struct error *err)
{
	(void)err;
	return call_not_found(c);
}

int
api_lease_tidy(struct call *c, struct error *err)
{
	(void)err;
	c->reply.status = 202;
	call_warn(c, "There is nothing to tidy: no lease outlives its request.");
	return 0;
}
