/*
 * Keeper: settings of a PKI mount.
 */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "vaultd/api/pki.h"
#include "vaultd/api/pki_settings.h"

static const struct setting_field url_fields[] = {
	{ "issuing_certificates", SET_LIST, "[]", NULL },
	{ "crl_distribution_points", SET_LIST, "[]", NULL },
	{ "delta_crl_distribution_points", SET_LIST, "[]", NULL },
	{ "ocsp_servers", SET_LIST, "[]", NULL },
	{ "enable_templating", SET_TRUTH, "false", NULL },
	{ NULL, SET_TEXT, NULL, NULL },
};

static const struct setting_field crl_fields[] = {
	{ "expiry", SET_TEXT, "\"72h\"", NULL },
	{ "disable", SET_TRUTH, "false", NULL },
	{ "ocsp_disable", SET_TRUTH, "false", NULL },
	{ "ocsp_expiry", SET_TEXT, "\"12h\"", NULL },
	{ "auto_rebuild", SET_TRUTH, "false", NULL },
	{ "auto_rebuild_grace_period", SET_TEXT, "\"12h\"", NULL },
	{ "enable_delta", SET_TRUTH, "false", NULL },
	{ "delta_rebuild_interval", SET_TEXT, "\"15m\"", NULL },
	{ "allow_expired_cert_revocation", SET_TRUTH, "false", NULL },
	{ NULL, SET_TEXT, NULL, NULL },
};

/* ---- reading ---- */

static const struct setting_field *
fields_of(const char *name)
{
	return strcmp(name, "urls") == 0 ? url_fields : crl_fields;
}

/* As pki_settings_read; when nobody has said anything, what is standard. */
int
pki_config(struct call *c, const char *name, const struct json **settings, struct error *err)
{
	struct buf text = BUF_INIT;
	struct json_writer w = json_writer_to(&text);
	int rc = pki_settings_read(c, RECORD_PKI_CONFIG, str_of(name), settings, err);

	if (rc != 1)
		return rc;
	json_open_object(&w, NULL);
	for (const struct setting_field *f = fields_of(name); f->name != NULL; f++)
		json_put_raw(&w, f->name, str_of(f->standard));
	json_close_object(&w);
	*settings = json_parse(c->arena, pki_keep(c, &text), &json_limits_body, err);
	return *settings != NULL ? 0 : -1;
}

int64_t
pki_crl_duration(const struct json *settings, const char *name)
{
	int64_t ns = 0;

	return duration_parse(settings_text(settings, name), &ns) && ns > 0 ? ns : CLOCK_SECOND;
}

/* ---- defaults ---- */

int
pki_defaults(
    struct call *c, struct str *issuer, bool *follows, struct str *key, struct error *err)
{
	const struct json *settings;

	if (pki_settings_read(c, RECORD_PKI_CONFIG, str_of("issuers"), &settings, err) < 0)
		return -1;
	*issuer = settings_text(settings, "issuer");
	*follows = settings_truth(settings, "follows");
	*key = settings_text(settings, "key");
	return 0;
}

void
pki_set_defaults(struct call *c, struct str issuer, bool follows, struct str key)
{
	struct record_name n = { RECORD_PKI_CONFIG, c->mount->uuid, { "", 0 },
		str_of("issuers") };
	struct buf text = BUF_INIT;
	struct json_writer w = json_writer_to(&text);

	json_open_object(&w, NULL);
	json_put_str(&w, "issuer", issuer);
	json_put_bool(&w, "follows", follows);
	json_put_str(&w, "key", key);
	json_close_object(&w);
	records_put(c->records, &n, buf_str(&text));
	buf_free(&text);
}

/* ---- the API ---- */

static int
answer_config(struct call *c, const char *name, struct error *err)
{
	const struct json *settings;
	struct json_writer w = json_writer_to(&c->reply.data);

	if (pki_config(c, name, &settings, err) != 0)
		return -1;
	json_put_value(&w, NULL, settings);
	return 0;
}

int
api_pki_urls_read(struct call *c, struct error *err)
{
	return answer_config(c, "urls", err);
}

int
api_pki_crl_config_read(struct call *c, struct error *err)
{
	return answer_config(c, "crl", err);
}

/* "scheme://something", printable, without space. */
static bool
is_url(struct str url)
{
	struct str scheme, rest;

	for (size_t i = 0; i < url.len; i++)
		if (url.at[i] < 0x21 || url.at[i] > 0x7e)
			return false;
	return str_cut(url, ':', &scheme, &rest) && scheme.len > 0 && str_starts(rest, "//") &&
	       rest.len > 2;
}

int
pki_check_urls(struct call *c, const struct json *settings)
{
	static const char *const names[] = { "issuing_certificates", "crl_distribution_points",
		"ocsp_servers" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct json *list = json_find(settings, names[i]);

		for (const struct json *e = list == NULL ? NULL : list->first; e != NULL;
		     e = e->next)
			if (!is_url(e->text))
				return call_refuse(c, 400,
				    "invalid URL found in Authority Information "
				    "Access (AIA) parameter %s: %.*s",
				    names[i], STR(e->text));
	}
	return 0;
}

