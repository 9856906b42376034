/*
 * Keeper: the last checkpoint of an audit file.  A caller's text is escaped wherever it stands
 * in a line, so the quotes of a member's name are the keeper's own.
 */
#include "vaultd/keeper/audit_last.h"

#include <string.h>

#include "base/buf.h"

#define CHECKPOINT "\"type\":\"checkpoint\""
#define COMMIT "\"" TRAIL_COMMIT "\":"
#define CHUNK (256 * 1024)
#define LINE 2048 /* more bytes than a checkpoint has */
#define MOST (64u * 1024 * 1024)

/* The last place in bytes where a checkpoint begins; NULL: none. */
static const char *
find_last(struct str bytes)
{
	const char *last = NULL, *at = bytes.at, *end = bytes.at + bytes.len;

	while ((at = memmem(at, (size_t)(end - at), CHECKPOINT, strlen(CHECKPOINT))) != NULL)
		last = at++;
	return last;
}

static uint64_t
read_commit(struct str line)
{
	const char *end = memchr(line.at, '\n', line.len);
	const char *at = memmem(line.at, end != NULL ? (size_t)(end - line.at) : line.len, COMMIT,
	    strlen(COMMIT));
	unsigned long long n = 0;
	struct str digits;
	size_t len = 0;

	if (at == NULL)
		return 0;
	digits = str_from(line, (size_t)(at - line.at) + strlen(COMMIT));
	while (len < digits.len && digits.at[len] >= '0' && digits.at[len] <= '9')
		len++;
	return str_to_u64((struct str){digits.at, len}, &n) ? n : 0;
}

int
audit_last_commit(const struct audit_file *f, uint64_t *commit, struct error *err)
{
	struct buf bytes = BUF_INIT;
	const char *last = NULL;
	uint64_t size, from;
	int rc = 0;

	*commit = 0;
	if (audit_file_size(f, &size, err) != 0)
		return -1;
	/* Each look reaches into the one before, so that no line is cut in two. */
	from = size;
	while (rc == 0 && last == NULL && from > 0 && size - from < MOST) {
		uint64_t end = from + LINE < size ? from + LINE : size;

		from = from > CHUNK ? from - CHUNK : 0;
		buf_clear(&bytes);
		rc = audit_file_read(f, from, buf_reserve(&bytes, (size_t)(end - from)),
		    (size_t)(end - from), err);
		bytes.len = rc == 0 ? (size_t)(end - from) : 0;
		last = rc == 0 ? find_last(buf_str(&bytes)) : NULL;
	}
	if (last != NULL)
		*commit = read_commit(
		    str_from(buf_str(&bytes), (size_t)(last - (const char *)bytes.data)));
	buf_free(&bytes);
	return rc;
}
