/*
 * Keeper: secrets of KV version 2 as records.
 *
 * Metadata: format u8 | created, updated u64 | current, oldest, metadata version, max versions
 * u32 | flags u8 | delete_version_after u64 | count u32 of (key, value) blocks | count u32 of
 * (number u32, created, deletion u64, destroyed u8).
 */
#include "vaultd/api/kv_secret.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "vaultd/api/plan.h"
#include "vaultd/keeper/readers.h"

#define FORMAT 1
#define FLAG_CAS 1
#define FLAG_METADATA_CAS 2
#define VERSION_BYTES 21

/* ---- a mount's configuration ---- */

static struct record_name
config_name(const struct call *c)
{
	return (struct record_name){ RECORD_KV_CONFIG, c->mount->uuid, { "", 0 },
		str_of("config") };
}

int
kv_config_read(struct call *c, struct kv_config *config, struct error *err)
{
	struct record_name n = config_name(c);
	struct error why = ERROR_INIT;
	struct buf bytes = BUF_INIT;
	struct reader in;
	uint8_t flags;

	memset(config, 0, sizeof(*config));
	if (records_get(c->records, &n, &bytes, &why) != 0) {
		if (why.code == ERR_NOT_FOUND)
			return 0;
		*err = why;
		return -1;
	}
	in = reader_of(bytes.data, bytes.len);
	config->max_versions = reader_u32(&in);
	flags = reader_u8(&in);
	config->delete_version_after = (int64_t)reader_u64(&in);
	config->cas_required = (flags & FLAG_CAS) != 0;
	config->metadata_cas_required = (flags & FLAG_METADATA_CAS) != 0;
	buf_free(&bytes);
	return reader_done(&in) ? 0 : error_set(err, ERR_CORRUPT, "a mount's settings are malformed");
}

static uint8_t
flags_of(bool cas, bool metadata_cas)
{
	return (uint8_t)((cas ? FLAG_CAS : 0) | (metadata_cas ? FLAG_METADATA_CAS : 0));
}

void
kv_config_write(struct call *c, const struct kv_config *config)
{
	struct record_name n = config_name(c);
	struct buf bytes = BUF_INIT;

	buf_put_u32(&bytes, config->max_versions);
	buf_put_u8(&bytes, flags_of(config->cas_required, config->metadata_cas_required));
	buf_put_u64(&bytes, (uint64_t)config->delete_version_after);
	records_put(c->records, &n, buf_str(&bytes));
	buf_free(&bytes);
}

/* ---- a secret's metadata ---- */

static int
read_custom(struct call *c, struct reader *in, struct kv_secret *s)
{
	s->custom_count = reader_u32(in);
	if (in->bad || s->custom_count > in->left / 8)
		return -1;
	s->custom = arena_alloc(c->arena, (s->custom_count + 1) * sizeof(*s->custom));
	if (s->custom == NULL)
		return -1;
	for (unsigned i = 0; i < s->custom_count; i++) {
		s->custom[i].key = arena_copy(c->arena, reader_block(in));
		s->custom[i].value = arena_copy(c->arena, reader_block(in));
	}
	return 0;
}

static int
read_versions(struct call *c, struct reader *in, struct kv_secret *s)
{
	s->count = reader_u32(in);
	if (in->bad || s->count != in->left / VERSION_BYTES)
		return -1;
	s->versions = arena_alloc(c->arena, (s->count + 1) * sizeof(*s->versions));
	if (s->versions == NULL)
		return -1;
	for (unsigned i = 0; i < s->count; i++) {
		s->versions[i].number = reader_u32(in);
		s->versions[i].created = (int64_t)reader_u64(in);
		s->versions[i].deletion = (int64_t)reader_u64(in);
		s->versions[i].destroyed = reader_u8(in) != 0;
	}
	return 0;
}

static int
parse(struct call *c, struct reader in, struct kv_secret *s)
{
	uint8_t flags, format = reader_u8(&in);

	s->created = (int64_t)reader_u64(&in);
	s->updated = (int64_t)reader_u64(&in);
	s->current = reader_u32(&in);
	s->oldest = reader_u32(&in);
	s->metadata_version = reader_u32(&in);
	s->max_versions = reader_u32(&in);
	flags = reader_u8(&in);
	s->cas_required = (flags & FLAG_CAS) != 0;
	s->metadata_cas_required = (flags & FLAG_METADATA_CAS) != 0;
	s->delete_version_after = (int64_t)reader_u64(&in);
	if (read_custom(c, &in, s) != 0 || read_versions(c, &in, s) != 0)
		return -1;
	return format == FORMAT && reader_done(&in) ? 0 : -1;
}

