/*
 * Keeper: what a PKI mount answers about its CAs: lists, settings, certificates for everybody.
 */
#include <string.h>

#include "base/pem.h"
#include "vaultd/api/pki_issuer.h"

#define LISTS(name) \
	{ \
		name, SET_LIST, "[]" \
	}

const struct setting_field pki_issuer_fields[] = {
	{ "issuer_name", SET_TEXT, "\"\"", NULL },
	{ "leaf_not_after_behavior", SET_TEXT, "\"err\"", NULL },
	{ "manual_chain", SET_LIST, "null", NULL },
	{ "usage", SET_LIST,
	    "[\"crl-signing\",\"issuing-certificates\",\"ocsp-signing\",\"read-only\"]", NULL },
	{ "revocation_signature_algorithm", SET_TEXT, "\"\"", NULL },
	LISTS("issuing_certificates"),
	LISTS("crl_distribution_points"),
	LISTS("delta_crl_distribution_points"),
	LISTS("ocsp_servers"),
	{ NULL, SET_TEXT, NULL, NULL },
};

/* ---- certificates ---- */

/* Certificates one after the other, each with `end` behind. */
static void
put_chain(struct buf *out, struct str_list chain, const char *end)
{
	for (unsigned i = 0; i < chain.count; i++) {
		pem_put("CERTIFICATE", chain.at[i], out);
		if (i + 1 < chain.count || *end != '\0')
			buf_put_text(out, "\n");
	}
}

/* The default issuer's certificate: DER, or with "/pem" behind PEM; 204 when there is none. */
int
api_pki_ca(struct call *c, struct error *err)
{
	struct pki_issuer i;
	int rc = pki_issuer_default(c, &i, err);

	if (rc == 1) {
		c->reply.status = 204;
		return 0;
	}
	if (rc != 0)
		return -1;
	if (!str_ends(c->rest, "/pem"))
		return pki_answer_raw(c, "application/pkix-cert", i.der);
	pem_put("CERTIFICATE", i.der, &c->reply.data);
	return pki_answer_raw(c, "application/pem-certificate-chain", buf_str(&c->reply.data));
}

int
api_pki_ca_chain(struct call *c, struct error *err)
{
	struct pki_issuer i;
	struct str_list chain;
	int rc = pki_issuer_default(c, &i, err);

	if (rc == 1) {
		c->reply.status = 204;
		return 0;
	}
	if (rc != 0 || pki_chain(c, &i, &chain, err) != 0)
		return -1;
	put_chain(&c->reply.data, chain, "");
	return pki_answer_raw(c, "application/pkix-cert", buf_str(&c->reply.data));
}

static void
put_chain_list(struct json_writer *w, struct str_list chain)
{
	struct buf pem = BUF_INIT;

	json_open_array(w, "ca_chain");
	for (unsigned i = 0; i < chain.count; i++) {
		buf_clear(&pem);
		put_chain(&pem, (struct str_list){ &chain.at[i], 1 }, "\n");
		json_put_str(w, NULL, buf_str(&pem));
	}
	json_close_array(w);
	buf_free(&pem);
}

/* "certificate", with a line end behind it, and "ca_chain". */
static void
put_certificates(struct json_writer *w, const struct pki_issuer *i, struct str_list chain)
{
	struct buf pem = BUF_INIT;

	put_chain(&pem, (struct str_list){ &i->der, 1 }, "\n");
	json_put_str(w, "certificate", buf_str(&pem));
	buf_free(&pem);
	put_chain_list(w, chain);
}

/* issuer/:ref/json, /der, /pem: for everybody. */
int
api_pki_issuer_json(struct call *c, struct error *err)
{
	struct json_writer w;
	struct pki_issuer i;
	struct str_list chain;

	if (pki_issuer_find(c, c->parameter[0], &i, err) != 0 ||
	    pki_chain(c, &i, &chain, err) != 0)
		return -1;
	w = reply_data(c);
	put_certificates(&w, &i, chain);
	json_put_str(&w, "issuer_id", i.id);
	json_put_str(&w, "issuer_name", i.name);
	json_close_object(&w);
	return 0;
}

