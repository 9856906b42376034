/*
 * Keeper: rotating named keys, for who asks and for the schedule.
 */
#include "vaultd/api/transit_keys.h"

#include "vaultd/api/transit.h"
#include "vaultd/keeper/named.h"

static bool
is_slow(const struct named_key *k)
{
	return key_type_traits(named_key_settings(k)->type)->slow_new;
}

/* The key with a version more, as a reference; NULL: err, or *later has to be done first. */
static struct named_key *
rotated(struct call *c, struct named_key *k, struct work **later, struct error *err)
{
	struct named_key *copy;

	if (is_slow(k)) {
		copy = transit_added(c, k, err);
		if (copy == NULL && err->code == ERR_NONE)
			*later = transit_add_work(k, NULL, NULL);
		return copy;
	}
	copy = named_key_copy(k);
	if (named_key_rotate(copy, err) != 0)
		named_key_free(&copy);
	return copy;
}

int
transit_rotate(struct call *c, const struct mount *m, struct str name, struct work **later,
    struct error *err)
{
	struct named_key *k = named_find(c->named, m->uuid, name, err), *copy = NULL;
	int rc = -1;

	if (k == NULL)
		return -1;
	if (named_key_settings(k)->soft_deleted)
		error_set(err, ERR_DENIED, "refusing to use soft-deleted key");
	else
		copy = rotated(c, k, later, err);
	if (copy != NULL)
		transit_store(c, m, name, copy);
	if (copy != NULL || *later != NULL)
		rc = 0;
	named_key_free(&copy);
	named_key_free(&k);
	return rc;
}

/* ---- who asks ---- */

static const struct absence not_found = { "key not found", NULL };

int
transit_key_rotate_prepare(struct call *c, struct work **w, struct error *err)
{
	struct named_key *k = transit_find(c, c->parameter[0], &not_found, err);

	if (k == NULL)
		return -1;
	if (is_slow(k))
		*w = transit_add_work(k, NULL, NULL);
	named_key_free(&k);
	return 0;
}

int
transit_key_rotate(struct call *c, struct error *err)
{
	struct work *later = NULL;
	struct named_key *k = NULL;
	int rc = transit_rotate(c, c->mount, c->parameter[0], &later, err);

	if (later != NULL) {
		work_free(&later);
		return error_set(err, ERR_INTERNAL, "a version was drawn for another key");
	}
	if (rc != 0)
		return transit_refuse(c, err);
	k = transit_find(c, c->parameter[0], &not_found, err);
	rc = k == NULL ? -1 : transit_show(c, c->parameter[0], (struct str){ "", 0 }, k, err);
	named_key_free(&k);
	return rc;
}
