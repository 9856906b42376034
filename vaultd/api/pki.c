/*
 * Keeper: the table of a PKI mount, and what its files share.
 */
#include "vaultd/api/pki.h"

#include "base/clock.h"
#include "base/pem.h"
#include "policy/certificate.h"
#include "vaultd/api/pki_cert.h"
#include "vaultd/api/pki_issue.h"
#include "vaultd/api/pki_order.h"

struct str
pki_keep(struct call *c, struct buf *b)
{
	struct str kept = arena_copy(c->arena, buf_str(b));

	buf_free(b);
	if (kept.at == NULL)
		call_refuse(c, 413, "http: request body too large");
	return kept;
}

int
pki_record(struct call *c, const struct record_name *n, struct str *text, struct error *err)
{
	struct error why = ERROR_INIT;
	struct buf bytes = BUF_INIT;

	if (records_get(c->records, n, &bytes, &why) == 0) {
		*text = pki_keep(c, &bytes);
		return text->at != NULL ? 0 : -1;
	}
	buf_free(&bytes);
	return why.code == ERR_NOT_FOUND ? 1 : error_set(err, why.code, "%s", why.text);
}

void
pki_put_pem(struct json_writer *w, const char *name, struct str der)
{
	struct buf pem = BUF_INIT;

	pem_put("CERTIFICATE", der, &pem);
	json_put_str(w, name, buf_str(&pem));
	buf_free(&pem);
}

void
pki_put_serial(struct json_writer *w, const char *name, struct str octets)
{
	struct buf text = BUF_INIT;

	serial_format(octets, &text);
	json_put_str(w, name, buf_str(&text));
	buf_free(&text);
}

int
pki_answer_raw(struct call *c, const char *type, struct str bytes)
{
	if (bytes.at != (const char *)c->reply.data.data) {
		buf_clear(&c->reply.data);
		buf_put_str(&c->reply.data, bytes);
	}
	c->reply.status = 200;
	c->reply.raw = true;
	c->reply.content_type = type;
	return 0;
}

int64_t
pki_seconds(int64_t wall)
{
	return wall / CLOCK_SECOND;
}

#define W ROUTE_WRITES
#define OPEN ROUTE_OPEN /* for everybody with a certificate of this Hublet */
#define SUDO (ROUTE_WRITES | ROUTE_SUDO)

#define ROLE_FIELDS \
	"allow_any_name allow_bare_domains allow_glob_domains " \
	"allow_globs_in_identity_templates allow_ip_sans allow_localhost allow_subdomains " \
	"allow_token_displayname allow_wildcard_certificates allowed_domains " \
	"allowed_domains_template allowed_ip_sans_cidr allowed_other_sans " \
	"allowed_serial_numbers allowed_uri_sans allowed_uri_sans_template allowed_user_ids " \
	"basic_constraints_valid_for_non_ca client_flag cn_validations code_signing_flag " \
	"country email_protection_flag enforce_hostnames ext_key_usage ext_key_usage_oids " \
	"generate_lease issuer_ref key_bits key_type key_usage locality max_ttl no_store " \
	"not_after not_after_bound not_before not_before_bound not_before_duration " \
	"organization ou policy_identifiers postal_code province require_cn server_flag " \
	"signature_bits street_address ttl use_csr_common_name use_csr_sans use_pss"

#define LEAF_FIELDS PKI_NAME_FIELDS PKI_TIME_FIELDS PKI_FORMAT_FIELDS
#define VERBATIM_FIELDS \
	LEAF_FIELDS "csr key_usage ext_key_usage ext_key_usage_oids signature_bits use_pss"
#define CA_FIELDS \
	LEAF_FIELDS PKI_SUBJECT_FIELDS \
	    "max_path_length permitted_dns_domains signature_bits use_pss "
#define KEY_FIELDS "key_type key_bits key_name key_ref "
#define ISSUER_FIELDS \
	"issuer_name leaf_not_after_behavior manual_chain usage " \
	"revocation_signature_algorithm issuing_certificates crl_distribution_points " \
	"delta_crl_distribution_points ocsp_servers"
