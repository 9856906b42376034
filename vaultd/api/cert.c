/*
 * Keeper: auth/cert: roles, which map certificates of this Hublet to policies (vault-api 3).
 * Security: a role's CA must be the Hublet's: no certificate of another counts for anything.
 */
#include "vaultd/api/cert.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "policy/anchor.h"
#include "policy/trust.h"
#include "vaultd/api/settings.h"
#include "vaultd/keeper/role.h"

/* Fields of a role, with the deprecated name that still sets (and then also shows) it. */
static const struct setting_field fields[] = {
	{ "certificate", SET_TEXT, "\"\"", NULL },
	{ "allowed_names", SET_LIST, "null", NULL },
	{ "allowed_common_names", SET_LIST, "null", NULL },
	{ "allowed_dns_sans", SET_LIST, "null", NULL },
	{ "allowed_email_sans", SET_LIST, "null", NULL },
	{ "allowed_uri_sans", SET_LIST, "null", NULL },
	{ "allowed_organizational_units", SET_LIST, "null", NULL },
	{ "required_extensions", SET_LIST, "null", NULL },
	{ "allowed_metadata_extensions", SET_LIST, "null", NULL },
	{ "ocsp_enabled", SET_TRUTH, "false", NULL },
	{ "ocsp_ca_certificates", SET_TEXT, "\"\"", NULL },
	{ "ocsp_servers_override", SET_LIST, "null", NULL },
	{ "ocsp_fail_open", SET_TRUTH, "false", NULL },
	{ "ocsp_query_all_servers", SET_TRUTH, "false", NULL },
	{ "token_ttl", SET_SECONDS, "0", "ttl" },
	{ "token_max_ttl", SET_SECONDS, "0", "max_ttl" },
	{ "token_policies", SET_ORDERED, "[]", "policies" },
	{ "token_bound_cidrs", SET_NETWORKS, "[]", "bound_cidrs" },
	{ "token_explicit_max_ttl", SET_SECONDS, "0", NULL },
	{ "token_no_default_policy", SET_TRUTH, "false", NULL },
	{ "token_num_uses", SET_NUMBER, "0", NULL },
	{ "token_period", SET_SECONDS, "0", "period" },
	{ "token_type", SET_TEXT, "\"default\"", NULL },
	{ "token_strictly_bind_ip", SET_TRUTH, "false", NULL },
};

#define FIELDS (sizeof(fields) / sizeof(*fields))
#define KNOWN                                                                                  \
	"certificate display_name allowed_names allowed_common_names allowed_dns_sans "        \
	"allowed_email_sans allowed_uri_sans allowed_organizational_units required_extensions " \
	"allowed_metadata_extensions ocsp_enabled ocsp_ca_certificates ocsp_servers_override " \
	"ocsp_fail_open ocsp_query_all_servers token_ttl token_max_ttl token_policies "        \
	"token_bound_cidrs token_explicit_max_ttl token_no_default_policy token_num_uses "     \
	"token_period token_type token_strictly_bind_ip ttl max_ttl period policies "          \
	"bound_cidrs lease"

static struct record_name
role_name(const struct call *c)
{
	return (struct record_name){ RECORD_ROLE, c->mount->uuid, { "", 0 }, c->parameter[0] };
}

static int
show_role(struct call *c, struct error *err)
{
	struct record_name n = role_name(c);
	const struct json *role = NULL;
	int rc = settings_read(c, &n, &role, err);
	struct json_writer w;

	if (rc != 0)
		return rc < 0 ? -1 : call_not_found(c);
	w = reply_data(c);
	for (const struct json *m = role->first; m != NULL; m = m->next)
		if (!str_is(m->name, ROLE_ID_MEMBER)) {
			json_put_name(&w, m->name);
			json_put_value(&w, NULL, m);
		}
	json_close_object(&w);
	return 0;
}

/* ---- what makes no sense is refused ---- */

static int
check_certificate(struct call *c, const struct json *role)
{
	switch (anchor_check(trust_bundle(c->trust), json_find(role, "certificate")->text)) {
	case ANCHOR_NONE:
		return call_refuse(c, 400, "failed to parse certificate");
	case ANCHOR_FOREIGN:
		return call_refuse(c, 400, "the certificate is not a CA of this Hublet: a role counts "
		    "only for identities that this Hublet's CA has issued");
	case ANCHOR_OURS:
		break;
	}
	return 0;
}

static int
check_policies(struct call *c, const struct json *role)
{
	for (const struct json *e = json_find(role, "token_policies")->first; e != NULL;
	     e = e->next)
		if (str_is(e->text, "root"))
			return call_refuse(c, 400, "there is no root policy to give: nobody is root");
	return 0;
}

