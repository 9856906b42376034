/*
 * When a line of cron fires: five fields (minute, hour, day of the month, month, day of the
 * week), each "*", a number, a range "a-b", either of the last with a step "/n", or a list of
 * those; months and weekdays by their English names too; Sunday is 0 or 7.  UTC.
 *
 * As cron has it: when neither day field begins with "*", a day that either of them names will
 * do, else both must.
 */
#ifndef KEEPER_CRON_H
#define KEEPER_CRON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct cron {
	uint64_t minutes;             /* a bit for each */
	uint32_t hours, days, months; /* bits 1 to 31, 1 to 12 */
	uint8_t weekdays;
	bool either; /* day or weekday will do */
};

/* -1 with ERR_INVALID and the mend; also when it would never fire ("0 0 30 2 *"). */
int cron_parse(struct str line, struct cron *c, struct error *err);

/* The field of weekdays alone: bits, Sunday the lowest. */
int cron_parse_weekdays(struct str field, uint8_t *weekdays, struct error *err);

/* When it fires first after that moment (wall ns); 0: not within 41 years.  Bounded work. */
int64_t cron_next(const struct cron *c, int64_t after);

#endif
