/*
 * Keeper: uses of named keys that a worker does.
 */
#include "vaultd/api/transit_use.h"

#include <stdlib.h>
#include <string.h>

#include "vaultd/api/transit_keys.h"

#define QUICK_ITEMS 8 /* of a key pair: a batch of more is slow */

bool
uses_slow(const struct named_key *k, enum use what, unsigned count)
{
	const struct key_traits *t = key_type_traits(named_key_settings(k)->type);
	bool private = what == USE_DECRYPT || what == USE_REWRAP || what == USE_SIGN;

	if (what == USE_HMAC || what == USE_VERIFY_HMAC || !t->signs)
		return false;
	return (private && t->slow_private) || count > QUICK_ITEMS;
}

struct use_work {
	struct work base;
	struct named_key *key;
	struct uses uses;
	struct buf texts; /* what the items point into */
	struct outcomes out;
};

static void
run_work(struct work *base)
{
	struct use_work *w = (struct use_work *)base;

	uses_run(w->key, &w->uses, &w->out);
}

static void
free_work(struct work *base)
{
	struct use_work *w = (struct use_work *)base;

	named_key_free(&w->key);
	buf_free(&w->texts);
	buf_free(&w->out.text);
	free(w->out.list);
	free(w->uses.items);
	free(w);
}

/* A version that was disabled meanwhile, or a key that was deleted, does nothing more. */
static bool
fits(const struct work *base, struct call *c)
{
	return transit_is_still(c, ((const struct use_work *)base)->key);
}

/* The texts of an item that are worked with; the reference is in the request. */
#define ITEM_TEXTS(it) { &(it)->input, &(it)->context, &(it)->associated, &(it)->proof }
#define TEXTS 4

static void
copy_item(struct use_item *it, struct buf *texts)
{
	struct str *const all[TEXTS] = ITEM_TEXTS(it);

	it->reference = (struct str){ NULL, 0 };
	for (size_t i = 0; i < TEXTS; i++) {
		const uint8_t *at = buf_reserve(texts, all[i]->len);

		buf_put_str(texts, *all[i]);
		all[i]->at = (const char *)at;
	}
}

static size_t
size_of(const struct uses *u)
{
	size_t size = 0;

	for (unsigned i = 0; i < u->count; i++) {
		const struct str *const all[TEXTS] = ITEM_TEXTS(&u->items[i]);

		for (size_t n = 0; n < TEXTS; n++)
			size += all[n]->len;
	}
	return size;
}

struct work *
uses_work(struct named_key *k, const struct uses *u)
{
	struct use_work *w = calloc(1, sizeof(*w));

	if (w != NULL) {
		w->uses = *u;
		w->uses.items = calloc(u->count, sizeof(*u->items));
		w->out.list = calloc(u->count, sizeof(*w->out.list));
	}
	if (w == NULL || w->uses.items == NULL || w->out.list == NULL)
		fatal("no memory for work with %u items", u->count);
	w->base.run = run_work;
	w->base.free = free_work;
	w->base.fits = fits;
	w->key = named_key_ref(k);
	memcpy(w->uses.items, u->items, u->count * sizeof(*u->items));
	/* Room for all at once: the items point into it. */
	buf_reserve(&w->texts, size_of(u));
	for (unsigned i = 0; i < u->count; i++)
		copy_item(&w->uses.items[i], &w->texts);
	return &w->base;
}

const struct outcomes *
uses_done(const struct call *c)
{
	if (c->work == NULL || c->work->run != run_work)
		return NULL;
	return &((const struct use_work *)c->work)->out;
}
