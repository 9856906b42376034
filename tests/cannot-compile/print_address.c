/* Nor is where it lies anyone's business. */
#include <stdio.h>

#include "base/secret.h"

void print_address(struct secret *s);

void
print_address(struct secret *s)
{
	printf("%p\n", s);
}
