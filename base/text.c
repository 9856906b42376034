/*
 * Hexadecimal, base64 and UTF-8.  Durations are in duration.c.
 * Security: what is decoded may be key bytes or plaintext, so digits are looked up by
 * arithmetic, not by tables; whether a text is well-formed is no secret.
 */
#include "base/secret.h"
#include "base/text.h"

/* c - from + base + 1, or 0 when c does not lie in from..to. */
#define IN(c, from, to, base) \
	((unsigned)(((c) >= (from)) & ((c) <= (to))) * ((c) - (from) + (base) + 1u))

void
hex_encode(struct buf *out, const void *bytes, size_t len)
{
	uint8_t *at = buf_reserve(out, len * 2);

	for (size_t i = 0; i < len; i++) {
		unsigned high = ((const uint8_t *)bytes)[i] >> 4,
			 low = ((const uint8_t *)bytes)[i] & 15;

		*at++ = (uint8_t)('0' + high + (high > 9) * ('a' - '0' - 10));
		*at++ = (uint8_t)('0' + low + (low > 9) * ('a' - '0' - 10));
	}
	out->len += len * 2;
}

/* The digit's value plus one, or 0. */
static unsigned
hex_value(unsigned c)
{
	return IN(c, '0', '9', 0u) + IN(c, 'a', 'f', 10u) + IN(c, 'A', 'F', 10u);
}

bool
hex_decode(struct buf *out, struct str text)
{
	uint8_t *at = buf_reserve(out, text.len / 2);

	if (text.len % 2 != 0)
		return false;
	for (size_t i = 0; i < text.len; i += 2) {
		unsigned high = hex_value((unsigned char)text.at[i]);
		unsigned low = hex_value((unsigned char)text.at[i + 1]);

		if (high == 0 || low == 0) {
			wipe(out->data + out->len, i / 2);
			return false;
		}
		*at++ = (uint8_t)((high - 1) << 4 | (low - 1));
	}
	out->len += text.len / 2;
	return true;
}

static uint8_t
base64_digit(enum base64_kind kind, unsigned v)
{
	v &= 63;
	return (uint8_t)((v <= 25) * (v + 'A') + IN(v, 26u, 51u, 'a' - 1u) +
			 IN(v, 52u, 61u, '0' - 1u) +
			 (v == 62) * (kind == BASE64_STD ? '+' : '-') +
			 (v == 63) * (kind == BASE64_STD ? '/' : '_'));
}

void
base64_encode(struct buf *out, enum base64_kind kind, const void *bytes, size_t len)
{
	const uint8_t *in = bytes;
	uint8_t *start = buf_reserve(out, (len + 2) / 3 * 4), *at = start;

	for (; len >= 3; in += 3, len -= 3) {
		unsigned v = (unsigned)in[0] << 16 | (unsigned)in[1] << 8 | in[2];

		for (int shift = 18; shift >= 0; shift -= 6)
			*at++ = base64_digit(kind, v >> shift);
	}
	if (len > 0) {
		unsigned v = (unsigned)in[0] << 16 | (len == 2 ? (unsigned)in[1] << 8 : 0);

		for (size_t i = 0; i <= len; i++)
			*at++ = base64_digit(kind, v >> (18 - 6 * i));
		for (size_t i = len; i < 3 && kind == BASE64_STD; i++)
			*at++ = '=';
	}
	out->len += (size_t)(at - start);
}

/* The digit's value plus one, or 0. */
static unsigned
base64_value(enum base64_kind kind, unsigned c)
{
	return IN(c, 'A', 'Z', 0u) + IN(c, 'a', 'z', 26u) + IN(c, '0', '9', 52u) +
	       (c == (kind == BASE64_STD ? '+' : '-')) * 63u +
	       (c == (kind == BASE64_STD ? '/' : '_')) * 64u;
}

/* How many of text's bytes are digits, and in *bad the first byte that breaks the form. */
static bool
measure_base64(enum base64_kind kind, struct str text, size_t *digits, size_t *bad)
{
	size_t n = text.len, padding = 0;

	while (kind == BASE64_STD && padding < 2 && n > 0 && text.at[n - 1] == '=') {
		n--;
		padding++;
	}
	*digits = n;
	for (size_t i = 0; i < n; i++) {
		if (base64_value(kind, (unsigned char)text.at[i]) == 0) {
			*bad = i;
			return false;
		}
	}
	*bad = n % 4 == 1 ? n - 1 : n;
	if (kind == BASE64_STD)
		return (n + padding) % 4 == 0 && n % 4 != 1;
	return n % 4 != 1;
}

