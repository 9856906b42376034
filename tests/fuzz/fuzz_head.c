/*
 * The strict reader: its verdict, and the body it finds, do not depend on how bytes arrive.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vaultd/gate/head.h"

static const struct limits limits = {.head_bytes = 1024, .head_fields = 16, .body_bytes = 4096};

/* Feed, step bytes at a time; returns how many were taken. */
static size_t
feed(struct head *h, const uint8_t *bytes, size_t len, size_t step, struct buf *body)
{
	size_t at = 0, took = 1;

	head_init(h, &limits);
	while (at < len && took > 0) {
		took = head_feed(h, bytes + at, len - at < step ? len - at : step, body);
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

/* What was accepted says what it must, and the body keeps within its limit. */
static void
check_values(const struct head *h, const struct buf *body)
{
	struct str target = head_target(h), host = head_value(h, FIELD_HOST);

	must(body->len <= limits.body_bytes);
	must(head_complete(h) || h->state == HEAD_REFUSED || body->len == 0);
	if (!head_complete(h))
		return;
	must(target.len > 0 && target.at[0] == '/' && host.len > 0);
	must(memchr(target.at, '\r', target.len) == NULL);
	must(!h->chunked || head_value(h, FIELD_LENGTH).at == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const size_t steps[] = {1, 2, 7};
	struct buf whole = BUF_INIT, pieces = BUF_INIT;
	struct head h, other;
	size_t took = feed(&h, bytes, len, SIZE_MAX, &whole);

	check_values(&h, &whole);
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
