/*
 * Base64.
 * Security: what is coded may be key bytes or plaintext, so digits are made by arithmetic, not
 * looked up in tables; whether a text is well-formed is no secret.
 *
 * It works in blocks of fixed size, the loops over which compilers turn into vectors: most of
 * what transit costs would be here.
 */
#include <string.h>

#include "base/secret.h"
#include "base/text.h"

#define DIGITS 64 /* of a block */
#define BYTES 48

/* All ones when c lies in from..to, else 0. */
#define IN(c, from, to) ((uint8_t) - (uint8_t)((uint8_t)((c) - (from)) <= (to) - (from)))
#define IS(c, what) ((uint8_t) - (uint8_t)((c) == (what)))

/* The two digits in which the alphabets differ. */
static const uint8_t last[][2] = {[BASE64_STD] = {'+', '/'}, [BASE64_URL] = {'-', '_'}};

static void
encode_block(enum base64_kind kind, const uint8_t bytes[BYTES], uint8_t digits[DIGITS])
{
	const uint8_t d62 = last[kind][0], d63 = last[kind][1];

	for (size_t i = 0; i < DIGITS / 4; i++) {
		const uint8_t *b = bytes + 3 * i;

		digits[4 * i] = b[0] >> 2;
		digits[4 * i + 1] = (uint8_t)((b[0] << 4 | b[1] >> 4) & 63);
		digits[4 * i + 2] = (uint8_t)((b[1] << 2 | b[2] >> 6) & 63);
		digits[4 * i + 3] = b[2] & 63;
	}
	for (size_t i = 0; i < DIGITS; i++) {
		uint8_t v = digits[i];

		digits[i] =
		    (uint8_t)((IN(v, 0, 25) & (v + 'A')) | (IN(v, 26, 51) & (v - 26 + 'a')) |
			      (IN(v, 52, 61) & (v - 52 + '0')) | (IS(v, 62) & d62) |
			      (IS(v, 63) & d63));
	}
}

void
base64_encode(struct buf *out, enum base64_kind kind, const void *bytes, size_t len)
{
	const uint8_t *in = bytes;
	uint8_t *at = buf_reserve(out, (len + 2) / 3 * 4);
	uint8_t rest[BYTES] = {0}, digits[DIGITS];
	size_t n = 0;

	for (; len >= BYTES; in += BYTES, len -= BYTES, at += DIGITS)
		encode_block(kind, in, at);
	if (len > 0) {
		memcpy(rest, in, len);
		encode_block(kind, rest, digits);
		n = (len * 4 + 2) / 3;
		memcpy(at, digits, n);
		for (at += n; n % 4 != 0 && kind == BASE64_STD; n++)
			*at++ = '=';
		wipe(rest, sizeof rest);
		wipe(digits, sizeof digits);
	}
	out->len = (size_t)(at - out->data);
}

/* False: a digit is none; what is in bytes then is of no use. */
static bool
decode_block(enum base64_kind kind, const char text[DIGITS], uint8_t bytes[BYTES])
{
	const uint8_t d62 = last[kind][0], d63 = last[kind][1];
	uint8_t values[DIGITS] = {0}, wrong = 0;

	for (size_t i = 0; i < DIGITS; i++) {
		uint8_t c = (uint8_t)text[i];
		uint8_t upper = IN(c, 'A', 'Z'), lower = IN(c, 'a', 'z'),
			number = IN(c, '0', '9');
		uint8_t is62 = IS(c, d62), is63 = IS(c, d63);

		values[i] = (uint8_t)((upper & (c - 'A')) | (lower & (c - 'a' + 26)) |
				      (number & (c - '0' + 52)) | (is62 & 62) | (is63 & 63));
		wrong |= (uint8_t) ~(upper | lower | number | is62 | is63);
	}
	for (size_t i = 0; i < BYTES / 3; i++) {
		const uint8_t *v = values + 4 * i;

		bytes[3 * i] = (uint8_t)(v[0] << 2 | v[1] >> 4);
		bytes[3 * i + 1] = (uint8_t)(v[1] << 4 | v[2] >> 2);
		bytes[3 * i + 2] = (uint8_t)(v[2] << 6 | v[3]);
	}
	wipe(values, sizeof values);
	return wrong == 0;
}

static bool
is_digit(enum base64_kind kind, uint8_t c)
{
	return (IN(c, 'A', 'Z') | IN(c, 'a', 'z') | IN(c, '0', '9') | IS(c, last[kind][0]) |
		   IS(c, last[kind][1])) != 0;
}

/* The first of text's bytes that is no digit, or its length. */
static size_t
find_wrong(enum base64_kind kind, struct str text)
{
	size_t i = 0;

	while (i < text.len && is_digit(kind, (uint8_t)text.at[i]))
		i++;
	return i;
}

/* text without the padding at its end; *form: whether digits and padding make whole groups. */
static struct str
cut_padding(enum base64_kind kind, struct str text, bool *form)
{
	size_t padding = 0;

	while (
	    kind == BASE64_STD && padding < 2 && text.len > 0 && text.at[text.len - 1] == '=') {
		text.len--;
		padding++;
	}
	*form = text.len % 4 != 1 && (kind == BASE64_URL || (text.len + padding) % 4 == 0);
	return text;
}

/* The last digits, fewer than a block.  False: one is none, or the bits left over are not 0. */
static bool
decode_rest(enum base64_kind kind, struct str digits, uint8_t *to)
{
	size_t n = digits.len * 3 / 4;
	char text[DIGITS];
	uint8_t bytes[BYTES];
	bool right = false;

	memset(text, 'A', sizeof text);
	memcpy(text, digits.at, digits.len);
	right = decode_block(kind, text, bytes) && (digits.len % 4 == 0 || bytes[n] == 0);
	memcpy(to, bytes, n);
	wipe(text, sizeof text);
	wipe(bytes, sizeof bytes);
	return right;
}

bool
base64_decode(struct buf *out, enum base64_kind kind, struct str text, size_t *bad_at)
{
	bool form = false, right = false;
	struct str digits = cut_padding(kind, text, &form), rest = digits;
	size_t size = digits.len / 4 * 3 + digits.len % 4 * 3 / 4, bad = 0;
	uint8_t *start = buf_reserve(out, size), *at = start;

	for (right = form; right && rest.len >= DIGITS; at += BYTES) {
		right = decode_block(kind, rest.at, at);
		rest = str_from(rest, DIGITS);
	}
	if (right && rest.len > 0)
		right = decode_rest(kind, rest, at);
	if (right) {
		out->len += size;
		return true;
	}
	wipe(start, size);
	if (out->len == 0)
		buf_free(out);
	bad = find_wrong(kind, digits);
	if (bad == digits.len && (form || digits.len % 4 == 1))
		bad--; /* bits are left over */
	if (bad_at != NULL)
		*bad_at = bad;
	return false;
}
