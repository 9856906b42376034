/*
 * Keeper: keys of a PKI mount's CAs as records.
 * Security: a key's bytes are wrapped by themselves, bound to vault, mount and id, before they
 * come into any buffer; nothing here can answer them.
 */
#include <string.h>

#include "base/clock.h"
#include "keys/ad.h"
#include "policy/public_key.h"
#include "vaultd/api/pki.h"

#define FORMAT 1

static struct record_name
record_of(const struct call *c, struct str id)
{
	return (struct record_name){ RECORD_PKI_KEY, c->mount->uuid, { "", 0 }, id };
}

static void
bind(const struct call *c, struct str id, struct ad *ad)
{
	const struct header *h = vault_header(c->vault);

	ad_start(ad, "vaultd ca key 1");
	ad_put(ad, h->vault_id, VAULT_ID);
	ad_put(ad, h->hublet, strlen(h->hublet));
	ad_put(ad, c->mount->uuid, sizeof(c->mount->uuid));
	ad_put(ad, id.at, id.len);
}

int
pki_key_read(struct call *c, struct str id, struct pki_key *k, struct error *err)
{
	struct record_name n = record_of(c, id);
	struct reader in;
	struct str text;
	int rc = pki_record(c, &n, &text, err);

	if (rc != 0)
		return rc;
	in = reader_of(text.at, text.len);
	if (reader_u8(&in) != FORMAT)
		return error_set(
		    err, ERR_UNSUPPORTED, "a CA's key is of a format not known here");
	k->id = arena_copy(c->arena, id);
	k->bits = reader_u32(&in);
	k->name = reader_block(&in);
	k->type = reader_block(&in);
	k->spki = reader_block(&in);
	k->wrapped = reader_block(&in);
	return reader_done(&in) ? 0 : error_set(err, ERR_CORRUPT, "a CA's key is malformed");
}

static void
write_key(struct call *c, const struct pki_key *k)
{
	struct record_name n = record_of(c, k->id);
	struct buf text = BUF_INIT;

	buf_put_u8(&text, FORMAT);
	buf_put_u32(&text, k->bits);
	buf_put_block(&text, k->name.at, k->name.len);
	buf_put_block(&text, k->type.at, k->type.len);
	buf_put_block(&text, k->spki.at, k->spki.len);
	buf_put_block(&text, k->wrapped.at, k->wrapped.len);
	records_put(c->records, &n, buf_str(&text));
	buf_free(&text);
}

/* ---- finding one ---- */

struct search {
	struct call *c;
	struct str name, spki; /* what is looked for; at NULL: not by that */
	struct pki_key *found;
	struct error *err;
	int rc; /* 1: not found yet */
};

static bool
visit(void *arg, struct str id)
{
	struct search *s = arg;

	s->rc = pki_key_read(s->c, id, s->found, s->err);
	if (s->rc == 0 && (s->name.at == NULL || !str_equal(s->found->name, s->name)) &&
	    (s->spki.at == NULL || !str_equal(s->found->spki, s->spki)))
		s->rc = 1;
	return s->rc == 1;
}

static int
search(struct call *c, struct search *s)
{
	static const struct str all = { "", 0 };

	s->c = c;
	s->rc = 1;
	if (records_list(
		c->records, RECORD_PKI_KEY, c->mount->uuid, all, all, 0, visit, s, s->err) != 0)
		return -1;
	return s->rc;
}

int
pki_key_of(struct call *c, struct str spki, struct pki_key *k, struct error *err)
{
	struct search s = { .spki = spki, .found = k, .err = err };

	return search(c, &s);
}

int
pki_key_seek(struct call *c, struct str reference, struct pki_key *k, struct error *err)
{
	struct search s = { .name = reference, .found = k, .err = err };
	struct str issuer, key;
	bool follows;
	int rc;

	if (str_is(reference, "default") || reference.len == 0) {
		if (pki_defaults(c, &issuer, &follows, &key, err) != 0)
			return -1;
		return key.len == 0 ? 1 : pki_key_read(c, key, k, err);
	}
	rc = pki_key_read(c, reference, k, err);
	return rc == 1 ? search(c, &s) : rc;
}

