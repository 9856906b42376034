/*
 * The strict reader: its verdict, and what it passes on, do not depend on how bytes arrive;
 * what it passes on it would itself take, to the same end.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vaultd/gate/head.h"

static const struct limits limits = {.head_bytes = 1024, .head_fields = 16, .body_bytes = 4096};

/* Feed, step bytes at a time; returns how many were taken. */
static size_t
feed(struct head *h, const uint8_t *bytes, size_t len, size_t step, struct buf *out)
{
	size_t at = 0, took = 1;

	head_init(h, &limits);
	while (at < len && took > 0) {
		took = head_feed(h, bytes + at, len - at < step ? len - at : step, out);
		at += took;
	}
	return at;
}

static void
must(int holds)
{
	if (!holds)
		abort();
}

static void
check_passed(const struct head *h, const struct buf *out)
{
	struct buf again = BUF_INIT;
	struct head second;

	if (h->state == HEAD_DONE) {
		must(feed(&second, out->data, out->len, SIZE_MAX, &again) == out->len);
		must(second.state == HEAD_DONE && second.close == h->close);
		must(again.len == out->len && memcmp(again.data, out->data, out->len) == 0);
		must(memchr(head_target(h).at, '\n', head_target(h).len) == NULL);
		head_free(&second);
	} else if (!head_complete(h) && !h->chunked && h->left == 0) {
		must(out->len == 0);
	}
	buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const size_t steps[] = {1, 2, 7};
	struct buf whole = BUF_INIT, pieces = BUF_INIT;
	struct head h, other;
	size_t took = feed(&h, bytes, len, SIZE_MAX, &whole);

	check_passed(&h, &whole);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		size_t same = feed(&other, bytes, len, steps[i], &pieces);

		must(other.state == h.state && other.status == h.status);
		must(h.state == HEAD_REFUSED || same == took);
		must(pieces.len == whole.len);
		must(whole.len == 0 || memcmp(pieces.data, whole.data, whole.len) == 0);
		head_free(&other);
		buf_clear(&pieces);
	}
	head_free(&h);
	buf_free(&whole);
	buf_free(&pieces);
	return 0;
}
