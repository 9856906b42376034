/*
 * Durations as Go reads and writes them, for configuration and the API's TTLs.
 */
#include <string.h>

#include "base/text.h"

#define NS INT64_C(1)
#define US (1000 * NS)
#define MS (1000 * US)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* A unit stands before those it is the beginning of. */
static const struct {
	const char *name;
	int64_t ns;
} units[] = {
    {"ns", NS},
    {"us", US},
    {"\302\265s", US},
    {"\316\274s", US},
    {"ms", MS},
    {"s", SECOND},
    {"m", MINUTE},
    {"h", HOUR},
    {"d", DAY},
};

/* The digits at the front of *text; false when the sum overflows. */
static bool
take_digits(struct str *text, uint64_t *value, size_t *count)
{
	*value = 0;
	*count = 0;
	while (*count < text->len && text->at[*count] >= '0' && text->at[*count] <= '9') {
		if (*value > (uint64_t)INT64_MAX / 10)
			return false;
		*value = *value * 10 + (uint64_t)(text->at[*count] - '0');
		++*count;
	}
	*text = str_from(*text, *count);
	return true;
}

/* The fraction behind a point, as a part of one. */
static double
take_fraction(struct str *text, size_t *count)
{
	double value = 0, unit = 1;

	for (*count = 0; *count < text->len; ++*count) {
		char c = text->at[*count];

		if (c < '0' || c > '9')
			break;
		unit /= 10;
		value += unit * (c - '0');
	}
	*text = str_from(*text, *count);
	return value;
}

static int64_t
take_unit(struct str *text)
{
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (str_starts(*text, units[i].name)) {
			*text = str_from(*text, strlen(units[i].name));
			return units[i].ns;
		}
	}
	return 0;
}

/* Add one "1.5h" to *sum; a number without a unit is seconds when it is the whole text. */
static bool
add_part(struct str *text, bool whole, uint64_t *sum)
{
	uint64_t value, add;
	size_t digits, decimals = 0;
	double fraction = 0;
	int64_t unit;

	if (!take_digits(text, &value, &digits))
		return false;
	if (str_starts(*text, ".")) {
		*text = str_from(*text, 1);
		fraction = take_fraction(text, &decimals);
		whole = false;
	}
	unit = take_unit(text);
	if (unit == 0 && whole && text->len == 0)
		unit = SECOND;
	if (digits + decimals == 0 || unit == 0 || value > (uint64_t)(INT64_MAX / unit))
		return false;
	add = value * (uint64_t)unit + (uint64_t)(fraction * (double)unit + 0.5);
	*sum += add;
	return add <= INT64_MAX && *sum <= INT64_MAX;
}

bool
duration_parse(struct str text, int64_t *ns)
{
	bool negative = str_starts(text, "-"), whole = true;
	uint64_t sum = 0;

	if (negative || str_starts(text, "+"))
		text = str_from(text, 1);
	do {
		if (!add_part(&text, whole, &sum))
			return false;
		whole = false;
	} while (text.len > 0);
	*ns = negative ? -(int64_t)sum : (int64_t)sum;
	return true;
}

/* Digits, with a point among them. */
static size_t
number_length(struct str s)
{
	size_t n = 0;

	while (n < s.len && ((s.at[n] >= '0' && s.at[n] <= '9') || s.at[n] == '.'))
		n++;
	return n;
}

static size_t
unit_length(struct str s)
{
	size_t n = 0;

	while (n < s.len && s.at[n] != '.' && (s.at[n] < '0' || s.at[n] > '9'))
		n++;
	return n;
}

/* The first unit that is none; at is NULL when all are some. */
static struct str
strange_unit(struct str rest, bool *missing)
{
	*missing = false;
	while (rest.len > 0 && number_length(rest) > 0) {
		struct str unit, left;

		rest = str_from(rest, number_length(rest));
		unit = left = (struct str){ rest.at, unit_length(rest) };
		*missing = unit.len == 0;
		if (*missing || take_unit(&left) == 0 || left.len > 0)
			return unit;
		rest = str_from(rest, unit.len);
	}
	return (struct str){ NULL, 0 };
}

void
duration_complain(struct buf *out, struct str text)
{
	size_t sign = str_starts(text, "-") || str_starts(text, "+");
	bool missing;
	struct str unit = strange_unit(str_from(text, sign), &missing);

	if (missing)
		buf_printf(out, "time: missing unit in duration \"%.*s\"", STR(text));
	else if (unit.at != NULL)
		buf_printf(out, "time: unknown unit \"%.*s\" in duration \"%.*s\"", STR(unit),
		    STR(text));
	else
		buf_printf(out, "time: invalid duration \"%.*s\"", STR(text));
}

/* v in units of 10^digits, with the fraction that is not zero. */
static void
put_decimal(struct buf *out, uint64_t v, uint64_t unit, int digits)
{
	buf_printf(out, "%llu", (unsigned long long)(v / unit));
	if (v % unit == 0)
		return;
	buf_printf(out, ".%0*llu", digits, (unsigned long long)(v % unit));
	while (out->data[out->len - 1] == '0')
		out->len--;
}

void
duration_format(struct buf *out, int64_t ns)
{
	uint64_t v = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;

	if (ns < 0)
		buf_put_text(out, "-");
	if (v > 0 && v < SECOND) {
		put_decimal(out, v,
		    v < US   ? NS
		    : v < MS ? US
			     : MS,
		    v < US   ? 0
		    : v < MS ? 3
			     : 6);
		buf_put_text(out, v < US ? "ns" : v < MS ? "\302\265s" : "ms");
		return;
	}
	if (v >= HOUR)
		buf_printf(out, "%lluh", (unsigned long long)(v / HOUR));
	if (v >= MINUTE)
		buf_printf(out, "%llum", (unsigned long long)(v % HOUR / MINUTE));
	put_decimal(out, v % MINUTE, SECOND, 9);
	buf_put_text(out, "s");
}
