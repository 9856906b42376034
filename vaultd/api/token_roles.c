/*
 * Keeper: auth/token/roles: what tokens may be made of by who may use a role.
 */
#include "vaultd/api/token.h"

#include "vaultd/api/settings.h"

static const struct setting_field fields[] = {
	{ "allowed_entity_aliases", SET_LIST, "null", NULL },
	{ "allowed_policies", SET_NAMES, "[]", NULL },
	{ "allowed_policies_glob", SET_NAMES, "[]", NULL },
	{ "disallowed_policies", SET_NAMES, "[]", NULL },
	{ "disallowed_policies_glob", SET_NAMES, "[]", NULL },
	{ "orphan", SET_TRUTH, "false", NULL },
	{ "path_suffix", SET_TEXT, "\"\"", NULL },
	{ "renewable", SET_TRUTH, "true", NULL },
	{ "token_bound_cidrs", SET_NETWORKS, NULL, "bound_cidrs" },
	{ "token_explicit_max_ttl", SET_SECONDS, "0", "explicit_max_ttl" },
	{ "token_no_default_policy", SET_TRUTH, "false", NULL },
	{ "token_num_uses", SET_NUMBER, NULL, NULL },
	{ "token_period", SET_SECONDS, "0", "period" },
	{ "token_strictly_bind_ip", SET_TRUTH, NULL, NULL },
	{ "token_type", SET_TEXT, "\"default-service\"", NULL },
};

#define FIELDS (sizeof(fields) / sizeof(*fields))

static const uint8_t no_mount[16];

static struct record_name
name_of(struct str name)
{
	return (struct record_name){ RECORD_TOKEN_ROLE, no_mount, { "", 0 }, name };
}

int
token_role_find(struct call *c, struct str name, const struct json **role, struct error *err)
{
	struct record_name n = name_of(name);

	return settings_read(c, &n, role, err);
}

bool
api_token_role_exists(struct call *c)
{
	struct record_name n = name_of(c->parameter[0]);

	return records_has(c->records, &n);
}

int
api_token_role_read(struct call *c, struct error *err)
{
	static const char *const older[] = { "explicit_max_ttl", "period" };
	const struct json *role = NULL;
	int rc = token_role_find(c, c->parameter[0], &role, err);
	struct json_writer w;

	if (rc != 0)
		return rc < 0 ? -1 : call_not_found(c);
	w = reply_data(c);
	for (const struct json *m = role->first; m != NULL; m = m->next)
		if (!str_is(m->name, "token_num_uses") || !str_is(m->text, "0")) {
			json_put_name(&w, m->name);
			json_put_value(&w, NULL, m);
		}
	for (size_t i = 0; i < sizeof(older) / sizeof(*older); i++)
		if (json_find(role, older[i]) == NULL)
			json_put_int(&w, older[i], 0);
	json_close_object(&w);
	return 0;
}

/* ---- what makes no sense is refused ---- */

static bool
is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    c == '_';
}

/* Somewhere in it stands \w[\w-.]+\w. */
static bool
is_suffix(struct str s)
{
	size_t from = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (!is_word(s.at[i]) && s.at[i] != '-' && s.at[i] != '.')
			from = i + 1;
		else if (!is_word(s.at[from]))
			from = i;
		if (i >= from + 2 && is_word(s.at[i]) && is_word(s.at[from]))
			return true;
	}
	return false;
}

static int
check_batch(struct call *c, const struct json *role)
{
	const char *what = settings_number(role, "token_period") != 0 ? "periodic tokens" :
	    !settings_truth(role, "orphan")                           ? "non-orphan tokens" :
	    settings_truth(role, "renewable")                         ? "renewable tokens" :
	    settings_number(role, "token_explicit_max_ttl") != 0 ?
		"tokens with an explicit max TTL" :
		NULL;

	if (!str_is(settings_text(role, "token_type"), "batch") || what == NULL)
		return 0;
	return call_refuse(c, 400,
	    "'token_type' cannot be 'batch' when role is set to generate %s", what);
}

static int
check_role(struct call *c, const struct json *role)
{
	struct str suffix = settings_text(role, "path_suffix");

	if (settings_check_token(c, role) != 0 || check_batch(c, role) != 0)
		return -1;
	if (suffix.len > 0 && !is_suffix(suffix))
		return call_refuse(c, 400, "given role path suffix contains invalid characters; "
		    "must match \\w[\\w-.]+\\w");
	if (settings_number(role, "token_num_uses") < 0)
		return call_refuse(c, 400, "'token_num_uses' cannot be negative");
	return 0;
}

int
api_token_role_write(struct call *c, struct error *err)
{
	const struct json *old = NULL;
	struct record_name n = name_of(c->parameter[0]);
	struct buf bytes = BUF_INIT;
	struct json_writer w = json_writer_to(&bytes);
	int rc = -1;

	if (settings_read(c, &n, &old, err) < 0)
		return -1;
	json_open_object(&w, NULL);
	json_put_str(&w, "name", c->parameter[0]);
	if (settings_put(c, &w, old, fields, FIELDS) == 0) {
		json_close_object(&w);
		rc = settings_store(c, &n, &bytes, check_role, err);
	}
	buf_free(&bytes);
	return rc;
}

int
api_token_role_delete(struct call *c, struct error *err)
{
	struct record_name n = name_of(c->parameter[0]);

	(void)err;
	records_delete(c->records, &n);
	return 0;
}

int
api_token_roles(struct call *c, struct error *err)
{
	return settings_list(c, RECORD_TOKEN_ROLE, no_mount, (struct str){ "", 0 }, err);
}
