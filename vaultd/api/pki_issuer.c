/*
 * Keeper: certificates of a PKI mount's CAs as records.
 */
#include "vaultd/api/pki_issuer.h"

#include <string.h>

#include "keys/locked_alloc.h"
#include "policy/public_key.h"

#define FORMAT 1
#define CHAIN_MOST 16

static struct record_name
record_of(const struct call *c, struct str id)
{
	return (struct record_name){ RECORD_PKI_ISSUER, c->mount->uuid, { "", 0 }, id };
}

/* ---- reading ---- */

static int
parse(struct call *c, struct str text, struct pki_issuer *i, struct error *err)
{
	struct reader in = reader_of(text.at, text.len);
	struct pki_key key;
	struct str settings;
	int rc = 0;

	if (reader_u8(&in) != FORMAT)
		return error_set(
		    err, ERR_UNSUPPORTED, "an issuer is of a format not known here");
	i->der = reader_block(&in);
	i->key_id = reader_block(&in);
	settings = reader_block(&in);
	if (!reader_done(&in) || certificate_read(i->der, &i->view, err) != 0 ||
	    (i->settings = json_parse(c->arena, settings, &json_limits_body, err)) == NULL)
		return error_set(err, ERR_CORRUPT, "an issuer is malformed");
	i->name = settings_text(i->settings, "issuer_name");
	/* Its key may have come later. */
	if (i->key_id.len == 0 && (rc = pki_key_of(c, i->view.spki, &key, err)) == 0)
		i->key_id = key.id;
	return rc < 0 ? -1 : 0;
}

/* By its id: 0; 1 there is none; -1 err, or refused. */
static int
read_issuer(struct call *c, struct str id, struct pki_issuer *i, struct error *err)
{
	struct record_name n = record_of(c, id);
	struct str text;
	int rc = pki_record(c, &n, &text, err);

	memset(i, 0, sizeof(*i));
	i->id = arena_copy(c->arena, id);
	if (rc != 0 || i->id.at == NULL)
		return rc != 0 ? rc : call_refuse(c, 413, "http: request body too large");
	return parse(c, text, i, err);
}

struct gathering {
	struct call *c;
	struct pki_issuers *all;
	struct error *err;
	bool failed;
};

static bool
gather(void *arg, struct str id)
{
	struct gathering *g = arg;

	if (g->all->count == PKI_ISSUERS)
		error_set(g->err, ERR_LIMIT, "more than %d issuers", PKI_ISSUERS);
	g->failed = g->all->count == PKI_ISSUERS ||
		    read_issuer(g->c, id, &g->all->list[g->all->count], g->err) != 0;
	g->all->count += !g->failed;
	return !g->failed;
}

int
pki_issuers_read(struct call *c, struct pki_issuers *all, struct error *err)
{
	static const struct str everything = { "", 0 };
	struct gathering g = { .c = c, .all = all, .err = err };

	all->count = 0;
	all->list = arena_alloc(c->arena, PKI_ISSUERS * sizeof(*all->list));
	if (all->list == NULL)
		return call_refuse(c, 413, "http: request body too large");
	if (records_list(c->records, RECORD_PKI_ISSUER, c->mount->uuid, everything, everything,
		0, gather, &g, err) != 0)
		return -1;
	return g.failed ? -1 : 0;
}

int
pki_issuer_default(struct call *c, struct pki_issuer *i, struct error *err)
{
	struct str issuer, key;
	bool follows;

	if (pki_defaults(c, &issuer, &follows, &key, err) != 0)
		return -1;
	return issuer.len == 0 ? 1 : read_issuer(c, issuer, i, err);
}

static int
find_by_name(struct call *c, struct str name, struct pki_issuer *i, struct error *err)
{
	struct pki_issuers all;

	if (pki_issuers_read(c, &all, err) != 0)
		return -1;
	for (unsigned n = 0; n < all.count; n++)
		if (name.len > 0 && str_equal(all.list[n].name, name)) {
			*i = all.list[n];
			return 0;
		}
	return 1;
}

int
pki_issuer_seek(struct call *c, struct str reference, struct pki_issuer *i, struct error *err)
{
	int rc;

	if (reference.len == 0 || str_is(reference, "default"))
		return pki_issuer_default(c, i, err);
	rc = read_issuer(c, reference, i, err);
	return rc == 1 ? find_by_name(c, reference, i, err) : rc;
}

int
pki_issuer_find(struct call *c, struct str reference, struct pki_issuer *i, struct error *err)
{
	int rc = pki_issuer_seek(c, reference, i, err);

	if (rc == 1 && (reference.len == 0 || str_is(reference, "default")))
		return call_refuse(c, 400, "no default issuer currently configured");
	return rc == 1 ? call_refuse(c, 400, "unable to find PKI issuer for reference: %.*s",
			     STR(reference))
		       : rc;
}

bool
pki_issuer_may(const struct pki_issuer *i, const char *usage)
{
	const struct json *list = json_find(i->settings, "usage");

	for (const struct json *e = list == NULL ? NULL : list->first; e != NULL; e = e->next)
		if (str_is(e->text, usage))
			return true;
	return false;
}

/* ---- chains ---- */

static const struct pki_issuer *
by_id(const struct pki_issuers *all, struct str id)
{
	for (unsigned i = 0; i < all->count; i++)
		if (str_equal(all->list[i].id, id))
			return &all->list[i];
	return NULL;
}

bool
pki_issuer_signed(const struct pki_issuer *i, struct str der)
{
	bool is;

	locked_alloc_public_begin();
	is = public_key_signed(i->view.spki, der);
	locked_alloc_public_end();
	return is;
}