static int
check_urls(struct call *c, const struct json *fresh)
{
	if (settings_truth(fresh, "enable_templating"))
		return call_refuse(c, 400,
		    "enable_templating is not offered: there is no cluster path "
		    "to fill in; give whole URLs");
	return pki_check_urls(c, fresh);
}

static int
check_crl(struct call *c, const struct json *fresh)
{
	static const char *const durations[] = { "expiry", "ocsp_expiry",
		"auto_rebuild_grace_period", "delta_rebuild_interval" };
	int64_t ns;

	for (size_t i = 0; i < sizeof(durations) / sizeof(*durations); i++) {
		struct str text = settings_text(fresh, durations[i]);

		if (!duration_parse(text, &ns) || ns < 0)
			return call_refuse(c, 400,
			    "given %s could not be decoded: time: invalid duration \"%.*s\"",
			    durations[i], STR(text));
	}
	if (settings_truth(fresh, "enable_delta"))
		return call_refuse(c, 400,
		    "enable_delta is not offered: the whole list is built anew "
		    "after each revocation");
	if (settings_truth(fresh, "auto_rebuild") &&
	    pki_crl_duration(fresh, "auto_rebuild_grace_period") >=
		pki_crl_duration(fresh, "expiry"))
		return call_refuse(c, 400,
		    "CRL auto-rebuilding grace period (%.*s) must be strictly "
		    "shorter than CRL expiry (%.*s) value",
		    STR(settings_text(fresh, "auto_rebuild_grace_period")),
		    STR(settings_text(fresh, "expiry")));
	return 0;
}

static int
write_config(struct call *c, const char *name, int (*check)(struct call *, const struct json *),
    struct error *err)
{
	const struct json *old, *fresh;
	struct buf text = BUF_INIT;
	int rc = -1;

	if (pki_config(c, name, &old, err) != 0 ||
	    pki_settings_merge(c, fields_of(name), old, &text) != 0)
		goto out;
	fresh =
	    json_parse(c->arena, arena_copy(c->arena, buf_str(&text)), &json_limits_body, err);
	if (fresh == NULL || check(c, fresh) != 0)
		goto out;
	pki_settings_write(c, RECORD_PKI_CONFIG, str_of(name), &text);
	rc = 0;
out:
	buf_free(&text);
	return rc;
}

int
api_pki_urls_write(struct call *c, struct error *err)
{
	return write_config(c, "urls", check_urls, err);
}

int
api_pki_crl_config_write(struct call *c, struct error *err)
{
	if (write_config(c, "crl", check_crl, err) != 0)
		return -1;
	return pki_lists_changed(c, err);
}

static int
answer_defaults(struct call *c, bool of_keys, struct error *err)
{
	struct json_writer w;
	struct str issuer, key;
	bool follows;

	if (pki_defaults(c, &issuer, &follows, &key, err) != 0)
		return -1;
	w = reply_data(c);
	json_put_str(&w, "default", of_keys ? key : issuer);
	if (!of_keys)
		json_put_bool(&w, "default_follows_latest_issuer", follows);
	json_close_object(&w);
	return 0;
}

int
api_pki_issuers_config_read(struct call *c, struct error *err)
{
	return answer_defaults(c, false, err);
}

int
api_pki_keys_config_read(struct call *c, struct error *err)
{
	return answer_defaults(c, true, err);
}

int
api_pki_issuers_config_write(struct call *c, struct error *err)
{
	/* root/replace: what root/rotate has called its issuer */
	struct str reference = str_of(str_is(c->rest, "root/replace") ? "next" : ""), issuer, key;
	struct pki_issuer i;
	bool follows;

	if (pki_defaults(c, &issuer, &follows, &key, err) != 0 ||
	    field_text(c, "default", &reference, NULL) != 0 ||
	    field_bool(c, "default_follows_latest_issuer", &follows, NULL) != 0)
		return -1;
	if (reference.len == 0 || str_is(reference, "default"))
		return call_refuse(c, 400,
		    "Invalid issuer specification; must be non-empty and can't be 'default'.");
	if (pki_issuer_find(c, reference, &i, err) != 0)
		return -1;
	pki_set_defaults(c, i.id, follows, key);
	return answer_defaults(c, false, err);
}

int
api_pki_keys_config_write(struct call *c, struct error *err)
{
	struct str reference = { "", 0 }, issuer, key;
	struct pki_key k;
	bool follows;

	if (pki_defaults(c, &issuer, &follows, &key, err) != 0 ||
	    field_text(c, "default", &reference, NULL) != 0)
		return -1;
	if (reference.len == 0 || str_is(reference, "default"))
		return call_refuse(c, 400,
		    "Invalid key specification; must be non-empty and can't be 'default'.");
	if (pki_key_find(c, reference, &k, err) != 0)
		return -1;
	pki_set_defaults(c, issuer, follows, k.id);
	return answer_defaults(c, true, err);
}
