/*
 * Keeper: an index over roles.  One table of chains; a chain is sorted by the roles' names, so
 * its first role that admits is the first of all in it.
 */
#include "vaultd/keeper/role_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define FNV_START UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)
#define CHAINS_LEAST 64 /* a power of two, as each later number of them */

enum key { KEY_EXACT, KEY_HEAD, KEY_ID };

struct entry {
	uint64_t hash;
	enum key key;
	size_t length; /* of what was hashed */
	const struct role *role;
	struct entry *next;
};

struct role_index {
	struct entry **chains;
	size_t room, count;
	unsigned heads[SPIFFE_ID_MAX + 1]; /* how many there are of each length */
};

static uint64_t
step(uint64_t hash, char byte)
{
	return (hash ^ (uint8_t)byte) * FNV_PRIME;
}

static uint64_t
hash_of(const void *bytes, size_t len)
{
	uint64_t hash = FNV_START;

	for (size_t i = 0; i < len; i++)
		hash = step(hash, ((const char *)bytes)[i]);
	return hash;
}

/* ---- keeping ---- */

static void
enter(struct role_index *x, struct entry *e)
{
	struct entry **at = &x->chains[e->hash & (x->room - 1)];

	while (*at != NULL && str_compare((*at)->role->name, e->role->name) < 0)
		at = &(*at)->next;
	e->next = *at;
	*at = e;
}

static void
resize(struct role_index *x, size_t room)
{
	struct entry **old = x->chains;
	size_t had = x->room;

	x->chains = calloc(room, sizeof(*x->chains));
	if (x->chains == NULL)
		fatal("no memory for an index of %zu roles", x->count);
	x->room = room;
	for (size_t i = 0; i < had; i++)
		while (old[i] != NULL) {
			struct entry *e = old[i];

			old[i] = e->next;
			enter(x, e);
		}
	free(old);
}

struct role_index *
role_index_new(void)
{
	struct role_index *x = calloc(1, sizeof(*x));

	if (x == NULL)
		fatal("no memory for an index of roles");
	resize(x, CHAINS_LEAST);
	return x;
}

void
role_index_free(struct role_index **x)
{
	if (*x == NULL)
		return;
	for (size_t i = 0; i < (*x)->room; i++)
		while ((*x)->chains[i] != NULL) {
			struct entry *e = (*x)->chains[i];

			(*x)->chains[i] = e->next;
			free(e);
		}
	free((*x)->chains);
	free(*x);
	*x = NULL;
}

static void
add(struct role_index *x, enum key key, struct str text, const struct role *role)
{
	struct entry *e = malloc(sizeof(*e));

	if (e == NULL)
		fatal("no memory for an index of %zu roles", x->count);
	*e = (struct entry){ hash_of(text.at, text.len), key, text.len, role, NULL };
	if (++x->count > x->room)
		resize(x, x->room * 2);
	enter(x, e);
	if (key == KEY_HEAD)
		x->heads[text.len]++;
}

static void
drop(struct role_index *x, enum key key, struct str text, const struct role *role)
{
	struct entry **at = &x->chains[hash_of(text.at, text.len) & (x->room - 1)], *e;

	while (*at != NULL && ((*at)->role != role || (*at)->key != key ||
	    (*at)->length != text.len))
		at = &(*at)->next;
	if ((e = *at) == NULL)
		return;
	*at = e->next;
	free(e);
	x->count--;
	if (key == KEY_HEAD)
		x->heads[text.len]--;
}

typedef void keep(struct role_index *x, enum key key, struct str text, const struct role *role);

/* Each key of a role: one that asks for no URI is for all. */
static void
each_key(struct role_index *x, const struct role *role, keep *f)
{
	struct str head, tail;

	f(x, KEY_ID, (struct str){ (const char *)role->id, ROLE_ID }, role);
	if (role->constraints.uri_count == 0)
		f(x, KEY_HEAD, (struct str){ "", 0 }, role);
	for (unsigned i = 0; i < role->constraints.uri_count; i++) {
		bool pattern = str_cut(role->constraints.uri[i], '*', &head, &tail);

		if (head.len <= SPIFFE_ID_MAX)
			f(x, pattern ? KEY_HEAD : KEY_EXACT, head, role);
	}
}

void
role_index_add(struct role_index *x, const struct role *role)
{
	each_key(x, role, add);
}

void
role_index_remove(struct role_index *x, const struct role *role)
{
	each_key(x, role, drop);
}

/* ---- finding ---- */

struct search {
	const struct role_index *x;
	bool (*admits)(void *arg, const struct role *role);
	void *arg;
	const struct role *best;
};

static void
look(struct search *s, enum key key, uint64_t hash, size_t length)
{
	const struct entry *e = s->x->chains[hash & (s->x->room - 1)];

	for (; e != NULL; e = e->next) {
		if (e->hash != hash || e->key != key || e->length != length)
			continue;
		if (s->best != NULL && str_compare(e->role->name, s->best->name) >= 0)
			return;
		if (s->admits(s->arg, e->role)) {
			s->best = e->role;
			return;
		}
	}
}

const struct role *
role_index_first(const struct role_index *x, struct str spiffe_id,
    bool (*admits)(void *arg, const struct role *role), void *arg)
{
	struct search s = { x, admits, arg, NULL };
	uint64_t hash = FNV_START;

	for (size_t i = 0; i <= spiffe_id.len && i <= SPIFFE_ID_MAX; i++) {
		if (x->heads[i] > 0)
			look(&s, KEY_HEAD, hash, i);
		if (i < spiffe_id.len)
			hash = step(hash, spiffe_id.at[i]);
	}
	look(&s, KEY_EXACT, hash, spiffe_id.len);
	return s.best;
}

static bool
has_id(void *id, const struct role *role)
{
	return memcmp(role->id, id, ROLE_ID) == 0;
}

const struct role *
role_index_by_id(const struct role_index *x, const uint8_t id[ROLE_ID])
{
	struct search s = { x, has_id, (void *)(uintptr_t)id, NULL };

	look(&s, KEY_ID, hash_of(id, ROLE_ID), ROLE_ID);
	return s.best;
}
