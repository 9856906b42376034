/*
 * Keeper: cubbyholes in the records.
 */
#include "vaultd/keeper/cubbyhole.h"

#include <string.h>

#include "base/buf.h"

#define SLICE 64 /* records erased at once */

static const uint8_t no_mount[16];

struct record_name
cubbyhole_name(struct arena *a, struct str accessor, struct str path)
{
	char *at = arena_alloc(a, accessor.len + 1 + path.len);

	if (at == NULL)
		return (struct record_name){ RECORD_CUBBYHOLE, no_mount };
	memcpy(at, accessor.at, accessor.len);
	at[accessor.len] = '/';
	memcpy(at + accessor.len + 1, path.at, path.len);
	return record_name_of(RECORD_CUBBYHOLE, no_mount,
	    (struct str){ at, accessor.len + 1 + path.len });
}

/* The names that a look into a directory found: one behind the other, each ended by a '\0'. */
static bool
note(void *arg, struct str name, struct str text)
{
	struct buf *names = arg;

	(void)text;
	buf_put_str(names, name);
	buf_put_u8(names, '\0');
	return true;
}

/* Erase what is in a directory, at most *left records of it. */
static void
erase(struct records *r, struct str directory, unsigned *left)
{
	struct buf names = BUF_INIT, inside = BUF_INIT;
	struct str name, rest;

	if (records_walk(r, RECORD_CUBBYHOLE, no_mount, directory, *left, note, &names, NULL) !=
	    0)
		*left = 0;
	rest = buf_str(&names);
	while (*left > 0 && str_cut(rest, '\0', &name, &rest)) {
		if (str_ends(name, "/")) {
			buf_clear(&inside);
			buf_put_str(&inside, directory);
			buf_put_str(&inside, name);
			erase(r, buf_str(&inside), left);
		} else {
			struct record_name n = { RECORD_CUBBYHOLE, no_mount, directory, name };

			records_delete(r, &n);
			--*left;
		}
	}
	buf_free(&names);
	buf_free(&inside);
}

bool
cubbyhole_erase(struct records *r, struct str accessor)
{
	struct buf directory = BUF_INIT;
	unsigned left = SLICE;

	buf_put_str(&directory, accessor);
	buf_put_u8(&directory, '/');
	erase(r, buf_str(&directory), &left);
	buf_free(&directory);
	return left == 0;
}
