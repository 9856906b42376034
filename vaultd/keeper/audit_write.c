/*
 * Keeper: from what waits into the audit's file.
 *
 * What a flush could not write stays, up to a line that is half in the file: it is finished first
 * when there is room again.  audit_forget drops the rest, with the requests it tells of, and says
 * so.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "keys/digest.h"
#include "vaultd/keeper/audit_state.h"

#define LOOK_EVERY (CLOCK_SECOND / 10) /* whether the file is still there */

/* ---- opening ---- */

static void
put_torn(struct json_writer *w, const struct audit_torn *torn)
{
	json_put_int(w, "offset", (int64_t)torn->offset);
	json_put_int(w, "length", (int64_t)torn->length);
	trail_put_hex(w, "sha256", torn->sha256, sizeof(torn->sha256));
}

/* Torn bytes stay where they are; the newline makes them a line of their own, if none. */
static void
recover(struct audit *a, const struct audit_torn *torn)
{
	struct json_writer w;
	size_t from;

	if (!torn->closed)
		buf_put_u8(&a->waiting, '\n');
	if (torn->whole)
		return;
	w = audit_begin(a, "recovered", &from);
	json_open_object(&w, "torn");
	put_torn(&w, torn);
	json_close_object(&w);
	audit_end(a, from);
	log_warn("the audit file ends within a line: %llu bytes are kept as they are",
	    (unsigned long long)torn->length);
}

/* The first line after opening: which file this is, where the trail stands, why. */
static void
put_open(struct audit *a, const char *why, uint64_t offset, const struct audit_torn *left)
{
	struct trail before = a->at;
	struct json_writer w;
	size_t from;

	random_bytes(a->id, sizeof(a->id));
	w = audit_begin(a, "open", &from);
	json_open_object(&w, "open");
	trail_put_hex(&w, "file", a->id, sizeof(a->id));
	json_put_text(&w, "why", why);
	json_put_int(&w, "offset", (int64_t)offset);
	trail_put(&w, &before);
	if (left->length > 0) {
		json_open_object(&w, "left");
		put_torn(&w, left);
		json_close_object(&w);
	}
	json_close_object(&w);
	audit_end(a, from);
}

struct audit *
audit_open(int dir, const char *name, bool sync_always, struct error *err)
{
	static const struct audit_torn nothing;
	struct audit *a = calloc(1, sizeof(*a));
	struct audit_torn torn;
	uint64_t size;

	if (a == NULL)
		fatal("no memory for the audit");
	a->sync_always = sync_always;
	if (audit_file_open(&a->file, dir, name, err) != 0) {
		free(a);
		return NULL;
	}
	if (audit_file_tail(&a->file, &a->at, &torn, &size, err) != 0) {
		audit_file_close(&a->file);
		free(a);
		return NULL;
	}
	a->done = a->at;
	if (torn.length > 0)
		recover(a, &torn);
	put_open(a, "start", size, &nothing);
	return a;
}

/*
 * The file was moved away: go on in a new one at *at, with nothing waiting.  What was torn in
 * the old one, left, is told in the new.  -1: all stays as it was.
 */
static int
move_on(struct audit *a, struct trail at, const struct audit_torn *left, struct error *err)
{
	struct audit_torn torn;
	uint64_t size;

	if (audit_file_reopen(&a->file, &torn, &size, err) != 0)
		return -1;
	log_info("the audit file was moved or deleted: a new one is begun");
	buf_clear(&a->waiting);
	a->written = 0;
	a->at = at;
	a->done = at;
	if (torn.length > 0)
		recover(a, &torn);
	put_open(a, "moved", size, left);
	return 0;
}

/* ---- writing ---- */

static int
write_waiting(struct audit *a, struct error *err)
{
	struct str rest = str_from(buf_str(&a->waiting), a->written);

	if (audit_file_write(&a->file, rest, &a->written, err) != 0)
		return -1;
	buf_clear(&a->waiting);
	a->written = 0;
	a->done = a->at;
	return 0;
}

