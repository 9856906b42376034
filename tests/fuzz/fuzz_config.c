/*
 * Any bytes as a configuration file: read, or refused with a line's number.
 */
#include <stdlib.h>
#include <string.h>

#include "vaultd/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	struct config *c = config_parse((struct str){(const char *)data, size}, "f", &err);

	if (c == NULL && strncmp(err.text, "f:", 2) != 0)
		abort();
	if (c != NULL && (c->operators == 0 || c->limits.idle_s == 0 || c->hublet == NULL))
		abort();
	config_free(&c);
	return 0;
}
