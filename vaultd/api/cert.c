/*
 * Keeper: auth/cert: roles, which map certificates of this Hublet to policies (vault-api 3).
 * Security: a role's CA must be the Hublet's: no certificate of another counts for anything.
 */
#include <string.h>

#include "base/clock.h"
#include "policy/anchor.h"
#include "policy/glob.h"
#include "policy/trust.h"
#include "vaultd/config.h"
#include "vaultd/ipc/address.h"
#include "vaultd/keeper/call.h"

enum kind { TEXT, LIST, POLICIES, SECONDS, NUMBER, TRUTH };

/* Fields of a role, with the deprecated name that still sets (and then also shows) it. */
static const struct field {
	const char *name;
	enum kind kind;
	const char *standard; /* JSON of a role that does not say */
	const char *older;
} fields[] = {
	{ "certificate", TEXT, "\"\"", NULL },
	{ "display_name", TEXT, "\"\"", NULL },
	{ "allowed_names", LIST, "null", NULL },
	{ "allowed_common_names", LIST, "null", NULL },
	{ "allowed_dns_sans", LIST, "null", NULL },
	{ "allowed_email_sans", LIST, "null", NULL },
	{ "allowed_uri_sans", LIST, "null", NULL },
	{ "allowed_organizational_units", LIST, "null", NULL },
	{ "required_extensions", LIST, "null", NULL },
	{ "allowed_metadata_extensions", LIST, "null", NULL },
	{ "ocsp_enabled", TRUTH, "false", NULL },
	{ "ocsp_ca_certificates", TEXT, "\"\"", NULL },
	{ "ocsp_servers_override", LIST, "null", NULL },
	{ "ocsp_fail_open", TRUTH, "false", NULL },
	{ "ocsp_query_all_servers", TRUTH, "false", NULL },
	{ "token_ttl", SECONDS, "0", "ttl" },
	{ "token_max_ttl", SECONDS, "0", "max_ttl" },
	{ "token_policies", POLICIES, "[]", "policies" },
	{ "token_bound_cidrs", LIST, "[]", "bound_cidrs" },
	{ "token_explicit_max_ttl", SECONDS, "0", NULL },
	{ "token_no_default_policy", TRUTH, "false", NULL },
	{ "token_num_uses", NUMBER, "0", NULL },
	{ "token_period", SECONDS, "0", "period" },
	{ "token_type", TEXT, "\"default\"", NULL },
	{ "token_strictly_bind_ip", TRUTH, "false", NULL },
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

/* ---- reading a role's record ---- */

static struct record_name
role_name(const struct call *c)
{
	return (struct record_name){ RECORD_ROLE, c->mount->uuid, { "", 0 }, c->parameter[0] };
}

/* The role's JSON in the arena: 0; 1 there is none; -1 err. */
static int
read_role(struct call *c, const struct json **role, struct error *err)
{
	struct record_name n = role_name(c);
	struct error why = ERROR_INIT;
	struct buf bytes = BUF_INIT;
	struct str text;
	int rc = -1;

	if (records_get(c->records, &n, &bytes, &why) != 0) {
		if (why.code == ERR_NOT_FOUND)
			rc = 1;
		else
			*err = why;
		goto out;
	}
	text = arena_copy(c->arena, buf_str(&bytes));
	*role = text.at == NULL ? NULL : json_parse(c->arena, text, &json_limits_body, err);
	rc = *role != NULL ? 0 : error_set(err, ERR_CORRUPT, "a role cannot be read");
out:
	buf_free(&bytes);
	return rc;
}

static int
role_read(struct call *c, struct error *err)
{
	const struct json *role = NULL;
	int rc = read_role(c, &role, err);

	if (rc != 0)
		return rc < 0 ? -1 : call_not_found(c);
	struct json_writer w = json_writer_to(&c->reply.data);
	json_put_value(&w, NULL, role);
	return 0;
}

/* ---- writing one ---- */

static struct str
lower_trimmed(struct call *c, struct str s)
{
	struct str copy = arena_copy(c->arena, s);
	char *at = (char *)(uintptr_t)copy.at;

	for (size_t i = 0; at != NULL && i < copy.len; i++)
		if (at[i] >= 'A' && at[i] <= 'Z')
			at[i] = (char)(at[i] | 0x20);
	while (copy.len > 0 && copy.at[0] == ' ')
		copy = str_from(copy, 1);
	while (copy.len > 0 && copy.at[copy.len - 1] == ' ')
		copy.len--;
	return copy;
}

static int
put_list(struct call *c, struct json_writer *w, const char *name, const char *as, bool policies)
{
	struct str *items;
	unsigned count;

	if (field_list(c, name, &items, &count, NULL) != 0)
		return -1;
	json_open_array(w, as);
	for (unsigned i = 0; i < count; i++)
		json_put_str(w, NULL, policies ? lower_trimmed(c, items[i]) : items[i]);
	json_close_array(w);
	return 0;
}

static int
put_seconds(struct call *c, struct json_writer *w, const char *name, const char *as)
{
	int64_t ns = 0;

	if (field_duration(c, name, &ns, NULL) != 0)
		return -1;
	if (ns < 0)
		return call_refuse(c, 400, "Field validation failed: error converting input for "
		    "field \"%s\": a negative duration", name);
	json_put_int(w, as, ns / CLOCK_SECOND);
	return 0;
}

/* The field of the body called name, under the name `as`. */
static int
put_sent(struct call *c, struct json_writer *w, const struct field *f, const char *name,
    const char *as)
{
	struct str text = { "", 0 };
	int64_t number = 0;
	bool truth = false;

	switch (f->kind) {
	case LIST:
	case POLICIES:
		return put_list(c, w, name, as, f->kind == POLICIES);
	case SECONDS:
		return put_seconds(c, w, name, as);
	case TEXT:
		if (field_text(c, name, &text, NULL) != 0)
			return -1;
		json_put_str(w, as, text);
		return 0;
	case NUMBER:
		if (field_int(c, name, &number, NULL) != 0)
			return -1;
		json_put_int(w, as, number);
		return 0;
	case TRUTH:
		if (field_bool(c, name, &truth, NULL) != 0)
			return -1;
		json_put_bool(w, as, truth);
		return 0;
	}
	return -1;
}

static bool
is_sent(const struct call *c, const char *name)
{
	const struct json *f = name == NULL ? NULL : json_find(c->body, name);

	return f != NULL && f->type != JSON_NULL;
}

/* A field as it will be: sent (under either name), else as it was, else standard. */
static int
put_field(struct call *c, struct json_writer *w, const struct json *old, const struct field *f)
{
	const struct json *was = json_find(old, f->name), *was_older;

	if (is_sent(c, f->name))
		return put_sent(c, w, f, f->name, f->name);
	if (is_sent(c, f->older))
		return put_sent(c, w, f, f->older, f->name) != 0 ||
			put_sent(c, w, f, f->older, f->older) != 0 ?
		    -1 :
		    0;
	was_older = f->older == NULL ? NULL : json_find(old, f->older);
	if (was != NULL)
		json_put_value(w, f->name, was);
	else
		json_put_raw(w, f->name, str_of(f->standard));
	if (was_older != NULL)
		json_put_value(w, f->older, was_older);
	return 0;
}

/* ---- what makes no sense is refused ---- */

static int64_t
number_of(const struct json *role, const char *name)
{
	int64_t n = 0;

	return json_to_int(json_find(role, name), &n) ? n : 0;
}

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
check_networks(struct call *c, const struct json *role)
{
	const struct json *list = json_find(role, "token_bound_cidrs");
	struct network n;

	for (const struct json *e = list->first; e != NULL; e = e->next)
		if (!network_parse(e->text, &n))
			return call_refuse(c, 400, "error parsing address \"%.*s\": Unable to convert "
			    "\"%.*s\" to an IPv4 or IPv6 address, or a UNIX Socket", STR(e->text),
			    STR(e->text));
	return 0;
}

static int
check_type(struct call *c, const struct json *role)
{
	static const char *const types[] = { "default", "service", "batch", "default-service",
		"default-batch" };
	struct str type = json_find(role, "token_type")->text;

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (str_is(type, types[i]))
			return 0;
	return call_refuse(c, 400, "invalid 'token_type' value \"%.*s\"", STR(type));
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
	int64_t ttl = number_of(role, "token_ttl"), max = number_of(role, "token_max_ttl");

	if (check_certificate(c, role) != 0 || check_type(c, role) != 0 ||
	    check_networks(c, role) != 0 || check_policies(c, role) != 0)
		return -1;
	if (max > 0 && ttl > max)
		return call_refuse(c, 400, "%s", is_sent(c, "ttl") ?
			"ttl should be shorter than max_ttl" :
			"'token_ttl' cannot be greater than 'token_max_ttl'");
	if (number_of(role, "token_num_uses") < 0)
		return call_refuse(c, 400, "'token_num_uses' cannot be negative");
	if (json_find(role, "ocsp_enabled")->type == JSON_TRUE)
		return call_refuse(c, 400, "ocsp_enabled is not supported: give the listener a CRL");
	return 0;
}

static int
role_write(struct call *c, struct error *err)
{
	const struct json *old = NULL, *role;
	struct record_name n = role_name(c);
	struct buf bytes = BUF_INIT;
	struct json_writer w = json_writer_to(&bytes);
	int rc = -1;

	if (read_role(c, &old, err) < 0)
		return -1;
	json_open_object(&w, NULL);
	for (size_t i = 0; i < FIELDS; i++)
		if (put_field(c, &w, old, &fields[i]) != 0)
			goto out;
	json_close_object(&w);
	role = json_parse(c->arena, buf_str(&bytes), &json_limits_body, err);
	if (role == NULL || check_role(c, role) != 0)
		goto out;
	records_put(c->records, &n, buf_str(&bytes));
	rc = 0;
out:
	buf_free(&bytes);
	return rc;
}

static int
role_delete(struct call *c, struct error *err)
{
	struct record_name n = role_name(c);

	(void)err;
	records_delete(c->records, &n);
	return 0;
}

static bool
put_name(void *arg, struct str name)
{
	json_put_str(arg, NULL, name);
	return true;
}

static int
role_list(struct call *c, struct error *err)
{
	struct json_writer w = reply_data(c);
	struct str all = { "", 0 };
	size_t empty;

	json_open_array(&w, "keys");
	empty = c->reply.data.len;
	if (records_list(c->records, RECORD_ROLE, c->mount->uuid, all, all, 0, put_name, &w, err) !=
	    0)
		return -1;
	if (c->reply.data.len == empty)
		return call_not_found(c);
	json_close_array(&w);
	json_close_object(&w);
	return 0;
}

const struct route routes_cert[] = {
	{ OP_LIST, "certs", role_list, 0, NULL, "", "Names of roles." },
	{ OP_READ, "certs/:name", role_read, 0, NULL, "", "One role." },
	{ OP_WRITE, "certs/:name", role_write, ROUTE_WRITES, NULL, KNOWN, "Write a role." },
	{ OP_DELETE, "certs/:name", role_delete, ROUTE_WRITES, NULL, "", "Delete a role." },
	{ 0, NULL, NULL, 0, NULL, NULL, NULL }
};
