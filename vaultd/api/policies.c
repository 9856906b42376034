/*
 * Keeper: sys/policies/acl and sys/policy.
 */
#include "vaultd/api/policies.h"

#include "base/text.h"
#include "vaultd/api/names.h"
#include "vaultd/keeper/policies.h"

/* ---- listing ---- */

static bool
put_name(void *arg, struct str name)
{
	json_put_str(arg, NULL, name);
	return true;
}

static int
put_names(struct call *c, struct json_writer *w, const char *member, struct error *err)
{
	json_open_array(w, member);
	if (policies_list(c->records, put_name, w, err) != 0)
		return -1;
	json_put_text(w, NULL, "root");
	json_close_array(w);
	return 0;
}

int
api_policies_list(struct call *c, struct error *err)
{
	struct json_writer w = reply_data(c);

	if (put_names(c, &w, "keys", err) != 0)
		return -1;
	json_close_object(&w);
	return 0;
}

int
api_policies_list_old(struct call *c, struct error *err)
{
	struct json_writer w = reply_data(c);

	if (put_names(c, &w, "keys", err) != 0 || put_names(c, &w, "policies", err) != 0)
		return -1;
	json_close_object(&w);
	c->reply.mirrored = true;
	return 0;
}

/* ---- one policy ---- */

static int
read_policy(struct call *c, const char *member, struct error *err)
{
	struct str name = name_canonical(c->arena, c->parameter[0]);
	struct stored_policy p = { 0, 0, { "", 0 } };
	struct buf bytes = BUF_INIT;
	struct json_writer w;
	int rc = -1;

	if (!str_is(name, "root") && policies_get(c->records, name, &bytes, &p, err) != 0)
		goto out;
	w = reply_data(c);
	json_put_str(&w, "name", name);
	json_put_str(&w, member, p.text);
	json_put_int(&w, "version", p.version);
	json_put_bool(&w, "cas_required", false);
	json_close_object(&w);
	rc = 0;
out:
	buf_free(&bytes);
	return rc;
}

int
api_policy_read(struct call *c, struct error *err)
{
	return read_policy(c, "policy", err);
}

int
api_policy_read_old(struct call *c, struct error *err)
{
	c->reply.mirrored = true;
	return read_policy(c, "rules", err);
}

/* What is kept is the text; base64 around it is taken off. */
static struct str
plain(struct call *c, struct str text)
{
	struct buf decoded = BUF_INIT;

	if (base64_decode(&decoded, BASE64_STD, text, NULL) && decoded.len > 0 &&
	    utf8_valid(buf_str(&decoded)))
		text = arena_copy(c->arena, buf_str(&decoded));
	buf_free(&decoded);
	return text;
}

static int
check_policy(struct call *c, struct str name, struct str text)
{
	struct error err = ERROR_INIT;
	struct policy *p;

	if (str_is(name, "root"))
		return call_refuse(c, 400, "cannot update \"root\" policy");
	if (str_is(name, "response-wrapping"))
		return call_refuse(c, 400, "cannot update \"response-wrapping\" policy");
	if (text.len == 0)
		return call_refuse(c, 400, "'policy' parameter not supplied or empty");
	if (name.len > 512 || !utf8_printable(name))
		return call_refuse(c, 400, "policy names are at most 512 printable bytes");
	p = policy_parse(name, text, &err);
	if (p == NULL)
		return call_refuse(c, 400, "failed to parse policy: %s", err.text);
	policy_free(&p);
	return 0;
}

static int
write_policy(struct call *c, struct str text, struct error *err)
{
	struct str name = name_canonical(c->arena, c->parameter[0]);
	struct stored_policy old = { 0, 0, { "", 0 } }, fresh;
	struct buf bytes = BUF_INIT;
	struct error missing = ERROR_INIT;
	bool with_cas = false;
	int64_t cas = 0;
	int rc = -1;

	if (check_policy(c, name, text) != 0 || field_int(c, "cas", &cas, &with_cas) != 0)
		return -1;
	if (policies_get(c->records, name, &bytes, &old, &missing) != 0 &&
	    missing.code != ERR_NOT_FOUND) {
		*err = missing;
		goto out;
	}
	if (with_cas && cas != old.version) {
		call_refuse(c, 400, "check-and-set parameter did not match the current version");
		goto out;
	}
	fresh = (struct stored_policy){ old.version + 1, c->now, plain(c, text) };
	policies_put(c->records, name, &fresh);
	if (!str_equal(name, c->parameter[0]))
		call_warn(c, "policy name was converted to %.*s", STR(name));
	rc = 0;
out:
	buf_free(&bytes);
	return rc;
}

int
api_policy_write(struct call *c, struct error *err)
{
	struct str text = { NULL, 0 };

	if (field_text(c, "policy", &text, NULL) != 0)
		return -1;
	return write_policy(c, text, err);
}

int
api_policy_write_old(struct call *c, struct error *err)
{
	struct str text = { NULL, 0 }, rules = { NULL, 0 };

	if (field_text(c, "policy", &text, NULL) != 0 ||
	    field_text(c, "rules", &rules, NULL) != 0)
		return -1;
	if (text.len > 0)
		return write_policy(c, text, err);
	if (write_policy(c, rules, err) != 0)
		return -1;
	call_warn(c, "'rules' is deprecated, please use 'policy' instead");
	return 0;
}

int
api_policy_delete(struct call *c, struct error *err)
{
	struct str name = name_canonical(c->arena, c->parameter[0]);

	(void)err;
	if (str_is(name, "root"))
		return call_refuse(c, 400, "cannot delete \"root\" policy");
	if (str_is(name, "response-wrapping"))
		return call_refuse(c, 400, "cannot delete \"response-wrapping\" policy");
	if (str_is(name, "default"))
		return call_refuse(c, 400, "cannot delete default policy");
	if (str_is(name, "operator"))
		return call_refuse(c, 400, "cannot delete operator policy: "
		    "the operators of the configuration hold it; write another text instead");
	policies_delete(c->records, name);
	return 0;
}
