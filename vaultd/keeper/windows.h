/*
 * The hours in which something may begin: "22:00-04:00", "mon-fri 22:00-04:00", UTC.  The
 * weekdays are those on which it opens, as cron writes them; past midnight it goes on into the
 * next day.
 */
#ifndef KEEPER_WINDOWS_H
#define KEEPER_WINDOWS_H

#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

#define WINDOWS_MAX 8

struct windows {
	unsigned count; /* 0: always */
	struct {
		uint8_t weekdays;        /* bits, Sunday the lowest */
		uint16_t from, long_for; /* minutes */
	} list[WINDOWS_MAX];
};

/* One more.  -1 with ERR_INVALID and the mend. */
int windows_add(struct windows *w, struct str text, struct error *err);

/* The first moment at or after `when` (wall ns) that lies in one of them. */
int64_t windows_next(const struct windows *w, int64_t when);

#endif
