/*
 * Keeper: hours in which something may begin.
 */
#include "vaultd/keeper/windows.h"

#include <stdbool.h>

#include "base/clock.h"
#include "vaultd/keeper/cron.h"

#define MINUTE (60 * CLOCK_SECOND)
#define MINUTES (24 * 60) /* of a day */
#define DAY (MINUTES * MINUTE)

/* "22:00" */
static bool
read_minute(struct str text, unsigned *minute)
{
	struct str hours, minutes;
	unsigned long long h, m;

	if (!str_cut(text, ':', &hours, &minutes) || hours.len != 2 || minutes.len != 2 ||
	    !str_to_u64(hours, &h) || !str_to_u64(minutes, &m) || h > 23 || m > 59)
		return false;
	*minute = (unsigned)(h * 60 + m);
	return true;
}

int
windows_add(struct windows *w, struct str text, struct error *err)
{
	struct str days, hours, from_text, to_text;
	unsigned from, to;
	uint8_t weekdays = 0x7f;

	if (w->count == WINDOWS_MAX)
		return error_set(err, ERR_INVALID, "at most %d windows", WINDOWS_MAX);
	if (!str_cut(text, ' ', &days, &hours))
		hours = text;
	else if (cron_parse_weekdays(days, &weekdays, err) != 0)
		return -1;
	if (!str_cut(hours, '-', &from_text, &to_text) || !read_minute(from_text, &from) ||
	    !read_minute(to_text, &to) || from == to)
		return error_set(err, ERR_INVALID,
		    "a window is two times of the day in UTC, with weekdays before them or "
		    "not: "
		    "\"22:00-04:00\", \"mon-fri 22:00-04:00\"");
	w->list[w->count].weekdays = weekdays;
	w->list[w->count].from = (uint16_t)from;
	w->list[w->count++].long_for = (uint16_t)((to + MINUTES - from) % MINUTES);
	return 0;
}

/* 1 January 1970 was a Thursday. */
static bool
opens_on(uint8_t weekdays, int64_t day)
{
	return (weekdays >> (day + 4) % 7 & 1) != 0;
}

int64_t
windows_next(const struct windows *w, int64_t when)
{
	int64_t best = w->count == 0 ? when : INT64_MAX, today = when / DAY;

	for (unsigned i = 0; i < w->count; i++)
		for (int64_t day = today > 0 ? today - 1 : 0; day <= today + 7; day++) {
			int64_t opens = day * DAY + w->list[i].from * MINUTE;
			int64_t closes = opens + w->list[i].long_for * MINUTE;
			int64_t first = when > opens ? when : opens;

			if (opens_on(w->list[i].weekdays, day) && when < closes && first < best)
				best = first;
		}
	return best;
}
