/*
 * What was refused and why, told without letting a stranger fill the log.
 */
#include "base/refusals.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"

#define A_SECOND 10

void
refusals_tick(struct refusals *r, int64_t now)
{
	if (now - r->second < CLOCK_SECOND)
		return;
	if (r->unsaid > 0)
		log_warn("%u more refusals", r->unsaid);
	*r = (struct refusals){.second = now};
}

void
refusals_log(struct refusals *r, int64_t now, const char *fmt, ...)
{
	char text[640];
	va_list args;

	refusals_tick(r, now);
	if (r->said == A_SECOND) {
		r->unsaid++;
		return;
	}
	r->said++;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	log_warn("%s", text);
}
