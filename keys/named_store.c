/*
 * Named keys as text of a record.
 *
 *   magic "NK" | format u8 | type u8 | flags u16 | key size u32 | latest u32 |
 *   min decryption u32 | min encryption u32 | min available u32 | period u64 | created u64 |
 *   next rotation u64 | count u32 |
 *   count times { number u32 | created u64 | flags u8 | fingerprint 32 | public key block |
 *                 wrapped block }
 *
 * Security: whoever can write such a text holds the keyring; it is read as if not.
 */
#include <string.h>

#include "keys/aead.h"
#include "keys/named_inside.h"

#define MAGIC "NK"
#define MAGIC_LEN (sizeof MAGIC - 1)
#define FORMAT 1

enum {
	DERIVED = 1,
	CONVERGENT = 2,
	IMPORTED = 4,
	ALLOW_ROTATION = 8,
	DELETION_ALLOWED = 16,
	SOFT_DELETED = 32,
	SETTINGS_FLAGS = 63
};
enum { DISABLED = 1, VERSION_IMPORTED = 2, PUBLIC_ONLY = 4, VERSION_FLAGS = 7 };

static void
put_version(struct buf *out, const struct named_slot *slot)
{
	const struct named_version *v = slot->version;

	buf_put_u32(out, v->number);
	buf_put_u64(out, (uint64_t)v->created);
	buf_put_u8(out,
	    (uint8_t)((slot->disabled ? DISABLED : 0) | (v->imported ? VERSION_IMPORTED : 0) |
		      (v->public_only ? PUBLIC_ONLY : 0)));
	buf_put(out, v->fingerprint, NAMED_FINGERPRINT);
	buf_put_block(out, v->public_key.data, v->public_key.len);
	buf_put_block(out, v->wrapped.data, v->wrapped.len);
}

void
named_key_format(const struct named_key *k, struct buf *out)
{
	const struct named_key_settings *s = &k->set;

	buf_put(out, MAGIC, MAGIC_LEN);
	buf_put_u8(out, FORMAT);
	buf_put_u8(out, (uint8_t)s->type);
	buf_put_u16(out,
	    (uint16_t)((s->derived ? DERIVED : 0) | (s->convergent ? CONVERGENT : 0) |
		       (s->imported ? IMPORTED : 0) | (s->allow_rotation ? ALLOW_ROTATION : 0) |
		       (s->deletion_allowed ? DELETION_ALLOWED : 0) |
		       (s->soft_deleted ? SOFT_DELETED : 0)));
	buf_put_u32(out, s->key_size);
	buf_put_u32(out, s->latest_version);
	buf_put_u32(out, s->min_decryption_version);
	buf_put_u32(out, s->min_encryption_version);
	buf_put_u32(out, s->min_available_version);
	buf_put_u64(out, (uint64_t)s->auto_rotate_period);
	buf_put_u64(out, (uint64_t)s->created);
	buf_put_u64(out, (uint64_t)s->next_rotation);
	buf_put_u32(out, (uint32_t)k->count);
	for (size_t i = 0; i < k->count; i++)
		put_version(out, &k->slots[i]);
}

/* What is behind the head; `bad` in r when flags are unknown. */
static struct named_key_settings
read_settings(struct reader *r)
{
	struct named_key_settings s = {.type = reader_u8(r)};
	uint16_t flags = reader_u16(r);

	s.derived = flags & DERIVED;
	s.convergent = flags & CONVERGENT;
	s.imported = flags & IMPORTED;
	s.allow_rotation = flags & ALLOW_ROTATION;
	s.deletion_allowed = flags & DELETION_ALLOWED;
	s.soft_deleted = flags & SOFT_DELETED;
	s.key_size = reader_u32(r);
	s.latest_version = reader_u32(r);
	s.min_decryption_version = reader_u32(r);
	s.min_encryption_version = reader_u32(r);
	s.min_available_version = reader_u32(r);
	s.auto_rotate_period = (int64_t)reader_u64(r);
	s.created = (int64_t)reader_u64(r);
	s.next_rotation = (int64_t)reader_u64(r);
	r->bad |= (flags & ~SETTINGS_FLAGS) != 0;
	return s;
}

