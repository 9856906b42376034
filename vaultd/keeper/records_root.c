/*
 * Keeper: the root record, which counts and sums all others, says how far the audit had come with
 * the last commit, and names the mounts that anything was written for.
 */
#include "vaultd/keeper/records_state.h"

#include <string.h>

const struct records_root *
records_root(const struct records *r)
{
	return &r->root;
}

void
records_wrap_root(struct records *r)
{
	struct record_place p = { .kind = RECORD_ROOT, .version = r->next.sequence,
		.generation = r->next.sequence };
	struct buf text = BUF_INIT;

	buf_put_u64(&text, r->next.sequence);
	buf_put_u64(&text, r->next.count);
	buf_put_u64(&text, r->next.audit_sequence);
	buf_put(&text, r->next.audit_hash, sizeof(r->next.audit_hash));
	buf_put(&text, r->next.sum, sizeof(r->next.sum));
	for (unsigned i = 0; i < r->known.count; i++)
		buf_put(&text, r->known.ids[i], sizeof(r->known.ids[i]));
	buf_clear(&r->root_record);
	records_wrap(r, &p, buf_str(&text), &r->root_record);
	buf_free(&text);
}

int
records_read_root(struct records *r, struct error *err)
{
	struct record_place p = { .kind = RECORD_ROOT };
	struct buf text = BUF_INIT;
	struct reader in;
	struct str record;
	uint64_t version;
	const uint8_t *hash, *sum, *id;
	int rc = -1;

	if (!store_get(r->store, STORE_META, str_of("root"), &record, &version)) {
		error_set(err, ERR_CORRUPT, "the store has no root record");
		goto out;
	}
	if (record_unwrap(r->keyring, r->header, &p, record, &text, err) != 0) {
		error_prefix(err, "root record: ");
		goto out;
	}
	in = reader_of(text.data, text.len);
	r->root.sequence = reader_u64(&in);
	r->root.count = reader_u64(&in);
	r->root.audit_sequence = reader_u64(&in);
	hash = reader_bytes(&in, sizeof(r->root.audit_hash));
	sum = reader_bytes(&in, sizeof(r->root.sum));
	while (in.left > 0 && (id = reader_bytes(&in, 16)) != NULL)
		records_know_mount(r, id);
	if (!reader_done(&in) || r->root.sequence != version) {
		error_set(err, ERR_CORRUPT, "the root record is malformed");
		goto out;
	}
	memcpy(r->root.audit_hash, hash, sizeof(r->root.audit_hash));
	memcpy(r->root.sum, sum, sizeof(r->root.sum));
	rc = 0;
out:
	buf_free(&text);
	return rc;
}
