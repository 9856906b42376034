/*
 * Keeper: cubbyhole/: each token's own secrets (vault-api 5, last line).
 * Security: the place is the token's, by its accessor; nobody else can name it.
 */
#include "vaultd/keeper/cubbyhole.h"

#include "vaultd/api/settings.h"
#include "vaultd/api/wrapping.h"
#include "vaultd/keeper/call.h"

/* The token must be one that is, or can be, in the records. */
static int
check_token(struct call *c)
{
	if (c->grant->batch)
		return call_refuse(c, 400,
		    "cubbyhole operations are only supported by 'service' type tokens");
	if (!c->grant->token)
		return call_refuse(c, 400, "a cubbyhole belongs to a token: none was sent");
	return 0;
}

static int
name_of(struct call *c, struct str path, struct record_name *n)
{
	*n = cubbyhole_name(c->arena, str_of(c->grant->accessor), path);
	return n->directory.at != NULL ? 0 :
					 call_refuse(c, 413, "http: request body too large");
}

static int
secret_read(struct call *c, struct error *err)
{
	struct record_name n;

	if (check_token(c) != 0 || name_of(c, c->parameter[0], &n) != 0)
		return -1;
	return records_get(c->records, &n, &c->reply.data, err);
}

/* What older clients unwrap by; of any other token it is a secret like the others. */
static int
secret_response(struct call *c, struct error *err)
{
	int rc = api_wrapping_response(c, err);

	if (rc <= 0)
		return rc;
	c->parameter[0] = str_of("response");
	return secret_read(c, err);
}

static bool
secret_exists(struct call *c)
{
	struct record_name n;

	if (c->grant == NULL || !c->grant->token)
		return false;
	n = cubbyhole_name(c->arena, str_of(c->grant->accessor), c->parameter[0]);
	return n.directory.at != NULL && records_has(c->records, &n);
}

/*
 * The token gets a record with its first secret, which says that there is something to erase.
 */
static int
keep_token(struct call *c, struct error *err)
{
	struct token t;
	int rc = 0;

	if (tokens_find(c->vault, c->token, &t) != 0)
		return call_refuse(c, 403, "permission denied");
	if ((t.claims.flags & CLAIMS_CUBBYHOLE) == 0) {
		t.claims.flags |= CLAIMS_CUBBYHOLE;
		rc = tokens_store(c->vault, &t, err);
	}
	tokens_release(&t);
	return rc != 0 && err->code == ERR_LIMIT ? call_refuse(c, 429, "%s", err->text) : rc;
}

static int
change(struct call *c, const struct record_name *n, struct str text, struct error *err)
{
	struct str accessor = str_of(c->grant->accessor);

	if (cubbyhole_put(c->records, accessor, n, text, err) == 0)
		return 0;
	return err->code == ERR_LIMIT ? call_refuse(c, 413, "%s", err->text) : -1;
}

static int
secret_write(struct call *c, struct error *err)
{
	struct buf text = BUF_INIT;
	struct json_writer w = json_writer_to(&text);
	struct record_name n;
	int rc;

	if (check_token(c) != 0)
		return -1;
	if (c->body->count == 0)
		return call_refuse(c, 400, "missing data fields");
	if (name_of(c, c->parameter[0], &n) != 0 || keep_token(c, err) != 0)
		return -1;
	json_put_value(&w, NULL, c->body);
	rc = change(c, &n, buf_str(&text), err);
	buf_free(&text);
	return rc;
}

static int
secret_delete(struct call *c, struct error *err)
{
	struct record_name n;

	if (check_token(c) != 0 || name_of(c, c->parameter[0], &n) != 0)
		return -1;
	return records_has(c->records, &n) ? change(c, &n, (struct str){ NULL, 0 }, err) : 0;
}

static int
secret_list(struct call *c, struct error *err)
{
	struct record_name n;

	if (check_token(c) != 0 || name_of(c, c->parameter[0], &n) != 0)
		return -1;
	return settings_list(c, RECORD_CUBBYHOLE, n.mount, n.directory, err);
}

const struct route routes_cubbyhole[] = {
	{ OP_LIST, "*path?", secret_list, 0, NULL, "", "Names in a folder of one's own." },
	{ OP_READ, "response", secret_response, ROUTE_WRITES, NULL, "",
	    "Unwrap a reply, as older clients do." },
	{ OP_READ, "*path", secret_read, 0, NULL, "", "Read a secret of one's own." },
	{ OP_WRITE, "*path", secret_write, ROUTE_WRITES | ROUTE_EXISTS, secret_exists, "",
	    "Write a secret that goes with one's token." },
	{ OP_DELETE, "*path", secret_delete, ROUTE_WRITES, NULL, "", "Delete one." },
	{ 0, NULL, NULL, 0, NULL, NULL, NULL }
};
