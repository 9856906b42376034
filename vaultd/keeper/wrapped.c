/*
 * Keeper: wrapped replies in the records.
 */
#include "vaultd/keeper/wrapped.h"

static struct record_name
name_of(struct str accessor)
{
	static const uint8_t no_mount[16];

	return (struct record_name){ RECORD_WRAPPED, no_mount, { "", 0 }, accessor };
}

void
wrapped_put(struct records *r, struct str accessor, struct str body)
{
	struct record_name n = name_of(accessor);

	records_put(r, &n, body);
}

void
wrapped_erase(struct records *r, struct str accessor)
{
	struct record_name n = name_of(accessor);

	records_delete(r, &n);
}

int
wrapped_get(struct records *r, struct str accessor, struct buf *body, struct error *err)
{
	struct record_name n = name_of(accessor);

	return records_get(r, &n, body, err);
}
