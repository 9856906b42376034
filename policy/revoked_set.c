/*
 * Revoked certificates, by hash.  Runs in gate and keeper.
 */
#include "policy/revoked_set.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

void
revoked_mark(struct str issuer_spki, struct str serial, uint8_t mark[REVOKED_MARK])
{
	struct buf text = BUF_INIT;

	buf_put_block(&text, issuer_spki.at, issuer_spki.len);
	buf_put_str(&text, serial);
	if (EVP_Digest(text.data, text.len, mark, NULL, EVP_sha256(), NULL) != 1)
		fatal("SHA-256 failed");
	buf_free(&text);
}

/* Where a mark is, or would be: how many stand before it. */
static size_t
place(struct str set, const uint8_t *mark)
{
	size_t low = 0, high = set.len / REVOKED_MARK;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(set.at + middle * REVOKED_MARK, mark, REVOKED_MARK) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
revoked_set_holds(struct str set, const uint8_t mark[REVOKED_MARK])
{
	size_t at = place(set, mark) * REVOKED_MARK;

	return at < set.len && memcmp(set.at + at, mark, REVOKED_MARK) == 0;
}

void
revoked_set_add(struct buf *set, const uint8_t mark[REVOKED_MARK])
{
	size_t at = place(buf_str(set), mark) * REVOKED_MARK;

	if (revoked_set_holds(buf_str(set), mark))
		return;
	buf_reserve(set, REVOKED_MARK);
	memmove(set->data + at + REVOKED_MARK, set->data + at, set->len - at);
	memcpy(set->data + at, mark, REVOKED_MARK);
	set->len += REVOKED_MARK;
}

bool
revoked_set_check(struct str set)
{
	if (set.len % REVOKED_MARK != 0)
		return false;
	for (size_t at = REVOKED_MARK; at < set.len; at += REVOKED_MARK)
		if (memcmp(set.at + at - REVOKED_MARK, set.at + at, REVOKED_MARK) >= 0)
			return false;
	return true;
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, REVOKED_MARK);
}

void
revoked_set_sort(struct buf *marks)
{
	size_t count = marks->len / REVOKED_MARK, kept = 0;

	if (count == 0)
		return;
	qsort(marks->data, count, REVOKED_MARK, compare);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *mark = marks->data + i * REVOKED_MARK;

		if (kept == 0 ||
		    memcmp(marks->data + (kept - 1) * REVOKED_MARK, mark, REVOKED_MARK) != 0)
			memmove(marks->data + kept++ * REVOKED_MARK, mark, REVOKED_MARK);
	}
	marks->len = kept * REVOKED_MARK;
}