static int
check_role(struct call *c, const struct json *role)
{
	int64_t ttl = settings_number(role, "token_ttl");
	int64_t max = settings_number(role, "token_max_ttl");

	if (check_certificate(c, role) != 0 || settings_check_token(c, role) != 0 ||
	    check_policies(c, role) != 0)
		return -1;
	if (max > 0 && ttl > max)
		return call_refuse(c, 400, "%s", settings_sent(c, "ttl") ?
			"ttl should be shorter than max_ttl" :
			"'token_ttl' cannot be greater than 'token_max_ttl'");
	if (settings_number(role, "token_num_uses") < 0)
		return call_refuse(c, 400, "'token_num_uses' cannot be negative");
	if (settings_truth(role, "ocsp_enabled"))
		return call_refuse(c, 400, "ocsp_enabled is not supported: give the listener a CRL");
	return 0;
}

/* ---- writing one ---- */

/* The id it has, or a new one: tokens of a role that was deleted are none of its namesake's. */
static void
put_id(struct json_writer *w, const struct json *old)
{
	const struct json *was = json_find(old, ROLE_ID_MEMBER);
	uint8_t id[ROLE_ID];
	struct buf hex = BUF_INIT;

	random_bytes(id, sizeof(id));
	hex_encode(&hex, id, sizeof(id));
	json_put_str(w, ROLE_ID_MEMBER, was != NULL ? was->text : buf_str(&hex));
	buf_free(&hex);
}

/* A role that does not say is shown by its name. */
static int
put_display_name(struct call *c, struct json_writer *w, const struct json *old)
{
	struct str display = settings_text(old, "display_name");

	if (field_text(c, "display_name", &display, NULL) != 0)
		return -1;
	json_put_str(w, "display_name", display.len > 0 ? display : c->parameter[0]);
	return 0;
}

static int
write_role(struct call *c, struct error *err)
{
	const struct json *old = NULL;
	struct record_name n = role_name(c);
	struct buf bytes = BUF_INIT;
	struct json_writer w = json_writer_to(&bytes);
	int rc = -1;

	if (settings_read(c, &n, &old, err) < 0)
		return -1;
	json_open_object(&w, NULL);
	put_id(&w, old);
	if (put_display_name(c, &w, old) != 0 || settings_put(c, &w, old, fields, FIELDS) != 0)
		goto out;
	json_close_object(&w);
	rc = settings_store(c, &n, &bytes, check_role, err);
	if (rc == 0)
		authority_role_written(c->authority, c->mount->uuid, c->parameter[0]);
out:
	buf_free(&bytes);
	return rc;
}

static int
delete_role(struct call *c, struct error *err)
{
	struct record_name n = role_name(c);

	(void)err;
	records_delete(c->records, &n);
	authority_role_written(c->authority, c->mount->uuid, c->parameter[0]);
	return 0;
}

static int
list_roles(struct call *c, struct error *err)
{
	return settings_list(c, RECORD_ROLE, c->mount->uuid, (struct str){ "", 0 }, err);
}

const struct route routes_cert[] = {
	{ OP_WRITE, "login", api_login, ROUTE_OPEN | ROUTE_LOGIN, NULL, "name cert_name",
	    "Log in with the certificate of this connection." },
	{ OP_LIST, "certs", list_roles, 0, NULL, "", "Names of roles." },
	{ OP_READ, "certs/:name", show_role, 0, NULL, "", "One role." },
	{ OP_WRITE, "certs/:name", write_role, ROUTE_WRITES, NULL, KNOWN, "Write a role." },
	{ OP_DELETE, "certs/:name", delete_role, ROUTE_WRITES, NULL, "", "Delete a role." },
	{ OP_READ, "config", api_cert_config_read, 0, NULL, "", "What holds for all roles." },
	{ OP_WRITE, "config", api_cert_config_write, ROUTE_WRITES, NULL,
	    "disable_binding enable_identity_alias_metadata ocsp_cache_size role_cache_size",
	    "Set what holds for all roles." },
	{ OP_LIST, "crls", api_crl_list, 0, NULL, "", "Names of revocation lists." },
	{ OP_READ, "crls/:name", api_crl_read, 0, NULL, "", "The serials that one names." },
	{ OP_WRITE, "crls/:name", api_crl_write, ROUTE_WRITES, NULL, "crl url",
	    "Give a revocation list, signed by a CA of the Hublet." },
	{ OP_DELETE, "crls/:name", api_crl_delete, ROUTE_WRITES, NULL, "",
	    "Let one count no more." },
	{ 0, NULL, NULL, 0, NULL, NULL, NULL }
};
