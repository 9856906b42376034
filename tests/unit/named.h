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
struct named_keys *known_named_keys(size_t open_bytes);

/* Settings of a type by name; how: "derived", "convergent" or anything else for neither. */
struct named_key_settings named_settings(const char *type, const char *how);

/* A new one, drawn at random (hmac: of 32 bytes). */
struct named_key *new_named_key(struct named_keys *all, const char *type, const char *how);

/*
 * A key that has one version, of these bytes as a version keeps them (see named_version.c, pkey.c);
 * key NULL: of the public part alone.
 */
struct named_key *named_key_of(struct named_keys *all, struct named_key_settings set,
    const struct secret *key, struct str public_key);

/* The private key of a type in tests/data/named/keys.txt; "wrapping" is one.  Borrowed. */
const struct buf *known_private(const char *type);
/* A key made of PKCS#8 (ed25519: seed and public half). */
struct named_key *named_key_from(struct named_keys *all, struct named_key_settings set,
    const struct buf *private_key);
/* PEM of DER, appended. */
void put_public_pem(const struct buf *der, struct buf *pem);

#endif
