/*
 * Keeper: keys that are made for a PKI mount, slow ones by a worker.
 */
#include <stdlib.h>
#include <string.h>

#include "vaultd/api/pki_order.h"

/* In a worker thread. */
static void
make(struct work *w)
{
	struct pki_work *p = (struct pki_work *)w;

	if (p->of_ca)
		p->ca = ca_key_new(p->type, p->bits, NULL);
	else
		(void)leaf_key_make(p->type, p->bits, &p->leaf, NULL);
}

static void
drop(struct work *w)
{
	struct pki_work *p = (struct pki_work *)w;

	ca_key_free(&p->ca);
	leaf_key_clear(&p->leaf);
	free(p);
}

struct work *
pki_work_new(const char *type, unsigned bits, bool of_ca)
{
	struct pki_work *p;

	if (strcmp(type, "rsa") != 0)
		return NULL;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		fatal("no memory for a key");
	*p = (struct pki_work){ .work = { make, drop }, .type = "rsa", .bits = bits,
		.of_ca = of_ca };
	return &p->work;
}

/* What a worker made, if it is of that kind: a role may have changed meanwhile. */
static struct pki_work *
done(struct call *c, const char *type, unsigned bits, bool of_ca)
{
	struct pki_work *p = (struct pki_work *)c->work;

	return p != NULL && strcmp(p->type, type) == 0 && p->bits == bits && p->of_ca == of_ca ? p :
												 NULL;
}

int
pki_take_leaf(struct call *c, const char *type, unsigned bits, struct leaf_key *k,
    struct error *err)
{
	struct pki_work *p = done(c, type, bits, false);

	if (p == NULL || p->leaf.plain == NULL)
		return leaf_key_make(type, bits, k, err);
	*k = p->leaf;
	memset(&p->leaf, 0, sizeof(p->leaf));
	return 0;
}

struct ca_key *
pki_take_ca(struct call *c, const char *type, unsigned bits, struct error *err)
{
	struct pki_work *p = done(c, type, bits, true);
	struct ca_key *k;

	if (p == NULL || p->ca == NULL)
		return ca_key_new(type, bits, err);
	k = p->ca;
	p->ca = NULL;
	return k;
}
