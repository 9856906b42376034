/* It is not copied by assignment. */
#include <stdio.h>

#include "base/secret.h"

void copy_secret(struct secret *a, const struct secret *b);

void
copy_secret(struct secret *a, const struct secret *b)
{
	*a = *b;
}