int
kv_read(struct call *c, struct str path, struct kv_secret *s, struct error *err)
{
	struct record_name n = record_name_of(RECORD_KV_META, c->mount->uuid, path);
	struct error why = ERROR_INIT;
	struct buf bytes = BUF_INIT;
	int rc;

	memset(s, 0, sizeof(*s));
	if (records_get(c->records, &n, &bytes, &why) != 0) {
		if (why.code == ERR_NOT_FOUND)
			return 1;
		*err = why;
		return -1;
	}
	rc = parse(c, reader_of(bytes.data, bytes.len), s);
	buf_free(&bytes);
	return rc == 0 ? 0 : error_set(err, ERR_CORRUPT, "a secret's metadata cannot be read");
}

void
kv_write(struct call *c, struct str path, const struct kv_secret *s)
{
	struct record_name n = record_name_of(RECORD_KV_META, c->mount->uuid, path);
	struct buf b = BUF_INIT;

	buf_put_u8(&b, FORMAT);
	buf_put_u64(&b, (uint64_t)s->created);
	buf_put_u64(&b, (uint64_t)s->updated);
	buf_put_u32(&b, s->current);
	buf_put_u32(&b, s->oldest);
	buf_put_u32(&b, s->metadata_version);
	buf_put_u32(&b, s->max_versions);
	buf_put_u8(&b, flags_of(s->cas_required, s->metadata_cas_required));
	buf_put_u64(&b, (uint64_t)s->delete_version_after);
	buf_put_u32(&b, s->custom_count);
	for (unsigned i = 0; i < s->custom_count; i++) {
		buf_put_block(&b, s->custom[i].key.at, s->custom[i].key.len);
		buf_put_block(&b, s->custom[i].value.at, s->custom[i].value.len);
	}
	buf_put_u32(&b, s->count);
	for (unsigned i = 0; i < s->count; i++) {
		buf_put_u32(&b, s->versions[i].number);
		buf_put_u64(&b, (uint64_t)s->versions[i].created);
		buf_put_u64(&b, (uint64_t)s->versions[i].deletion);
		buf_put_u8(&b, s->versions[i].destroyed);
	}
	records_put(c->records, &n, buf_str(&b));
	buf_free(&b);
}

bool
kv_exists(struct call *c)
{
	struct record_name n = record_name_of(RECORD_KV_META, c->mount->uuid, c->parameter[0]);

	return records_has(c->records, &n);
}

/* ---- versions ---- */

struct kv_version *
kv_find(const struct kv_secret *s, uint32_t number)
{
	if (number == 0)
		number = s->current;
	for (unsigned i = s->count; i > 0; i--)
		if (s->versions[i - 1].number == number)
			return &s->versions[i - 1];
	return NULL;
}

bool
kv_deleted(const struct kv_version *v, int64_t now)
{
	return v->deletion != 0 && v->deletion <= now;
}

int64_t
kv_deletion(const struct kv_secret *s, const struct kv_config *config, int64_t now)
{
	int64_t after = s->delete_version_after, mount = config->delete_version_after;

	if (mount < 0)
		return 0;
	if (after == 0 || (mount > 0 && mount < after))
		after = mount;
	if (after <= 0 || __builtin_add_overflow(now, after, &now))
		return 0;
	return now;
}

/* "/" and the number in decimal; returns how many digits. */
static size_t
put_number(char *to, uint32_t number)
{
	size_t digits = 1;

	for (uint32_t rest = number / 10; rest > 0; rest /= 10)
		digits++;
	to[0] = '/';
	for (size_t i = digits; i > 0; i--, number /= 10)
		to[i] = (char)('0' + number % 10);
	return digits;
}

/* Where a version's value is: the secret's path as directory, the number as name. */
static struct record_name
value_name(struct call *c, struct str path, uint32_t version)
{
	struct record_name n = { RECORD_KV_DATA, c->mount->uuid, { NULL, 0 }, { NULL, 0 } };
	char *text = arena_alloc(c->arena, path.len + 16);

	if (text == NULL)
		fatal("the arena has no room for a path");
	memcpy(text, path.at, path.len);
	n.directory = (struct str){ text, path.len + 1 };
	n.name.at = text + path.len + 1;
	n.name.len = put_number(text + path.len, version);
	return n;
}

