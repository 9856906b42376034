/*
 * Keeper: what finds entities and groups.
 */
#include "vaultd/keeper/identities.h"

#include <string.h>

const uint8_t identity_mount[16];

static const char *const directories[] = {
	[INDEX_ENTITY_NAME] = "entity-name/",
	[INDEX_ENTITY_ALIAS_ID] = "entity-alias-id/",
	[INDEX_ENTITY_ALIAS] = "entity-alias/",
	[INDEX_GROUP_NAME] = "group-name/",
	[INDEX_GROUP_ALIAS_ID] = "group-alias-id/",
	[INDEX_GROUP_ALIAS] = "group-alias/",
};

void
alias_put(struct buf *out, const struct alias *a)
{
	buf_put_block(out, a->id.at, a->id.len);
	buf_put_block(out, a->accessor.at, a->accessor.len);
	buf_put_block(out, a->name.at, a->name.len);
	buf_put_u64(out, (uint64_t)a->created);
	buf_put_u64(out, (uint64_t)a->updated);
	buf_put_block(out, a->custom_metadata.at, a->custom_metadata.len);
	buf_put_block(out, a->merged_from.at, a->merged_from.len);
}

void
alias_read(struct reader *in, struct alias *a)
{
	a->id = reader_block(in);
	a->accessor = reader_block(in);
	a->name = reader_block(in);
	a->created = (int64_t)reader_u64(in);
	a->updated = (int64_t)reader_u64(in);
	a->custom_metadata = reader_block(in);
	a->merged_from = reader_block(in);
}

struct record_name
identity_record(enum record_kind kind, struct str id)
{
	return (struct record_name){ kind, identity_mount, { "", 0 }, id };
}

static bool
counts_case(struct str name)
{
	return str_starts(name, "spiffe://");
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool
identity_same_name(struct str a, struct str b)
{
	if (counts_case(a) || counts_case(b))
		return str_equal(a, b);
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.at[i]) != lower(b.at[i]))
			return false;
	return true;
}

/* directory and name of a key in one buf, which both borrow from. */
static struct record_name
index_record(struct identity_key key, struct buf *text)
{
	size_t cut;

	buf_put_text(text, directories[key.index]);
	if (key.accessor.len > 0) {
		buf_put_str(text, key.accessor);
		buf_put_u8(text, '/');
	}
	cut = text->len;
	buf_put_str(text, key.name);
	for (size_t i = cut; i < text->len && !counts_case(key.name); i++)
		text->data[i] = (uint8_t)lower((char)text->data[i]);
	return (struct record_name){ RECORD_IDENTITY_INDEX, identity_mount,
		{ (const char *)text->data, cut },
		{ (const char *)text->data + cut, text->len - cut } };
}

int
identity_find(const struct identities *s, struct identity_key key, char id[UUID_TEXT],
    struct error *err)
{
	struct buf text = BUF_INIT, found = BUF_INIT;
	struct record_name n = index_record(key, &text);
	int rc = records_get(s->records, &n, &found, err);

	if (rc == 0 && found.len != UUID_TEXT - 1)
		rc = error_set(err, ERR_CORRUPT, "an id in the index of identities is malformed");
	if (rc == 0) {
		memcpy(id, found.data, found.len);
		id[found.len] = '\0';
	}
	buf_free(&text);
	buf_free(&found);
	return rc;
}

void
identity_index(const struct identities *s, struct identity_key key, struct str id)
{
	struct buf text = BUF_INIT;
	struct record_name n = index_record(key, &text);

	records_put(s->records, &n, id);
	buf_free(&text);
}

void
identity_unindex(const struct identities *s, struct identity_key key)
{
	struct buf text = BUF_INIT;
	struct record_name n = index_record(key, &text);

	records_delete(s->records, &n);
	buf_free(&text);
}

void
alias_index(const struct identities *s, enum identity_index by_id, const struct alias *a,
    struct str owner)
{
	identity_index(s, (struct identity_key){ by_id, { NULL, 0 }, a->id }, owner);
	identity_index(s, (struct identity_key){ by_id + 1, a->accessor, a->name }, owner);
}

void
alias_unindex(const struct identities *s, enum identity_index by_id, const struct alias *a)
{
	identity_unindex(s, (struct identity_key){ by_id, { NULL, 0 }, a->id });
	identity_unindex(s, (struct identity_key){ by_id + 1, a->accessor, a->name });
}
