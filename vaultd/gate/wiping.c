/*
 * gate: memory that is wiped when it is freed.  Trusted with leaving no request, reply or
 * handshake secret behind.
 */
#include "vaultd/gate/wiping.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/secret.h"

#define STACK (32 * 1024)

static void *
take(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(size);
}

static void
give(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	if (p == NULL)
		return;
	wipe(p, malloc_usable_size(p));
	free(p);
}

static void *
resize(void *p, size_t size, const char *file, int line)
{
	size_t old = p == NULL ? 0 : malloc_usable_size(p);
	void *to = NULL;

	if (size > 0 && (to = malloc(size)) == NULL)
		return NULL;
	if (to != NULL && p != NULL)
		memcpy(to, p, old < size ? old : size);
	give(p, file, line);
	return to;
}

void
wiping_init(void)
{
	if (CRYPTO_set_mem_functions(take, resize, give) != 1)
		fatal("OpenSSL was used before its memory functions were set");
}

void
wiping_stack(void)
{
	sodium_stackzero(STACK);
}
