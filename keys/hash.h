/*
 * Hash functions by the names that the API has for them, and HMAC (RFC 2104) over any of them.
 * OpenSSL's, fetched once for the process.
 */
#ifndef KEYS_HASH_H
#define KEYS_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"
#include "base/str.h"

#define HASH_MAX 64 /* bytes of the longest */

enum hash {
	HASH_NONE, /* the input itself: only where it is said to be allowed */
	HASH_SHA1,
	HASH_SHA2_224,
	HASH_SHA2_256,
	HASH_SHA2_384,
	HASH_SHA2_512,
	HASH_SHA3_224,
	HASH_SHA3_256,
	HASH_SHA3_384,
	HASH_SHA3_512,
	HASHES
};

/* "sha2-256" and so on, "none" too; and back.  hash_find gives HASHES for any other name. */
enum hash hash_find(struct str name);
const char *hash_name(enum hash h);
/*
 * The name that imports have for the hash of OAEP: "SHA1", "SHA224", "SHA256", "SHA384",
 * "SHA512".  HASHES for any other.
 */
enum hash hash_find_oaep(struct str name);
/* Bytes of the sum; 0 for HASH_NONE. */
size_t hash_size(enum hash h);

/* OpenSSL's EVP_MD, for signatures; NULL for HASH_NONE. */
const struct evp_md_st *hash_evp(enum hash h);

/*
 * The sum of `count` parts, one behind the other, into out (hash_size bytes).  Not for
 * HASH_NONE.
 */
void hash_sum(enum hash h, const struct str *parts, unsigned count, uint8_t *out);

/*
 * HMAC of the parts under key, into out (hash_size bytes).  out may be one of the parts.
 * Security: what lies between (pads, inner sum) is wiped.
 */
void hash_hmac(enum hash h, const struct secret *key, const struct str *parts, unsigned count,
    uint8_t *out);

#endif
