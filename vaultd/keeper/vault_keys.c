/*
 * Keeper: changing the keys of an open vault.  Trusted to leave, whatever happens at any line,
 * a vault that opens: what belongs together is one commit, and memory follows the store.
 */
#include <stdlib.h>
#include <string.h>

#include "keys/aead.h"
#include "vaultd/keeper/vault_state.h"

static const uint8_t no_mount[16];

/* ---- commits ---- */

static struct store_change
change_meta(struct vault *v, const char *key, const struct buf *value)
{
	struct store_change c = { .space = STORE_META, .key = str_of(key),
		.value = buf_str(value) };
	struct str old;

	if (!store_get(v->store, STORE_META, c.key, &old, &c.expected))
		c.expected = 0;
	c.version = c.expected + 1;
	return c;
}

int
vault_write(struct vault *v, const struct vault_audit *a, const struct header *h,
    const struct secret *master, struct error *err)
{
	struct buf header = BUF_INIT, keyring = BUF_INIT;
	const struct store_change *changes;
	struct store_change *all;
	struct error why = ERROR_INIT;
	size_t count;
	int rc;

	changes = records_changes(v->records, a->sequence, a->hash, &count);
	all = calloc(count + 2, sizeof(*all));
	if (all == NULL)
		fatal("no memory for a commit");
	memcpy(all, changes, count * sizeof(*all));
	if (h != NULL) {
		header_format(h, &header);
		keyring_wrap(v->keyring, master, h, &keyring);
		all[count++] = change_meta(v, "header", &header);
		all[count++] = change_meta(v, "keyring", &keyring);
	}
	rc = store_commit(v->store, all, count, err);
	if (records_committed(v->records, rc == 0, &why) != 0 && rc == 0)
		fatal("the store cannot be read after a commit: %s", why.text);
	free(all);
	buf_free(&header);
	buf_free(&keyring);
	return rc;
}

int
vault_commit(struct vault *v, const struct vault_audit *a, struct error *err)
{
	return records_changed(v->records) ? vault_write(v, a, NULL, NULL, err) : 0;
}

/* The keyring alone, as it is now. */
static int
write_keyring(struct vault *v, struct error *err)
{
	struct buf keyring = BUF_INIT;
	struct store_change c;
	int rc;

	keyring_wrap(v->keyring, v->master, &v->header, &keyring);
	c = change_meta(v, "keyring", &keyring);
	rc = store_commit(v->store, &c, 1, err);
	buf_free(&keyring);
	return rc == 0 ? store_refresh(v->store, err) : -1;
}

/* ---- terms ---- */

/* The store has the term before anything is wrapped with it. */
int
vault_add_term(struct vault *v, int64_t now, struct error *err)
{
	keyring_add_term(v->keyring, now);
	if (write_keyring(v, err) != 0) {
		keyring_drop_newest(v->keyring);
		return -1;
	}
	(void)records_take_wrapped(v->records); /* that was under the last term */
	return 0;
}

/* When the store keeps them, they are gone here all the same: nobody needs them. */
int
vault_retire_terms(struct vault *v, struct error *err)
{
	while (keyring_oldest(v->keyring) != keyring_newest(v->keyring))
		if (keyring_retire_term(v->keyring, keyring_oldest(v->keyring), err) != 0)
			return -1;
	return write_keyring(v, err);
}

/* ---- the master key ---- */

static struct record_name
kek_name(const struct slot *s)
{
	return (struct record_name){ RECORD_SYSTEM, no_mount, str_of("slot-kek/"),
		{ (const char *)s->id, sizeof(s->id) } };
}

void
vault_keep_kek(struct vault *v, const struct header *h, unsigned i, const struct secret *master,
    const struct secret *kek)
{
	const struct slot *s = &h->slots[i];
	struct record_name n = kek_name(s);
	struct buf wrapped = BUF_INIT;

	aead_wrap_secret(master, s->id, sizeof(s->id), kek, &wrapped);
	records_put(v->records, &n, buf_str(&wrapped));
	buf_free(&wrapped);
}

static struct secret *
read_kek(struct vault *v, const struct slot *s, struct error *err)
{
	struct record_name n = kek_name(s);
	struct buf wrapped = BUF_INIT;
	struct secret *kek = NULL;

	if (records_get(v->records, &n, &wrapped, err) == 0)
		kek = aead_unwrap_secret(v->master, s->id, sizeof(s->id), wrapped.data,
		    wrapped.len, err);
	buf_free(&wrapped);
	return kek;
}

static bool
has_slot(const struct header *h, const struct slot *s)
{
	for (unsigned i = 0; i < h->count; i++)
		if (memcmp(h->slots[i].id, s->id, sizeof(s->id)) == 0)
			return true;
	return false;
}

/* Into the batch: the KEKs under the new master key, and the other way round in next. */
static int
wrap_slots(struct vault *v, struct header *next, const struct secret *master,
    const struct secret *new_kek, struct error *err)
{
	for (unsigned i = 0; i < next->count; i++) {
		bool is_new = new_kek != NULL && i == next->count - 1;
		struct secret *kek = is_new ? NULL : read_kek(v, &next->slots[i], err);

		if (!is_new && kek == NULL)
			return -1;
		header_rewrap_slot(next, i, is_new ? new_kek : kek, master);
		vault_keep_kek(v, next, i, master, is_new ? new_kek : kek);
		secret_free(&kek);
	}
	for (unsigned i = 0; i < v->header.count; i++) {
		struct record_name n = kek_name(&v->header.slots[i]);

		if (!has_slot(next, &v->header.slots[i]))
			records_delete(v->records, &n);
	}
	return 0;
}

int
vault_install(struct vault *v, const struct vault_audit *a, struct header *next,
    struct secret **master, const struct secret *kek, struct error *err)
{
	size_t mark = records_mark(v->records);
	int rc;

	records_begin(v->records);
	rc = wrap_slots(v, next, *master, kek, err);
	if (rc != 0)
		records_undo(v->records, mark);
	records_end(v->records);
	if (rc == 0)
		rc = vault_write(v, a, next, *master, err);
	if (rc != 0)
		return -1;
	header_clear(&v->header);
	v->header = *next;
	*next = (struct header){ 0 };
	secret_free(&v->master);
	v->master = *master;
	*master = NULL;
	return 0;
}

void
vault_copy_header(const struct vault *v, struct header *copy)
{
	struct buf bytes = BUF_INIT;

	header_format(&v->header, &bytes);
	if (header_parse(copy, buf_str(&bytes), NULL) != 0)
		fatal("the vault's header does not read as it was written");
	buf_free(&bytes);
}

int
vault_rotate_master(struct vault *v, const struct vault_audit *a, struct error *err)
{
	struct secret *master = secret_random(MASTER_KEY);
	struct header next;
	int rc;

	vault_copy_header(v, &next);
	rc = vault_install(v, a, &next, &master, NULL, err);
	secret_free(&master);
	header_clear(&next);
	return rc;
}
