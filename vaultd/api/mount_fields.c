/*
 * Keeper: reading and showing what can be set of a mount.
 */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "vaultd/api/mounts.h"

bool
mount_is_auth(struct str path)
{
	return str_starts(path, "auth/");
}

struct str
mount_path(struct call *c, const char *prefix, struct str name)
{
	size_t before = strlen(prefix);
	char *at = arena_alloc(c->arena, before + name.len + 1);

	if (at == NULL)
		return (struct str){ NULL, 0 };
	memcpy(at, prefix, before);
	memcpy(at + before, name.at, name.len);
	at[before + name.len] = '/';
	return (struct str){ at, before + name.len + (str_ends(name, "/") ? 0 : 1) };
}

const struct mount *
mount_in_the_way(const struct mounts *all, struct str path)
{
	for (unsigned i = 0; i < mounts_count(all); i++) {
		const struct mount *m = mounts_at(all, i);
		size_t shared = m->path.len < path.len ? m->path.len : path.len;

		if (memcmp(m->path.at, path.at, shared) == 0)
			return m;
	}
	return NULL;
}

/* ---- options ---- */

/* All options of `from` but those that stand in `but`. */
static bool
options_add(struct call *c, struct json *to, const struct json *from, const struct json *but)
{
	for (const struct json *m = from == NULL ? NULL : from->first; m != NULL; m = m->next) {
		struct str name = arena_copy(c->arena, m->name);

		if (name.at == NULL)
			return false;
		if (json_find(but, name.at) != NULL ||
		    (m->text.len == 0 && !str_is(name, "version")))
			continue;
		if (json_add(c->arena, to, name.at, json_new_string(c->arena, m->text)) == NULL)
			return false;
	}
	return true;
}

int
mount_option_set(struct call *c, struct mount_settings *s, const char *name, struct str value)
{
	struct json *all = json_new(c->arena, JSON_OBJECT), *one = json_new(c->arena, JSON_OBJECT);

	if (all == NULL ||
	    json_add(c->arena, one, name, json_new_string(c->arena, value)) == NULL ||
	    !options_add(c, all, s->options, one) || !options_add(c, all, one, NULL))
		return -1;
	s->options = all;
	return 0;
}

int
mount_options_read(struct call *c, struct mount_settings *s)
{
	const struct json *sent = json_find(c->body, "options");
	struct json *all = json_new(c->arena, JSON_OBJECT);

	if (sent == NULL || sent->type == JSON_NULL)
		return 0;
	for (const struct json *m = sent->first; m != NULL; m = m->next)
		if (m->type != JSON_STRING && m->type != JSON_NUMBER)
			return call_refuse(c, 400, "Field validation failed: error converting input "
			    "for field \"options\": expected texts");
	if (sent->type != JSON_OBJECT)
		return call_refuse(c, 400, "Field validation failed: error converting input for "
		    "field \"options\": expected an object");
	if (all == NULL || !options_add(c, all, s->options, sent) ||
	    !options_add(c, all, sent, NULL))
		return call_refuse(c, 413, "http: request body too large");
	s->options = all;
	return 0;
}

/* ---- showing ---- */

int
mount_settings_of(struct call *c, const struct mount *m, struct mount_settings *s,
    struct error *err)
{
	if (mount_settings_parse(c->arena, m->settings, s, err) != 0)
		return -1;
	if (s->options != NULL || m->built_in)
		return 0;
	/* Made by init: nothing was set. */
	s->options = json_new(c->arena, JSON_OBJECT);
	if (mount_is_auth(m->path))
		s->token_type = str_of("default-service");
	if (s->options == NULL ||
	    (m->type == MOUNT_KV2 && mount_option_set(c, s, "version", str_of("2")) != 0))
		return error_set(err, ERR_LIMIT, "http: request body too large");
	return 0;
}

int
mount_put_info(struct call *c, struct json_writer *w, const struct mount *m, struct error *err)
{
	struct mount_settings s;

	if (mount_settings_of(c, m, &s, err) != 0)
		return -1;
	json_put_text(w, "type", mount_type_name(m->type));
	json_put_str(w, "description", m->description);
	json_put_text(w, "accessor", m->accessor);
	json_put_text(w, "uuid", m->uuid_text);
	json_put_text(w, "plugin_version", "");
	json_put_text(w, "running_plugin_version", "v" VERSION "+builtin");
	json_put_text(w, "running_sha256", "");
	mount_settings_put(w, &s);
	return 0;
}

/* ---- changing ---- */

