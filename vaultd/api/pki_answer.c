/*
 * Keeper: a new certificate as it is answered: PEM, DER in base64, or all in one PEM.
 */
#include <string.h>

#include "base/pem.h"
#include "base/text.h"
#include "vaultd/api/pki_order.h"

int
pki_format_read(struct call *c, struct pki_format *f)
{
	struct str format = str_of("pem"), key = str_of("der");

	memset(f, 0, sizeof(*f));
	if (field_text(c, "format", &format, NULL) != 0 ||
	    field_text(c, "private_key_format", &key, NULL) != 0 ||
	    field_bool(c, "remove_roots_from_chain", &f->without_roots, NULL) != 0)
		return -1;
	f->shape = str_is(format, "pem")   ? PKI_PEM
		   : str_is(format, "der") ? PKI_DER
					   : PKI_BUNDLE;
	if (f->shape == PKI_BUNDLE && !str_is(format, "pem_bundle"))
		return call_refuse(c, 400,
		    "the \"format\" path parameter must be \"pem\", \"der\", or "
		    "\"pem_bundle\"");
	f->key_form = str_is(key, "pkcs8") ? LEAF_KEY_PKCS8 : LEAF_KEY_PLAIN;
	if (f->key_form == LEAF_KEY_PLAIN && !str_is(key, "der") && !str_is(key, "pem") &&
	    key.len > 0)
		return call_refuse(c, 400, "unknown private_key_format: %.*s", STR(key));
	return 0;
}

void
pki_put_certificate(
    struct json_writer *w, const char *name, enum pki_shape shape, struct str der)
{
	struct buf text = BUF_INIT;

	if (shape == PKI_DER)
		base64_encode(&text, BASE64_STD, der.at, der.len);
	else
		pem_put("CERTIFICATE", der, &text);
	json_put_str(w, name, buf_str(&text));
	buf_free(&text);
}

static void
put_key(const struct pki_format *f, const struct leaf_key *leaf, struct buf *out)
{
	if (f->shape == PKI_DER)
		leaf_key_put_base64(leaf, out);
	else
		leaf_key_put_pem(leaf, out);
}

/* Key, certificate and chain as one text. */
static void
put_bundle(struct json_writer *w, const struct pki_format *f, struct str der,
    struct str_list chain, const struct leaf_key *leaf)
{
	struct buf text = BUF_INIT;

	if (leaf != NULL) {
		put_key(f, leaf, &text);
		buf_put_u8(&text, '\n');
	}
	pem_put("CERTIFICATE", der, &text);
	for (unsigned i = 0; i < chain.count; i++) {
		buf_put_u8(&text, '\n');
		pem_put("CERTIFICATE", chain.at[i], &text);
	}
	json_put_str(w, "certificate", buf_str(&text));
	buf_free(&text);
}

/* Those of the chain that are not their own issuers. */
static struct str_list
drop_roots(struct str_list chain)
{
	struct certificate_view v;

	while (chain.count > 0 && certificate_read(chain.at[chain.count - 1], &v, NULL) == 0 &&
	       str_equal(v.subject, v.issuer))
		chain.count--;
	return chain;
}

int
pki_answer(struct call *c, const struct pki_format *f, const struct pki_issuer *issuer,
    struct str der, const struct leaf_key *leaf, const char *key_type, struct error *err)
{
	struct certificate_view v;
	struct str_list chain;
	struct buf key = BUF_INIT;
	struct json_writer w;

	if (certificate_read(der, &v, err) != 0 || pki_chain(c, issuer, &chain, err) != 0)
		return -1;
	if (f->without_roots)
		chain = drop_roots(chain);
	w = reply_data(c);
	if (chain.count > 0) {
		json_open_array(&w, "ca_chain");
		for (unsigned i = 0; i < chain.count; i++)
			pki_put_certificate(&w, NULL, f->shape, chain.at[i]);
		json_close_array(&w);
	}
	if (f->shape == PKI_BUNDLE)
		put_bundle(&w, f, der, chain, leaf);
	else
		pki_put_certificate(&w, "certificate", f->shape, der);
	json_put_int(&w, "expiration", v.not_after);
	pki_put_certificate(&w, "issuing_ca", f->shape, issuer->der);
	json_put_int(&w, "not_before", v.not_before);
	if (leaf != NULL) {
		put_key(f, leaf, &key);
		json_put_str(&w, "private_key", buf_str(&key));
		json_put_text(&w, "private_key_type", key_type);
		buf_free(&key);
	}
	pki_put_serial(&w, "serial_number", v.serial);
	json_close_object(&w);
	return 0;
}