int
api_pki_issuer_raw(struct call *c, struct error *err)
{
	struct pki_issuer i;

	if (pki_issuer_find(c, c->parameter[0], &i, err) != 0)
		return -1;
	if (str_ends(c->rest, "/der"))
		return pki_answer_raw(c, "application/pkix-cert", i.der);
	put_chain(&c->reply.data, (struct str_list){ &i.der, 1 }, "\n");
	return pki_answer_raw(c, "application/pem-certificate-chain", buf_str(&c->reply.data));
}

/* ---- settings ---- */

int
api_pki_issuers(struct call *c, struct error *err)
{
	struct json_writer w;
	struct pki_issuers all;
	struct str issuer, key;
	bool follows;

	if (pki_issuers_read(c, &all, err) != 0 ||
	    pki_defaults(c, &issuer, &follows, &key, err) != 0)
		return -1;
	if (all.count == 0)
		return call_not_found(c);
	w = reply_data(c);
	json_open_object(&w, "key_info");
	for (unsigned i = 0; i < all.count; i++) {
		json_put_name(&w, all.list[i].id);
		json_open_object(&w, NULL);
		json_put_bool(&w, "is_default", str_equal(all.list[i].id, issuer));
		json_put_str(&w, "issuer_name", all.list[i].name);
		json_put_str(&w, "key_id", all.list[i].key_id);
		pki_put_serial(&w, "serial_number", all.list[i].view.serial);
		json_close_object(&w);
	}
	json_close_object(&w);
	json_open_array(&w, "keys");
	for (unsigned i = 0; i < all.count; i++)
		json_put_str(&w, NULL, all.list[i].id);
	json_close_array(&w);
	json_close_object(&w);
	return 0;
}

static const char *const usages[] = { "crl-signing", "issuing-certificates", "ocsp-signing",
	"read-only" };
#define USAGES (sizeof(usages) / sizeof(*usages))

static bool
is_usage(struct str name)
{
	for (size_t i = 0; i < USAGES; i++)
		if (str_is(name, usages[i]))
			return true;
	return false;
}

static void
put_usage(struct json_writer *w, const struct pki_issuer *of)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < USAGES; i++)
		if (pki_issuer_may(of, usages[i]))
			buf_printf(&text, "%s%s", text.len > 0 ? "," : "", usages[i]);
	json_put_str(w, "usage", buf_str(&text));
	buf_free(&text);
}

static int
answer(struct call *c, const struct pki_issuer *i, struct error *err)
{
	struct json_writer w;
	struct str_list chain;

	if (pki_chain(c, i, &chain, err) != 0)
		return -1;
	w = reply_data(c);
	put_certificates(&w, i, chain);
	json_put_str(&w, "issuer_id", i->id);
	json_put_str(&w, "key_id", i->key_id);
	json_put_bool(&w, "revoked", false);
	for (const struct json *e = i->settings->first; e != NULL; e = e->next) {
		if (str_is(e->name, "usage")) {
			put_usage(&w, i);
			continue;
		}
		json_put_name(&w, e->name);
		json_put_value(&w, NULL, e);
	}
	json_close_object(&w);
	return 0;
}

int
api_pki_issuer_read(struct call *c, struct error *err)
{
	struct pki_issuer i;

	if (pki_issuer_find(c, c->parameter[0], &i, err) != 0)
		return -1;
	return answer(c, &i, err);
}

static int
check_settings(
    struct call *c, const struct pki_issuer *i, const struct json *fresh, struct error *err)
{
	struct str name = settings_text(fresh, "issuer_name");
	struct str behavior = settings_text(fresh, "leaf_not_after_behavior");
	struct str_list usage;
	struct pki_issuer other;

