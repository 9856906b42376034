/*
 * Hexadecimal and UTF-8.  Base64 is in base64.c, durations are in duration.c.
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

void
uuid_encode(struct buf *out, const uint8_t uuid[16])
{
	static const size_t groups[] = {0, 4, 6, 8, 10, 16};

	for (size_t i = 0; i < 5; i++) {
		if (i > 0)
			buf_put_u8(out, '-');
		hex_encode(out, uuid + groups[i], groups[i + 1] - groups[i]);
	}
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
