/*
 * Keeper: sys/leases.  Nothing is leased here: what is asked about a lease is answered as for
 * one that has ended (vault-api 1.6).
 */
#include "vaultd/api/leases.h"

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

int
api_lease_revoke_all(struct call *c, struct error *err)
{
	(void)c;
	(void)err;
	return 0;
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
