/*
 * Keeper: CAs and keys that were made elsewhere come into a PKI mount.
 */
#include <string.h>

#include "base/pem.h"
#include "vaultd/api/pki_issue.h"
#include "vaultd/api/pki_order.h"

#define BLOCKS_MOST 64

/* Ids of what a bundle held. */
struct ids {
	unsigned count;
	struct str at[BLOCKS_MOST];
};

struct import {
	struct ids fresh_issuers, old_issuers, fresh_keys, old_keys, issuers;
};

static int
note(struct call *c, struct ids *ids, struct str id)
{
	if (ids->count == BLOCKS_MOST)
		return call_refuse(c, 400, "more than %d blocks in one bundle", BLOCKS_MOST);
	ids->at[ids->count++] = id;
	return 0;
}

static int
take_key(struct call *c, struct import *m, struct str block, struct error *err)
{
	struct pki_key k;
	bool fresh;

	if (pki_key_take(c, block, (struct str){ "", 0 }, &k, &fresh, err) != 0)
		return -1;
	return note(c, fresh ? &m->fresh_keys : &m->old_keys, k.id);
}

static int
take_certificate(struct call *c, struct import *m, struct str block, struct error *err)
{
	struct buf bytes = BUF_INIT;
	struct pki_issuer i;
	struct str der;
	bool fresh;

	if (pem_decode(block, &bytes, err) != 0) {
		buf_free(&bytes);
		return -1;
	}
	der = pki_keep(c, &bytes);
	if (der.at == NULL ||
	    pki_issuer_add(c, der, (struct str){ "", 0 }, &i, &fresh, err) != 0 ||
	    note(c, fresh ? &m->fresh_issuers : &m->old_issuers, i.id) != 0)
		return -1;
	return note(c, &m->issuers, i.id);
}

/* Every block of the bundle: keys first, so that issuers find theirs. */
static int
take_all(struct call *c, struct import *m, struct str pem, bool keys, struct error *err)
{
	struct str label, block, rest = pem;

	while (pem_next(&rest, &label, &block)) {
		bool is_key = str_ends(label, "PRIVATE KEY");
		bool is_certificate = str_is(label, "CERTIFICATE") ||
				      str_is(label, "X509 CERTIFICATE") ||
				      str_is(label, "TRUSTED CERTIFICATE");

		if (!is_key && !is_certificate)
			return call_refuse(c, 400,
			    "a block of the bundle is neither a certificate nor a "
			    "private key");
		if (keys && is_key && take_key(c, m, block, err) != 0)
			return -1;
		if (!keys && is_certificate && take_certificate(c, m, block, err) != 0)
			return -1;
	}
	return 0;
}

static void
put_ids(struct json_writer *w, const char *name, const struct ids *ids)
{
	if (ids->count == 0) {
		json_put_null(w, name);
		return;
	}
	json_open_array(w, name);
	for (unsigned i = 0; i < ids->count; i++)
		json_put_str(w, NULL, ids->at[i]);
	json_close_array(w);
}

static int
answer(struct call *c, const struct import *m, struct error *err)
{
	struct json_writer w = reply_data(c);
	struct pki_issuer i;

	put_ids(&w, "existing_issuers", &m->old_issuers);
	put_ids(&w, "existing_keys", &m->old_keys);
	put_ids(&w, "imported_issuers", &m->fresh_issuers);
	put_ids(&w, "imported_keys", &m->fresh_keys);
	json_open_object(&w, "mapping");
	for (unsigned n = 0; n < m->issuers.count; n++) {
		if (pki_issuer_find(c, m->issuers.at[n], &i, err) != 0)
			return -1;
		json_put_name(&w, i.id);
		json_put_str(&w, NULL, i.key_id);
	}
	json_close_object(&w);
	json_close_object(&w);
	return 0;
}

static int
import(struct call *c, struct str pem, bool with_keys, struct error *err)
{
	struct import *m = arena_alloc(c->arena, sizeof(*m));
	struct str label, block, rest = pem;

	if (m == NULL)
		return call_refuse(c, 413, "http: request body too large");
	if (!pem_next(&rest, &label, &block))
		return call_refuse(
		    c, 400, "'pem_bundle' and 'certificate' parameters were empty");
	if ((with_keys && take_all(c, m, pem, true, err) != 0) ||
	    take_all(c, m, pem, false, err) != 0)
		return -1;
	return answer(c, m, err);
}

/* issuers/import/bundle and config/ca; issuers/import/cert takes no key. */
int
api_pki_import(struct call *c, struct error *err)
{
	struct str pem = { "", 0 };

	if (field_text(c, "pem_bundle", &pem, NULL) != 0)
		return -1;
	return import(c, pem, !str_ends(c->rest, "/cert"), err);
}

/* intermediate/set-signed: the certificate for a request that was made here. */
int
api_pki_set_signed(struct call *c, struct error *err)
{
	struct str pem = { "", 0 };

	if (field_text(c, "certificate", &pem, NULL) != 0)
		return -1;
	return import(c, pem, false, err);
}
