/*
 * The DER writer.  Runs in the keeper; lengths are put in when an element is closed.
 */
#include "policy/der_write.h"

#include <string.h>
#include <time.h>

size_t
der_open(struct buf *out, unsigned tag)
{
	buf_put_u8(out, (uint8_t)tag);
	buf_put_u8(out, 0);
	return out->len;
}

void
der_close(struct buf *out, size_t opened)
{
	size_t len = out->len - opened, octets = 0;

	if (len < 0x80) {
		out->data[opened - 1] = (uint8_t)len;
		return;
	}
	for (size_t rest = len; rest > 0; rest >>= 8)
		octets++;
	buf_reserve(out, octets);
	memmove(out->data + opened + octets, out->data + opened, len);
	out->data[opened - 1] = (uint8_t)(0x80 | octets);
	for (size_t i = 0; i < octets; i++)
		out->data[opened + i] = (uint8_t)(len >> 8 * (octets - 1 - i));
	out->len += octets;
}

void
der_put(struct buf *out, unsigned tag, struct str content)
{
	size_t opened = der_open(out, tag);

	buf_put_str(out, content);
	der_close(out, opened);
}

void
der_put_positive(struct buf *out, struct str octets)
{
	size_t opened = der_open(out, DER_INTEGER);

	while (octets.len > 1 && octets.at[0] == 0)
		octets = str_from(octets, 1);
	if (octets.len == 0 || (uint8_t)octets.at[0] >= 0x80)
		buf_put_u8(out, 0);
	buf_put_str(out, octets);
	der_close(out, opened);
}

void
der_put_small(struct buf *out, uint64_t value)
{
	char octets[sizeof(value)];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (char)(value >> 8 * (sizeof(octets) - 1 - i));
	der_put_positive(out, (struct str){octets, sizeof(octets)});
}

void
der_put_true(struct buf *out)
{
	der_put(out, DER_BOOLEAN, (struct str){"\xff", 1});
}

void
der_put_oid(struct buf *out, struct str octets)
{
	der_put(out, DER_OID, octets);
}

void
der_put_octet_bits(struct buf *out, struct str octets)
{
	size_t opened = der_open(out, DER_BIT_STRING);

	buf_put_u8(out, 0);
	buf_put_str(out, octets);
	der_close(out, opened);
}

void
der_put_named_bits(struct buf *out, unsigned bits)
{
	size_t opened = der_open(out, DER_BIT_STRING);
	unsigned count = 0;

	while (count < 16 && bits >> count != 0)
		count++;
	buf_put_u8(out, (uint8_t)((8 - count % 8) % 8));
	for (unsigned first = 0; first < count; first += 8) {
		unsigned octet = 0;

		for (unsigned i = 0; i < 8; i++)
			octet |= (bits >> (first + i) & 1) << (7 - i);
		buf_put_u8(out, (uint8_t)octet);
	}
	der_close(out, opened);
}

/* Of a UTCTime the century is left out. */
static void
put_digits(struct buf *out, unsigned tag, int64_t seconds)
{
	time_t when = (time_t)seconds;
	char text[32];
	struct tm tm;

	gmtime_r(&when, &tm);
	strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm);
	der_put(out, tag, str_of(tag == DER_UTC_TIME ? text + 2 : text));
}

void
der_put_time(struct buf *out, int64_t seconds)
{
	static const int64_t year_2050 = 2524608000;

	put_digits(out, seconds < year_2050 ? DER_UTC_TIME : DER_GENERALIZED_TIME, seconds);
}

void
der_put_generalized_time(struct buf *out, int64_t seconds)
{
	put_digits(out, DER_GENERALIZED_TIME, seconds);
}

static bool
is_printable(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') ||
			(c != '\0' && strchr(" '()+,-./:=?", c) != NULL)))
			return false;
	}
	return true;
}

void
der_put_string(struct buf *out, struct str text)
{
	der_put(out, is_printable(text) ? DER_PRINTABLE : DER_UTF8, text);
}

/* One arc in base 128, the high groups first and marked. */
static void
put_arc(struct buf *out, unsigned long long arc)
{
	unsigned groups = 1;

	while (groups < 10 && arc >> 7 * groups != 0)
		groups++;
	while (groups-- > 0)
		buf_put_u8(
		    out, (uint8_t)((arc >> 7 * groups & 0x7f) | (groups > 0 ? 0x80 : 0)));
}

bool
der_encode_oid(struct buf *out, struct str dotted)
{
	struct str arc, rest = dotted;
	unsigned long long value, first = 0;
	size_t before = out->len;
	bool more = true;

	for (unsigned n = 0; more; n++) {
		more = str_cut(rest, '.', &arc, &rest);
		if (!str_to_u64(arc, &value) || value >> 56 != 0 || (n == 0 && value > 2) ||
		    (n == 1 && first < 2 && value > 39) || (n == 0 && !more))
			break;
		if (n == 0)
			first = value;
		else
			put_arc(out, n == 1 ? first * 40 + value : value);
		if (!more)
			return true;
	}
	out->len = before;
	return false;
}
