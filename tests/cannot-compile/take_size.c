/* Its size is not known. */
#include <stdio.h>

#include "base/secret.h"

void take_size(void);

void
take_size(void)
{
	printf("%zu\n", sizeof(struct secret));
}