static bool
are_possible(const struct named_key_settings *s)
{
	const struct key_traits *t = NULL;
	bool sized = s->key_size >= NAMED_HMAC_MIN && s->key_size <= NAMED_HMAC_MAX;

	if (s->type < KEY_AES128_GCM96 || s->type >= KEY_TYPES)
		return false;
	t = key_type_traits(s->type);
	return (!s->derived || t->derives) &&
	       (!s->convergent || (s->derived && t->converges)) &&
	       (s->type == KEY_HMAC ? sized : s->key_size == 0) &&
	       s->min_decryption_version > 0 &&
	       s->min_decryption_version <= s->latest_version &&
	       s->min_encryption_version <= s->latest_version &&
	       s->min_available_version <= s->min_decryption_version &&
	       (s->auto_rotate_period == 0 || s->auto_rotate_period >= NAMED_PERIOD_MIN);
}

static void
put_block(struct buf *out, struct reader *r)
{
	buf_put_str(out, reader_block(r));
}

/* NULL: no version can be read here. */
static struct named_version *
read_version(struct reader *r, bool *disabled)
{
	struct named_version *v = named_version_empty();
	const uint8_t *fingerprint = NULL;
	uint8_t flags = 0;

	v->number = reader_u32(r);
	v->created = (int64_t)reader_u64(r);
	flags = reader_u8(r);
	v->imported = flags & VERSION_IMPORTED;
	v->public_only = flags & PUBLIC_ONLY;
	*disabled = flags & DISABLED;
	fingerprint = reader_bytes(r, NAMED_FINGERPRINT);
	put_block(&v->public_key, r);
	put_block(&v->wrapped, r);
	if (r->bad || (flags & ~VERSION_FLAGS) != 0) {
		named_version_free(&v);
		return NULL;
	}
	memcpy(v->fingerprint, fingerprint, NAMED_FINGERPRINT);
	return v;
}

/* A type that has public keys has one in each version, unless it is derived. */
static bool
fits(const struct named_key *k, const struct named_version *v)
{
	bool has_public = named_traits(k)->shown != NULL && !k->set.derived;

	return has_public == (v->public_key.len > 0) && (has_public || !v->public_only) &&
	       v->wrapped.len > AEAD_OVERHEAD;
}

static bool
read_versions(struct named_key *k, struct reader *r)
{
	uint32_t latest = k->set.latest_version, count = reader_u32(r);
	uint32_t first = latest - count + 1;

	if (count == 0 || count > latest || first > k->set.min_decryption_version)
		return false;
	for (uint32_t number = first; number != latest + 1; number++) {
		bool disabled = false, right = false;
		struct named_version *v = read_version(r, &disabled);

		if (v == NULL)
			return false;
		right = v->number == number && fits(k, v);
		named_key_append(k, &v, disabled);
		if (!right)
			return false;
	}
	return reader_done(r);
}

static int
read_head(struct reader *r, struct error *err)
{
	const uint8_t *magic = reader_bytes(r, MAGIC_LEN);
	uint8_t format = reader_u8(r);

	if (r->bad || memcmp(magic, MAGIC, MAGIC_LEN) != 0)
		return error_set(err, ERR_CORRUPT, "these bytes are not a named key");
	if (format != FORMAT)
		return error_set(err, ERR_UNSUPPORTED,
		    "the named key has format %u; this version of vaultd knows %d", format,
		    FORMAT);
	return 0;
}

struct named_key *
named_key_parse(struct named_keys *all, const struct named_key_place *place, struct str text,
    struct error *err)
{
	struct reader r = reader_of(text.at, text.len);
	struct named_key_settings set;
	struct named_key *k = NULL;

	if (read_head(&r, err) != 0)
		return NULL;
	set = read_settings(&r);
	if (!r.bad && are_possible(&set))
		k = named_key_empty(all, place, &set);
	if (k == NULL || !read_versions(k, &r)) {
		error_set(err, ERR_CORRUPT, "the record opens, but holds no named key");
		named_key_free(&k);
	}
	return k;
}
