/*
 * The header and the keyring that tests/data/formats.py wrote.
 */
#ifndef FUZZ_KNOWN_H
#define FUZZ_KNOWN_H

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "keys/keyring.h"
#include "tests/unit/known.h"

static inline void
open_known(struct header *header, struct keyring **keyring, uint8_t mount[16])
{
	struct buf bytes = BUF_INIT;
	struct secret *master = NULL;
	bool ok = hex_decode(&bytes, str_of(KNOWN_HEADER)) &&
		  header_parse(header, buf_str(&bytes), NULL) == 0;

	buf_clear(&bytes);
	ok = ok && hex_decode(&bytes, str_of(KNOWN_MASTER));
	master = secret_take(bytes.data, bytes.len);
	buf_clear(&bytes);
	ok = ok && hex_decode(&bytes, str_of(KNOWN_KEYRING));
	*keyring = keyring_unwrap(master, header, buf_str(&bytes), NULL);
	buf_clear(&bytes);
	if (!ok || *keyring == NULL || !hex_decode(&bytes, str_of(KNOWN_MOUNT)))
		abort();
	memcpy(mount, bytes.data, 16);
	buf_free(&bytes);
	secret_free(&master);
}

#endif
