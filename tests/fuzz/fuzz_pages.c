/* The page checker over any bytes: refuses or passes, never reads outside them. */
#include <stdint.h>

#include "vaultd/store/pages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct error err = ERROR_INIT;

	if (pages_check(data, len, &err) != 0 && err.code != ERR_CORRUPT)
		__builtin_trap();
	return 0;
}
