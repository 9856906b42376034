/* A secret is no text. */
#include <stdio.h>

#include "base/secret.h"

void print_text(struct secret *s);

void
print_text(struct secret *s)
{
	printf("%s\n", s);
}
