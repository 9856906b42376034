/*
 * The table of types.
 */
#include "keys/key_type.h"

static const struct key_traits table[KEY_TYPES] = {
    [KEY_AES128_GCM96] = {.type = KEY_AES128_GCM96, .name = "aes128-gcm96", .family = FAMILY_GCM, .size = 16,
	.encrypts = true, .derives = true, .converges = true, .associates = true},
    [KEY_AES256_GCM96] = {.type = KEY_AES256_GCM96, .name = "aes256-gcm96", .family = FAMILY_GCM, .size = 32,
	.encrypts = true, .derives = true, .converges = true, .associates = true},
    [KEY_CHACHA20_POLY1305] = {.type = KEY_CHACHA20_POLY1305, .name = "chacha20-poly1305", .family = FAMILY_CHACHA, .size = 32,
	.encrypts = true, .derives = true, .converges = true, .associates = true},
    [KEY_XCHACHA20_POLY1305] = {.type = KEY_XCHACHA20_POLY1305, .name = "xchacha20-poly1305", .family = FAMILY_XCHACHA,
	.size = 32, .encrypts = true, .derives = true, .converges = true, .associates = true},
    [KEY_ED25519] = {.type = KEY_ED25519, .name = "ed25519", .shown = "ed25519", .family = FAMILY_ED25519,
	.size = 32, .signs = true, .derives = true},
    [KEY_ECDSA_P256] = {.type = KEY_ECDSA_P256, .name = "ecdsa-p256", .shown = "P-256", .family = FAMILY_ECDSA,
	.size = 32, .signs = true},
    [KEY_ECDSA_P384] = {.type = KEY_ECDSA_P384, .name = "ecdsa-p384", .shown = "P-384", .family = FAMILY_ECDSA,
	.size = 48, .signs = true},
    [KEY_ECDSA_P521] = {.type = KEY_ECDSA_P521, .name = "ecdsa-p521", .shown = "P-521", .family = FAMILY_ECDSA,
	.size = 66, .signs = true},
    [KEY_RSA_2048] = {.type = KEY_RSA_2048, .name = "rsa-2048", .shown = "rsa-2048", .family = FAMILY_RSA,
	.size = 256, .encrypts = true, .signs = true, .slow_new = true, .slow_private = true},
    [KEY_RSA_3072] = {.type = KEY_RSA_3072, .name = "rsa-3072", .shown = "rsa-3072", .family = FAMILY_RSA,
	.size = 384, .encrypts = true, .signs = true, .slow_new = true, .slow_private = true},
    [KEY_RSA_4096] = {.type = KEY_RSA_4096, .name = "rsa-4096", .shown = "rsa-4096", .family = FAMILY_RSA,
	.size = 512, .encrypts = true, .signs = true, .slow_new = true, .slow_private = true},
    [KEY_HMAC] = {.type = KEY_HMAC, .name = "hmac", .family = FAMILY_HMAC},
    [KEY_WRAPPING] = {.type = KEY_WRAPPING, .name = "wrapping", .shown = "rsa-4096", .family = FAMILY_RSA,
	.size = 512, .slow_new = true, .slow_private = true},
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