/* "system" is the vault's own, nothing is no change.  -1: refused. */
static int
read_ttl(struct call *c, const char *which, const char *name, bool tune, int64_t *seconds)
{
	struct str text = { "", 0 };
	int64_t ns;

	if (field_text(c, name, &text, NULL) != 0)
		return -1;
	if (text.len == 0)
		return 0;
	if (str_is(text, "system")) {
		*seconds = 0;
		return 0;
	}
	if (!duration_parse(text, &ns) || ns < 0) {
		if (tune)
			return call_refuse(c, 400, "time: invalid duration \"%.*s\"", STR(text));
		return call_refuse(c, 400,
		    "unable to parse %s TTL of %.*s: time: invalid duration \"%.*s\"", which,
		    STR(text), STR(text));
	}
	*seconds = ns / CLOCK_SECOND;
	return 0;
}

static int
check_ttls(struct call *c, const struct mount_settings *s, bool tune)
{
	int64_t most = s->max_ttl > 0 ? s->max_ttl : MOUNT_TTL;

	if (s->default_ttl <= most)
		return 0;
	if (s->max_ttl == 0)
		return call_refuse(c, 400, "given default lease TTL greater than system max lease "
		    "TTL of %lld", (long long)most);
	if (!tune)
		return call_refuse(c, 400, "given default lease TTL greater than given max lease TTL");
	return call_refuse(c, 400, "backend max lease TTL of %lld would be less than backend "
	    "default lease TTL of %lld", (long long)s->max_ttl, (long long)s->default_ttl);
}

static int
read_visibility(struct call *c, struct mount_settings *s)
{
	if (field_text(c, "listing_visibility", &s->visibility, NULL) != 0)
		return -1;
	if (s->visibility.len == 0 || str_is(s->visibility, "hidden") ||
	    str_is(s->visibility, "unauth"))
		return 0;
	return call_refuse(c, 400, "invalid listing_visibility %.*s", STR(s->visibility));
}

static int
read_token_type(struct call *c, bool auth, struct mount_settings *s)
{
	static const char *const types[] = { "default-service", "default-batch", "service",
		"batch" };
	struct str text;
	bool sent;

	if (field_text(c, "token_type", &text, &sent) != 0)
		return -1;
	if (!sent)
		return 0;
	if (!auth)
		return call_refuse(c, 400, "'token_type' can only be modified on auth mounts");
	if (text.len == 0 || str_is(text, "default"))
		text = str_of(types[0]);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (str_is(text, types[i])) {
			s->token_type = text;
			return 0;
		}
	return call_refuse(c, 400, "invalid value for 'token_type'");
}

/* A list as it will be shown; an empty one is none. */
static int
read_list(struct call *c, const char *name, const struct json **list)
{
	struct json *array = json_new(c->arena, JSON_ARRAY);
	struct str *items;
	unsigned count;
	bool sent;

	if (field_list(c, name, &items, &count, &sent) != 0)
		return -1;
	for (unsigned i = 0; i < count; i++)
		if (json_add(c->arena, array, NULL, json_new_string(c->arena, items[i])) == NULL)
			return call_refuse(c, 413, "http: request body too large");
	if (sent)
		*list = count > 0 ? array : NULL;
	return 0;
}

static int
read_members(struct call *c, bool tune, bool auth, struct mount_settings *s)
{
	if (read_ttl(c, "default", "default_lease_ttl", tune, &s->default_ttl) != 0 ||
	    read_ttl(c, "max", "max_lease_ttl", tune, &s->max_ttl) != 0 ||
	    check_ttls(c, s, tune) != 0 || read_visibility(c, s) != 0 ||
	    read_token_type(c, auth, s) != 0)
		return -1;
	for (size_t i = 0; i < MOUNT_LISTS; i++)
		if (read_list(c, mount_list_names[i], &s->lists[i]) != 0)
			return -1;
	return tune ? 0 : field_bool(c, "force_no_cache", &s->force_no_cache, NULL);
}

int
mount_settings_read(struct call *c, const struct json *from, bool tune, bool auth,
    struct mount_settings *s)
{
	const struct json *body = c->body;
	int rc;

	if (from == NULL || from->type != JSON_OBJECT)
		return 0;
	c->body = from;
	rc = read_members(c, tune, auth, s);
	c->body = body;
	return rc;
}

int
mount_save(struct call *c, struct mount *m, const struct mount_settings *s)
{
	struct buf text = BUF_INIT;
	int rc = 0;

	mount_settings_format(s, &text);
	m->settings = buf_str(&text);
	if (text.len > MOUNT_SETTINGS_MAX || m->path.len > MOUNT_SETTINGS_MAX ||
	    m->description.len > MOUNT_SETTINGS_MAX)
		rc = call_refuse(c, 400, "a mount's settings take at most %d bytes",
		    MOUNT_SETTINGS_MAX);
	else
		mounts_put(c->records, m);
	buf_free(&text);
	return rc;
}
