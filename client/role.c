/*
 * vaultctl: role write, read, list, delete, check: which certificates get which policies.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "client/ask.h"
#include "client/command.h"
#include "client/fields.h"
#include "client/files.h"
#include "client/role_check.h"

#define PREFIX "auth/cert/certs"
#define ARENA_MOST ((size_t)32 * 1024 * 1024)

/* Short words for the fields that people write most. */
static const char *const aliases[][2] = {
    {"uri", "allowed_uri_sans"},
    {"policies", "token_policies"},
    {"dns", "allowed_dns_sans"},
    {"common-name", "allowed_common_names"},
    {"ttl", "token_ttl"},
    {"max-ttl", "token_max_ttl"},
    {NULL, NULL},
};

static enum outcome
on_role(const struct flags *f, const char *method, const struct buf *body, const char *done,
    struct error *err)
{
	struct buf path = BUF_INIT, success = BUF_INIT;
	struct question q = {method, {NULL, 0}, NULL, body};
	enum outcome outcome;

	buf_printf(&path, PREFIX "/%s", f->arguments[0]);
	buf_printf(&success, "Success! %s %s", done, f->arguments[0]);
	buf_put_u8(&success, '\0');
	q.path = buf_str(&path);
	outcome = ask_and_show(f, &q, (const char *)success.data, err);
	buf_free(&success);
	buf_free(&path);
	return outcome;
}

/* The fields as the body, with the Hublet's CA as the role's when they name none. */
static int
add_certificate(const struct flags *f, struct str fields, struct buf *body, struct error *err)
{
	const char *ca = flags_text(f, "ca-cert");
	struct arena *arena = arena_new(ARENA_MOST, 0, err);
	const struct json *tree = json_parse(arena, fields, &json_limits_body, err);
	struct json_writer w = json_writer_to(body);
	struct buf pem = BUF_INIT;
	int rc = 0;

	if (tree == NULL) {
		arena_free(arena);
		return -1;
	}
	json_open_object(&w, NULL);
	if (json_find(tree, "certificate") == NULL && ca != NULL) {
		rc = file_read(ca, &pem, err);
		json_put_str(&w, "certificate", buf_str(&pem));
	}
	for (const struct json *e = tree->first; e != NULL; e = e->next) {
		json_put_name(&w, e->name);
		json_put_value(&w, NULL, e);
	}
	json_close_object(&w);
	buf_free(&pem);
	arena_free(arena);
	return rc;
}

static enum outcome
write_role(const struct flags *f, struct error *err)
{
	const struct fields_rule rule = {true, aliases};
	struct buf fields = BUF_INIT, body = BUF_INIT;
	enum outcome outcome = FAILED;

	if (fields_read(f->arguments + 1, f->count - 1, &rule, &fields, err) == 0 &&
	    add_certificate(f, buf_str(&fields), &body, err) == 0)
		outcome = on_role(f, "PUT", &body, "Wrote role:", err);
	buf_free(&fields);
	buf_free(&body);
	return outcome;
}

static enum outcome
read_role(const struct flags *f, struct error *err)
{
	return on_role(f, "GET", NULL, "Read role:", err);
}

static enum outcome
list(const struct flags *f, struct error *err)
{
	return ask_list(f, str_of(PREFIX), err);
}

static enum outcome delete (const struct flags *f, struct error *err) {
	return on_role(f, "DELETE", NULL, "Deleted role:", err);
}

const struct command role_commands[] = {
    {"role write", "NAME FIELD=VALUE...", 2, ANY_COUNT,
	"Give policies to the identities that fit a pattern",
	"  uri=PATTERN and policies=NAME,... are short for allowed_uri_sans and "
	"token_policies;\n"
	"  the other fields have their names of the API (dns, common-name, ttl, max-ttl are\n"
	"  short too).  @FILE is a JSON object.  '*' in a pattern is any run of characters.\n"
	"  certificate is the CA that the role trusts: left out, that of -ca-cert.\n",
	"vaultctl role write billing uri=spiffe://na1.example/svc/billing policies=billing\n"
	"vaultctl role write admins @admins.json\n",
	NULL, write_role},
    {"role read", "NAME", 1, 1, "Show a role", NULL, "vaultctl role read billing\n", NULL,
	read_role},
    {"role list", "", 0, 0, "List the roles", NULL, "vaultctl role list\n", NULL, list},
    {"role delete", "NAME", 1, 1, "Delete a role", NULL, "vaultctl role delete billing\n", NULL,
	delete},
    {"role check", "", 0, 0, "Warn of roles that take each other's callers",
	"  A caller gets the policies of the first role by name that fits.  SPIFFE IDs are "
	"looked\n"
	"  at alone.  Exit code 2 when there is something to say.\n",
	"vaultctl role check\n", NULL, role_check},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
