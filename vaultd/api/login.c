/*
 * Keeper: auth/cert/login: a certificate becomes a token (vault-api 3).
 * Security: the identity is the connection's, whatever the body says; nothing is stored.
 */
#include "vaultd/api/cert.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "vaultd/api/lease.h"
#include "vaultd/api/token.h"
#include "vaultd/keeper/owners.h"

#define NO_MATCH "no chain matching all constraints could be found for this login certificate"
#define NO_ROLE "invalid certificate or no client certificate supplied"

int64_t
login_sum(const struct role *role)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325) + role->no_default;

	for (unsigned i = 0; i < role->policy_count; i++) {
		const struct str p = role->policies[i];

		for (size_t k = 0; k <= p.len; k++)
			sum = (sum ^ (k < p.len ? (uint8_t)p.at[k] : 0xff)) *
			    UINT64_C(0x100000001b3);
	}
	return (int64_t)sum;
}

/* "auth/cert/" and "svc" are "cert-svc". */
static struct str
display_name(struct call *c, const struct mount *mount, const struct role *role)
{
	struct str path = str_from(mount->path, strlen("auth/"));
	char *at = arena_alloc(c->arena, path.len + role->display_name.len + 1);

	if (at == NULL)
		return (struct str){ "", 0 };
	for (size_t i = 0; i < path.len; i++)
		at[i] = path.at[i] == '/' ? '-' : path.at[i];
	memcpy(at + path.len, role->display_name.at, role->display_name.len);
	return (struct str){ at, path.len + role->display_name.len };
}

static struct str
login_path(struct call *c, const struct mount *mount)
{
	char *at = arena_alloc(c->arena, mount->path.len + strlen("login"));

	if (at == NULL)
		return (struct str){ "", 0 };
	memcpy(at, mount->path.at, mount->path.len);
	memcpy(at + mount->path.len, "login", strlen("login"));
	return (struct str){ at, mount->path.len + strlen("login") };
}

static int
read_epochs(struct call *c, struct claims *claims, struct error *err)
{
	struct owner owner, all;

	if (owners_get(c->records, claims->owner, &owner, err) != 0 ||
	    owners_get(c->records, (struct str){ "", 0 }, &all, err) != 0)
		return -1;
	claims->epoch = owner.epoch;
	claims->all_epoch = all.epoch;
	return 0;
}

/* "batch" and "service" of a mount count whatever its roles say. */
static bool
is_batch(const struct mount *mount, const struct role *role)
{
	const char *type = mount->token_type;

	if (strcmp(type, "batch") == 0 || strcmp(type, "service") == 0)
		return strcmp(type, "batch") == 0;
	return role->batch || (!role->service && strcmp(type, "default-batch") == 0);
}

int
login_claims(struct call *c, const struct mount *mount, const struct role *role,
    struct claims *claims, struct error *err)
{
	bool batch = is_batch(mount, role);
	struct lease lease = { .wanted = role->ttl, .period = batch ? 0 : role->period,
		.max = role->max_ttl, .explicit_max = role->explicit_max, .issued = c->now };
	int64_t ttl = lease_from_now(c, mount, &lease);

	*claims = (struct claims){ .kind = CLAIMS_LOGIN, .owner = c->peer->identity->id,
		.mount = { (const char *)mount->uuid, sizeof(mount->uuid) },
		.role = { (const char *)role->id, sizeof(role->id) },
		.flags = CLAIMS_ORPHAN | (batch ? CLAIMS_BATCH : CLAIMS_RENEWABLE),
		.path = login_path(c, mount), .display_name = display_name(c, mount, role),
		.issued = c->now, .expires = c->now + ttl, .kept = c->now + ttl, .ttl = ttl,
		.explicit_max = role->explicit_max, .sum = login_sum(role) };
	if (!batch)
		claims->uses = role->uses;
	if (role->bind_address)
		claims->address = str_of(c->peer->address);
	return ttl > 0 ? read_epochs(c, claims, err) : -1;
}

void
login_answer(struct call *c, const struct claims *claims)
{
	struct token t = { .claims = *claims };
	struct buf text = BUF_INIT;

	tokens_seal(c->vault, &t, &text);
	token_answer(c, &t, buf_str(&text), claims->ttl);
	buf_free(&text);
}

int
api_login(struct call *c, struct error *err)
{
	struct str name = { "", 0 };
	const struct role *role;
	struct claims claims;
	bool known;

	if (field_text(c, "name", &name, NULL) != 0)
		return -1;
	role = authority_role(c->authority, c->mount, name, c->peer, &known);
	if (role == NULL ||
	    authority_is_revoked(c->authority, c->mount->uuid, c->peer->identity))
		return call_refuse(c, 400, "%s", known ? NO_MATCH : NO_ROLE);
	if (!role_networks_hold(role->networks, role->network_count, c->peer->address))
		return call_refuse(c, 403, "permission denied");
	if (c->grant == NULL) /* its entity is disabled */
		return call_refuse(c, 403, "permission denied");
	if (login_claims(c, c->mount, role, &claims, err) != 0)
		return -1;
	login_answer(c, &claims);
	return 0;
}
