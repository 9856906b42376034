/*
 * Keeper: keys that are made for a PKI mount, slow ones by a worker.
 */
#include <stdlib.h>
#include <string.h>

#include "vaultd/api/pki_order.h"

struct key_work {
	struct work work;
	struct pki_key_wish wish;
	struct ca_key *ca; /* what was made: one or the other */
	struct leaf_key leaf;
};

/* In a worker thread. */
static void
make(struct work *w)
{
	struct key_work *k = (struct key_work *)w;
	const struct pki_key_wish *wish = &k->wish;

	if (wish->of_ca)
		k->ca = ca_key_new(wish->type, wish->bits, NULL);
	else
		(void)leaf_key_make(wish->type, wish->bits, wish->form, &k->leaf, NULL);
}

static void
drop(struct work *w)
{
	struct key_work *k = (struct key_work *)w;

	ca_key_free(&k->ca);
	leaf_key_clear(&k->leaf);
	free(k);
}

struct work *
pki_work_new(const struct pki_key_wish *wish)
{
	struct key_work *k;

	if (strcmp(wish->type, "rsa") != 0)
		return NULL;
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		fatal("no memory for a key");
	k->work = (struct work){ make, drop };
	k->wish = *wish;
	k->wish.type = "rsa"; /* the wish's own text may be gone when the work is done */
	return &k->work;
}

/* What a worker made, if it is what is wished for now: a role may have changed meanwhile. */
static struct key_work *
done(struct call *c, const struct pki_key_wish *wish)
{
	struct key_work *k =
	    c->work != NULL && c->work->run == make ? (struct key_work *)c->work : NULL;

	return k != NULL && strcmp(k->wish.type, wish->type) == 0 &&
		       k->wish.bits == wish->bits && k->wish.of_ca == wish->of_ca &&
		       k->wish.form == wish->form
		   ? k
		   : NULL;
}

int
pki_take_leaf(
    struct call *c, const struct pki_key_wish *wish, struct leaf_key *k, struct error *err)
{
	struct key_work *w = done(c, wish);

	if (pki_sign_take_leaf(c, wish, k))
		return 0;
	if (w == NULL || w->leaf.der == NULL)
		return leaf_key_make(wish->type, wish->bits, wish->form, k, err);
	*k = w->leaf;
	memset(&w->leaf, 0, sizeof(w->leaf));
	return 0;
}

struct ca_key *
pki_take_ca(struct call *c, const struct pki_key_wish *wish, struct error *err)
{
	struct key_work *w = done(c, wish);
	struct ca_key *k;

	if (w == NULL || w->ca == NULL)
		return ca_key_new(wish->type, wish->bits, err);
	k = w->ca;
	w->ca = NULL;
	return k;
}
