/*
 * Any bytes: read or refused with a reason, as another strict reader does; what was read is
 * written and read again, and written the same; patched with itself it stays in the reader's
 * bounds.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "tests/unit/jansson_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
demand(bool condition)
{
	if (!condition)
		abort();
}

static void
write_tree(struct buf *out, const struct json *v)
{
	struct json_writer w = json_writer_to(out);

	json_put_value(&w, NULL, v);
}

/*
 * The two agree, but for limits of ours, numbers that the other has no type for, and NULs, which
 * it passes over, or has no place for in a name.
 */
static void
compare(struct str text, bool read, enum error_code code)
{
	bool too_big = false, theirs = jansson_reads(text, &too_big);

	if (text.len == 0 || memchr(text.at, '\0', text.len) != NULL ||
	    memmem(text.at, text.len, "\\u0000", 6) != NULL)
		return;
	demand(read ? theirs || too_big : !theirs || code == ERR_LIMIT);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct arena *a = arena_new((size_t)8 << 20, 0, NULL);
	struct error err = ERROR_INIT;
	struct str text = {(const char *)bytes, len};
	struct json *v = json_parse(a, text, &json_limits_body, &err);
	struct buf once = BUF_INIT, twice = BUF_INIT;

	demand((v == NULL) == (err.code != ERR_NONE));
	compare(text, v != NULL, err.code);
	if (v != NULL) {
		write_tree(&once, v);
		v = json_parse(a, buf_str(&once), &json_limits_body, &err);
		demand(v != NULL);
		write_tree(&twice, v);
		demand(str_equal(buf_str(&once), buf_str(&twice)));
		json_merge_patch(a, v, v);
	}
	buf_free(&once);
	buf_free(&twice);
	arena_free(a);
	return 0;
}
