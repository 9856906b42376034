/*
 * Keeper: the check that the store holds all records and no others, in the state the last commit
 * left them.  It runs in slices between requests, and follows the commits that come between.
 */
#include <string.h>

#include "vaultd/keeper/records_state.h"

#define SCAN_SLICE 256

struct slice {
	struct records *r;
	unsigned left;
};

static bool
scan_record(void *arg, struct str key, struct str value, uint64_t version)
{
	struct slice *s = arg;
	struct scan *scan = &s->r->scan;

	(void)version;
	scan->started = true;
	memcpy(scan->at, key.at, RECORD_ID);
	record_sum_add(s->r->keyring, scan->at, value, scan->sum);
	scan->count++;
	return --s->left > 0;
}

int
records_scan(struct records *r, struct error *err)
{
	struct slice s = { r, SCAN_SLICE };
	struct str after = r->scan.started ? records_key(r->scan.at) : (struct str){ NULL, 0 };

	if (!r->scan.running)
		return 0;
	store_walk(r->store, STORE_RECORDS, (struct str){ NULL, 0 }, after, scan_record, &s);
	if (s.left == 0)
		return 1;
	r->scan.running = r->scan.started = false;
	if (r->scan.count != r->root.count)
		return error_set(err, ERR_CORRUPT,
		    "the store holds %llu records, its root record says %llu",
		    (unsigned long long)r->scan.count, (unsigned long long)r->root.count);
	if (memcmp(r->scan.sum, r->root.sum, RECORD_SUM) != 0)
		return error_set(err, ERR_CORRUPT,
		    "a record of the store was rolled back or replaced");
	return 0;
}

/* Records that the scan has passed already change under it: its sum follows. */
void
records_scan_follow(struct records *r)
{
	struct str old;
	uint64_t version;

	for (size_t i = 0; r->scan.started && i < r->count; i++) {
		struct change *c = &r->changes[i];

		if (records_newest(r, c->id) != c || memcmp(c->id, r->scan.at, RECORD_ID) > 0)
			continue;
		if (store_get(r->store, STORE_RECORDS, records_key(c->id), &old, &version)) {
			record_sum_take(r->keyring, c->id, old, r->scan.sum);
			r->scan.count--;
		}
		if (!c->erase) {
			record_sum_add(r->keyring, c->id, buf_str(&c->record), r->scan.sum);
			r->scan.count++;
		}
	}
}
