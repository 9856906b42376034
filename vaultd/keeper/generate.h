/*
 * Values that the vault makes itself, by rules, for fields of a secret:
 *
 *   { "type": "password", "length": 24, "classes": ["lower", "upper", "digit", "symbol"],
 *     "symbols": "-_" }                      at least one of each class
 *   { "type": "hex" | "base64", "bytes": 32 }
 *   { "type": "uuid" }
 *   { "type": "ed25519" | "ecdsa-p256" ... | "rsa-4096", "format": "pem" | "openssh",
 *     "public": "name" }                     field of the public half; else that of the other
 *                                            and "_public"
 */
#ifndef KEEPER_GENERATE_H
#define KEEPER_GENERATE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "keys/pair_text.h"

#define GENERATE_FIELDS 16
#define GENERATE_NAME 128 /* bytes of a field's name */
#define GENERATE_SYMBOLS 33

enum generate_type {
	GENERATE_PASSWORD,
	GENERATE_HEX,
	GENERATE_BASE64,
	GENERATE_UUID,
	GENERATE_PAIR
};

struct generate_rule {
	char name[GENERATE_NAME + 1], public_name[GENERATE_NAME + 8];
	enum generate_type type;
	unsigned length;  /* characters of a password, else bytes */
	unsigned classes; /* bits */
	char symbols[GENERATE_SYMBOLS + 1];
	const struct key_traits *pair;
	enum pair_text_form form;
};

struct generate {
	unsigned count;
	struct generate_rule rules[GENERATE_FIELDS];
};

/* The rules of an object: field name to rule.  -1 with ERR_INVALID and the mend. */
int generate_parse(const struct json *fields, struct generate *g, struct error *err);

/* Whether making it takes longer than a request may hold up others. */
bool generate_is_slow(const struct generate *g);

/* Whether both would be drawn alike. */
bool generate_same(const struct generate *a, const struct generate *b);

/* Draw them all: a JSON object, appended. */
void generate_draw(const struct generate *g, struct buf *out);

#endif
