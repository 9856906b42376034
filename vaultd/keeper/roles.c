/*
 * Keeper: the roles of a mount, sorted by name, and an index over them.
 */
#include "vaultd/keeper/roles.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "vaultd/keeper/role_index.h"

#define SCRATCH_BYTES ((size_t)16 * 1024 * 1024) /* for parsing one role */

struct roles {
	struct records *records;
	uint8_t mount[16];
	struct arena *scratch;
	unsigned count, room;
	struct role **list;
	struct role_index *index;
	struct error *err; /* while loading */
	bool failed;
};

/* Where a name is, or would be. */
static unsigned
place_of(const struct roles *r, struct str name, bool *there)
{
	unsigned low = 0, high = r->count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (str_compare(r->list[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*there = low < r->count && str_equal(r->list[low]->name, name);
	return low;
}

static void
add(struct roles *r, struct role *role)
{
	bool there;
	unsigned at = place_of(r, role->name, &there);

	if (r->count == r->room) {
		r->room = r->room == 0 ? 16 : r->room * 2;
		r->list = realloc(r->list, r->room * sizeof(*r->list));
		if (r->list == NULL)
			fatal("no memory for %u roles", r->room);
	}
	memmove(r->list + at + 1, r->list + at, (r->count - at) * sizeof(*r->list));
	r->list[at] = role;
	r->count++;
	role_index_add(r->index, role);
}

static void
take_away(struct roles *r, struct str name)
{
	bool there;
	unsigned at = place_of(r, name, &there);

	if (!there)
		return;
	role_index_remove(r->index, r->list[at]);
	role_free(&r->list[at]);
	r->count--;
	memmove(r->list + at, r->list + at + 1, (r->count - at) * sizeof(*r->list));
}

int
roles_refresh(struct roles *r, struct str name, struct error *err)
{
	struct record_name n = { RECORD_ROLE, r->mount, { "", 0 }, name };
	struct error why = ERROR_INIT;
	struct buf text = BUF_INIT;
	struct role *role = NULL;

	if (records_get(r->records, &n, &text, &why) == 0)
		role = role_read(r->scratch, name, buf_str(&text), &why);
	arena_reset(r->scratch);
	buf_free(&text);
	if (role == NULL && why.code != ERR_NOT_FOUND)
		return error_set(err, why.code, "%s", why.text);
	take_away(r, name);
	if (role != NULL)
		add(r, role);
	return 0;
}

static bool
load(void *arg, struct str name)
{
	struct roles *r = arg;

	r->failed = roles_refresh(r, name, r->err) != 0;
	return !r->failed;
}

struct roles *
roles_load(struct records *records, const uint8_t mount[16], struct error *err)
{
	struct roles *r = calloc(1, sizeof(*r));
	struct str all = { "", 0 };

	if (r == NULL || (r->scratch = arena_new(SCRATCH_BYTES, 0, err)) == NULL)
		fatal("no memory for the roles");
	r->records = records;
	memcpy(r->mount, mount, sizeof(r->mount));
	r->index = role_index_new();
	r->err = err;
	if (records_list(records, RECORD_ROLE, r->mount, all, all, 0, load, r, err) != 0 ||
	    r->failed)
		roles_free(&r);
	return r;
}

void
roles_free(struct roles **r)
{
	if (*r == NULL)
		return;
	for (unsigned i = 0; i < (*r)->count; i++)
		role_free(&(*r)->list[i]);
	role_index_free(&(*r)->index);
	arena_free((*r)->scratch);
	free((*r)->list);
	free(*r);
	*r = NULL;
}

unsigned
roles_count(const struct roles *r)
{
	return r->count;
}

/* ---- finding ---- */

const struct role *
roles_by_name(const struct roles *r, struct str name)
{
	bool there;
	unsigned at = place_of(r, name, &there);

	return there ? r->list[at] : NULL;
}

const struct role *
roles_by_id(const struct roles *r, const uint8_t id[ROLE_ID])
{
	return role_index_by_id(r->index, id);
}

struct caller {
	const struct identity *id;
	const char *address;
};

static bool
admits(void *arg, const struct role *role)
{
	struct caller *c = arg;

	return constraints_admit(&role->constraints, c->id) &&
	    role_networks_hold(role->networks, role->network_count, c->address);
}

const struct role *
roles_match(const struct roles *r, const struct identity *id, const char *address)
{
	struct caller c = { id, address };

	return role_index_first(r->index, id->id, admits, &c);
}
