/*
 * Any target: read or refused, and what is read is canonical.
 */
#include <stdint.h>
#include <stdlib.h>

#include "vaultd/keeper/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct str path)
{
	struct str segment, rest = path;

	while (str_cut(rest, '/', &segment, &rest) || segment.len > 0)
		if (segment.len == 0 || str_is(segment, ".") || str_is(segment, ".."))
			abort();
	for (size_t i = 0; i < path.len; i++)
		if ((unsigned char)path.at[i] < 0x20 || path.at[i] == 0x7f)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct target t;
	const char *text;
	unsigned status;

	if (size == 0)
		return 0;
	if (arena == NULL)
		arena = arena_new(1 << 20, 0, NULL);
	if (target_read(arena, (enum method)(data[0] % (METHOD_OTHER + 1)),
		(struct str){ (const char *)data + 1, size - 1 }, &t, &status, &text) == 0)
		check(t.path);
	arena_reset(arena);
	return 0;
}
