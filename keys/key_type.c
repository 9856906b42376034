/*
 * The table of types.
 */
#include "keys/key_type.h"

#define SYMMETRIC(TYPE, NAME, FAMILY, SIZE) \
	[TYPE] = {.type = TYPE, \
	    .name = NAME, \
	    .family = FAMILY, \
	    .size = SIZE, \
	    .encrypts = true, \
	    .derives = true, \
	    .converges = true, \
	    .associates = true}
#define CURVE(TYPE, NAME, SHOWN, SIZE, SLOW) \
	[TYPE] = {.type = TYPE, \
	    .name = NAME, \
	    .shown = SHOWN, \
	    .family = FAMILY_ECDSA, \
	    .size = SIZE, \
	    .signs = true, \
	    .slow_new = SLOW, \
	    .slow_private = SLOW, \
	    .slow_public = SLOW}
#define RSA(TYPE, NAME, SIZE) \
	[TYPE] = {.type = TYPE, \
	    .name = NAME, \
	    .shown = NAME, \
	    .family = FAMILY_RSA, \
	    .size = SIZE, \
	    .encrypts = true, \
	    .signs = true, \
	    .slow_new = true, \
	    .slow_private = true}

static const struct key_traits table[KEY_TYPES] = {
    SYMMETRIC(KEY_AES128_GCM96, "aes128-gcm96", FAMILY_GCM, 16),
    SYMMETRIC(KEY_AES256_GCM96, "aes256-gcm96", FAMILY_GCM, 32),
    SYMMETRIC(KEY_CHACHA20_POLY1305, "chacha20-poly1305", FAMILY_CHACHA, 32),
    SYMMETRIC(KEY_XCHACHA20_POLY1305, "xchacha20-poly1305", FAMILY_XCHACHA, 32),
    [KEY_ED25519] = {.type = KEY_ED25519,
	.name = "ed25519",
	.shown = "ed25519",
	.family = FAMILY_ED25519,
	.size = 32,
	.signs = true,
	.derives = true},
    CURVE(KEY_ECDSA_P256, "ecdsa-p256", "P-256", 32, false),
    CURVE(KEY_ECDSA_P384, "ecdsa-p384", "P-384", 48, true),
    CURVE(KEY_ECDSA_P521, "ecdsa-p521", "P-521", 66, true),
    RSA(KEY_RSA_2048, "rsa-2048", 256),
    RSA(KEY_RSA_3072, "rsa-3072", 384),
    RSA(KEY_RSA_4096, "rsa-4096", 512),
    [KEY_HMAC] = {.type = KEY_HMAC, .name = "hmac", .family = FAMILY_HMAC},
    [KEY_WRAPPING] = {.type = KEY_WRAPPING,
	.name = "wrapping",
	.shown = "rsa-4096",
	.family = FAMILY_RSA,
	.size = 512,
	.slow_new = true,
	.slow_private = true},
};

const struct key_traits *
key_type_find(struct str name)
{
	for (unsigned type = KEY_AES128_GCM96; type < KEY_WRAPPING; type++)
		if (str_is(name, table[type].name))
			return &table[type];
	return NULL;
}

const struct key_traits *
key_type_traits(enum key_type type)
{
	return &table[type];
}