int
pki_key_find(struct call *c, struct str reference, struct pki_key *k, struct error *err)
{
	int rc = pki_key_seek(c, reference, k, err);

	if (rc == 1 && (str_is(reference, "default") || reference.len == 0))
		return call_refuse(c, 400, "no default key currently configured");
	return rc == 1 ? call_refuse(c, 400, "unable to find PKI key for reference: %.*s",
			     STR(reference))
		       : rc;
}

/* ---- a new one ---- */

int
pki_check_name(struct call *c, const char *what, struct str name)
{
	if (str_is(name, "default"))
		return call_refuse(
		    c, 400, "reserved keyword 'default' can not be used as %s name", what);
	for (size_t i = 0; i < name.len; i++) {
		char x = name.at[i];

		if (!((x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z') ||
			(x >= '0' && x <= '9') || x == '-' || x == '_' || x == '.'))
			return call_refuse(
			    c, 400, "%s name contained invalid characters", what);
	}
	return 0;
}

static int
check_free(struct call *c, struct str name, struct error *err)
{
	struct pki_key other;
	struct search s = { .name = name, .found = &other, .err = err };
	int rc;

	if (pki_check_name(c, "key", name) != 0)
		return -1;
	rc = name.len == 0 ? 1 : search(c, &s);
	if (rc == 0)
		return call_refuse(c, 400, "key name already in use");
	return rc == 1 ? 0 : -1;
}

/* Where the wrapped bytes go: out of the buf into the arena. */
static int
wrap(struct call *c, const struct ca_key *secret, struct pki_key *k)
{
	struct buf wrapped = BUF_INIT, spki = BUF_INIT;
	struct ad ad;

	bind(c, k->id, &ad);
	ca_key_wrap(secret, vault_keyring(c->vault), &ad, &wrapped);
	ca_key_put_public(secret, &spki);
	k->wrapped = pki_keep(c, &wrapped);
	k->spki = pki_keep(c, &spki);
	return k->wrapped.at != NULL && k->spki.at != NULL ? 0 : -1;
}

int
pki_key_add(struct call *c, const struct ca_key *secret, struct str name, struct pki_key *k,
    struct error *err)
{
	struct str issuer, key;
	const char *type;
	char id[UUID_TEXT];
	bool follows;

	if (check_free(c, name, err) != 0)
		return -1;
	uuid_format(id);
	*k = (struct pki_key){ .id = arena_copy(c->arena, str_of(id)), .name = name };
	if (wrap(c, secret, k) != 0 || public_key_kind(k->spki, &type, &k->bits, err) != 0 ||
	    pki_defaults(c, &issuer, &follows, &key, err) != 0)
		return -1;
	k->type = str_of(type);
	write_key(c, k);
	if (key.len == 0)
		pki_set_defaults(c, issuer, follows, k->id);
	return 0;
}

int
pki_key_take(struct call *c, struct str pem, struct str name, struct pki_key *k, bool *fresh,
    struct error *err)
{
	struct ca_key *secret = ca_key_read(pem, err);
	struct buf spki = BUF_INIT;
	const char *type;
	unsigned bits;
	int rc = -1;

	if (secret == NULL)
		return -1;
	ca_key_put_public(secret, &spki);
	if (public_key_kind(buf_str(&spki), &type, &bits, err) == 0)
		rc = pki_key_of(c, buf_str(&spki), k, err);
	*fresh = rc == 1;
	if (*fresh)
		rc = pki_key_add(c, secret, name, k, err);
	ca_key_free(&secret);
	buf_free(&spki);
	return rc;
}

struct ca_key *
pki_key_open(struct call *c, const struct pki_key *k, struct error *err)
{
	struct ad ad;

	bind(c, k->id, &ad);
	return ca_key_unwrap(vault_keyring(c->vault), &ad, k->wrapped, err);
}

/* ---- the API ---- */

struct listing {
	struct call *c;
	struct buf keys, info; /* JSON lists under way */
	struct json_writer key, about;
	struct str standard;
	struct error *err;
	bool failed;
};

static bool
list_key(void *arg, struct str id)
{
	struct listing *l = arg;
	struct pki_key k;

	l->failed = pki_key_read(l->c, id, &k, l->err) != 0;
	if (l->failed)
		return false;
	json_put_str(&l->key, NULL, id);
	json_put_name(&l->about, id);
	json_open_object(&l->about, NULL);
	json_put_bool(&l->about, "is_default", str_equal(id, l->standard));
	json_put_str(&l->about, "key_name", k.name);
	json_close_object(&l->about);
	return true;
}

int
api_pki_keys(struct call *c, struct error *err)
{
	static const struct str all = { "", 0 };
	struct listing l = { .c = c, .err = err };
	struct str issuer;
	bool follows;
	int rc = -1;

	l.key = json_writer_to(&l.keys);
	l.about = json_writer_to(&l.info);
	if (pki_defaults(c, &issuer, &follows, &l.standard, err) != 0 ||
	    records_list(c->records, RECORD_PKI_KEY, c->mount->uuid, all, all, 0, list_key, &l,
		err) != 0 ||
	    l.failed)
		goto out;
	if (l.keys.len == 0) {
		rc = call_not_found(c);
		goto out;
	}
	buf_printf(&c->reply.data, "{\"key_info\":{%.*s},\"keys\":[%.*s]}",
	    STR(buf_str(&l.info)), STR(buf_str(&l.keys)));
	rc = 0;
out:
	buf_free(&l.keys);
	buf_free(&l.info);
	return rc;
}

static int
answer_key(struct call *c, const struct pki_key *k)
{
	struct json_writer w = reply_data(c);

	json_put_str(&w, "key_id", k->id);
	json_put_str(&w, "key_name", k->name);
	json_put_str(&w, "key_type", k->type);
	json_close_object(&w);
	return 0;
}

int
api_pki_key_read(struct call *c, struct error *err)
{
	struct pki_key k;

	if (pki_key_find(c, c->parameter[0], &k, err) != 0)
		return -1;
	return answer_key(c, &k);
}

int
api_pki_key_write(struct call *c, struct error *err)
{
	struct str name = { "", 0 };
	struct pki_key k;

	if (pki_key_find(c, c->parameter[0], &k, err) != 0 ||
	    field_text(c, "key_name", &name, NULL) != 0)
		return -1;
	if (!str_equal(name, k.name) && check_free(c, name, err) != 0)
		return -1;
	k.name = name;
	write_key(c, &k);
	return answer_key(c, &k);
}

int
api_pki_key_delete(struct call *c, struct error *err)
{
	struct pki_issuers all;
	struct record_name n;
	struct str issuer, key;
	struct pki_key k;
	bool follows;
	int rc = pki_key_seek(c, c->parameter[0], &k, err);

	if (rc != 0)
		return rc == 1 ? 0 : -1; /* what is not there is deleted */
	if (pki_issuers_read(c, &all, err) != 0 ||
	    pki_defaults(c, &issuer, &follows, &key, err) != 0)
		return -1;
	for (unsigned i = 0; i < all.count; i++)
		if (str_equal(all.list[i].key_id, k.id))
			return call_refuse(c, 400,
			    "key %.*s is used by issuer %.*s: delete that first", STR(k.id),
			    STR(all.list[i].id));
	n = record_of(c, k.id);
	records_delete(c->records, &n);
	if (str_equal(key, k.id)) {
		pki_set_defaults(c, issuer, follows, (struct str){ "", 0 });
		call_warn(c,
		    "Deleted key %.*s (via key_ref %.*s); this was configured as the default "
		    "key. Operations without an explicit key will not work until a new default "
		    "is "
		    "configured.",
		    STR(k.id), STR(c->parameter[0]));
	}
	return 0;
}

int
api_pki_key_import(struct call *c, struct error *err)
{
	struct str pem = { "", 0 }, name = { "", 0 };
	struct pki_key k;
	bool fresh;

	if (field_text(c, "pem_bundle", &pem, NULL) != 0 ||
	    field_text(c, "key_name", &name, NULL) != 0 ||
	    pki_key_take(c, pem, name, &k, &fresh, err) != 0)
		return -1;
	return answer_key(c, &k);
}
