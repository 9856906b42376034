/*
 * Keeper: lines of cron.
 */
#include "vaultd/keeper/cron.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"

#define MINUTE (60 * CLOCK_SECOND)
#define DAY (24 * 60 * MINUTE)
#define SHOWN 40            /* bytes of what is wrong */
#define SEARCHED (41 * 366) /* days: 29 February on one weekday is up to 40 years away */

static const struct field {
	const char *name;
	unsigned least, most;
	const char *names; /* three letters each, from `least` on; NULL: numbers only */
} fields[] = {
    {"minute", 0, 59, NULL},
    {"hour", 0, 23, NULL},
    {"day of the month", 1, 31, NULL},
    {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
    {"day of the week", 0, 7, "sunmontuewedthufrisat"},
};

#define FIELDS (sizeof(fields) / sizeof(*fields))
#define WEEKDAY 4

static int
refuse(const struct field *f, struct str item, struct error *err)
{
	if (item.len > SHOWN)
		item.len = SHOWN;
	return error_set(err, ERR_INVALID,
	    "\"%.*s\" is no %s: write a number from %u to %u, a range a-b, \"*\", a step "
	    "behind "
	    "either (\"*/2\"), or a list of those with commas",
	    STR(item), f->name, f->least, f->most);
}

/* A number or a name. */
static bool
read_value(const struct field *f, struct str text, unsigned *value)
{
	unsigned long long number;

	for (unsigned i = 0; f->names != NULL && text.len == 3 && f->names[3 * i] != '\0'; i++)
		if (strncasecmp(text.at, &f->names[3 * i], 3) == 0) {
			*value = f->least + i;
			return true;
		}
	if (text.len > 2 || !str_to_u64(text, &number) || number < f->least || number > f->most)
		return false;
	*value = (unsigned)number;
	return true;
}

/* "a-b/n" and what is less than that. */
static bool
read_item(const struct field *f, struct str item, uint64_t *bits)
{
	struct str range, step, from, to;
	unsigned long long every = 1;
	unsigned first = f->least, last = f->most;
	bool stepped = str_cut(item, '/', &range, &step);

	if (stepped &&
	    (step.len > 2 || !str_to_u64(step, &every) || every == 0 || every > f->most))
		return false;
	if (!str_is(range, "*")) {
		bool is_range = str_cut(range, '-', &from, &to);

		if (!read_value(f, from, &first) || (is_range && !read_value(f, to, &last)) ||
		    (!is_range && stepped))
			return false;
		last = is_range ? last : first;
	} else if (f == &fields[WEEKDAY]) {
		last = 6;
	}
	for (unsigned v = first; v <= last; v += (unsigned)every)
		*bits |= UINT64_C(1) << v;
	return first <= last;
}

static int
read_field(const struct field *f, struct str text, uint64_t *bits, struct error *err)
{
	struct str item, rest = text;
	bool more = true;

	for (*bits = 0; more;) {
		more = str_cut(rest, ',', &item, &rest);
		if (!read_item(f, item, bits))
			return refuse(f, item, err);
	}
	return 0;
}

int
cron_parse_weekdays(struct str field, uint8_t *weekdays, struct error *err)
{
	uint64_t bits;

	if (read_field(&fields[WEEKDAY], field, &bits, err) != 0)
		return -1;
	*weekdays = (uint8_t)((bits | bits >> 7) & 0x7f);
	return 0;
}

/* The five fields, whatever blanks are between them. */
static unsigned
split(struct str line, struct str *out)
{
	unsigned n = 0;
	struct str one, rest = line;
	bool more = true;

	while (more) {
		more = str_cut(rest, ' ', &one, &rest);
		if (one.len > 0 && n++ < FIELDS)
			out[n - 1] = one;
	}
	return n;
}

int
cron_parse(struct str line, struct cron *c, struct error *err)
{
	struct str texts[FIELDS];
	uint64_t bits[FIELDS];

	if (split(line, texts) != FIELDS)
		return error_set(err, ERR_INVALID,
		    "a line of cron has five fields: minute, hour, day of the month, month, "
		    "day of "
		    "the week (\"30 3 * * sun\")");
	for (unsigned i = 0; i < FIELDS; i++)
		if (read_field(&fields[i], texts[i], &bits[i], err) != 0)
			return -1;
	*c = (struct cron){.minutes = bits[0],
	    .hours = (uint32_t)bits[1],
	    .days = (uint32_t)bits[2],
	    .months = (uint32_t)bits[3],
	    .weekdays = (uint8_t)((bits[4] | bits[4] >> 7) & 0x7f),
	    .either = !str_starts(texts[2], "*") && !str_starts(texts[4], "*")};
	if (cron_next(c, 0) == 0)
		return error_set(err, ERR_INVALID,
		    "\"%.*s\" never fires: no month that it names has such a day", STR(line));
	return 0;
}

static bool
fires_on(const struct cron *c, int64_t day)
{
	time_t seconds = (time_t)(day * (DAY / CLOCK_SECOND));
	struct tm t;
	bool date, weekday;

	if (gmtime_r(&seconds, &t) == NULL || (c->months >> (t.tm_mon + 1) & 1) == 0)
		return false;
	date = (c->days >> t.tm_mday & 1) != 0;
	weekday = (c->weekdays >> t.tm_wday & 1) != 0;
	return c->either ? date || weekday : date && weekday;
}

/* The first minute of a day, from `from` on, at which it fires; -1: none. */
static int
minute_from(const struct cron *c, int from)
{
	for (int m = from; m < 24 * 60; m++)
		if ((c->hours >> m / 60 & 1) != 0 && (c->minutes >> m % 60 & 1) != 0)
			return m;
	return -1;
}

int64_t
cron_next(const struct cron *c, int64_t after)
{
	int64_t day = after / DAY;
	int from = (int)(after % DAY / MINUTE) + 1;

	for (int64_t end = day + SEARCHED; day < end; day++, from = 0) {
		int minute = fires_on(c, day) ? minute_from(c, from) : -1;

		if (minute >= 0)
			return day > INT64_MAX / DAY - 1 ? 0 : day * DAY + minute * MINUTE;
	}
	return 0;
}
