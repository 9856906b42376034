/*
 * Keeper: auth/cert/crls: whom a CA of the Hublet no longer vouches for.
 * Security: a list counts only when its CA has signed it; it names certificates by their
 * issuer's key and their serial, never by the serial alone.
 */
#include "vaultd/api/cert.h"

#include "policy/crl.h"
#include "policy/trust.h"
#include "vaultd/api/settings.h"

static struct record_name
name_of(const struct call *c)
{
	return (struct record_name){ RECORD_CERT_CRL, c->mount->uuid, { "", 0 },
		c->parameter[0] };
}

int
api_crl_list(struct call *c, struct error *err)
{
	return settings_list(c, RECORD_CERT_CRL, c->mount->uuid, (struct str){ "", 0 }, err);
}

static int
refuse_unknown(struct call *c)
{
	return call_refuse(c, 400, "no such CRL %.*s", STR(c->parameter[0]));
}

int
api_crl_read(struct call *c, struct error *err)
{
	struct record_name n = name_of(c);
	const struct json *list = NULL;
	int rc = settings_read(c, &n, &list, err);
	struct json_writer w;

	if (rc != 0)
		return rc < 0 ? -1 : refuse_unknown(c);
	w = reply_data(c);
	json_put_value(&w, "serials", json_find(list, "serials"));
	json_close_object(&w);
	return 0;
}

static void
put_serial(void *arg, const char *serial)
{
	json_put_raw(arg, serial, str_of("{}"));
}

int
api_crl_write(struct call *c, struct error *err)
{
	struct str text = { "", 0 }, url = { "", 0 };
	struct record_name n = name_of(c);
	struct buf bytes = BUF_INIT;
	struct json_writer w = json_writer_to(&bytes);
	struct error why = ERROR_INIT;
	char issuer[CRL_ISSUER];

	(void)err;
	if (field_text(c, "crl", &text, NULL) != 0 || field_text(c, "url", &url, NULL) != 0)
		return -1;
	if (url.len > 0)
		return call_refuse(c, 400,
		    "invalid CRL url: the vault fetches nothing, send the list");
	if (text.len == 0)
		return call_refuse(c, 400, "one of 'crl' or 'url' must be provided");
	json_open_object(&w, NULL);
	json_open_object(&w, "serials");
	if (crl_read(trust_bundle(c->trust), text, issuer, put_serial, &w, &why) != 0) {
		buf_free(&bytes);
		return call_refuse(c, 400, "failed to parse CRL: %s", why.text);
	}
	json_close_object(&w);
	json_put_text(&w, "issuer", issuer);
	json_close_object(&w);
	records_put(c->records, &n, buf_str(&bytes));
	buf_free(&bytes);
	return 0;
}

int
api_crl_delete(struct call *c, struct error *err)
{
	struct record_name n = name_of(c);

	(void)err;
	if (!records_has(c->records, &n))
		return refuse_unknown(c);
	records_delete(c->records, &n);
	return 0;
}
