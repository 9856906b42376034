/*
 * Keeper: roles of a PKI mount: what certificates may be asked for.  A role is kept as the JSON
 * object that reading it answers.
 */
#include "vaultd/api/pki_role.h"

#include <string.h>

#include "base/clock.h"
#include "policy/der_write.h"
#include "policy/public_key.h"
#include "policy/usage.h"

#define TRUTH(name, standard) \
	{ \
		name, SET_TRUTH, standard \
	}
#define LIST(name) \
	{ \
		name, SET_LIST, "[]" \
	}
#define TEXT(name, standard) \
	{ \
		name, SET_TEXT, "\"" standard "\"" \
	}

static const struct setting_field fields[] = {
	TRUTH("allow_any_name", "false"),
	TRUTH("allow_bare_domains", "false"),
	TRUTH("allow_glob_domains", "false"),
	TRUTH("allow_globs_in_identity_templates", "false"),
	TRUTH("allow_ip_sans", "true"),
	TRUTH("allow_localhost", "true"),
	TRUTH("allow_subdomains", "false"),
	TRUTH("allow_token_displayname", "false"),
	TRUTH("allow_wildcard_certificates", "true"),
	LIST("allowed_domains"),
	TRUTH("allowed_domains_template", "false"),
	LIST("allowed_ip_sans_cidr"),
	LIST("allowed_other_sans"),
	LIST("allowed_serial_numbers"),
	LIST("allowed_uri_sans"),
	TRUTH("allowed_uri_sans_template", "false"),
	LIST("allowed_user_ids"),
	TRUTH("basic_constraints_valid_for_non_ca", "false"),
	TRUTH("client_flag", "true"),
	{ "cn_validations", SET_LIST, "[\"email\",\"hostname\"]", NULL },
	TRUTH("code_signing_flag", "false"),
	LIST("country"),
	TRUTH("email_protection_flag", "false"),
	TRUTH("enforce_hostnames", "true"),
	LIST("ext_key_usage"),
	LIST("ext_key_usage_oids"),
	TRUTH("generate_lease", "false"),
	TEXT("issuer_ref", "default"),
	{ "key_bits", SET_NUMBER, "0", NULL },
	TEXT("key_type", "rsa"),
	{ "key_usage", SET_LIST, "[\"DigitalSignature\",\"KeyAgreement\",\"KeyEncipherment\"]",
	    NULL },
	LIST("locality"),
	{ "max_ttl", SET_SECONDS, "0", NULL },
	TRUTH("no_store", "false"),
	TEXT("not_after", ""),
	TEXT("not_after_bound", "permit"),
	TEXT("not_before", ""),
	TEXT("not_before_bound", "permit"),
	{ "not_before_duration", SET_SECONDS, "30", NULL },
	LIST("organization"),
	LIST("ou"),
	LIST("policy_identifiers"),
	LIST("postal_code"),
	LIST("province"),
	TRUTH("require_cn", "true"),
	TRUTH("server_flag", "true"),
	{ "signature_bits", SET_NUMBER, "0", NULL },
	LIST("street_address"),
	{ "ttl", SET_SECONDS, "0", NULL },
	TRUTH("use_csr_common_name", "true"),
	TRUTH("use_csr_sans", "true"),
	TRUTH("use_pss", "false"),
	{ NULL, SET_TEXT, NULL, NULL },
};

int
pki_role_read(struct call *c, struct str name, const struct json **role, struct error *err)
{
	return pki_settings_read(c, RECORD_PKI_ROLE, name, role, err);
}

int
api_pki_role_read(struct call *c, struct error *err)
{
	struct json_writer w = json_writer_to(&c->reply.data);
	const struct json *role;
	int rc = pki_role_read(c, c->parameter[0], &role, err);

	if (rc != 0)
		return rc < 0 ? -1 : call_not_found(c);
	json_put_value(&w, NULL, role);
	return 0;
}

/* ---- what makes no sense is refused ---- */

static int
check_oids(struct call *c, const struct json *role, const char *name)
{
	struct buf octets = BUF_INIT;
	const struct json *list = json_find(role, name);
	int rc = 0;

	for (const struct json *e = list->first; e != NULL && rc == 0; e = e->next)
		if (!der_encode_oid(&octets, e->text))
			rc = call_refuse(c, 400, "%s: \"%.*s\" is no OID in dotted decimal",
			    name, STR(e->text));
	buf_free(&octets);
	return rc;
}