static const struct pki_issuer *
signer_of(const struct pki_issuers *all, const struct pki_issuer *child)
{
	for (unsigned i = 0; i < all->count; i++)
		if (str_equal(all->list[i].view.subject, child->view.issuer) &&
		    pki_issuer_signed(&all->list[i], child->der))
			return &all->list[i];
	return NULL;
}

static void
follow_manual(const struct pki_issuers *all, const struct json *ids, struct str *der,
    struct str_list *chain)
{
	for (const struct json *e = ids->first; e != NULL && chain->count < CHAIN_MOST;
	     e = e->next) {
		const struct pki_issuer *i = by_id(all, e->text);

		if (i != NULL)
			der[chain->count++] = i->der;
	}
}

int
pki_chain(struct call *c, const struct pki_issuer *i, struct str_list *chain, struct error *err)
{
	struct str *der = arena_alloc(c->arena, CHAIN_MOST * sizeof(*der));
	const struct json *manual = json_find(i->settings, "manual_chain");
	bool root = str_equal(i->view.subject, i->view.issuer);
	struct pki_issuers all;

	if (der == NULL)
		return call_refuse(c, 413, "http: request body too large");
	*chain = (struct str_list){ der, 0 };
	der[chain->count++] = i->der;
	if (root && (manual == NULL || manual->count == 0))
		return 0;
	if (pki_issuers_read(c, &all, err) != 0)
		return -1;
	if (manual != NULL && manual->count > 0) {
		chain->count = 0;
		follow_manual(&all, manual, der, chain);
		return 0;
	}
	for (; i != NULL && chain->count < CHAIN_MOST && !root;
	     root = i != NULL && str_equal(i->view.subject, i->view.issuer)) {
		i = signer_of(&all, i);
		if (i != NULL)
			der[chain->count++] = i->der;
	}
	return 0;
}

/* ---- writing ---- */

void
pki_issuer_write(struct call *c, const struct pki_issuer *i, struct str settings)
{
	struct record_name n = record_of(c, i->id);
	struct buf text = BUF_INIT;

	buf_put_u8(&text, FORMAT);
	buf_put_block(&text, i->der.at, i->der.len);
	buf_put_block(&text, i->key_id.at, i->key_id.len);
	buf_put_block(&text, settings.at, settings.len);
	records_put(c->records, &n, buf_str(&text));
	buf_free(&text);
}

void
pki_issuer_delete(struct call *c, const struct pki_issuer *i)
{
	struct record_name n = record_of(c, i->id);

	records_delete(c->records, &n);
}

int
pki_issuer_check_name(struct call *c, struct str name, struct error *err)
{
	struct pki_issuer other;
	int rc;

	if (pki_check_name(c, "issuer", name) != 0)
		return -1;
	rc = find_by_name(c, name, &other, err);
	if (rc == 0)
		return call_refuse(c, 400, "issuer name already in use");
	return rc == 1 ? 0 : -1;
}

/* The settings of a new issuer: as the table has them, with its name. */
static void
new_settings(struct str name, struct buf *out)
{
	struct json_writer w = json_writer_to(out);

	json_open_object(&w, NULL);
	json_put_str(&w, "issuer_name", name);
	for (const struct setting_field *f = pki_issuer_fields; f->name != NULL; f++)
		if (strcmp(f->name, "issuer_name") != 0)
			json_put_raw(&w, f->name, str_of(f->standard));
	json_close_object(&w);
}

/* The first becomes the default; one that can sign replaces one that cannot. */
static int
become_default(struct call *c, const struct pki_issuer *fresh, struct error *err)
{
	struct str issuer, key;
	struct pki_issuer old;
	bool follows;
	int rc;

	if (pki_defaults(c, &issuer, &follows, &key, err) != 0)
		return -1;
	rc = issuer.len == 0 ? 1 : read_issuer(c, issuer, &old, err);
	if (rc < 0)
		return -1;
	if (rc == 1 || (fresh->key_id.len > 0 && (follows || old.key_id.len == 0)))
		pki_set_defaults(c, fresh->id, follows, key);
	return 0;
}

static int
check_ca(struct call *c, const struct certificate_view *v)
{
	if (!v->is_ca)
		return call_refuse(c, 400,
		    "the given certificate is not marked for CA use and cannot "
		    "be used with this backend");
	return 0;
}

int
pki_issuer_add(struct call *c, struct str der, struct str name, struct pki_issuer *i,
    bool *fresh, struct error *err)
{
	struct buf settings = BUF_INIT;
	struct pki_issuers all;
	char id[UUID_TEXT];

	*fresh = false;
	if (pki_issuers_read(c, &all, err) != 0)
		return -1;
	for (unsigned n = 0; n < all.count; n++)
		if (str_equal(all.list[n].der, der)) {
			*i = all.list[n];
			return 0;
		}
	if (name.len > 0 && pki_issuer_check_name(c, name, err) != 0)
		return -1;
	uuid_format(id);
	*i = (struct pki_issuer){ .id = arena_copy(c->arena, str_of(id)), .der = der };
	if (certificate_read(der, &i->view, err) != 0 || check_ca(c, &i->view) != 0)
		return -1;
	new_settings(name, &settings);
	pki_issuer_write(c, i, buf_str(&settings));
	buf_free(&settings);
	*fresh = true;
	if (read_issuer(c, i->id, i, err) != 0)
		return -1;
	return become_default(c, i, err);
}
