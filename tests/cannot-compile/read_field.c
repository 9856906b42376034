/* It has no fields. */
#include <stdio.h>

#include "base/secret.h"

void read_field(const struct secret *s);

void
read_field(const struct secret *s)
{
	printf("%zu\n", s->len);
}