#define URL_FIELDS \
	"issuing_certificates crl_distribution_points delta_crl_distribution_points " \
	"ocsp_servers enable_templating"
#define CRL_FIELDS \
	"expiry disable ocsp_disable ocsp_expiry auto_rebuild auto_rebuild_grace_period " \
	"enable_delta delta_rebuild_interval allow_expired_cert_revocation"
#define TIDY_FIELDS "tidy_cert_store tidy_revoked_certs safety_buffer"

const struct route routes_pki[] = {
	/* CAs come to be */
	{ OP_WRITE, "root/generate/:exported", api_pki_root_generate, W, NULL,
	    CA_FIELDS KEY_FIELDS "issuer_name", "Make a root CA, its key stays inside.",
	    prepare_pki_root },
	{ OP_WRITE, "issuers/generate/root/:exported", api_pki_root_generate, W, NULL,
	    CA_FIELDS KEY_FIELDS "issuer_name", "Make a root CA, its key stays inside.",
	    prepare_pki_root },
	{ OP_WRITE, "root/rotate/:exported", api_pki_root_generate, W, NULL,
	    CA_FIELDS KEY_FIELDS "issuer_name", "Make one more root CA.", prepare_pki_root },
	{ OP_WRITE, "intermediate/generate/:exported", api_pki_intermediate_generate, W, NULL,
	    CA_FIELDS KEY_FIELDS "add_basic_constraints",
	    "Make a key, and a request that another CA may sign.", prepare_pki_intermediate },
	{ OP_WRITE, "issuers/generate/intermediate/:exported", api_pki_intermediate_generate, W,
	    NULL, CA_FIELDS KEY_FIELDS "add_basic_constraints",
	    "Make a key, and a request that another CA may sign.", prepare_pki_intermediate },
	{ OP_WRITE, "intermediate/set-signed", api_pki_set_signed, W, NULL, "certificate",
	    "Take the certificate for a request that was made here.", NULL },
	{ OP_WRITE, "issuers/import/bundle", api_pki_import, W, NULL, "pem_bundle",
	    "Take CA certificates and keys that were made elsewhere.", NULL },
	{ OP_WRITE, "issuers/import/cert", api_pki_import, W, NULL, "pem_bundle",
	    "Take CA certificates that were made elsewhere.", NULL },
	{ OP_WRITE, "config/ca", api_pki_import, W, NULL, "pem_bundle",
	    "Take CA certificates and keys that were made elsewhere.", NULL },
	{ OP_DELETE, "root", api_pki_root_delete, SUDO, NULL, "",
	    "Delete every CA of the mount, and its key.", NULL },

	/* certificates */
	{ OP_WRITE, "root/sign-intermediate", api_pki_sign_intermediate, W, NULL,
	    CA_FIELDS "csr use_csr_values", "Sign a CA below the default one.",
	    prepare_pki_sign_intermediate },
	{ OP_WRITE, "issuer/:ref/sign-intermediate", api_pki_sign_intermediate, W, NULL,
	    CA_FIELDS "csr use_csr_values", "Sign a CA below this one.",
	    prepare_pki_sign_intermediate },
	{ OP_WRITE, "issue/:role", api_pki_issue, W, NULL, LEAF_FIELDS,
	    "Issue a certificate, with a key that is answered once.", prepare_pki_issue },
	{ OP_WRITE, "issuer/:ref/issue/:role", api_pki_issue, W, NULL, LEAF_FIELDS,
	    "Issue a certificate by this CA.", prepare_pki_issue },
	{ OP_WRITE, "sign/:role", api_pki_sign, W, NULL, LEAF_FIELDS "csr",
	    "Sign a request, under the rules of a role.", prepare_pki_sign },
	{ OP_WRITE, "issuer/:ref/sign/:role", api_pki_sign, W, NULL, LEAF_FIELDS "csr",
	    "Sign a request by this CA.", prepare_pki_sign },
	{ OP_WRITE, "sign-verbatim", api_pki_sign_verbatim, W, NULL, VERBATIM_FIELDS,
	    "Sign a request as it stands.", prepare_pki_sign_verbatim },
	{ OP_WRITE, "sign-verbatim/:role", api_pki_sign_verbatim, W, NULL, VERBATIM_FIELDS,
	    "Sign a request as it stands.", prepare_pki_sign_verbatim },
	{ OP_WRITE, "issuer/:ref/sign-verbatim", api_pki_sign_verbatim, W, NULL,
	    VERBATIM_FIELDS, "Sign a request as it stands, by this CA.",
	    prepare_pki_sign_verbatim },
	{ OP_WRITE, "issuer/:ref/sign-verbatim/:role", api_pki_sign_verbatim, W, NULL,
	    VERBATIM_FIELDS, "Sign a request as it stands, by this CA.",
	    prepare_pki_sign_verbatim },
	{ OP_WRITE, "revoke", api_pki_revoke, W, NULL, "serial_number certificate",
	    "Revoke a certificate: the listener refuses it at once.", NULL },
	{ OP_LIST, "certs", api_pki_certs, 0, NULL, "after limit", "Serial numbers.", NULL },
	{ OP_LIST, "certs/revoked", api_pki_certs_revoked, 0, NULL, "after limit",
	    "Serial numbers of what is revoked.", NULL },

	/* for everybody */
	{ OP_READ, "ca", api_pki_ca, OPEN, NULL, "", "The default CA, DER.", NULL },
	{ OP_READ, "ca/pem", api_pki_ca, OPEN, NULL, "", "The default CA, PEM.", NULL },
	{ OP_READ, "ca_chain", api_pki_ca_chain, OPEN, NULL, "", "The default CA's chain.",
	    NULL },
	{ OP_READ, "cert/ca", api_pki_cert_ca, OPEN, NULL, "", "The default CA.", NULL },
	{ OP_READ, "cert/ca_chain", api_pki_cert_ca, OPEN, NULL, "", "Its chain.", NULL },
	{ OP_READ, "cert/crl", api_pki_cert_crl, OPEN, NULL, "", "What it has revoked.", NULL },
	{ OP_READ, "cert/crl/raw", api_pki_cert_crl, OPEN, NULL, "", "The same, DER.", NULL },
	{ OP_READ, "cert/crl/raw/pem", api_pki_cert_crl, OPEN, NULL, "", "The same, PEM.",
	    NULL },
	{ OP_READ, "cert/:serial", api_pki_cert_read, OPEN, NULL, "", "A certificate.", NULL },
	{ OP_READ, "cert/:serial/raw", api_pki_cert_raw, OPEN, NULL, "", "The same, DER.",
	    NULL },
	{ OP_READ, "cert/:serial/raw/pem", api_pki_cert_raw, OPEN, NULL, "", "The same, PEM.",
	    NULL },
	{ OP_READ, "crl", api_pki_crl, OPEN, NULL, "", "What is revoked, DER.", NULL },
	{ OP_READ, "crl/pem", api_pki_crl, OPEN, NULL, "", "What is revoked, PEM.", NULL },
	{ OP_READ, "crl/rotate", api_pki_crl_rotate, W, NULL, "", "Build the lists anew.",
	    NULL },
	{ OP_READ, "issuer/:ref/json", api_pki_issuer_json, OPEN, NULL, "", "A CA.", NULL },
	{ OP_READ, "issuer/:ref/der", api_pki_issuer_raw, OPEN, NULL, "", "The same, DER.",
	    NULL },
	{ OP_READ, "issuer/:ref/pem", api_pki_issuer_raw, OPEN, NULL, "", "The same, PEM.",
	    NULL },
	{ OP_READ, "issuer/:ref/crl", api_pki_issuer_crl, OPEN, NULL, "", "Its list.", NULL },
	{ OP_READ, "issuer/:ref/crl/der", api_pki_issuer_crl, OPEN, NULL, "", "The same, DER.",
	    NULL },
	{ OP_READ, "issuer/:ref/crl/pem", api_pki_issuer_crl, OPEN, NULL, "", "The same, PEM.",
	    NULL },

	{ OP_WRITE, "ocsp", api_pki_ocsp, OPEN | ROUTE_BYTES, NULL, "",
	    "Ask about a certificate (OCSP).", NULL },
	{ OP_READ, "ocsp/*request", api_pki_ocsp, OPEN, NULL, "",
	    "The same, the request in base64.", NULL },

	/* CAs and their keys */
	{ OP_LIST, "issuers", api_pki_issuers, 0, NULL, "", "CAs of the mount.", NULL },
	{ OP_READ, "issuer/:ref", api_pki_issuer_read, 0, NULL, "", "A CA's settings.", NULL },
	{ OP_WRITE | OP_PATCH, "issuer/:ref", api_pki_issuer_write, W, NULL, ISSUER_FIELDS,
	    "Set a CA's settings.", NULL },
	{ OP_DELETE, "issuer/:ref", api_pki_issuer_delete, W, NULL, "", "Delete a CA.", NULL },
	{ OP_LIST, "keys", api_pki_keys, 0, NULL, "", "Keys of the mount's CAs.", NULL },
	{ OP_WRITE, "keys/generate/:exported", api_pki_key_generate, W, NULL, KEY_FIELDS,
	    "Make a key that stays inside.", prepare_pki_key },
	{ OP_WRITE, "keys/import", api_pki_key_import, W, NULL, "pem_bundle key_name",
	    "Take a key that was made elsewhere.", NULL },
	{ OP_READ, "key/:ref", api_pki_key_read, 0, NULL, "", "What a key is called.", NULL },
	{ OP_WRITE, "key/:ref", api_pki_key_write, W, NULL, "key_name", "Name a key.", NULL },
	{ OP_DELETE, "key/:ref", api_pki_key_delete, W, NULL, "", "Delete a key.", NULL },

	/* settings */
	{ OP_READ, "config/issuers", api_pki_issuers_config_read, 0, NULL, "",
	    "Which CA is the default.", NULL },
	{ OP_WRITE, "config/issuers", api_pki_issuers_config_write, W, NULL,
	    "default default_follows_latest_issuer", "Set which CA is the default.", NULL },
	{ OP_WRITE, "root/replace", api_pki_issuers_config_write, W, NULL, "default",
	    "Set which CA is the default.", NULL },
	{ OP_READ, "config/keys", api_pki_keys_config_read, 0, NULL, "",
	    "Which key is the default.", NULL },
	{ OP_WRITE, "config/keys", api_pki_keys_config_write, W, NULL, "default",
	    "Set which key is the default.", NULL },
	{ OP_READ, "config/urls", api_pki_urls_read, 0, NULL, "", "URLs in certificates.",
	    NULL },
	{ OP_WRITE, "config/urls", api_pki_urls_write, W, NULL, URL_FIELDS,
	    "Set the URLs in certificates.", NULL },
	{ OP_READ, "config/crl", api_pki_crl_config_read, 0, NULL, "", "How lists are made.",
	    NULL },
	{ OP_WRITE, "config/crl", api_pki_crl_config_write, W, NULL, CRL_FIELDS,
	    "Set how lists are made.", NULL },

	/* roles */
	{ OP_LIST, "roles", api_pki_roles, 0, NULL, "", "Names of roles.", NULL },
	{ OP_READ, "roles/:name", api_pki_role_read, 0, NULL, "", "One role.", NULL },
	{ OP_WRITE, "roles/:name", api_pki_role_write, W, NULL, ROLE_FIELDS, "Write a role.",
	    NULL },
	{ OP_PATCH, "roles/:name", api_pki_role_patch, W, NULL, ROLE_FIELDS,
	    "Change parts of a role.", NULL },
	{ OP_DELETE, "roles/:name", api_pki_role_delete, W, NULL, "", "Delete a role.", NULL },

	/* forgetting */
	{ OP_WRITE, "tidy", api_pki_tidy, W, NULL, TIDY_FIELDS,
	    "Begin to forget what has expired.", NULL },
	{ OP_READ, "tidy-status", api_pki_tidy_status, 0, NULL, "", "How far that has come.",
	    NULL },
	{ OP_WRITE, "tidy-cancel", api_pki_tidy_cancel, W, NULL, "", "End it.", NULL },
	{ 0, NULL, NULL, 0, NULL, NULL, NULL, NULL }
};
