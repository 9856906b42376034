/*
 * gate: counts by key, in a hash table whose hash is keyed, so that no caller can choose names
 * that collide.
 */
#include "vaultd/gate/tally.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"

#define FIRST 64 /* lists; a power of two, as every size after it */

struct tally_entry {
	struct tally_entry *next;
	uint64_t hash;
	uint32_t count;
	size_t len;
	uint8_t key[];
};

struct tally {
	uint8_t hash_key[crypto_shorthash_KEYBYTES];
	struct tally_entry **lists;
	size_t size, entries;
};

static struct tally_entry **
lists_new(size_t size)
{
	struct tally_entry **lists = calloc(size, sizeof(*lists));

	if (lists == NULL)
		fatal("no memory for a tally");
	return lists;
}

struct tally *
tally_new(void)
{
	struct tally *t = calloc(1, sizeof(*t));

	if (t == NULL)
		fatal("no memory for a tally");
	random_bytes(t->hash_key, sizeof(t->hash_key));
	t->size = FIRST;
	t->lists = lists_new(t->size);
	return t;
}

void
tally_free(struct tally **t)
{
	if (*t == NULL)
		return;
	free((*t)->lists);
	free(*t);
	*t = NULL;
}

static void
grow(struct tally *t)
{
	size_t size = t->size * 2;
	struct tally_entry **lists = lists_new(size);

	for (size_t i = 0; i < t->size; i++) {
		struct tally_entry *next;

		for (struct tally_entry *e = t->lists[i]; e != NULL; e = next) {
			next = e->next;
			e->next = lists[e->hash & (size - 1)];
			lists[e->hash & (size - 1)] = e;
		}
	}
	free(t->lists);
	t->lists = lists;
	t->size = size;
}

static struct tally_entry *
add(struct tally *t, uint64_t hash, const void *key, size_t len)
{
	struct tally_entry *e = calloc(1, sizeof(*e) + len);

	if (e == NULL)
		fatal("no memory for a tally");
	if (++t->entries > t->size)
		grow(t);
	e->hash = hash;
	e->len = len;
	memcpy(e->key, key, len);
	e->next = t->lists[hash & (t->size - 1)];
	t->lists[hash & (t->size - 1)] = e;
	return e;
}

struct tally_entry *
tally_take(struct tally *t, const void *key, size_t len, uint32_t most)
{
	struct tally_entry *e;
	uint64_t hash;

	crypto_shorthash((unsigned char *)&hash, key, len, t->hash_key);
	e = t->lists[hash & (t->size - 1)];
	while (e != NULL && (e->hash != hash || e->len != len || memcmp(e->key, key, len) != 0))
		e = e->next;
	if ((e != NULL ? e->count : 0) >= most)
		return NULL;
	if (e == NULL)
		e = add(t, hash, key, len);
	e->count++;
	return e;
}

void
tally_give(struct tally *t, struct tally_entry **e)
{
	struct tally_entry *mine = *e, **at;

	*e = NULL;
	if (mine == NULL || --mine->count > 0)
		return;
	for (at = &t->lists[mine->hash & (t->size - 1)]; *at != mine; at = &(*at)->next)
		continue;
	*at = mine->next;
	t->entries--;
	free(mine);
}
