/*
 * Keeper: policies in the records.
 */
#include "vaultd/keeper/policies.h"

static const uint8_t no_mount[16];

static struct record_name
name_of(struct str name)
{
	return (struct record_name){ RECORD_POLICY, no_mount, { "", 0 }, name };
}

int
policies_get(struct records *r, struct str name, struct buf *bytes, struct stored_policy *p,
    struct error *err)
{
	struct record_name n = name_of(name);
	struct reader in;
	size_t before = bytes->len;

	if (records_get(r, &n, bytes, err) != 0)
		return -1;
	in = reader_of(bytes->data + before, bytes->len - before);
	p->version = reader_u32(&in);
	p->modified = (int64_t)reader_u64(&in);
	if (in.bad)
		return error_set(err, ERR_CORRUPT, "the record of a policy is malformed");
	p->text = (struct str){ (const char *)in.at, in.left };
	return 0;
}

void
policies_put(struct records *r, struct str name, const struct stored_policy *p)
{
	struct record_name n = name_of(name);
	struct buf bytes = BUF_INIT;

	buf_put_u32(&bytes, p->version);
	buf_put_u64(&bytes, (uint64_t)p->modified);
	buf_put_str(&bytes, p->text);
	records_put(r, &n, buf_str(&bytes));
	buf_free(&bytes);
}

void
policies_delete(struct records *r, struct str name)
{
	struct record_name n = name_of(name);

	records_delete(r, &n);
}

int
policies_list(struct records *r, record_visit *each, void *arg, struct error *err)
{
	struct str all = { "", 0 };

	return records_list(r, RECORD_POLICY, no_mount, all, all, 0, each, arg, err);
}