	if (name.len > 0 && !str_equal(name, i->name) &&
	    pki_issuer_check_name(c, name, err) != 0)
		return -1;
	if (str_is(behavior, "permit"))
		return call_refuse(c, 400,
		    "leaf_not_after_behavior \"permit\" is not offered: no "
		    "certificate outlives its CA");
	if (!str_is(behavior, "err") && !str_is(behavior, "truncate"))
		return call_refuse(c, 400,
		    "unknown value for field leaf_not_after_behavior: %.*s", STR(behavior));
	if (pki_list(c, fresh, "usage", &usage) != 0)
		return -1;
	for (unsigned n = 0; n < usage.count; n++)
		if (!is_usage(usage.at[n]))
			return call_refuse(c, 400, "Unable to parse specified usages: [%.*s] - "
			    "valid values are crl-signing,issuing-certificates,ocsp-signing,"
			    "read-only", STR(usage.at[n]));
	if (pki_list(c, fresh, "manual_chain", &usage) != 0)
		return -1;
	for (unsigned n = 0; n < usage.count; n++)
		if (pki_issuer_find(c, usage.at[n], &other, err) != 0)
			return -1;
	return 0;
}

/* POST: what is not sent is standard again, but its usage; PATCH: what is not sent stays. */
int
api_pki_issuer_write(struct call *c, struct error *err)
{
	struct buf text = BUF_INIT;
	struct pki_issuer i;
	const struct json *fresh;
	int rc = -1;

	if (pki_issuer_find(c, c->parameter[0], &i, err) != 0)
		return -1;
	if (pki_settings_merge(
		c, pki_issuer_fields, c->operation == OP_PATCH ? i.settings : NULL, &text) != 0)
		goto out;
	fresh =
	    json_parse(c->arena, arena_copy(c->arena, buf_str(&text)), &json_limits_body, err);
	if (fresh == NULL || check_settings(c, &i, fresh, err) != 0)
		goto out;
	pki_issuer_write(c, &i, buf_str(&text));
	rc = pki_issuer_find(c, i.id, &i, err) != 0 ? -1 : answer(c, &i, err);
out:
	buf_free(&text);
	return rc;
}

int
api_pki_issuer_delete(struct call *c, struct error *err)
{
	struct pki_issuer i;
	struct str issuer, key;
	bool follows;
	int rc = pki_issuer_seek(c, c->parameter[0], &i, err);

	if (rc != 0)
		return rc == 1 ? 0 : -1; /* what is not there is deleted */
	if (pki_defaults(c, &issuer, &follows, &key, err) != 0)
		return -1;
	pki_issuer_delete(c, &i);
	if (!str_equal(issuer, i.id))
		return 0;
	pki_set_defaults(c, (struct str){ "", 0 }, follows, key);
	call_warn(c,
	    "Deleted issuer %.*s (via issuer_ref %.*s); this was configured as the default "
	    "issuer. Operations without an explicit issuer will not work until a new default "
	    "is "
	    "configured.",
	    STR(i.id), STR(c->parameter[0]));
	return 0;
}

static bool
drop_key(void *arg, struct str id)
{
	struct call *c = arg;
	struct record_name n = { RECORD_PKI_KEY, c->mount->uuid, { "", 0 }, id };

	records_delete(c->records, &n);
	return true;
}

/* DELETE root: every CA of the mount and its key. */
int
api_pki_root_delete(struct call *c, struct error *err)
{
	static const struct str all = { "", 0 };
	struct pki_issuers issuers;

	if (pki_issuers_read(c, &issuers, err) != 0)
		return -1;
	for (unsigned i = 0; i < issuers.count; i++)
		pki_issuer_delete(c, &issuers.list[i]);
	if (records_list(
		c->records, RECORD_PKI_KEY, c->mount->uuid, all, all, 0, drop_key, c, err) != 0)
		return -1;
	pki_set_defaults(c, all, false, all);
	call_warn(c, "DELETE /root deletes all keys and issuers; prefer the new DELETE "
	    "/key/:key_ref and DELETE /issuer/:issuer_ref for finer granularity, unless removal "
	    "of all keys and issuers is desired.");
	return 0;
}
