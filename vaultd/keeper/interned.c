/*
 * Keeper: texts by number.
 */
#include "vaultd/keeper/interned.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct interned {
	struct str *texts; /* owned */
	uint32_t count, room;
	uint32_t *places; /* open addressing: numbers + 1; 0: none */
	uint32_t mask;
	uint64_t seed;
};

/* Eight bytes at a time: every reading of a secret comes by here. */
uint64_t
interned_hash(uint64_t h, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	uint64_t word;

	for (h ^= len; len > 0;
	     at += sizeof(word), len -= len < sizeof(word) ? len : sizeof(word)) {
		word = 0;
		memcpy(&word, at, len < sizeof(word) ? len : sizeof(word));
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	return h;
}

static uint32_t *
make_places(uint32_t n)
{
	uint32_t *places = calloc(n, sizeof(*places));

	if (places == NULL)
		fatal("no memory for %u texts", n);
	return places;
}

struct interned *
interned_new(uint64_t seed)
{
	struct interned *t = calloc(1, sizeof(*t));

	if (t == NULL)
		fatal("no memory for texts");
	t->seed = seed;
	t->mask = 255;
	t->places = make_places(t->mask + 1);
	return t;
}

void
interned_free(struct interned **t)
{
	if (*t == NULL)
		return;
	for (uint32_t i = 0; i < (*t)->count; i++)
		free((char *)(uintptr_t)(*t)->texts[i].at);
	free((*t)->texts);
	free((*t)->places);
	free(*t);
	*t = NULL;
}

static uint32_t *
place_of(const struct interned *t, struct str text)
{
	uint32_t i = (uint32_t)interned_hash(t->seed, text.at, text.len) & t->mask;

	while (t->places[i] != 0 && !str_equal(t->texts[t->places[i] - 1], text))
		i = (i + 1) & t->mask;
	return &t->places[i];
}

/* Half empty, so that a look is short. */
static void
grow(struct interned *t)
{
	free(t->places);
	t->mask = t->mask * 2 + 1;
	t->places = make_places(t->mask + 1);
	for (uint32_t i = 0; i < t->count; i++)
		*place_of(t, t->texts[i]) = i + 1;
}

static struct str
copy(struct str s)
{
	char *at = malloc(s.len + 1);

	if (at == NULL)
		fatal("no memory for a text");
	memcpy(at, s.at, s.len);
	return (struct str){at, s.len};
}

uint32_t
interned_add(struct interned *t, struct str text)
{
	uint32_t *place = place_of(t, text);

	if (*place != 0)
		return *place - 1;
	if (t->count == t->room) {
		t->room = t->room == 0 ? 64 : t->room * 2;
		t->texts = realloc(t->texts, t->room * sizeof(*t->texts));
		if (t->texts == NULL)
			fatal("no memory for %u texts", t->room);
	}
	t->texts[t->count++] = copy(text);
	*place = t->count;
	if (t->count > t->mask / 2)
		grow(t);
	return t->count - 1;
}

struct str
interned_text(const struct interned *t, uint32_t number)
{
	return t->texts[number];
}