static int
look_after(struct audit *a, struct error *err)
{
	static const struct audit_torn nothing;
	int64_t now = clock_boot();

	if (now - a->looked < LOOK_EVERY)
		return 0;
	if (audit_file_moved(&a->file) &&
	    (move_on(a, a->at, &nothing, err) != 0 || write_waiting(a, err) != 0))
		return -1;
	a->looked = now;
	return 0;
}

int
audit_flush(struct audit *a, bool sync, struct error *err)
{
	struct error why = ERROR_INIT;
	bool wrote = a->waiting.len > 0;

	if (write_waiting(a, &why) == 0 && look_after(a, &why) == 0 &&
	    (!(sync || (a->sync_always && wrote)) || audit_file_sync(&a->file, &why) == 0)) {
		a->trouble[0] = '\0';
		return 0;
	}
	memcpy(a->trouble, why.text, sizeof(a->trouble));
	a->failures++;
	return error_set(err, ERR_IO, "%s", why.text);
}

int
audit_sync(struct audit *a, struct error *err)
{
	return audit_file_sync(&a->file, err);
}

/* ---- what could not be written ---- */

/* Behind the line that `written` ends in (or before the first): what has to stay. */
static size_t
find_end(const struct audit *a)
{
	const uint8_t *newline;

	if (a->written == 0)
		return 0;
	newline =
	    memchr(a->waiting.data + a->written - 1, '\n', a->waiting.len - (a->written - 1));
	return newline == NULL ? a->waiting.len : (size_t)(newline - a->waiting.data) + 1;
}

/* Where the trail stands behind a line of what waits that ends (newline included) at `end`. */
static struct trail
place_at(const struct audit *a, size_t end)
{
	struct trail at;

	if (end > 0 &&
	    trail_read((struct str){(const char *)a->waiting.data, end - 1}, &at, NULL))
		return at;
	return a->done;
}

static uint64_t
count_answers(struct str lines)
{
	uint64_t n = 0;
	const char *at = lines.at, *end = lines.at + lines.len;

	while ((at = memmem(at, (size_t)(end - at), "\"type\":\"response\"", 17)) != NULL) {
		at++;
		n++;
	}
	return n;
}

/* The file with half a line in it was moved away: that line ends there. */
static void
leave(struct audit *a, size_t whole)
{
	struct audit_torn left = {.length = a->written - whole};
	struct error err = ERROR_INIT;

	digest_sha256(a->waiting.data + whole, left.length, left.sha256);
	if (move_on(a, place_at(a, whole), &left, &err) != 0)
		memcpy(a->trouble, err.text, sizeof(a->trouble));
}

static void
drop(struct audit *a)
{
	size_t keep = find_end(a);
	const uint8_t *newline = memrchr(a->waiting.data, '\n', a->written);
	size_t whole = newline == NULL ? 0 : (size_t)(newline - a->waiting.data) + 1;

	a->lost += count_answers(str_from(buf_str(&a->waiting), keep));
	a->at = place_at(a, keep);
	a->waiting.len = keep;
	if (audit_file_moved(&a->file))
		leave(a, whole);
}

void
audit_forget(struct audit *a)
{
	if (a->waiting.len > 0)
		drop(a);
	audit_event(a, "refused",
	    "%s: the requests of these and the lines before this were refused; without a line, "
	    "since the start: %llu",
	    a->trouble, (unsigned long long)a->lost);
}

void
audit_close(struct audit **a)
{
	if (*a == NULL)
		return;
	audit_sealed(*a);
	if (audit_flush(*a, true, NULL) != 0)
		log_error("the audit's end is not written: %s", (*a)->trouble);
	audit_file_close(&(*a)->file);
	buf_free(&(*a)->waiting);
	free(*a);
	*a = NULL;
}

uint64_t
audit_failures(const struct audit *a)
{
	return a->failures;
}

const char *
audit_trouble(const struct audit *a)
{
	return a->trouble;
}
