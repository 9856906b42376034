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

/* How much is in it: a u32 beside the place, which no path within names. */
static struct record_name
size_name(struct str accessor)
{
	return (struct record_name){ RECORD_CUBBYHOLE, no_mount, { "", 0 }, accessor };
}

static int
size_of(struct records *r, const struct record_name *n, struct buf *text, struct error *err)
{
	struct error why = ERROR_INIT;

	if (records_get(r, n, text, &why) == 0 || why.code == ERR_NOT_FOUND)
		return 0;
	*err = why;
	return -1;
}

int
cubbyhole_put(struct records *r, struct str accessor, const struct record_name *n,
    struct str text, struct error *err)
{
	struct record_name size = size_name(accessor);
	size_t own = n->directory.len + n->name.len, total, freed;
	struct buf kept = BUF_INIT, old = BUF_INIT;
	struct reader in;
	int rc = -1;

	if (size_of(r, &size, &kept, err) != 0 || size_of(r, n, &old, err) != 0)
		goto out;
	in = reader_of(kept.data, kept.len);
	total = reader_u32(&in);
	freed = old.len > 0 ? own + old.len : 0;
	total -= freed < total ? freed : total; /* what was there before it was counted is free */
	total += text.at != NULL ? own + text.len : 0;
	if (text.at != NULL && total > CUBBYHOLE_BYTES) {
		error_set(err, ERR_LIMIT, "a cubbyhole holds at most %d bytes: delete some of it",
		    CUBBYHOLE_BYTES);
		goto out;
	}
	buf_clear(&kept);
	buf_put_u32(&kept, (uint32_t)total);
	records_put(r, &size, buf_str(&kept));
	if (text.at != NULL)
		records_put(r, n, text);
	else
		records_delete(r, n);
	rc = 0;
out:
	buf_free(&kept);
	buf_free(&old);
	return rc;
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
	struct record_name size = size_name(accessor);
	struct buf directory = BUF_INIT;
	unsigned left = SLICE;

	buf_put_str(&directory, accessor);
	buf_put_u8(&directory, '/');
	erase(r, buf_str(&directory), &left);
	buf_free(&directory);
	records_delete(r, &size);
	return left == 0;
}
