/*
 * The DER reader.  Runs in gate and keeper on bytes of strangers: every length is checked
 * against what is left before anything is looked at.
 */
#include "policy/der.h"

#include <stdio.h>
#include <string.h>

struct der
der_of(const void *bytes, size_t len)
{
	return (struct der){bytes, len};
}

bool
der_done(const struct der *d)
{
	return d->left == 0;
}

bool
der_next(const struct der *d, unsigned tag)
{
	return d->left > 0 && d->at[0] == tag;
}

/* Read the length octets at at[1]; *header is the size of tag and length. */
static bool
measure(const struct der *d, size_t *header, size_t *len)
{
	size_t octets, i;

	if (d->left < 2)
		return false;
	*header = 2;
	*len = d->at[1];
	if (*len < 0x80)
		return *len <= d->left - 2;
	octets = *len & 0x7f;
	/* 0x80 is BER's indefinite form; four octets would exceed any certificate. */
	if (octets == 0 || octets > 3 || d->left < 2 + octets)
		return false;
	for (*len = 0, i = 0; i < octets; i++)
		*len = *len << 8 | d->at[2 + i];
	*header += octets;
	return *len >= 0x80 && *len >> (8 * (octets - 1)) != 0 && *len <= d->left - *header;
}

bool
der_take_any(struct der *d, unsigned *tag, struct der *content, struct str *whole)
{
	size_t header, len;

	if (!measure(d, &header, &len) || (d->at[0] & 0x1f) == 0x1f)
		return false;
	*tag = d->at[0];
	*content = der_of(d->at + header, len);
	if (whole != NULL)
		*whole = (struct str){(const char *)d->at, header + len};
	*d = der_of(d->at + header + len, d->left - header - len);
	return true;
}

bool
der_take(struct der *d, unsigned tag, struct der *content)
{
	return der_next(d, tag) && der_take_any(d, &tag, content, NULL);
}

bool
der_take_integer(struct der *d, struct der *octets)
{
	if (!der_take(d, DER_INTEGER, octets) || octets->left == 0)
		return false;
	if (octets->left == 1)
		return true;
	/* The first nine bits are neither all zero nor all one. */
	return !(octets->at[0] == 0x00 && octets->at[1] < 0x80) &&
	       !(octets->at[0] == 0xff && octets->at[1] >= 0x80);
}

bool
der_take_default_false(struct der *d, bool *value)
{
	struct der octet;

	*value = der_next(d, DER_BOOLEAN);
	if (!*value)
		return true;
	return der_take(d, DER_BOOLEAN, &octet) && octet.left == 1 && octet.at[0] == 0xff;
}

bool
der_take_bits(struct der *d, struct der *octets, unsigned *unused)
{
	struct der content;

	if (!der_take(d, DER_BIT_STRING, &content) || content.left == 0)
		return false;
	*unused = content.at[0];
	*octets = der_of(content.at + 1, content.left - 1);
	if (octets->left == 0)
		return *unused == 0;
	return *unused < 8 && (octets->at[octets->left - 1] & ((1u << *unused) - 1)) == 0;
}

bool
der_take_oid(struct der *d, struct str *oid)
{
	struct der content;
	bool starts = true;

	if (!der_take(d, DER_OID, &content) || content.left == 0)
		return false;
	for (size_t i = 0; i < content.left; i++) {
		if (starts && content.at[i] == 0x80)
			return false;
		starts = content.at[i] < 0x80;
	}
	*oid = (struct str){(const char *)content.at, content.left};
	return starts;
}

/* Two digits at text, or -1. */
static int
pair(const uint8_t *text)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return -1;
	return (text[0] - '0') * 10 + (text[1] - '0');
}

/* Days from 1970-01-01 to a date of the Gregorian calendar, year >= 1. */
static int64_t
days(int64_t year, int month, int day)
{
	static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	int64_t past = month > 2 ? year : year - 1; /* the last February that is over */

	return 365 * (year - 1970) + past / 4 - past / 100 + past / 400 - 477 +
	       before[month - 1] + day - 1;
}

static int
month_length(int64_t year, int month)
{
	static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return length[month - 1] + (month == 2 && leap);
}

bool
der_take_time(struct der *d, int64_t *seconds)
{
	bool utc = der_next(d, DER_UTC_TIME);
	struct der text;
	int64_t year;
	int century, field[6];

	if (!der_take(d, utc ? DER_UTC_TIME : DER_GENERALIZED_TIME, &text) ||
	    text.left != (utc ? 13 : 15) || text.at[text.left - 1] != 'Z')
		return false;
	century = utc ? 19 : pair(text.at);
	for (int i = 0; i < 6; i++)
		if ((field[i] = pair(text.at + (utc ? 0 : 2) + 2 * i)) < 0)
			return false;
	if (utc && field[0] < 50)
		century = 20;
	year = century * 100 + field[0];
	if (century < 0 || (!utc && year < 2050))
		return false;
	if (field[1] < 1 || field[1] > 12 || field[2] < 1 ||
	    field[2] > month_length(year, field[1]) || field[3] > 23 || field[4] > 59 ||
	    field[5] > 59)
		return false;
	*seconds =
	    days(year, field[1], field[2]) * 86400 + field[3] * 3600 + field[4] * 60 + field[5];
	return true;
}

size_t
der_format_oid(struct str oid, char *text, size_t size)
{
	char whole[32 + 24 * 64];
	size_t len = 0;
	uint64_t arc = 0;

	for (size_t i = 0; i < oid.len; i++) {
		uint8_t octet = (uint8_t)oid.at[i];

		if (arc >> 57 != 0 || len + 24 > sizeof(whole))
			return 0;
		arc = arc << 7 | (octet & 0x7f);
		if (octet >= 0x80)
			continue;
		if (len == 0) {
			uint64_t first = arc < 80 ? arc / 40 : 2;

			len = (size_t)sprintf(whole, "%u", (unsigned)first);
			arc -= first * 40;
		}
		len += (size_t)sprintf(whole + len, ".%llu", (unsigned long long)arc);
		arc = 0;
	}
	if (len > size)
		return 0;
	memcpy(text, whole, len);
	return len;
}
