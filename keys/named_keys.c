/*
 * Which versions of all named keys are open.  Trusted with the key that opens them.
 *
 * The open ones are linked by their last use.  When they take more than the limit, those not
 * used for longest are closed, but for those that some thread is using.
 */
#include <stdlib.h>
#include <string.h>

#include "keys/aead.h"
#include "keys/named_inside.h"

struct named_keys *
named_keys_new(const struct keyring *k, const struct header *h, size_t open_bytes)
{
	struct named_keys *all = calloc(1, sizeof *all);

	if (all == NULL || pthread_mutex_init(&all->lock, NULL) != 0)
		fatal("no memory for named keys");
	all->refs = 1;
	all->limit = open_bytes;
	all->wrapping = secret_part(keyring_key(k, KEYRING_NAMED), 0, AEAD_KEY);
	all->attesting = secret_part(keyring_key(k, KEYRING_ATTEST), 0, AEAD_KEY);
	ad_start(&all->bound, "vaultd named key 1");
	ad_put(&all->bound, h->vault_id, VAULT_ID);
	ad_put(&all->bound, h->hublet, strlen(h->hublet));
	return all;
}

struct named_keys *
named_keys_ref(struct named_keys *all)
{
	atomic_fetch_add(&all->refs, 1);
	return all;
}

void
named_keys_unref(struct named_keys **all)
{
	if (atomic_fetch_sub(&(*all)->refs, 1) == 1) {
		pthread_mutex_destroy(&(*all)->lock);
		free(*all);
	}
	*all = NULL;
}

static void
link_newest(struct named_keys *all, struct named_version *v)
{
	v->newer = NULL;
	v->older = all->newest;
	if (v->older != NULL)
		v->older->newer = v;
	else
		all->oldest = v;
	all->newest = v;
}

static void
unlink_version(struct named_keys *all, struct named_version *v)
{
	if (v->newer != NULL)
		v->newer->older = v->older;
	else
		all->newest = v->older;
	if (v->older != NULL)
		v->older->newer = v->newer;
	else
		all->oldest = v->newer;
}

static void
close_version(struct named_keys *all, struct named_version *v)
{
	unlink_version(all, v);
	all->cost -= v->open->cost;
	all->open--;
	named_version_close(&v->open);
}

/* Close what nobody uses, oldest first, until the rest takes no more than the limit. */
static void
shrink(struct named_keys *all, size_t limit)
{
	struct named_version *v = all->oldest;

	while (v != NULL && all->cost > limit) {
		struct named_version *newer = v->newer;

		if (v->users == 0)
			close_version(all, v);
		v = newer;
	}
}

void
named_keys_free(struct named_keys **all)
{
	if (*all == NULL)
		return;
	pthread_mutex_lock(&(*all)->lock);
	(*all)->closed = true;
	shrink(*all, 0);
	secret_free(&(*all)->wrapping);
	secret_free(&(*all)->attesting);
	pthread_mutex_unlock(&(*all)->lock);
	named_keys_unref(all);
}

unsigned
named_keys_open(struct named_keys *all)
{
	unsigned open = 0;

	pthread_mutex_lock(&all->lock);
	open = all->open;
	pthread_mutex_unlock(&all->lock);
	return open;
}

int
named_keys_refuse_closed(const struct named_keys *all, struct error *err)
{
	return all->closed ? error_set(err, ERR_SEALED, "Vault is sealed") : 0;
}

/* Under the lock. */
static int
open_version(const struct named_key *k, struct named_version *v, struct error *err)
{
	struct named_keys *all = k->all;

	if (named_keys_refuse_closed(all, err) != 0 ||
	    (v->open = named_version_open(k, v, err)) == NULL)
		return -1;
	link_newest(all, v);
	all->cost += v->open->cost;
	all->open++;
	return 0;
}

struct named_open *
named_keys_acquire(const struct named_key *k, struct named_version *v, struct error *err)
{
	struct named_keys *all = k->all;
	struct named_open *open = NULL;

	pthread_mutex_lock(&all->lock);
	if (v->open == NULL) {
		if (open_version(k, v, err) != 0)
			goto out;
	} else if (all->newest != v) {
		unlink_version(all, v);
		link_newest(all, v);
	}
	open = v->open;
	v->users++;
	shrink(all, all->limit);
out:
	pthread_mutex_unlock(&all->lock);
	return open;
}

void
named_keys_release(const struct named_key *k, struct named_version *v)
{
	pthread_mutex_lock(&k->all->lock);
	if (--v->users == 0 && k->all->closed)
		close_version(k->all, v);
	pthread_mutex_unlock(&k->all->lock);
}

void
named_keys_share(const struct named_key *k)
{
	pthread_mutex_lock(&k->all->lock);
	for (size_t i = 0; i < k->count; i++)
		k->slots[i].version->refs++;
	pthread_mutex_unlock(&k->all->lock);
}

void
named_keys_drop(const struct named_key *k, size_t from, size_t to)
{
	pthread_mutex_lock(&k->all->lock);
	for (size_t i = from; i < to; i++) {
		struct named_version *v = k->slots[i].version;

		if (--v->refs > 0)
			continue;
		if (v->open != NULL)
			close_version(k->all, v);
		named_version_free(&v);
	}
	pthread_mutex_unlock(&k->all->lock);
}
