/*
 * OpenSSL's memory in the keeper.  Trusted with every key schedule and big number.
 */
#include <malloc.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/secret.h"
#include "keys/hash.h"
#include "keys/locked_alloc.h"

static _Thread_local unsigned public_depth;

static void *
take(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return public_depth > 0 ? malloc(size) : secret_memory_take(size);
}

static void
give(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	if (p == NULL)
		return;
	if (secret_memory_room(p) > 0) {
		secret_memory_give(p);
		return;
	}
	wipe(p, malloc_usable_size(p));
	free(p);
}

/* A block stays in the memory it was taken from. */
static void *
resize(void *p, size_t size, const char *file, int line)
{
	size_t locked = p == NULL ? 0 : secret_memory_room(p);
	size_t room = locked > 0 || p == NULL ? locked : malloc_usable_size(p);
	void *to = NULL;

	if (p == NULL)
		return take(size, file, line);
	if (size > 0) {
		to = locked > 0 ? secret_memory_take(size) : malloc(size);
		if (to == NULL)
			return NULL;
		memcpy(to, p, room < size ? room : size);
	}
	give(p, file, line);
	return to;
}

void
locked_alloc_init(void)
{
	if (CRYPTO_set_mem_functions(take, resize, give) != 1)
		fatal("OpenSSL was used before its memory functions were set");
	locked_alloc_public_begin();
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1 ||
	    hash_evp(HASH_SHA2_256) == NULL)
		fatal("OpenSSL cannot start");
	locked_alloc_public_end();
}

void
locked_alloc_public_begin(void)
{
	public_depth++;
}

void
locked_alloc_public_end(void)
{
	public_depth--;
}
