/*
 * The vault whose header and keyring tests/data/formats.py wrote.
 */
#ifndef TESTS_KNOWN_VAULT_H
#define TESTS_KNOWN_VAULT_H

#include "keys/keyring.h"
#include "tests/unit/known.h"
#include "tests/unit/vectors.h"

struct vault {
	struct header h;
	struct keyring *k;
};

static inline void
open_known(struct vault *v)
{
	struct buf header = bytes_of(KNOWN_HEADER), keyring = bytes_of(KNOWN_KEYRING);
	struct secret *master = secret_of(KNOWN_MASTER);

	assert_int_equal(header_parse(&v->h, buf_str(&header), NULL), 0);
	v->k = keyring_unwrap(master, &v->h, buf_str(&keyring), NULL);
	assert_non_null(v->k);
	buf_free(&header), buf_free(&keyring);
	secret_free(&master);
}

static inline void
discard(struct vault *v)
{
	keyring_free(&v->k);
	header_clear(&v->h);
}

#endif
