/*
 * vaultctl: bars.
 */
#include "client/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"

#define PATIENCE (2 * CLOCK_SECOND)
#define PAUSE (CLOCK_SECOND / 5)
#define WIDTH 24

void
progress_begin(struct progress *p)
{
	p->began = clock_boot();
	p->shown = 0;
	p->terminal = isatty(STDERR_FILENO) != 0;
}

static void
put_amount(const struct progress *p, double amount, struct buf *out)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	unsigned unit = 0;

	if (!p->bytes) {
		buf_printf(out, "%.0f", amount);
		return;
	}
	for (; amount >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0]); unit++)
		amount /= 1024;
	buf_printf(out, unit == 0 ? "%.0f %s" : "%.1f %s", amount, units[unit]);
}

static void
put_bar(double share, struct buf *out)
{
	buf_printf(out, "%3.0f %% [", share * 100);
	for (int i = 0; i < WIDTH; i++)
		buf_put_u8(out, i < (int)(share * WIDTH) ? '#' : '-');
	buf_put_text(out, "] ");
}

static void
put_left(double seconds, struct buf *out)
{
	int64_t whole = (int64_t)seconds;

	if (whole >= 3600)
		buf_printf(out, ", %" PRId64 " h %" PRId64 " min left", whole / 3600,
		    whole % 3600 / 60);
	else if (whole >= 60)
		buf_printf(out, ", %" PRId64 " min left", whole / 60);
	else
		buf_printf(out, ", %" PRId64 " s left", whole);
}

void
progress_format(const struct progress *p, uint64_t done, int64_t ns, struct buf *out)
{
	double speed = ns > 0 ? (double)done / ((double)ns / CLOCK_SECOND) : 0;

	if (p->total > 0 && done > p->total)
		done = p->total;
	if (p->total > 0)
		put_bar((double)done / (double)p->total, out);
	put_amount(p, (double)done, out);
	if (p->total > 0) {
		buf_put_text(out, " of ");
		put_amount(p, (double)p->total, out);
	}
	buf_printf(out, "%s%s, ", p->bytes ? "" : " ", p->bytes ? "" : p->unit);
	put_amount(p, speed, out);
	buf_put_text(out, "/s");
	if (p->total > 0 && speed > 0)
		put_left((double)(p->total - done) / speed, out);
}

void
progress_at(struct progress *p, uint64_t done)
{
	struct buf line = BUF_INIT;
	int64_t now;

	if (!p->terminal)
		return;
	now = clock_boot();
	if (now - p->began < PATIENCE || now - p->shown < PAUSE)
		return;
	p->shown = now;
	progress_format(p, done, now - p->began, &line);
	fprintf(stderr, "\r%.*s\033[K", STR(buf_str(&line)));
	buf_free(&line);
}

void
progress_end(struct progress *p)
{
	if (p->shown != 0)
		fputs("\r\033[K", stderr);
}