static int
check_hash(struct call *c, int64_t bits)
{
	if (bits == 0 || bits == 256 || bits == 384 || bits == 512)
		return 0;
	return call_refuse(
	    c, 400, "unsupported hash signature algorithm: %lld", (long long)bits);
}

static int
check_words(struct call *c, const struct json *role, const char *name, const char *const *words)
{
	const struct json *f = json_find(role, name);

	for (const struct json *e = f->type == JSON_ARRAY ? f->first : f; e != NULL;
	     e = f->type == JSON_ARRAY ? e->next : NULL) {
		const char *const *w = words;

		while (*w != NULL && !str_is(e->text, *w))
			w++;
		if (*w == NULL)
			return call_refuse(
			    c, 400, "unknown value for field %s: %.*s", name, STR(e->text));
	}
	return 0;
}

static int
check_role(struct call *c, const struct json *role)
{
	static const char *const kinds[] = { "email", "hostname", "disabled", NULL };
	static const char *const bounds[] = { "permit", "duration", "forbid", NULL };
	int64_t ttl = settings_number(role, "ttl"), most = settings_number(role, "max_ttl");

	if (most > 0 && ttl > most)
		return call_refuse(c, 400, "\"ttl\" value must be less than \"max_ttl\" value");
	if (check_words(c, role, "cn_validations", kinds) != 0 ||
	    check_words(c, role, "not_before_bound", bounds) != 0 ||
	    check_words(c, role, "not_after_bound", bounds) != 0 ||
	    check_oids(c, role, "ext_key_usage_oids") != 0 ||
	    check_oids(c, role, "policy_identifiers") != 0)
		return -1;
	return check_hash(c, settings_number(role, "signature_bits"));
}

/* The fields whose standard depends on the type of key. */
static int
settle_key(struct call *c, const struct json *role, int64_t *bits, int64_t *hash)
{
	struct str type = settings_text(role, "key_type");
	struct error err = ERROR_INIT;

	*bits = settings_number(role, "key_bits");
	*hash = settings_number(role, "signature_bits");
	if (str_is(type, "rsa") && *hash == 0)
		*hash = 256;
	if (str_is(type, "any")) {
		*bits = 0;
		return 0;
	}
	return public_key_wish(type, bits, &err) == 0 ? 0 : call_refuse(c, 400, "%s", err.text);
}

/* Of a leaf neither counts; those who ask for them are told. */
static int
warn_of_usage(struct call *c, const struct json *role)
{
	struct str_list names;

	if (pki_list(c, role, "key_usage", &names) != 0)
		return -1;
	if ((usage_bits(names) & (USAGE_CERT_SIGN | USAGE_CRL_SIGN)) != 0)
		call_warn(c,
		    "CertSign and CRLSign belong to CAs: certificates of this role will be "
		    "issued without them");
	if (settings_truth(role, "generate_lease"))
		call_warn(c, "certificates are not leased here: revoke them by serial number");
	return 0;
}

static int
put_role(struct call *c, const struct json *role, int64_t bits, int64_t hash, struct buf *out)
{
	struct json_writer w = json_writer_to(out);

	json_open_object(&w, NULL);
	for (const struct json *e = role->first; e != NULL; e = e->next) {
		if (str_is(e->name, "key_bits"))
			json_put_int(&w, "key_bits", bits);
		else if (str_is(e->name, "signature_bits"))
			json_put_int(&w, "signature_bits", hash);
		else {
			json_put_name(&w, e->name);
			json_put_value(&w, NULL, e);
		}
	}
	json_close_object(&w);
	return warn_of_usage(c, role);
}

static int
write_role(struct call *c, const struct json *old, struct error *err)
{
	struct buf text = BUF_INIT, settled = BUF_INIT;
	const struct json *role;
	int64_t bits, hash;
	int rc = -1;

	if (pki_settings_merge(c, fields, old, &text) != 0)
		goto out;
	role =
	    json_parse(c->arena, arena_copy(c->arena, buf_str(&text)), &json_limits_body, err);
	if (role == NULL || settle_key(c, role, &bits, &hash) != 0 ||
	    check_role(c, role) != 0 || put_role(c, role, bits, hash, &settled) != 0)
		goto out;
	pki_settings_write(c, RECORD_PKI_ROLE, c->parameter[0], &settled);
	rc = 0;
out:
	buf_free(&text);
	buf_free(&settled);
	return rc;
}

