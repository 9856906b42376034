/*
 * Named keys as such: made, copied, given a further version.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "keys/named_inside.h"

static struct named_key *
allocate(struct named_keys *all, const char *name, size_t len)
{
	struct named_key *k = calloc(1, sizeof *k);

	if (k == NULL || (k->name = strndup(len > 0 ? name : "", len)) == NULL)
		fatal("no memory for a named key");
	k->refs = 1;
	k->all = all;
	atomic_fetch_add(&all->refs, 1);
	return k;
}

struct named_key *
named_key_empty(struct named_keys *all, const struct named_key_place *place,
    const struct named_key_settings *set)
{
	struct named_key *k = allocate(all, place->name.at, place->name.len);
	const struct str where[] = {
	    {(const char *)place->mount, sizeof place->mount}, place->name};

	hash_sum(HASH_SHA2_256, where, 2, k->id);
	k->set = *set;
	return k;
}

struct named_key *
named_key_ref(struct named_key *k)
{
	atomic_fetch_add(&k->refs, 1);
	return k;
}

void
named_key_free(struct named_key **k)
{
	struct named_key *last = *k;

	*k = NULL;
	if (last == NULL || atomic_fetch_sub(&last->refs, 1) > 1)
		return;
	named_keys_drop(last, 0, last->count);
	named_keys_unref(&last->all);
	free(last->slots);
	free(last->name);
	free(last);
}

struct named_key *
named_key_copy(const struct named_key *k)
{
	struct named_key *copy = allocate(k->all, k->name, strlen(k->name));

	memcpy(copy->id, k->id, sizeof copy->id);
	copy->set = k->set;
	copy->count = k->count;
	copy->slots = reallocarray(NULL, k->count, sizeof *k->slots);
	if (copy->slots == NULL)
		fatal("no memory for a named key");
	memcpy(copy->slots, k->slots, k->count * sizeof *k->slots);
	named_keys_share(copy);
	return copy;
}

void
named_key_append(struct named_key *k, struct named_version **v, bool disabled)
{
	struct named_slot *slots = reallocarray(k->slots, k->count + 1, sizeof *slots);

	if (slots == NULL)
		fatal("no memory for a named key");
	k->slots = slots;
	slots[k->count++] = (struct named_slot){*v, disabled};
	k->set.latest_version = (*v)->number;
	*v = NULL;
}

struct named_slot *
named_key_slot(const struct named_key *k, uint32_t number)
{
	uint32_t first = k->slots[0].version->number;

	return number < first || number - first >= k->count ? NULL : &k->slots[number - first];
}

const struct named_key_settings *
named_key_settings(const struct named_key *k)
{
	return &k->set;
}

bool
named_key_version(const struct named_key *k, uint32_t number, struct named_key_version *v)
{
	const struct named_slot *slot = named_key_slot(k, number);

	if (slot == NULL)
		return false;
	*v = (struct named_key_version){.number = number,
	    .created = slot->version->created,
	    .disabled = slot->disabled,
	    .imported = slot->version->imported,
	    .public_only = slot->version->public_only};
	memcpy(v->fingerprint, slot->version->fingerprint, NAMED_FINGERPRINT);
	return true;
}

/* -- what a request must bring --------------------------------------------------------- */

int
named_key_refuse_deleted(const struct named_key *k, struct error *err)
{
	if (k->set.soft_deleted)
		return error_set(err, ERR_DENIED, "refusing to use soft-deleted key");
	return 0;
}

int
named_key_want_context(const struct named_key *k, struct str context, struct error *err)
{
	if (!k->set.derived || context.len > 0)
		return 0;
	return error_set(err, ERR_INVALID,
	    "missing 'context' for key derivation; the key was created using a derived key, "
	    "which "
	    "means additional, per-request information must be included in order to perform "
	    "operations with the key");
}

int
named_key_pick(const struct named_key *k, int64_t wanted, const char *what, uint32_t *number,
    struct error *err)
{
	const char *wrong = NULL;

	if (wanted < 0)
		wrong = "negative";
	else if (wanted > k->set.latest_version)
		wrong = "higher than the latest key version";
	else if (wanted != 0 && wanted < k->set.min_encryption_version)
		wrong = "less than the minimum encryption key version";
	if (wrong != NULL)
		return error_set(
		    err, ERR_INVALID, "requested version for %s is %s", what, wrong);
	*number = wanted == 0 ? k->set.latest_version : (uint32_t)wanted;
	return 0;
}

struct named_version *
named_key_usable(const struct named_key *k, uint32_t number, struct error *err)
{
	const struct named_slot *slot = named_key_slot(k, number);

	if (slot == NULL || number < k->set.min_decryption_version) {
		error_set(err, ERR_NOT_FOUND, "no such key version");
		return NULL;
	}
	if (slot->disabled) {
		error_set(
		    err, ERR_DENIED, "version %u of this key is disabled: compromised", number);
		return NULL;
	}
	return slot->version;
}

/* -- making ---------------------------------------------------------------------------- */

int
named_key_add(struct named_key *k, struct named_version_source *source, struct error *err)
{
	struct named_version *v = NULL;

	if (k->set.latest_version >= NAMED_VERSIONS_MAX)
		return error_set(
		    err, ERR_LIMIT, "a key has at most %d versions", NAMED_VERSIONS_MAX);
	source->number = k->set.latest_version + 1;
	source->created = clock_wall();
	v = named_version_new(k, source, err);
	if (v == NULL)
		return -1;
	named_key_append(k, &v, false);
	named_key_plan(k);
	return 0;
}

static int
add_drawn(struct named_key *k, struct error *err)
{
	struct named_version_source source = {0};
	struct secret *key = named_version_draw(k, k->set.derived ? NULL : &source.public_key);
	int rc = 0;

	source.key = key;
	rc = named_key_add(k, &source, err);
	buf_free(&source.public_key);
	secret_free(&key);
	return rc;
}

struct named_key_settings
named_key_first_settings(const struct named_key_request *r)
{
	return (struct named_key_settings){.type = r->type,
	    .derived = r->derived,
	    .convergent = r->convergent,
	    .key_size = (uint32_t)r->key_size,
	    .min_decryption_version = 1,
	    .auto_rotate_period = r->auto_rotate_period,
	    .created = clock_wall()};
}

struct named_key *
named_key_new(struct named_keys *all, const struct named_key_request *r, struct error *err)
{
	struct named_key_settings set;
	struct named_key *k = NULL;

	if (named_key_check(r, false, err) != 0)
		return NULL;
	set = named_key_first_settings(r);
	k = named_key_empty(all, &r->place, &set);
	if (add_drawn(k, err) != 0)
		named_key_free(&k);
	return k;
}

struct named_key *
named_key_new_wrapping(
    struct named_keys *all, const struct named_key_place *place, struct error *err)
{
	const struct named_key_request r = {.place = *place, .type = KEY_WRAPPING};

	return named_key_new(all, &r, err);
}

int
named_key_rotate(struct named_key *k, struct error *err)
{
	if (named_key_refuse_deleted(k, err) != 0)
		return -1;
	if (k->set.imported && !k->set.allow_rotation)
		return error_set(err, ERR_DENIED,
		    "imported key %s does not allow rotation within Vault", k->name);
	if (add_drawn(k, err) != 0)
		return -1;
	k->set.imported = false;
	return 0;
}
