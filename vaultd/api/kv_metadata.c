/*
 * Keeper: metadata/ and config of KV version 2.
 */
#include "vaultd/api/kv.h"

#include "vaultd/api/kv_custom.h"
#include "vaultd/api/kv_list.h"
#include "vaultd/api/kv_secret.h"

/* ---- a mount's configuration ---- */

int
kv_config_get(struct call *c, struct error *err)
{
	struct kv_config config;
	struct json_writer w;

	if (kv_config_read(c, &config, err) != 0)
		return -1;
	w = reply_data(c);
	json_put_int(&w, "max_versions", config.max_versions);
	json_put_bool(&w, "cas_required", config.cas_required);
	json_put_bool(&w, "metadata_cas_required", config.metadata_cas_required);
	kv_put_duration(&w, "delete_version_after", config.delete_version_after);
	json_close_object(&w);
	return 0;
}

static int
read_max(struct call *c, uint32_t *max, bool *sent)
{
	int64_t number = *max;

	if (field_int(c, "max_versions", &number, sent) != 0)
		return -1;
	if (number < 0 || number > INT32_MAX)
		return call_refuse(c, 400, "max_versions must be between 0 and %d", INT32_MAX);
	*max = (uint32_t)number;
	return 0;
}

int
kv_config_set(struct call *c, struct error *err)
{
	struct kv_config config;

	if (kv_config_read(c, &config, err) != 0 || read_max(c, &config.max_versions, NULL) != 0 ||
	    field_bool(c, "cas_required", &config.cas_required, NULL) != 0 ||
	    field_bool(c, "metadata_cas_required", &config.metadata_cas_required, NULL) != 0 ||
	    field_signed_duration(c, "delete_version_after", &config.delete_version_after, NULL) != 0)
		return -1;
	kv_config_write(c, &config);
	return 0;
}

/* ---- a secret's metadata ---- */

void
kv_put_metadata(struct json_writer *w, const struct kv_secret *s)
{
	json_open_object(w, "versions");
	for (unsigned i = 0; i < s->count; i++) {
		struct buf number = BUF_INIT;

		buf_printf(&number, "%u", s->versions[i].number);
		json_put_name(w, buf_str(&number));
		json_open_object(w, NULL);
		kv_put_time(w, "created_time", s->versions[i].created);
		kv_put_time(w, "deletion_time", s->versions[i].deletion);
		json_put_bool(w, "destroyed", s->versions[i].destroyed);
		json_close_object(w);
		buf_free(&number);
	}
	json_close_object(w);
	json_put_int(w, "current_version", s->current);
	json_put_int(w, "oldest_version", s->oldest);
	kv_put_time(w, "created_time", s->created);
	kv_put_time(w, "updated_time", s->updated);
	json_put_int(w, "max_versions", s->max_versions);
	json_put_bool(w, "cas_required", s->cas_required);
	json_put_bool(w, "metadata_cas_required", s->metadata_cas_required);
	json_put_int(w, "current_metadata_version", s->metadata_version);
	kv_put_duration(w, "delete_version_after", s->delete_version_after);
	kv_put_custom(w, s);
}

int
kv_metadata_read(struct call *c, struct error *err)
{
	struct kv_secret s;
	struct json_writer w;
	int rc = kv_read(c, c->parameter[0], &s, err);

	if (rc != 0)
		return rc < 0 ? -1 : call_not_found(c);
	w = reply_data(c);
	kv_put_metadata(&w, &s);
	json_close_object(&w);
	return 0;
}

static int
check_cas(struct call *c, const struct kv_secret *s, const struct kv_config *config)
{
	bool present;
	int64_t cas = 0;

	if (field_int(c, "metadata_cas", &cas, &present) != 0)
		return -1;
	if (!present && (s->metadata_cas_required || config->metadata_cas_required))
		return call_refuse(c, 400, "metadata check-and-set parameter required for this call");
	if (present && cas != s->metadata_version)
		return call_refuse(c, 400,
		    "metadata check-and-set parameter did not match the current version");
	return 0;
}

/* In a merge patch null means: as the mount says. */
static void
reset_nulls(struct call *c, struct kv_secret *s, bool *changed)
{
	const struct json *max = json_find(c->body, "max_versions");
	const struct json *cas = json_find(c->body, "cas_required");
	const struct json *after = json_find(c->body, "delete_version_after");

	if (max != NULL && max->type == JSON_NULL)
		s->max_versions = 0;
	if (cas != NULL && cas->type == JSON_NULL)
		s->cas_required = false;
	if (after != NULL && after->type == JSON_NULL)
		s->delete_version_after = 0;
	*changed = *changed || max != NULL || cas != NULL || after != NULL;
}

static int
read_fields(struct call *c, struct kv_secret *s, bool merge, bool *changed)
{
	bool max, cas, metadata_cas, after, custom;

	if (read_max(c, &s->max_versions, &max) != 0 ||
	    field_bool(c, "cas_required", &s->cas_required, &cas) != 0 ||
	    field_bool(c, "metadata_cas_required", &s->metadata_cas_required, &metadata_cas) != 0 ||
	    field_duration(c, "delete_version_after", &s->delete_version_after, &after) != 0 ||
	    kv_custom_read(c, s, merge, &custom) != 0)
		return -1;
	*changed = max || cas || metadata_cas || after || custom;
	if (merge)
		reset_nulls(c, s, changed);
	return 0;
}

static int
change(struct call *c, struct kv_secret *s, bool merge, struct error *err)
{
	struct kv_config config;
	const struct json *cas = json_find(c->body, "cas_required");
	bool changed = false;

	if (kv_config_read(c, &config, err) != 0 || check_cas(c, s, &config) != 0 ||
	    read_fields(c, s, merge, &changed) != 0)
		return -1;
	if (!changed)
		return 0;
	if (cas != NULL && cas->type != JSON_NULL && !s->cas_required && config.cas_required)
		call_warn(c, "\"cas_required\" set to false, but is mandated by backend config. "
		    "This value will be ignored.");
	if (s->created == 0)
		s->created = c->now;
	s->updated = c->now;
	s->metadata_version++;
	kv_write(c, c->parameter[0], s);
	return 0;
}

int
kv_metadata_write(struct call *c, struct error *err)
{
	struct kv_secret s;

	if (kv_read(c, c->parameter[0], &s, err) < 0)
		return -1;
	return change(c, &s, false, err);
}

int
kv_metadata_patch(struct call *c, struct error *err)
{
	struct kv_secret s;
	bool changed = false;
	int rc = kv_read(c, c->parameter[0], &s, err);

	if (rc <= 0)
		return rc < 0 ? -1 : change(c, &s, true, err);
	if (read_fields(c, &s, true, &changed) != 0)
		return -1;
	if (changed) {
		c->reply.status = 404;
		c->reply.empty = true;
	}
	return 0;
}