int
kv_value(struct call *c, struct str path, uint32_t version, struct buf *out, struct error *err)
{
	struct record_name n = value_name(c, path, version);
	struct error why = ERROR_INIT;

	if (records_get(c->records, &n, out, &why) == 0)
		return 0;
	if (why.code == ERR_NOT_FOUND)
		return error_set(err, ERR_CORRUPT, "the value of a version is missing");
	*err = why;
	return -1;
}

void
kv_drop_value(struct call *c, struct str path, uint32_t version)
{
	struct record_name n = value_name(c, path, version);

	records_delete(c->records, &n);
}

int
kv_drop(struct call *c, struct str path, struct error *err)
{
	struct record_name n = record_name_of(RECORD_KV_META, c->mount->uuid, path);
	struct kv_secret s;
	int rc = kv_read(c, path, &s, err);

	if (rc != 0)
		return rc > 0 ? 0 : -1;
	for (unsigned i = 0; i < s.count; i++) {
		size_t mark = arena_used(c->arena);

		if (!s.versions[i].destroyed)
			kv_drop_value(c, path, s.versions[i].number);
		arena_rewind(c->arena, mark);
	}
	records_delete(c->records, &n);
	readers_forget(c->readers, c->records, c->mount->uuid, path);
	rc = plan_drop(c, path, err);
	return rc < 0 ? -1 : rc + (int)s.count + 1;
}

static void
trim(struct call *c, struct str path, struct kv_secret *s, const struct kv_config *config)
{
	uint32_t keep = s->max_versions > config->max_versions ? s->max_versions :
								 config->max_versions;
	unsigned gone = 0;

	if (keep == 0)
		keep = KV_VERSIONS_STANDARD;
	while (gone < s->count && s->current - s->versions[gone].number >= keep) {
		kv_drop_value(c, path, s->versions[gone].number);
		s->oldest = s->versions[gone++].number + 1;
	}
	memmove(s->versions, s->versions + gone, (s->count - gone) * sizeof(*s->versions));
	s->count -= gone;
}

int
kv_add(struct call *c, struct str path, struct kv_secret *s, const struct kv_config *config,
    struct str value, struct kv_version **added)
{
	struct kv_version *versions =
	    arena_alloc(c->arena, (s->count + 1) * sizeof(*versions));
	struct record_name n;

	if (versions == NULL)
		return call_refuse(c, 413, "http: request body too large");
	if (s->count > 0)
		memcpy(versions, s->versions, s->count * sizeof(*versions));
	s->versions = versions;
	if (s->created == 0)
		s->created = c->now;
	s->updated = c->now;
	s->current++;
	s->versions[s->count++] = (struct kv_version){ s->current, c->now,
		kv_deletion(s, config, c->now), false };
	n = value_name(c, path, s->current);
	records_put(c->records, &n, value);
	trim(c, path, s, config);
	kv_write(c, path, s);
	*added = &s->versions[s->count - 1];
	return 0;
}

/* ---- showing ---- */

void
kv_put_time(struct json_writer *w, const char *name, int64_t wall)
{
	char text[CLOCK_TEXT] = "";

	if (wall != 0)
		clock_format(wall, text);
	json_put_text(w, name, text);
}

void
kv_put_duration(struct json_writer *w, const char *name, int64_t ns)
{
	struct buf text = BUF_INIT;

	duration_format(&text, ns);
	json_put_str(w, name, buf_str(&text));
	buf_free(&text);
}

void
kv_put_custom(struct json_writer *w, const struct kv_secret *s)
{
	if (s->custom_count == 0) {
		json_put_null(w, "custom_metadata");
		return;
	}
	json_open_object(w, "custom_metadata");
	for (unsigned i = 0; i < s->custom_count; i++) {
		json_put_name(w, s->custom[i].key);
		json_put_str(w, NULL, s->custom[i].value);
	}
	json_close_object(w);
}

void
kv_put_version(struct json_writer *w, const struct kv_secret *s, const struct kv_version *v)
{
	kv_put_time(w, "created_time", v->created);
	kv_put_custom(w, s);
	kv_put_time(w, "deletion_time", v->deletion);
	json_put_bool(w, "destroyed", v->destroyed);
	json_put_int(w, "version", v->number);
}
