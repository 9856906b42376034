/* The control: what is meant to be done with a secret builds. */
#include <stdio.h>

#include "base/secret.h"

void control(const struct secret *a, const struct secret *b);

void
control(const struct secret *a, const struct secret *b)
{
	printf("%d\n", secret_equal(a, b));
}