int
api_pki_role_write(struct call *c, struct error *err)
{
	return write_role(c, NULL, err);
}

int
api_pki_role_patch(struct call *c, struct error *err)
{
	const struct json *old;
	int rc = pki_role_read(c, c->parameter[0], &old, err);

	if (rc != 0)
		return rc < 0 ? -1 : call_not_found(c);
	return write_role(c, old, err);
}

int
api_pki_role_delete(struct call *c, struct error *err)
{
	struct record_name n = { RECORD_PKI_ROLE, c->mount->uuid, { "", 0 }, c->parameter[0] };

	(void)err;
	records_delete(c->records, &n);
	return 0;
}

int
api_pki_roles(struct call *c, struct error *err)
{
	return settings_list(c, RECORD_PKI_ROLE, c->mount->uuid, (struct str){ "", 0 }, err);
}

/* ---- what a role comes to ---- */

static int
fill_lists(struct call *c, const struct json *role, struct pki_role *r)
{
	struct issue_rules *rules = &r->rules;
	const struct {
		const char *name;
		struct str_list *list;
	} lists[] = {
		{ "allowed_domains", &rules->domains },
		{ "allowed_uri_sans", &rules->uris },
		{ "allowed_other_sans", &rules->others },
		{ "allowed_ip_sans_cidr", &rules->networks },
		{ "allowed_serial_numbers", &rules->serials },
		{ "allowed_user_ids", &rules->user_ids },
		{ "cn_validations", &rules->validations },
		{ "country", &r->subject.country },
		{ "organization", &r->subject.organization },
		{ "ou", &r->subject.ou },
		{ "locality", &r->subject.locality },
		{ "province", &r->subject.province },
		{ "street_address", &r->subject.street_address },
		{ "postal_code", &r->subject.postal_code },
		{ "ext_key_usage_oids", &r->purpose_oids },
		{ "policy_identifiers", &r->policy_oids },
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (pki_list(c, role, lists[i].name, lists[i].list) != 0)
			return -1;
	return 0;
}

static int
fill_usages(struct call *c, const struct json *role, struct pki_role *r)
{
	static const struct {
		const char *name;
		unsigned purpose;
	} flags[] = {
		{ "server_flag", PURPOSE_SERVER },
		{ "client_flag", PURPOSE_CLIENT },
		{ "code_signing_flag", PURPOSE_CODE },
		{ "email_protection_flag", PURPOSE_EMAIL },
	};
	struct str_list names;

	if (pki_list(c, role, "key_usage", &names) != 0)
		return -1;
	r->usage = usage_bits(names) & ~(unsigned)(USAGE_CERT_SIGN | USAGE_CRL_SIGN);
	if (pki_list(c, role, "ext_key_usage", &names) != 0)
		return -1;
	r->purposes = usage_purposes(names);
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (settings_truth(role, flags[i].name))
			r->purposes |= flags[i].purpose;
	return 0;
}

int
pki_role_load(struct call *c, const struct json *role, struct pki_role *r, struct error *err)
{
	struct issue_rules *rules = &r->rules;

	memset(r, 0, sizeof(*r));
	r->settings = role;
	if (fill_lists(c, role, r) != 0 || fill_usages(c, role, r) != 0)
		return -1;
	rules->any_name = settings_truth(role, "allow_any_name");
	rules->enforce_hostnames = settings_truth(role, "enforce_hostnames");
	rules->localhost = settings_truth(role, "allow_localhost");
	rules->bare_domains = settings_truth(role, "allow_bare_domains");
	rules->subdomains = settings_truth(role, "allow_subdomains");
	rules->globs = settings_truth(role, "allow_glob_domains");
	rules->wildcards = settings_truth(role, "allow_wildcard_certificates");
	rules->addresses = settings_truth(role, "allow_ip_sans");
	if (settings_truth(role, "allow_token_displayname") && c->grant->display_name != NULL)
		rules->display_name = str_of(c->grant->display_name);
	return pki_templates_fill(c, role, rules, err);
}
