/*
 * Any bytes as a stream: its head, then its chunks.  What opens under the one known key is what
 * the one known stream begins with: nobody makes another without the key.
 */
#include <stdlib.h>
#include <string.h>

#include "keys/stream.h"

#define TEXT "a customer's file" /* of tests/unit/test_stream.c, whose seed is its stream */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct secret *
known_key(void)
{
	uint8_t bytes[STREAM_KEY];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	return secret_take(bytes, sizeof(bytes));
}

static void
read_chunks(struct stream *s, size_t whole, struct str rest, struct buf *text)
{
	bool last = false;

	while (!last && rest.len > 0) {
		size_t len = rest.len < whole ? rest.len : whole;

		if (stream_get(s, (struct str){rest.at, len}, &last, text, NULL) != 0)
			return;
		rest = str_from(rest, len);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = {(const char *)data, size};
	struct stream_head head;
	struct secret *key = NULL;
	struct stream *s = NULL;
	struct buf text = BUF_INIT;
	int len = stream_parse(&head, bytes, NULL);

	if (len <= 0)
		return 0;
	key = known_key();
	s = stream_read(key, &head, (struct str){bytes.at, (size_t)len});
	read_chunks(s, head.chunk + STREAM_OVERHEAD, str_from(bytes, (size_t)len), &text);
	if (text.len > strlen(TEXT) || (text.len > 0 && memcmp(text.data, TEXT, text.len) != 0))
		abort();
	stream_free(&s);
	secret_free(&key);
	buf_free(&text);
	return 0;
}
