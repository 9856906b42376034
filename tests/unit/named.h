/*
 * Named keys of the known vault (known_vault.h), some with key bytes that a test chose.
 */
#ifndef TESTS_NAMED_H
#define TESTS_NAMED_H

#include "keys/named_inside.h"
#include "keys/named_key.h"
#include "keys/named_use.h"
#include "tests/unit/known_vault.h"

#define PLACE \
	{ .mount = "mount of a test", .name = {"name", 4} }

/* What opens the known vault's named keys. */
static inline struct named_keys *
known_named_keys(size_t open_bytes)
{
	struct vault v;
	struct named_keys *all = NULL;

	open_known(&v);
	all = named_keys_new(v.k, &v.h, open_bytes);
	discard(&v);
	return all;
}

static inline struct named_key *
new_named_key(struct named_keys *all, const char *type, bool derived, bool convergent)
{
	const struct key_traits *t = key_type_find(str_of(type));
	struct named_key_request r = {.place = PLACE,
	    .derived = derived,
	    .convergent = convergent};
	struct error err = ERROR_INIT;
	struct named_key *k = NULL;

	assert_non_null(t);
	r.type = t->type;
	r.key_size = t->type == KEY_HMAC ? 32 : 0;
	k = named_key_new(all, &r, &err);
	assert_string_equal(err.text, "");
	assert_non_null(k);
	return k;
}

/* One version more, of these bytes as a version keeps them (PKCS#8 for ECDSA and RSA). */
static inline void
add_version(struct named_key *k, const struct secret *key, struct str public_key)
{
	struct named_version_source source = {.key = key, .imported = true};

	buf_put_str(&source.public_key, public_key);
	assert_int_equal(named_key_add(k, &source, NULL), 0);
}

/* A key of type t that has one version, of these bytes. */
static inline struct named_key *
named_key_of(struct named_keys *all, struct named_key_settings set, const struct secret *key,
    struct str public_key)
{
	const struct named_key_place place = PLACE;
	struct named_key *k = NULL;

	set.min_decryption_version = 1;
	k = named_key_empty(all, &place, &set);
	add_version(k, key, public_key);
	return k;
}

#endif
