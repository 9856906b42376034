/*
 * Any bytes, as HCL and as its JSON form: read or refused with a reason, each node at a place
 * that the text has.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/hcl.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check(const struct hcl *node, size_t len)
{
	unsigned count = 0;

	for (const struct hcl *child = node->first; child != NULL; child = child->next) {
		check(child, len);
		count++;
	}
	if (count != node->count || node->line == 0 || node->line > len + 1 ||
	    node->column == 0 || node->column > len + 1)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct hcl *(*const parsers[])(struct arena *, struct str, struct error *) = {
	    hcl_parse, hcl_parse_json};
	struct arena *a = arena_new((size_t)8 << 20, 0, NULL);

	for (int i = 0; i < 2; i++) {
		struct error err = ERROR_INIT;
		struct hcl *root = parsers[i](a, (struct str){(const char *)bytes, len}, &err);

		if ((root == NULL) != (err.code != ERR_NONE))
			abort();
		if (root != NULL)
			check(root, len);
		arena_reset(a);
	}
	arena_free(a);
	return 0;
}
