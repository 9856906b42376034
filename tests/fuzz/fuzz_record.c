/*
 * Any bytes as a record: peeked at, summed, unwrapped.  What opens is what the one known
 * record holds: nobody makes another without the keys.
 */
#include "keys/record.h"
#include "tests/fuzz/known.h"

static struct header header;
static struct keyring *keyring;
static struct record_place known;

static void
set_up(void)
{
	open_known(&header, &keyring, known.mount);
	known.kind = 7;
	record_id(
	    keyring, known.kind, known.mount, str_of("billing/"), str_of("stripe"), known.id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str record = {(const char *)data, size};
	uint8_t sum[RECORD_SUM] = {0};
	struct record_place place;
	struct buf out = BUF_INIT;
	uint64_t version = 0, generation = 0;
	uint32_t term = 0;

	if (keyring == NULL)
		set_up();
	place = known;
	record_peek(record, &term, &version, &generation);
	if (record_unwrap(keyring, &header, &place, record, &out, NULL) == 0 &&
	    !str_is(buf_str(&out), "sk_live_1"))
		abort();
	record_sum_add(keyring, known.id, record, sum);
	record_sum_take(keyring, known.id, record, sum);
	for (unsigned i = 0; i < RECORD_SUM; i++)
		if (sum[i] != 0)
			abort();
	buf_free(&out);
	return 0;
}
