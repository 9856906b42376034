/*
 * Keeper: deleting, undeleting and destroying versions; DELETE of data/ and metadata/.
 */
#include "vaultd/api/kv.h"

#include "vaultd/api/kv_secret.h"

/* Numbers as a list of numbers or strings, or as "1,2". */
static int
read_versions(struct call *c, const char *missing, uint32_t **numbers, unsigned *count)
{
	struct str *items;
	unsigned long long n;

	if (field_list(c, "versions", &items, count, NULL) != 0)
		return -1;
	if (*count == 0)
		return call_refuse(c, 400, "%s", missing);
	*numbers = arena_alloc(c->arena, *count * sizeof(**numbers));
	if (*numbers == NULL) {
		call_refuse(c, 413, "http: request body too large");
		return -1;
	}
	for (unsigned i = 0; i < *count; i++) {
		bool negative = items[i].len > 1 && items[i].at[0] == '-';

		if (!str_to_u64(str_from(items[i], negative), &n))
			return call_refuse(c, 400, "Field validation failed: error converting input "
			    "for field \"versions\": expected version numbers");
		(*numbers)[i] = negative ? 0 : n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
	}
	return 0;
}

typedef void change(struct call *c, struct kv_secret *s, struct kv_version *v,
    const struct kv_config *config);

static void
delete_version(struct call *c, struct kv_secret *s, struct kv_version *v,
    const struct kv_config *config)
{
	(void)s;
	(void)config;
	if (!v->destroyed && !kv_deleted(v, c->now))
		v->deletion = c->now;
}

static void
undelete_version(struct call *c, struct kv_secret *s, struct kv_version *v,
    const struct kv_config *config)
{
	if (!v->destroyed)
		v->deletion = kv_deletion(s, config, c->now);
}

static void
destroy_version(struct call *c, struct kv_secret *s, struct kv_version *v,
    const struct kv_config *config)
{
	(void)s;
	(void)config;
	if (!v->destroyed)
		kv_drop_value(c, c->parameter[0], v->number);
	v->destroyed = true;
}

/* Change each of the versions that is there; number 0 is no version here. */
static int
change_all(struct call *c, const uint32_t *numbers, unsigned count, change *one,
    struct error *err)
{
	struct kv_config config;
	struct kv_secret s;
	struct kv_version *v;
	bool changed = false;
	int rc = kv_read(c, c->parameter[0], &s, err);

	if (rc != 0 || kv_config_read(c, &config, err) != 0)
		return rc > 0 ? 0 : -1;
	for (unsigned i = 0; i < count; i++) {
		v = numbers[i] == 0 ? NULL : kv_find(&s, numbers[i]);
		if (v == NULL)
			continue;
		one(c, &s, v, &config);
		changed = true;
	}
	if (changed)
		kv_write(c, c->parameter[0], &s);
	return 0;
}

static int
change_named(struct call *c, const char *missing, change *one, struct error *err)
{
	uint32_t *numbers = NULL;
	unsigned count;

	if (read_versions(c, missing, &numbers, &count) != 0)
		return -1;
	return change_all(c, numbers, count, one, err);
}

int
kv_delete(struct call *c, struct error *err)
{
	return change_named(c, "No version number provided", delete_version, err);
}

int
kv_undelete(struct call *c, struct error *err)
{
	return change_named(c, "No version number provided", undelete_version, err);
}

int
kv_destroy(struct call *c, struct error *err)
{
	return change_named(c, "no version number provided", destroy_version, err);
}

int
kv_data_delete(struct call *c, struct error *err)
{
	struct kv_secret s;
	int rc = kv_read(c, c->parameter[0], &s, err);

	if (rc != 0)
		return rc > 0 ? 0 : -1;
	return change_all(c, &s.current, 1, delete_version, err);
}

int
kv_metadata_delete(struct call *c, struct error *err)
{
	return kv_drop(c, c->parameter[0], err) < 0 ? -1 : 0;
}
