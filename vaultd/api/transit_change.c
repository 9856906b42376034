/*
 * Keeper: what holds for a named key, changed.
 */
#include "vaultd/api/transit_keys.h"

#include "vaultd/api/transit.h"

/* Find, copy, change, write, show. */
static int
change(struct call *c, const struct absence *absent,
    int (*apply)(struct call *c, struct named_key *copy, struct error *err), struct error *err)
{
	struct named_key *k = transit_find(c, c->parameter[0], absent, err), *copy = NULL;
	int rc = -1;

	if (k == NULL)
		return -1;
	copy = named_key_copy(k);
	if (apply(c, copy, err) == 0) {
		transit_store(c, c->mount, c->parameter[0], copy);
		rc = transit_show(c, c->parameter[0], (struct str){ "", 0 }, copy, err);
	} else if (!c->refused) {
		transit_refuse(c, err);
	}
	named_key_free(&copy);
	named_key_free(&k);
	return rc;
}

static int
apply_config(struct call *c, struct named_key *copy, struct error *err)
{
	struct named_key_config f = { 0 };

	if (transit_refuse_exits(c) != 0 ||
	    field_int(c, "min_decryption_version", &f.min_decryption, &f.has_min_decryption) != 0 ||
	    field_int(c, "min_encryption_version", &f.min_encryption, &f.has_min_encryption) != 0 ||
	    field_bool(c, "deletion_allowed", &f.deletion_allowed, &f.has_deletion) != 0 ||
	    field_duration(c, "auto_rotate_period", &f.auto_rotate_period, &f.has_period) != 0 ||
	    named_key_configure(copy, &f, err) != 0)
		return -1;
	if (f.forced_minimum)
		call_warn(c, "since Vault 0.3 (prior to the OpenBao fork), transit key numbering "
		    "starts at 1; forcing minimum to 1");
	return 0;
}

int
transit_key_configure(struct call *c, struct error *err)
{
	static const struct absence absent = { "no existing key named ", " could be found" };

	return change(c, &absent, apply_config, err);
}

static int
apply_trim(struct call *c, struct named_key *copy, struct error *err)
{
	int64_t min = 0;
	bool present;

	if (field_int(c, "min_available_version", &min, &present) != 0)
		return -1;
	if (!present)
		return call_refuse(c, 400, "missing min_available_version");
	return named_key_trim(copy, min, err);
}

int
transit_key_trim(struct call *c, struct error *err)
{
	static const struct absence absent = { "invalid key name", NULL };

	return change(c, &absent, apply_trim, err);
}

static const struct absence not_found = { "key not found", NULL };

static int
apply_soft_delete(struct call *c, struct named_key *copy, struct error *err)
{
	bool deleted = c->operation == OP_DELETE;

	(void)err;
	if (named_key_settings(copy)->soft_deleted == deleted)
		call_warn(c, deleted ? "key was already marked as soft deleted" :
				       "key was already restored");
	named_key_soft_delete(copy, deleted);
	return 0;
}

int
transit_key_soft_delete(struct call *c, struct error *err)
{
	return change(c, &not_found, apply_soft_delete, err);
}

/* parameters: name, version, "disable" or "enable" */
static int
apply_switch(struct call *c, struct named_key *copy, struct error *err)
{
	unsigned long long version;

	if (!str_to_u64(c->parameter[1], &version) || version > UINT32_MAX)
		return call_refuse(c, 400, "invalid key version");
	return named_key_disable_version(copy, (uint32_t)version,
	    str_ends(c->rest, "/disable"), err);
}

int
transit_version_switch(struct call *c, struct error *err)
{
	return change(c, &not_found, apply_switch, err);
}
