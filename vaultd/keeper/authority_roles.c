/*
 * Keeper: roles of the cert mounts, and whom their revocation lists name, as the records have
 * them.
 */
#include "vaultd/keeper/authority_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "vaultd/keeper/crls.h"
#include "vaultd/keeper/mounts.h"

/* ---- what is kept of them ---- */

void
authority_forget_roles(struct authority *a)
{
	while (a->tables != NULL) {
		struct role_table *t = a->tables;

		a->tables = t->next;
		roles_free(&t->roles);
		crls_free(&t->crls);
		free(t);
	}
	a->cert_known = a->cert_there = false;
}

void
authority_role_written(struct authority *a, const uint8_t mount[16], struct str name)
{
	struct stale_role *s = calloc(1, sizeof(*s));

	if (s == NULL)
		fatal("no memory for a role's name");
	memcpy(s->mount, mount, sizeof(s->mount));
	s->name = str_copy(name);
	s->next = a->stale;
	a->stale = s;
}

/* Whatever became of the batch, the records say what counts. */
void
authority_refresh_roles(struct authority *a)
{
	bool failed = false;

	while (a->stale != NULL) {
		struct stale_role *s = a->stale;
		struct error err = ERROR_INIT;

		for (struct role_table *t = a->tables; t != NULL; t = t->next)
			if (t->roles != NULL && memcmp(t->mount, s->mount, sizeof(s->mount)) == 0 &&
			    roles_refresh(t->roles, str_of(s->name), &err) != 0)
				failed = true;
		if (err.code != ERR_NONE)
			log_error("role \"%s\": %s", s->name, err.text);
		a->stale = s->next;
		free(s->name);
		free(s);
	}
	if (failed)
		authority_forget_roles(a);
}

/* The cert mount of that uuid, or at that path, copied out of the table; false: none. */
static bool
find_mount(struct authority *a, const uint8_t *uuid, struct str path, struct mount *found)
{
	struct error err = ERROR_INIT;
	struct mounts *all = mounts_load(vault_records(a->vault), &err);
	bool there = false;

	if (all == NULL)
		log_error("no role counts: %s", err.text);
	for (unsigned i = 0; all != NULL && i < mounts_count(all); i++) {
		const struct mount *m = mounts_at(all, i);

		if (m->type != MOUNT_CERT || there ||
		    (uuid != NULL ? memcmp(m->uuid, uuid, 16) != 0 : !str_equal(m->path, path)))
			continue;
		*found = *m;
		there = true;
	}
	mounts_free(&all);
	return there;
}

/* What one that cannot be read might have forbidden is forbidden: then no role of it counts. */
static void
load(struct authority *a, struct role_table *t)
{
	struct records *r = vault_records(a->vault);
	struct error err = ERROR_INIT;

	t->roles = roles_load(r, t->mount, &err);
	t->crls = t->roles == NULL ? NULL : crls_load(r, t->mount, &err);
	if (t->crls != NULL)
		return;
	log_error("no role of a mount counts: %s", err.text);
	roles_free(&t->roles);
}

/* NULL: there is no such mount. */
static const struct role_table *
find_table(struct authority *a, const uint8_t mount[16])
{
	struct role_table *t;
	struct mount found;

	for (t = a->tables; t != NULL; t = t->next)
		if (memcmp(t->mount, mount, 16) == 0)
			return t;
	if (!find_mount(a, mount, (struct str){ NULL, 0 }, &found))
		return NULL;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		fatal("no memory for roles");
	memcpy(t->mount, mount, sizeof(t->mount));
	load(a, t);
	t->next = a->tables;
	a->tables = t;
	return t;
}

static const struct roles *
roles_of(struct authority *a, const uint8_t mount[16])
{
	const struct role_table *t = find_table(a, mount);

	return t == NULL ? NULL : t->roles;
}

bool
authority_is_revoked(struct authority *a, const uint8_t mount[16], const struct identity *id)
{
	const struct role_table *t = find_table(a, mount);

	return t != NULL && t->crls != NULL && crls_name(t->crls, id);
}

void
authority_find_cert(struct authority *a)
{
	struct mount cert;

	if (a->cert_known)
		return;
	a->cert_there = find_mount(a, NULL, str_of("auth/cert/"), &cert);
	if (a->cert_there) {
		memcpy(a->cert_mount, cert.uuid, sizeof(a->cert_mount));
		memcpy(a->cert_accessor, cert.accessor, sizeof(a->cert_accessor));
	}
	a->cert_known = true;
}

/* Certificates without a token are served as a login at auth/cert/ would serve them. */
const struct role *
authority_first_role(struct authority *a, const struct peer *peer)
{
	const struct roles *roles;

	authority_find_cert(a);
	roles = a->cert_there ? roles_of(a, a->cert_mount) : NULL;
	return roles == NULL ? NULL : roles_match(roles, peer->identity, peer->address);
}

const struct role *
authority_role_of(struct authority *a, const struct claims *c)
{
	const struct roles *roles = c->mount.len == 0 || c->role.len == 0 ?
	    NULL :
	    roles_of(a, (const uint8_t *)c->mount.at);

	return roles == NULL ? NULL : roles_by_id(roles, (const uint8_t *)c->role.at);
}

/* ---- logging in ---- */

const struct role *
authority_role(struct authority *a, const struct mount *mount, struct str name,
    const struct peer *peer, bool *known)
{
	const struct roles *roles = roles_of(a, mount->uuid);
	const struct role *role;

	*known = roles != NULL && roles_count(roles) > 0;
	if (!*known)
		return NULL;
	if (name.len == 0)
		return roles_match(roles, peer->identity, peer->address);
	role = roles_by_name(roles, name);
	*known = role != NULL;
	return role != NULL && constraints_admit(&role->constraints, peer->identity) ? role : NULL;
}
