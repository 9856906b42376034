/*
 * Keeper: identities that have tokens.  A record: epoch u64, stored u32, denied u32, wrapped
 * u32.
 */
#include "vaultd/keeper/owners.h"

#include <string.h>

#include "base/buf.h"

static struct record_name
name_of(struct str id)
{
	static const uint8_t no_mount[16];

	return (struct record_name){ RECORD_TOKEN_OWNER, no_mount, { "", 0 }, id };
}

int
owners_get(struct records *r, struct str id, struct owner *o, struct error *err)
{
	struct record_name n = name_of(id);
	struct buf bytes = BUF_INIT;
	struct error why = ERROR_INIT;
	struct reader in;
	int rc = 0;

	memset(o, 0, sizeof(*o));
	if (records_get(r, &n, &bytes, &why) == 0) {
		in = reader_of(bytes.data, bytes.len);
		o->epoch = (int64_t)reader_u64(&in);
		o->stored = reader_u32(&in);
		o->denied = reader_u32(&in);
		o->wrapped = reader_u32(&in);
		if (!reader_done(&in))
			rc = error_set(err, ERR_CORRUPT,
			    "the record of a token's owner is malformed");
	} else if (why.code != ERR_NOT_FOUND) {
		rc = error_set(err, why.code, "%s", why.text);
	}
	buf_free(&bytes);
	return rc;
}

void
owners_put(struct records *r, struct str id, const struct owner *o)
{
	struct record_name n = name_of(id);
	struct buf bytes = BUF_INIT;

	if (o->epoch == 0 && o->stored + o->denied + o->wrapped == 0) {
		records_delete(r, &n);
		return;
	}
	buf_put_u64(&bytes, (uint64_t)o->epoch);
	buf_put_u32(&bytes, o->stored);
	buf_put_u32(&bytes, o->denied);
	buf_put_u32(&bytes, o->wrapped);
	records_put(r, &n, buf_str(&bytes));
	buf_free(&bytes);
}

int
owners_withdraw(struct records *r, struct str id, struct error *err)
{
	struct owner o;

	if (owners_get(r, id, &o, err) != 0)
		return -1;
	o.epoch++;
	o.denied = 0;
	owners_put(r, id, &o);
	return 0;
}
