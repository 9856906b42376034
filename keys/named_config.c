/*
 * The settings of named keys and their rules.  The sentences are the reference's, odd as some
 * of them are.
 */
#include <string.h>

#include "base/clock.h"
#include "keys/named_inside.h"

static int
refuse(struct error *err, const char *sentence)
{
	return error_set(err, ERR_INVALID, "%s", sentence);
}

static int
check_period(int64_t period, struct error *err)
{
	if (period == 0 || period >= NAMED_PERIOD_MIN)
		return 0;
	return refuse(err, "auto rotate period must be 0 to disable or at least an hour");
}

static int
check_size(const struct named_key_request *r, bool importing, struct error *err)
{
	bool right = r->key_size >= NAMED_HMAC_MIN && r->key_size <= NAMED_HMAC_MAX;

	if (r->key_size != 0 && r->type != KEY_HMAC)
		return error_set(err, ERR_INVALID, "key_size is not valid for algorithm %s",
		    key_type_traits(r->type)->name);
	if (r->key_size != 0 && !right)
		return error_set(
		    err, ERR_INVALID, "invalid key_size %lld", (long long)r->key_size);
	if (r->type == KEY_HMAC && !right && !importing)
		return error_set(err, ERR_INVALID,
		    "invalid key size for HMAC key, must be between %d and %d bytes",
		    NAMED_HMAC_MIN, NAMED_HMAC_MAX);
	return 0;
}

static int
check_derivation(const struct named_key_request *r, struct error *err)
{
	const struct key_traits *t = key_type_traits(r->type);

	if (r->derived && !t->derives)
		return error_set(err, ERR_INVALID,
		    "key derivation and convergent encryption not supported for keys of type "
		    "%s",
		    t->name);
	if (r->convergent && !t->converges)
		return error_set(err, ERR_INVALID,
		    "convergent encryption not supported for keys of type %s", t->name);
	return 0;
}

int
named_key_check(const struct named_key_request *r, bool importing, struct error *err)
{
	if (importing && r->convergent)
		return refuse(
		    err, "import cannot be used on keys with convergent encryption enabled");
	if (r->convergent && !r->derived)
		return refuse(err, "convergent encryption requires derivation to be enabled");
	if (check_period(r->auto_rotate_period, err) != 0)
		return -1;
	if (importing && r->auto_rotate_period != 0 && !r->allow_rotation)
		return refuse(
		    err, "allow_rotation must be set to true if auto-rotation is enabled");
	if (check_size(r, importing, err) != 0)
		return -1;
	return check_derivation(r, err);
}

/* -- changing a copy ------------------------------------------------------------------- */

void
named_key_plan(struct named_key *k)
{
	int64_t period = k->set.auto_rotate_period, now = clock_wall();
	uint64_t less = 0;

	k->set.next_rotation = 0;
	if (period == 0)
		return;
	random_bytes(&less, sizeof less);
	period -= (int64_t)(less % (uint64_t)(period / 10));
	k->set.next_rotation = period > INT64_MAX - now ? INT64_MAX : now + period;
}

void
named_key_schedule(struct named_key *k, int64_t next_rotation)
{
	k->set.next_rotation = next_rotation;
}

void
named_key_soft_delete(struct named_key *k, bool deleted)
{
	k->set.soft_deleted = deleted;
}

int
named_key_disable_version(
    struct named_key *k, uint32_t version, bool disabled, struct error *err)
{
	struct named_slot *slot = named_key_slot(k, version);

	if (slot == NULL)
		return error_set(err, ERR_NOT_FOUND, "no such key version");
	slot->disabled = disabled;
	return 0;
}

/* One of the two minimums, that of "encryption" or "decryption". */
static int
set_minimum(
    uint32_t *minimum, int64_t value, const char *what, uint32_t latest, struct error *err)
{
	if (value < 0)
		return error_set(err, ERR_INVALID, "min %s version cannot be negative", what);
	if (value > latest)
		return error_set(err, ERR_INVALID,
		    "cannot set min %s version of %lld, latest key version is %u", what,
		    (long long)value, latest);
	*minimum = (uint32_t)value;
	return 0;
}

static int
set_minimums(
    struct named_key_settings *set, const struct named_key_config *c, struct error *err)
{
	int64_t decryption = c->min_decryption == 0 ? 1 : c->min_decryption;

	if (c->has_min_decryption && set_minimum(&set->min_decryption_version, decryption,
					 "decryption", set->latest_version, err) != 0)
		return -1;
	if (c->has_min_encryption &&
	    set_minimum(&set->min_encryption_version, c->min_encryption, "encryption",
		set->latest_version, err) != 0)
		return -1;
	if (set->min_encryption_version > 0 &&
	    set->min_encryption_version < set->min_decryption_version)
		return error_set(err, ERR_INVALID,
		    "cannot set min encryption/decryption values; min encryption version of %u "
		    "must be greater than or equal to min decryption version of %u",
		    set->min_encryption_version, set->min_decryption_version);
	if (set->min_available_version > set->min_encryption_version)
		return refuse(err,
		    "min encryption version should not be less than min available version");
	if (set->min_available_version > set->min_decryption_version)
		return refuse(err,
		    "min decryption version should not be less then min available version");
	return 0;
}

int
named_key_configure(struct named_key *k, struct named_key_config *c, struct error *err)
{
	struct named_key_settings set = k->set;

	if (set_minimums(&set, c, err) != 0)
		return -1;
	if (c->has_period && check_period(c->auto_rotate_period, err) != 0)
		return -1;
	if (c->has_deletion)
		set.deletion_allowed = c->deletion_allowed;
	if (c->has_rotation)
		set.allow_rotation = c->allow_rotation;
	if (c->has_period)
		set.auto_rotate_period = c->auto_rotate_period;
	k->set = set;
	if (c->has_period)
		named_key_plan(k);
	c->forced_minimum = c->has_min_decryption && c->min_decryption == 0;
	return 0;
}

/* The sentence that refuses it, or NULL. */
static const char *
refuse_trim(const struct named_key_settings *set, int64_t min_available)
{
	if (min_available < set->min_available_version)
		return "minimum available version cannot be decremented";
	if (set->min_encryption_version == 0)
		return "minimum available version cannot be set when minimum encryption "
		       "version is not set";
	if (min_available > set->min_encryption_version)
		return "minimum available version cannot be greater than minmum encryption "
		       "version";
	if (min_available > set->min_decryption_version)
		return "minimum available version cannot be greater than minimum decryption "
		       "version";
	if (min_available == 0)
		return "minimum available version should be positive";
	return NULL;
}

int
named_key_trim(struct named_key *k, int64_t min_available, struct error *err)
{
	const char *sentence = refuse_trim(&k->set, min_available);
	size_t gone = 0;

	if (sentence != NULL)
		return refuse(err, sentence);
	while (k->slots[gone].version->number < (uint32_t)min_available)
		gone++;
	named_keys_drop(k, 0, gone);
	k->count -= gone;
	memmove(k->slots, k->slots + gone, k->count * sizeof *k->slots);
	k->set.min_available_version = (uint32_t)min_available;
	return 0;
}
