/*
 * Keeper: roles, read from the records.
 */
#include "vaultd/keeper/role.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "vaultd/ipc/address.h"

/* Address space of the arena that holds all roles of a mount; touched as it is used. */
#define ROLES_BYTES ((size_t)256 * 1024 * 1024)

struct roles {
	struct arena *arena;
	struct records *records;
	const uint8_t *mount;
	unsigned count, room;
	struct role *list;
	struct error *err;
	bool failed;
};

static const struct str *
list(struct arena *a, const struct json *role, const char *field, unsigned *count)
{
	const struct json *array = json_find(role, field);
	struct str *items;
	unsigned n = 0;

	*count = 0;
	if (array == NULL || array->type != JSON_ARRAY || array->count == 0)
		return NULL;
	items = arena_alloc(a, array->count * sizeof(*items));
	if (items == NULL)
		return NULL;
	for (const struct json *e = array->first; e != NULL; e = e->next)
		items[n++] = e->text;
	*count = n;
	return items;
}

static void
read_constraints(struct arena *a, const struct json *role, struct constraints *c)
{
	c->names = list(a, role, "allowed_names", &c->name_count);
	c->common_names = list(a, role, "allowed_common_names", &c->common_name_count);
	c->dns = list(a, role, "allowed_dns_sans", &c->dns_count);
	c->email = list(a, role, "allowed_email_sans", &c->email_count);
	c->uri = list(a, role, "allowed_uri_sans", &c->uri_count);
	c->units = list(a, role, "allowed_organizational_units", &c->unit_count);
	c->extensions = list(a, role, "required_extensions", &c->extension_count);
}

static struct role *
grow(struct roles *all)
{
	if (all->count == all->room) {
		all->room = all->room == 0 ? 16 : all->room * 2;
		all->list = realloc(all->list, all->room * sizeof(*all->list));
		if (all->list == NULL)
			fatal("no memory for %u roles", all->room);
	}
	memset(&all->list[all->count], 0, sizeof(*all->list));
	return &all->list[all->count++];
}

static int
read_role(struct roles *all, struct str name, struct str text)
{
	const struct json *no_default, *json;
	struct role *role;

	text = arena_copy(all->arena, text);
	json = text.at == NULL ?
	    NULL :
	    json_parse(all->arena, text, &json_limits_body, all->err);
	if (json == NULL)
		return error_set(all->err, ERR_LIMIT, "the roles do not fit into memory");
	role = grow(all);
	role->name = arena_copy(all->arena, name);
	if (json_find(json, "display_name") != NULL)
		role->display_name = json_find(json, "display_name")->text;
	read_constraints(all->arena, json, &role->constraints);
	role->policies = list(all->arena, json, "token_policies", &role->policy_count);
	role->networks = list(all->arena, json, "token_bound_cidrs", &role->network_count);
	no_default = json_find(json, "token_no_default_policy");
	role->no_default = no_default != NULL && no_default->type == JSON_TRUE;
	return 0;
}

static bool
load(void *arg, struct str name)
{
	struct roles *all = arg;
	struct record_name n = { RECORD_ROLE, all->mount, { "", 0 }, name };
	struct buf text = BUF_INIT;

	all->failed = records_get(all->records, &n, &text, all->err) != 0 ||
	    read_role(all, name, buf_str(&text)) != 0;
	buf_free(&text);
	return !all->failed;
}

struct roles *
roles_load(struct records *r, const uint8_t mount[16], struct error *err)
{
	struct roles *all = calloc(1, sizeof(*all));

	if (all == NULL || (all->arena = arena_new(ROLES_BYTES, 0, err)) == NULL)
		fatal("no memory for the roles");
	all->records = r;
	all->mount = mount;
	all->err = err;
	if (records_list(r, RECORD_ROLE, mount, (struct str){ "", 0 }, (struct str){ "", 0 }, 0,
		load, all, err) != 0 || all->failed)
		roles_free(&all);
	return all;
}

void
roles_free(struct roles **r)
{
	if (*r == NULL)
		return;
	arena_free((*r)->arena);
	free((*r)->list);
	free(*r);
	*r = NULL;
}

unsigned
roles_count(const struct roles *r)
{
	return r->count;
}

const struct role *
roles_at(const struct roles *r, unsigned i)
{
	return &r->list[i];
}

/* The address (as inet_ntop wrote it) in the form that networks are held against. */
static bool
read_address(const char *text, struct sockaddr_storage *to)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;

	memset(to, 0, sizeof(*to));
	to->ss_family = AF_INET6;
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1)
		return true;
	to->ss_family = AF_INET;
	return inet_pton(AF_INET, text, &v4->sin_addr) == 1;
}

static bool
from_here(const struct role *role, const char *address)
{
	struct sockaddr_storage from;
	struct network n;

	if (role->network_count == 0)
		return true;
	if (!read_address(address, &from))
		return false;
	for (unsigned i = 0; i < role->network_count; i++)
		if (network_parse(role->networks[i], &n) &&
		    network_holds(&n, (const struct sockaddr *)&from))
			return true;
	return false;
}

const struct role *
roles_match(const struct roles *r, const struct identity *id, const char *address)
{
	for (unsigned i = 0; i < r->count; i++)
		if (constraints_admit(&r->list[i].constraints, id) &&
		    from_here(&r->list[i], address))
			return &r->list[i];
	return NULL;
}
