/*
 * Keeper: the clock by which things fall due.
 */
#include "vaultd/keeper/due.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#define SLOWER 16                   /* by this part, while ahead of the wall clock */
#define SLIGHT (60 * CLOCK_SECOND) /* a step of the wall clock that needs no word */

static const uint8_t no_mount[16];
static const struct record_name mark = { RECORD_SCHEDULE, no_mount, { "", 0 }, { "clock", 5 } };

static struct {
	int64_t now;  /* what it said last, wall ns */
	int64_t wall; /* what the wall clock said then */
	int64_t boot; /* and when: boot ns */
} last;

/* A wall clock that is so much ahead of where it should be, or behind. */
static void
tell(int64_t ahead)
{
	struct buf by = BUF_INIT;
	int64_t step = ahead < 0 ? -ahead : ahead;

	if (step < SLIGHT)
		return;
	duration_format(&by, (step + CLOCK_SECOND / 2) / CLOCK_SECOND * CLOCK_SECOND);
	if (ahead > 0)
		log_warn("the wall clock jumped ahead by %.*s: what is due then is due now",
		    STR(buf_str(&by)));
	else
		log_warn("the wall clock was set back by %.*s: what expired stays so, and time goes "
			 "on from where it was until the clock has caught up",
		    STR(buf_str(&by)));
	buf_free(&by);
}

int64_t
due_now(void)
{
	int64_t wall = clock_wall(), boot = clock_boot();
	int64_t passed = boot > last.boot ? boot - last.boot : 0;
	int64_t least = last.now + passed - passed / SLOWER;

	if (last.wall != 0)
		tell(wall - (last.wall + passed));
	last.boot = boot;
	last.wall = wall;
	last.now = wall > least ? wall : least;
	return last.now;
}

int
due_open(struct records *r, struct error *err)
{
	struct buf text = BUF_INIT;
	struct reader in;
	int64_t kept;
	int rc = records_find(r, &mark, &text, err);

	in = reader_of(text.data, text.len);
	kept = (int64_t)reader_u64(&in);
	if (kept > due_now()) {
		tell(last.now - kept);
		last.now = kept;
	}
	buf_free(&text);
	return rc;
}

void
due_mark(struct records *r)
{
	struct buf text = BUF_INIT;

	buf_put_u64(&text, (uint64_t)due_now());
	records_put(r, &mark, buf_str(&text));
	buf_free(&text);
}

int
due_keep(struct chore_run *run, struct error *err)
{
	(void)err;
	due_mark(run->call.records);
	run->again = DUE_MARK_EVERY;
	return 0;
}