/* The bytes of `digits` digits, appended; false when the bits left over are not zero. */
static bool
decode_digits(struct buf *out, enum base64_kind kind, const char *text, size_t digits)
{
	size_t size = digits / 4 * 3 + digits % 4 * 3 / 4, done = 0;
	uint8_t *at = buf_reserve(out, size);
	unsigned v = 0, bits = 0;

	for (size_t i = 0; i < digits; i++) {
		v = v << 6 | (base64_value(kind, (unsigned char)text[i]) - 1);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			at[done++] = (uint8_t)(v >> bits);
		}
	}
	if ((v & ((1u << bits) - 1)) != 0) {
		wipe(at, done);
		return false;
	}
	out->len += done;
	return true;
}

bool
base64_decode(struct buf *out, enum base64_kind kind, struct str text, size_t *bad_at)
{
	size_t digits, bad;

	if (measure_base64(kind, text, &digits, &bad)) {
		if (decode_digits(out, kind, text.at, digits))
			return true;
		bad = digits - 1;
	}
	if (bad_at != NULL)
		*bad_at = bad;
	return false;
}

static bool
is_between(uint8_t c, uint8_t least, uint8_t most)
{
	return c >= least && c <= most;
}

/* RFC 3629 §4: the second byte's range depends on the first. */
size_t
utf8_length(struct str s)
{
	const uint8_t *c = (const uint8_t *)s.at;
	size_t len;

	if (s.len == 0)
		return 0;
	if (c[0] < 0x80)
		return 1;
	len = is_between(c[0], 0xc2, 0xdf)   ? 2
	      : is_between(c[0], 0xe0, 0xef) ? 3
	      : is_between(c[0], 0xf0, 0xf4) ? 4
					     : 0;
	if (len == 0 || len > s.len)
		return 0;
	if (!is_between(c[1],
		c[0] == 0xe0   ? 0xa0
		: c[0] == 0xf0 ? 0x90
			       : 0x80,
		c[0] == 0xed   ? 0x9f
		: c[0] == 0xf4 ? 0x8f
			       : 0xbf))
		return 0;
	for (size_t i = 2; i < len; i++)
		if (!is_between(c[i], 0x80, 0xbf))
			return 0;
	return len;
}

size_t
utf8_put(uint32_t v, char *to)
{
	size_t len = v < 0x80 ? 1 : v < 0x800 ? 2 : v < 0x10000 ? 3 : 4;
	static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = len - 1; i > 0; i--, v >>= 6)
		to[i] = (char)(0x80 | (v & 0x3f));
	to[0] = (char)(lead[len] | v);
	return len;
}

bool
utf8_valid(struct str s)
{
	while (s.len > 0) {
		size_t len = utf8_length(s);

		if (len == 0)
			return false;
		s = str_from(s, len);
	}
	return true;
}

/* Unicode 15: Cc, Cf, Zl, Zp, in order. */
static const struct {
	uint32_t first, last;
} unprintable[] = {
    {0x0, 0x1f},
    {0x7f, 0x9f},
    {0xad, 0xad},
    {0x600, 0x605},
    {0x61c, 0x61c},
    {0x6dd, 0x6dd},
    {0x70f, 0x70f},
    {0x890, 0x891},
    {0x8e2, 0x8e2},
    {0x180e, 0x180e},
    {0x200b, 0x200f},
    {0x2028, 0x202e},
    {0x2060, 0x2064},
    {0x2066, 0x206f},
    {0xfeff, 0xfeff},
    {0xfff9, 0xfffb},
    {0x110bd, 0x110bd},
    {0x110cd, 0x110cd},
    {0x13430, 0x1343f},
    {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a},
    {0xe0001, 0xe0001},
    {0xe0020, 0xe007f},
};

static uint32_t
code_point(const char *at, size_t len)
{
	static const uint8_t lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t v = (uint8_t)at[0] & lead[len];

	for (size_t i = 1; i < len; i++)
		v = v << 6 | ((uint8_t)at[i] & 0x3f);
	return v;
}

bool
utf8_printable(struct str s)
{
	while (s.len > 0) {
		size_t len = utf8_length(s);
		uint32_t v = len == 0 ? 0 : code_point(s.at, len);

		if (v >= 0x20 && v < 0x7f) {
			s = str_from(s, 1);
			continue;
		}

		for (size_t i = 0; i < sizeof unprintable / sizeof *unprintable; i++)
			if (v >= unprintable[i].first && v <= unprintable[i].last)
				return false;
		s = str_from(s, len);
	}
	return true;
}
