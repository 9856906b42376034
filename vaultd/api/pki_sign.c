/*
 * Keeper: signatures of RSA, made by a worker.  A request begins anew when its signature is
 * done; whatever has changed meanwhile (role, issuer, the caller's rights) counts then, as the
 * signature does only for the very bytes that would be signed.
 */
#include <stdlib.h>
#include <string.h>

#include "vaultd/api/pki_order.h"

struct sign_work {
	struct work work;
	struct ca_key *key;
	struct ca_key_manner manner;
	struct pki_signed what;
	struct pki_key_wish wish; /* of the leaf's key, when there is one */
	struct leaf_key leaf;
};

/* In a worker thread. */
static void
sign(struct work *w)
{
	struct sign_work *s = (struct sign_work *)w;

	ca_key_sign(s->key, s->manner, buf_str(&s->what.part), &s->what.signature);
	ca_key_free(&s->key);
}

static void
drop(struct work *w)
{
	struct sign_work *s = (struct sign_work *)w;

	ca_key_free(&s->key);
	buf_free(&s->what.part);
	buf_free(&s->what.signature);
	leaf_key_clear(&s->leaf);
	free(s);
}

struct work *
pki_sign_work(struct ca_key **key, struct ca_key_manner manner, const struct pki_signed *what)
{
	struct sign_work *s = calloc(1, sizeof(*s));

	if (s == NULL)
		fatal("no memory for a signature");
	s->work = (struct work){ sign, drop };
	s->key = *key;
	s->manner = manner;
	s->what = *what;
	*key = NULL;
	return &s->work;
}

static struct sign_work *
work_of(const struct call *c)
{
	return c->work != NULL && c->work->run == sign ? (struct sign_work *)c->work : NULL;
}

const struct pki_signed *
pki_signed_of(const struct call *c)
{
	struct sign_work *s = work_of(c);

	return s == NULL ? NULL : &s->what;
}

int64_t
pki_now(const struct call *c)
{
	const struct pki_signed *what = pki_signed_of(c);

	return what == NULL ? c->now : what->now;
}

/* RSA keys of leaves are another worker's: the wish's own text may be gone when this is done.
 */
void
pki_sign_put_leaf(struct work *w, const struct pki_key_wish *wish, struct leaf_key *leaf)
{
	struct sign_work *s = (struct sign_work *)w;

	s->wish = *wish;
	s->wish.type = strcmp(wish->type, "ec") == 0 ? "ec" : "ed25519";
	s->leaf = *leaf;
	memset(leaf, 0, sizeof(*leaf));
}

bool
pki_sign_take_leaf(struct call *c, const struct pki_key_wish *wish, struct leaf_key *leaf)
{
	struct sign_work *s = work_of(c);

	if (s == NULL || s->leaf.der == NULL || strcmp(s->wish.type, wish->type) != 0 ||
	    s->wish.bits != wish->bits || s->wish.form != wish->form)
		return false;
	*leaf = s->leaf;
	memset(&s->leaf, 0, sizeof(s->leaf));
	return true;
}
