/*
 * Keeper: matching paths against the tables of the engines.
 */
#include "vaultd/keeper/routes.h"

#include <string.h>

static const struct route *const tables[MOUNT_TYPES] = {
	[MOUNT_SYSTEM] = routes_sys,
	[MOUNT_KV2] = routes_kv2,
	[MOUNT_CERT] = routes_cert,
	[MOUNT_KV1] = routes_kv1,
	[MOUNT_TRANSIT] = routes_transit,
	[MOUNT_PKI] = routes_pki,
	[MOUNT_TOKEN] = routes_token,
	[MOUNT_IDENTITY] = routes_identity,
	[MOUNT_CUBBYHOLE] = routes_cubbyhole,
	[MOUNT_KV_UPGRADE] = routes_kv_upgrade,
};

const struct route *
routes_of(enum mount_type type)
{
	return tables[type];
}

/* Match the rest of a path against "*name", "*name?", or "*name/last". */
static bool
take_rest(struct str pattern, struct str path, struct str *parameter)
{
	struct str name, last, end;

	*parameter = path;
	if (!str_cut(pattern, '/', &name, &last))
		return path.len > 0 || str_ends(pattern, "?");
	if (path.len < last.len + 2)
		return false;
	end = str_from(path, path.len - last.len - 1);
	parameter->len -= end.len;
	return end.at[0] == '/' && str_equal(str_from(end, 1), last);
}

static bool
match(const char *text, struct str path, bool list, struct str *parameters)
{
	struct str want, have, pattern = str_of(text), rest = path;
	unsigned n = 0;
	bool more = true, left = true;

	while (more) {
		if (str_starts(pattern, "*"))
			return take_rest(pattern, left ? rest : (struct str){ "", 0 },
			    &parameters[n]);
		if (!left)
			return false;
		more = str_cut(pattern, '/', &want, &pattern);
		left = str_cut(rest, '/', &have, &rest);
		if (str_starts(want, ":")) {
			if (have.len == 0)
				return false;
			parameters[n++] = have;
		} else if (!str_equal(want, have)) {
			return false;
		}
	}
	/* The path of a list ends in '/', whatever its pattern says. */
	return !left || (list && rest.len == 0);
}

const struct route *
routes_find(struct call *c, enum mount_type type, bool *known)
{
	struct str parameters[ROUTE_PARAMETERS];

	*known = false;
	for (const struct route *r = tables[type]; r->pattern != NULL; r++) {
		memset(parameters, 0, sizeof(parameters));
		bool lists = (c->operation & r->operations & (OP_LIST | OP_SCAN)) != 0;

		if (((r->flags & ROUTE_ELSE) != 0 && *known) ||
		    !match(r->pattern, c->rest, lists, parameters))
			continue;
		*known = true;
		if ((r->operations & c->operation) == 0)
			continue;
		memcpy(c->parameter, parameters, sizeof(parameters));
		return r;
	}
	return NULL;
}

bool
route_knows(const struct route *r, struct str name)
{
	struct str one, rest = str_of(r->fields != NULL ? r->fields : "");

	while (str_cut(rest, ' ', &one, &rest) || one.len > 0)
		if (str_equal(one, name) || str_is(one, "*"))
			return true;
	return false;
}

bool
route_parameter(struct str segment, struct str *name)
{
	if (!str_starts(segment, ":") && !str_starts(segment, "*"))
		return false;
	*name = str_from(segment, 1);
	if (str_ends(*name, "?"))
		name->len--;
	return true;
}

bool
route_captures(const struct route *r, struct str name)
{
	struct str one, captured, rest = str_of(r->pattern);

	while (str_cut(rest, '/', &one, &rest) || one.len > 0)
		if (route_parameter(one, &captured) && str_equal(captured, name))
			return true;
	return false;
}

const char *
operation_name(enum operation op)
{
	switch (op) {
	case OP_READ:
		return "read";
	case OP_LIST:
		return "list";
	case OP_SCAN:
		return "scan";
	case OP_WRITE:
		return "update";
	case OP_PATCH:
		return "patch";
	case OP_DELETE:
		return "delete";
	case OP_HELP:
		return "help";
	}
	return "unknown";
}
