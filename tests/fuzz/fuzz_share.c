/*
 * Any bytes as a header, and any bytes as a share of one: parsed or refused, and what was
 * parsed is written back the same.
 * Input: u16 length of the header's bytes, these, then those of a share.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/reveal.h"
#include "keys/header.h"
#include "keys/shamir.h"

#define HASH 32

static void
try_share(const struct header *h, const uint8_t *bytes, size_t len)
{
	struct secret *share = NULL, *master = NULL;
	unsigned slot = 0, x = 0;

	if (len == 0)
		return;
	share = secret_new(len);
	memcpy(secret_fill(share), bytes, len);
	if (header_find_share(h, share, &slot, &x)) {
		if (len != SHAMIR_SHARE || slot >= h->count || x < 1 ||
		    x > h->slots[slot].shares)
			abort();
		master = header_open_shamir(h, slot, &share, 1, NULL);
	}
	secret_free(&share), secret_free(&master);
}

static void
try_header(struct str bytes, const uint8_t *share, size_t len)
{
	struct buf out = BUF_INIT;
	struct header h;

	if (header_parse(&h, bytes, NULL) != 0)
		return;
	header_format(&h, &out);
	if (!str_equal(buf_str(&out), bytes))
		abort();
	try_share(&h, share, len);
	buf_free(&out);
	header_clear(&h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(data, size);
	uint16_t len = reader_u16(&r);
	const uint8_t *header = reader_bytes(&r, len);
	struct buf hashed = BUF_INIT;
	uint8_t hash[HASH];

	if (r.bad || r.left > 512)
		return 0;
	try_header((struct str){(const char *)header, len}, r.at, r.left);

	/* Once more under a right hash, which no mutation finds by itself. */
	crypto_generichash(hash, HASH, header, len, NULL, 0);
	buf_put(&hashed, header, len);
	buf_put(&hashed, hash, HASH);
	try_header(buf_str(&hashed), r.at, r.left);
	buf_free(&hashed);
	return 0;
}
