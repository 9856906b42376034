/*
 * Keeper: named keys, from their records.
 *
 * What is kept lies in sets of a few places each; a key has one set, by a hash of mount and name,
 * and in it pushes out the one not used for longest.  So a search never takes long, whatever
 * names callers choose.
 */
#include "vaultd/keeper/named.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"

#define SETS 4096
#define WAYS 4
#define VERSIONS_KEPT 65536 /* of all keys together */

struct place {
	struct named_key *key; /* NULL: free */
	uint8_t mount[16];
	struct buf name;
	struct record_watch watch;
	uint64_t used;         /* when, in uses */
	uint32_t versions;
};

struct named {
	struct records *records;
	struct named_keys *all;
	uint64_t seed, uses;
	size_t versions; /* of all that is kept */
	size_t hand;     /* where room is made next */
	struct place places[SETS][WAYS];
};

struct named *
named_new(struct records *r, const struct keyring *k, const struct header *h)
{
	struct named *n = calloc(1, sizeof(*n));
	size_t locked;

	if (n == NULL)
		fatal("no memory for named keys");
	n->records = r;
	/* Half of the locked memory there is; OpenSSL and the vault's own keys need the rest. */
	secret_memory_used(&locked);
	n->all = named_keys_new(k, h, locked / 2);
	random_bytes(&n->seed, sizeof(n->seed));
	return n;
}

static void
clear(struct named *n, struct place *p)
{
	n->versions -= p->versions;
	named_key_free(&p->key);
	buf_free(&p->name);
	memset(p, 0, sizeof(*p));
}

void
named_free(struct named **n)
{
	if (*n == NULL)
		return;
	for (size_t i = 0; i < SETS; i++)
		for (size_t j = 0; j < WAYS; j++)
			clear(*n, &(*n)->places[i][j]);
	named_keys_free(&(*n)->all);
	free(*n);
	*n = NULL;
}

struct named_keys *
named_all(struct named *n)
{
	return n->all;
}

/* ---- what is kept ---- */

/* FNV-1a, begun with a number that callers do not know. */
static struct place *
set_of(struct named *n, const uint8_t mount[16], struct str name)
{
	uint64_t hash = n->seed;

	for (size_t i = 0; i < 16; i++)
		hash = (hash ^ mount[i]) * UINT64_C(0x100000001b3);
	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (uint8_t)name.at[i]) * UINT64_C(0x100000001b3);
	return n->places[(hash ^ hash >> 32) % SETS];
}

/* The place of a key in its set, still right; NULL: it is not kept. */
static struct place *
kept(struct named *n, struct place *set, const uint8_t mount[16], struct str name)
{
	for (size_t i = 0; i < WAYS; i++) {
		struct place *p = &set[i];

		if (p->key == NULL || memcmp(p->mount, mount, 16) != 0 ||
		    !str_equal(buf_str(&p->name), name))
			continue;
		return records_unchanged(n->records, &p->watch) ? p : NULL;
	}
	return NULL;
}

/* Keys of very many versions take the room of others. */
static void
make_room(struct named *n)
{
	while (n->versions > VERSIONS_KEPT) {
		clear(n, &n->places[n->hand / WAYS][n->hand % WAYS]);
		n->hand = (n->hand + 1) % ((size_t)SETS * WAYS);
	}
}

/* The place for a key: where it was kept before, else a free one, else the one unused longest. */
static struct place *
choose(struct place *set, const uint8_t mount[16], struct str name)
{
	struct place *p = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].key != NULL && memcmp(set[i].mount, mount, 16) == 0 &&
		    str_equal(buf_str(&set[i].name), name))
			return &set[i];
		if (set[i].used < p->used)
			p = &set[i];
	}
	return p;
}

static void
keep(struct named *n, struct place *p, const uint8_t mount[16], struct str name,
    struct named_key *k, const struct record_watch *w)
{
	const struct named_key_settings *s = named_key_settings(k);

	clear(n, p);
	make_room(n);
	p->key = named_key_ref(k);
	memcpy(p->mount, mount, sizeof(p->mount));
	buf_put_str(&p->name, name);
	p->watch = *w;
	p->used = ++n->uses;
	p->versions = 1 + s->latest_version - s->min_available_version;
	n->versions += p->versions;
}

/* ---- keys ---- */

static struct record_name
record_of(const uint8_t mount[16], struct str name)
{
	return (struct record_name){ RECORD_NAMED_KEY, mount, { "", 0 }, name };
}

static struct named_key *
read(struct named *n, const struct record_name *r, struct error *err)
{
	struct named_key_place place = { .name = r->name };
	struct buf text = BUF_INIT;
	struct named_key *k = NULL;

	memcpy(place.mount, r->mount, sizeof(place.mount));
	if (records_get(n->records, r, &text, err) == 0)
		k = named_key_parse(n->all, &place, buf_str(&text), err);
	buf_free(&text);
	return k;
}

struct named_key *
named_find(struct named *n, const uint8_t mount[16], struct str name, struct error *err)
{
	struct record_name r = record_of(mount, name);
	struct place *set = set_of(n, mount, name), *p = kept(n, set, mount, name);
	struct record_watch w;
	struct named_key *k;

	if (p != NULL) {
		p->used = ++n->uses;
		return named_key_ref(p->key);
	}
	k = read(n, &r, err);
	if (k == NULL)
		return NULL;
	records_watch(n->records, &r, &w);
	if (w.generation != 0)
		keep(n, choose(set, mount, name), mount, name, k, &w);
	return k;
}

bool
named_has(struct named *n, const uint8_t mount[16], struct str name)
{
	struct record_name r = record_of(mount, name);

	return kept(n, set_of(n, mount, name), mount, name) != NULL ||
	    records_has(n->records, &r);
}

/* Its record tells all of a key; a key that was pushed out and read again has the same. */
bool
named_same(const struct named_key *a, const struct named_key *b)
{
	struct buf first = BUF_INIT, second = BUF_INIT;
	bool same = a == b && a != NULL;

	if (!same && a != NULL && b != NULL) {
		named_key_format(a, &first);
		named_key_format(b, &second);
		same = str_equal(buf_str(&first), buf_str(&second));
	}
	buf_free(&first);
	buf_free(&second);
	return same;
}

void
named_put(struct named *n, const uint8_t mount[16], struct str name, const struct named_key *k)
{
	struct record_name r = record_of(mount, name);
	struct buf text = BUF_INIT;

	named_key_format(k, &text);
	records_put(n->records, &r, buf_str(&text));
	buf_free(&text);
}

void
named_delete(struct named *n, const uint8_t mount[16], struct str name)
{
	struct record_name r = record_of(mount, name);

	records_delete(n->records, &r);
}
