/*
 * Keeper: fields of entities and groups, checked as the reference checks them.
 */
#include "vaultd/api/identity_fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "vaultd/keeper/packed.h"

#define PAIRS 64
#define KEY_BYTES 128
#define VALUE_BYTES 512

/* ---- names ---- */

int
identity_field_name(struct call *c, struct str *name, bool *present)
{
	if (field_text(c, "name", name, present) != 0)
		return -1;
	if (name->len <= SPIFFE_ID_MAX && utf8_printable(*name))
		return 0;
	return call_refuse(c, 400, "a name has at most %d printable bytes", SPIFFE_ID_MAX);
}

/* ---- sets ---- */

static void
make_lower(struct call *c, struct str *s)
{
	struct str copy = arena_copy(c->arena, *s);
	char *at = (char *)(uintptr_t)copy.at;

	for (size_t i = 0; at != NULL && i < copy.len; i++)
		if (at[i] >= 'A' && at[i] <= 'Z')
			at[i] = (char)(at[i] | 0x20);
	*s = copy;
}

static struct str
trim(struct str s)
{
	while (str_starts(s, " "))
		s = str_from(s, 1);
	while (str_ends(s, " "))
		s.len--;
	return s;
}

int
identity_field_set(struct call *c, const char *name, bool lower, struct str *set, bool *present)
{
	struct buf packed = BUF_INIT;
	struct str *items;
	unsigned count, kept = 0;

	if (field_list(c, name, &items, &count, present) != 0)
		return -1;
	if (!*present)
		return 0;
	for (unsigned i = 0; i < count; i++) {
		items[kept] = trim(items[i]);
		if (lower)
			make_lower(c, &items[kept]);
		kept += items[kept].len > 0;
	}
	packed_set(items, kept, &packed);
	*set = arena_copy(c->arena, buf_str(&packed));
	buf_free(&packed);
	return set->at != NULL ? 0 : call_refuse(c, 413, "http: request body too large");
}

int
identity_field_policies(struct call *c, struct str *set, bool *present)
{
	if (identity_field_set(c, "policies", true, set, present) != 0)
		return -1;
	if (*present && packed_has(*set, str_of("root")))
		return call_refuse(c, 400, "policies cannot contain root");
	return 0;
}

/* ---- pairs ---- */

struct pair {
	struct str key, value;
};

static int
refuse_pairs(struct call *c, const char *name, const char *why)
{
	return call_refuse(c, 400,
	    "Field validation failed: error converting input for field \"%s\": %s", name, why);
}

/* Numbers and truths are taken as text. */
static int
read_member(struct call *c, const char *name, const struct json *m, struct pair *p)
{
	if (m->type == JSON_OBJECT || m->type == JSON_ARRAY)
		return refuse_pairs(c, name, "expected text for each key");
	p->key = m->name;
	p->value = m->type == JSON_TRUE ? str_of("1") :
	    m->type == JSON_FALSE       ? str_of("0") :
					  m->text;
	return 0;
}

static int
read_assignment(struct call *c, const char *name, struct str text, struct pair *p)
{
	if (!str_cut(text, '=', &p->key, &p->value))
		return refuse_pairs(c, name, "expected key=value");
	return 0;
}

static int
check_pair(struct call *c, const char *name, const struct pair *p)
{
	if (p->key.len == 0 || p->key.len > KEY_BYTES || !utf8_printable(p->key))
		return call_refuse(c, 400, "invalid %s: a key has 1 to %d printable bytes", name,
		    KEY_BYTES);
	if (p->value.len > VALUE_BYTES || !utf8_printable(p->value))
		return call_refuse(c, 400, "invalid %s: a value has at most %d printable bytes",
		    name, VALUE_BYTES);
	return 0;
}

static int
by_key(const void *a, const void *b)
{
	return str_compare(((const struct pair *)a)->key, ((const struct pair *)b)->key);
}

