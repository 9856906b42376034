/*
 * Keeper: the clock by which things fall due.
 */
#include "vaultd/keeper/due.h"

#include "base/clock.h"

#define SLOWER 16 /* by this part, while ahead of the wall clock */

static const uint8_t no_mount[16];
static const struct record_name mark = { RECORD_SCHEDULE, no_mount, { "", 0 }, { "clock", 5 } };

static struct {
	int64_t now;  /* what it said last, wall ns */
	int64_t boot; /* and when: boot ns */
} last;

int64_t
due_now(void)
{
	int64_t wall = clock_wall(), boot = clock_boot();
	int64_t passed = boot > last.boot ? boot - last.boot : 0;
	int64_t least = last.now + passed - passed / SLOWER;

	last.boot = boot;
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
	if (kept > due_now())
		last.now = kept;
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
