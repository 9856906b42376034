/*
 * Keeper: named keys and versions that a worker makes.
 */
#include "vaultd/api/transit_keys.h"

#include <stdlib.h>
#include <string.h>

#include "vaultd/keeper/named.h"

/* What a worker needs of a source of key bytes: copies, and a reference to the wrapping key. */
struct held_source {
	struct named_key_source source;
	struct named_key *wrapping;
	struct buf texts;
};

static void
hold_source(struct held_source *h, const struct named_key_source *s, struct named_key *wrapping)
{
	h->source = *s;
	h->source.wrapping = h->wrapping = wrapping != NULL ? named_key_ref(wrapping) : NULL;
	buf_reserve(&h->texts, s->ciphertext.len + s->public_pem.len);
	buf_put_str(&h->texts, s->ciphertext);
	buf_put_str(&h->texts, s->public_pem);
	h->source.ciphertext.at = (const char *)h->texts.data;
	h->source.public_pem.at = (const char *)h->texts.data + s->ciphertext.len;
}

static void
drop_source(struct held_source *h)
{
	named_key_free(&h->wrapping);
	buf_free(&h->texts);
}

/* ---- a key ---- */

struct make_work {
	struct work base;
	struct named_keys *all;
	struct named_key_request request;
	struct buf name;
	bool imports;
	struct held_source held;
	struct named_key *made;
	struct error err; /* why it was not */
};

static struct named_key *
make(struct named_keys *all, const struct named_key_request *r,
    const struct named_key_source *source, struct error *err)
{
	if (r->type == KEY_WRAPPING)
		return named_key_new_wrapping(all, &r->place, err);
	return source != NULL ? named_key_import(all, r, source, err) : named_key_new(all, r, err);
}

static void
run_make(struct work *base)
{
	struct make_work *w = (struct make_work *)base;

	w->made = make(w->all, &w->request, w->imports ? &w->held.source : NULL, &w->err);
}

static void
free_make(struct work *base)
{
	struct make_work *w = (struct make_work *)base;

	drop_source(&w->held);
	named_key_free(&w->made);
	named_keys_unref(&w->all);
	buf_free(&w->name);
	free(w);
}

struct work *
transit_make_work(struct call *c, const struct named_key_request *r,
    const struct named_key_source *source, struct named_key *wrapping)
{
	struct make_work *w = calloc(1, sizeof(*w));

	if (w == NULL)
		fatal("no memory for a key to be made");
	w->base.run = run_make;
	w->base.free = free_make;
	w->all = named_keys_ref(named_all(c->named));
	w->request = *r;
	buf_put_str(&w->name, r->place.name);
	w->request.place.name = buf_str(&w->name);
	w->imports = source != NULL;
	if (source != NULL)
		hold_source(&w->held, source, wrapping);
	return &w->base;
}

struct named_key *
transit_made(const struct call *c, struct error *err)
{
	struct make_work *w = (struct make_work *)c->work;

	if (w == NULL || w->base.run != run_make) {
		error_set(err, ERR_INTERNAL, "no worker has made a key");
		return NULL;
	}
	if (w->made == NULL)
		*err = w->err;
	return w->made != NULL ? named_key_ref(w->made) : NULL;
}

struct named_key *
transit_make(struct call *c, const struct named_key_request *r, struct error *err)
{
	return c->work != NULL ? transit_made(c, err) : make(named_all(c->named), r, NULL, err);
}

/* ---- a version ---- */

struct add_work {
	struct work base;
	struct named_key *from;
	struct named_key *copy; /* with the version, when it is done */
	bool imports;
	struct held_source held;
	struct error err; /* why it was not */
};

static void
run_add(struct work *base)
{
	struct add_work *w = (struct add_work *)base;
	int rc = w->imports ? named_key_import_version(w->copy, &w->held.source, &w->err) :
			      named_key_rotate(w->copy, &w->err);

	if (rc != 0)
		named_key_free(&w->copy);
}

static void
free_add(struct work *base)
{
	struct add_work *w = (struct add_work *)base;

	drop_source(&w->held);
	named_key_free(&w->copy);
	named_key_free(&w->from);
	free(w);
}

bool
transit_is_still(struct call *c, const struct named_key *k)
{
	struct named_key *now = named_find(c->named, c->mount->uuid, c->parameter[0], NULL);
	bool same = named_same(now, k);

	named_key_free(&now);
	return same;
}

/* What was added to a key that has changed meanwhile would undo that change. */
static bool
fits(const struct work *base, struct call *c)
{
	return transit_is_still(c, ((const struct add_work *)base)->from);
}

struct work *
transit_add_work(struct named_key *k, const struct named_key_source *source,
    struct named_key *wrapping)
{
	struct add_work *w = calloc(1, sizeof(*w));

	if (w == NULL)
		fatal("no memory for a version to be made");
	w->base.run = run_add;
	w->base.free = free_add;
	w->base.fits = fits;
	w->from = named_key_ref(k);
	w->copy = named_key_copy(k);
	w->imports = source != NULL;
	if (source != NULL)
		hold_source(&w->held, source, wrapping);
	return &w->base;
}

struct named_key *
transit_added(const struct call *c, const struct named_key *k, struct error *err)
{
	struct add_work *w = (struct add_work *)c->work;

	if (w == NULL || w->base.run != run_add || !named_same(w->from, k))
		return NULL;
	if (w->copy == NULL)
		*err = w->err;
	return w->copy != NULL ? named_key_ref(w->copy) : NULL;
}