/* The last of a key counts, as in the reference. */
static int
pack(struct call *c, const char *name, struct pair *pairs, unsigned count, struct str *out)
{
	struct buf packed = BUF_INIT;

	qsort(pairs, count, sizeof(*pairs), by_key);
	for (unsigned i = 0; i < count; i++) {
		if (check_pair(c, name, &pairs[i]) != 0) {
			buf_free(&packed);
			return -1;
		}
		if (i + 1 < count && str_equal(pairs[i].key, pairs[i + 1].key))
			continue;
		buf_put_block(&packed, pairs[i].key.at, pairs[i].key.len);
		buf_put_block(&packed, pairs[i].value.at, pairs[i].value.len);
	}
	*out = arena_copy(c->arena, buf_str(&packed));
	buf_free(&packed);
	return out->at != NULL ? 0 : call_refuse(c, 413, "http: request body too large");
}

int
identity_field_pairs(struct call *c, const char *name, struct str *pairs, bool *present)
{
	const struct json *field = json_find(c->body, name);
	struct pair list[PAIRS];
	unsigned count = 0;

	*present = field != NULL && field->type != JSON_NULL;
	if (!*present)
		return 0;
	if (field->type == JSON_STRING)
		return read_assignment(c, name, field->text, &list[0]) != 0 ?
		    -1 :
		    pack(c, name, list, 1, pairs);
	if (field->type != JSON_OBJECT && field->type != JSON_ARRAY)
		return refuse_pairs(c, name, "expected an object");
	if (field->count > PAIRS)
		return call_refuse(c, 400, "invalid %s: at most %d pairs", name, PAIRS);
	for (const struct json *m = field->first; m != NULL; m = m->next) {
		struct pair *p = &list[count++];

		if ((field->type == JSON_OBJECT ? read_member(c, name, m, p) :
						  read_assignment(c, name, m->text, p)) != 0)
			return -1;
	}
	return pack(c, name, list, count, pairs);
}

/* ---- the rest ---- */

const struct mount *
identity_mount_of(const struct call *c, struct str accessor)
{
	for (unsigned i = 0; i < mounts_count(c->mounts); i++)
		if (str_is(accessor, mounts_at(c->mounts, i)->accessor))
			return mounts_at(c->mounts, i);
	return NULL;
}

struct str
identity_new_id(struct call *c)
{
	char id[UUID_TEXT];

	uuid_format(id);
	return arena_copy(c->arena, str_of(id));
}

void
identity_put_list(struct json_writer *w, const char *name, struct str list, bool empty)
{
	struct str item;

	if (list.len == 0 && !empty) {
		json_put_null(w, name);
		return;
	}
	json_open_array(w, name);
	while (packed_next(&list, &item))
		json_put_str(w, NULL, item);
	json_close_array(w);
}

void
identity_put_pairs(struct json_writer *w, const char *name, struct str pairs, bool empty)
{
	struct str key, value;

	if (pairs.len == 0 && !empty) {
		json_put_null(w, name);
		return;
	}
	json_open_object(w, name);
	while (packed_next(&pairs, &key) && packed_next(&pairs, &value)) {
		json_put_name(w, key);
		json_put_str(w, NULL, value);
	}
	json_close_object(w);
}

void
identity_put_time(struct json_writer *w, const char *name, int64_t wall)
{
	char text[CLOCK_TEXT];

	clock_format(wall, text);
	json_put_text(w, name, text);
}

void
identity_put_alias_info(const struct call *c, struct json_writer *w, const struct alias *a)
{
	const struct mount *m = identity_mount_of(c, a->accessor);

	json_put_str(w, "name", a->name);
	json_put_str(w, "mount_accessor", a->accessor);
	if (m == NULL)
		return;
	json_put_str(w, "mount_path", m->path);
	json_put_text(w, "mount_type", mount_type_name(m->type));
}

void
identity_put_alias(const struct call *c, struct json_writer *w, const struct alias *a,
    struct str owner)
{
	json_put_str(w, "id", a->id);
	identity_put_alias_info(c, w, a);
	json_put_str(w, "canonical_id", owner);
	identity_put_time(w, "creation_time", a->created);
	identity_put_time(w, "last_update_time", a->updated);
	json_put_null(w, "metadata");
	identity_put_list(w, "merged_from_canonical_ids", a->merged_from, false);
}
