/*
 * Keeper: settings of a mount as JSON.
 */
#include "vaultd/keeper/mount_settings.h"

#include <string.h>

const char *const mount_list_names[MOUNT_LISTS] = { "audit_non_hmac_request_keys",
	"audit_non_hmac_response_keys", "passthrough_request_headers",
	"allowed_response_headers" };

static int64_t
number_of(const struct json *object, const char *name)
{
	int64_t number = 0;

	(void)json_to_int(json_find(object, name), &number);
	return number;
}

static bool
truth_of(const struct json *object, const char *name)
{
	const struct json *m = json_find(object, name);

	return m != NULL && m->type == JSON_TRUE;
}

static struct str
text_of(const struct json *object, const char *name)
{
	const struct json *m = json_find(object, name);

	return m != NULL && m->type == JSON_STRING ? m->text : (struct str){ "", 0 };
}

int
mount_settings_parse(struct arena *a, struct str text, struct mount_settings *s,
    struct error *err)
{
	const struct json *all, *config;

	memset(s, 0, sizeof(*s));
	if (text.len == 0)
		return 0;
	all = json_parse(a, text, &json_limits_body, NULL);
	if (all == NULL)
		return error_set(err, ERR_CORRUPT, "a mount's settings are malformed");
	config = json_find(all, "config");
	s->default_ttl = number_of(config, "default_lease_ttl");
	s->max_ttl = number_of(config, "max_lease_ttl");
	s->force_no_cache = truth_of(config, "force_no_cache");
	s->visibility = text_of(config, "listing_visibility");
	s->token_type = text_of(config, "token_type");
	for (size_t i = 0; i < MOUNT_LISTS; i++)
		s->lists[i] = json_find(config, mount_list_names[i]);
	s->options = json_find(all, "options");
	if (s->options != NULL && s->options->type != JSON_OBJECT)
		s->options = NULL;
	s->local = truth_of(all, "local");
	s->seal_wrap = truth_of(all, "seal_wrap");
	s->external_entropy_access = truth_of(all, "external_entropy_access");
	s->move_id = text_of(all, "move_id");
	s->moved_from = text_of(all, "moved_from");
	return 0;
}

void
mount_settings_put_set(struct json_writer *w, const struct mount_settings *s)
{
	for (size_t i = 0; i < MOUNT_LISTS; i++)
		if (s->lists[i] != NULL)
			json_put_value(w, mount_list_names[i], s->lists[i]);
	if (s->visibility.len > 0)
		json_put_str(w, "listing_visibility", s->visibility);
	if (s->token_type.len > 0)
		json_put_str(w, "token_type", s->token_type);
}

void
mount_settings_put(struct json_writer *w, const struct mount_settings *s)
{
	json_open_object(w, "config");
	json_put_int(w, "default_lease_ttl", s->default_ttl);
	json_put_int(w, "max_lease_ttl", s->max_ttl);
	json_put_bool(w, "force_no_cache", s->force_no_cache);
	mount_settings_put_set(w, s);
	json_close_object(w);
	if (s->options != NULL)
		json_put_value(w, "options", s->options);
	else
		json_put_null(w, "options");
	json_put_bool(w, "local", s->local);
	json_put_bool(w, "seal_wrap", s->seal_wrap);
	json_put_bool(w, "external_entropy_access", s->external_entropy_access);
}

void
mount_settings_format(const struct mount_settings *s, struct buf *out)
{
	struct json_writer w = json_writer_to(out);

	json_open_object(&w, NULL);
	mount_settings_put(&w, s);
	if (s->move_id.len > 0) {
		json_put_str(&w, "move_id", s->move_id);
		json_put_str(&w, "moved_from", s->moved_from);
	}
	json_close_object(&w);
}
