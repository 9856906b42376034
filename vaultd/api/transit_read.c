/*
 * Keeper: what a request asks of a named key.  A stranger's JSON.
 */
#include "vaultd/api/transit_use.h"

static const struct {
	const char *input;   /* the field's name */
	const char *missing; /* of a single request that must have one; NULL: the key comes first */
	bool versioned;      /* the caller may name a version */
} kinds[] = {
	[USE_ENCRYPT] = { "plaintext", "missing plaintext to encrypt", true },
	[USE_DECRYPT] = { "ciphertext", "missing ciphertext to decrypt", false },
	[USE_REWRAP] = { "ciphertext", "missing ciphertext to decrypt", true },
	[USE_HMAC] = { "input", NULL, true },
	[USE_SIGN] = { "input", NULL, true },
	[USE_VERIFY] = { "input", NULL, false },
};

static bool
is_cipher(enum use what)
{
	return what <= USE_REWRAP;
}

/* ---- items of a batch ---- */

/* The type of a value as the reference names it. */
static const char *
type_name(const struct json *j)
{
	static const char *const names[] = { "nil", "bool", "bool", "json.Number", "string",
		"[]interface {}", "map[string]interface {}" };

	return names[j->type];
}

static int
refuse_member(struct call *c, unsigned i, const struct json *m, const char *wanted)
{
	return call_refuse(c, 400, "failed to parse batch input: '[%u].%.*s' expected type '%s', "
	    "got unconvertible type '%s'", i, STR(m->name), wanted, type_name(m));
}

/* Where a member's text goes; NULL: it is not looked at. */
static struct str *
text_of(struct use_item *it, enum use what, struct str name)
{
	bool proves = what == USE_VERIFY;

	if (str_is(name, kinds[what].input)) {
		it->has_input = true;
		return &it->input;
	}
	if (str_is(name, "reference"))
		return &it->reference;
	if (str_is(name, "context"))
		return &it->context;
	if (is_cipher(what) && str_is(name, "associated_data"))
		return &it->associated;
	/* With both the signature counts. */
	if (proves && str_is(name, "signature")) {
		it->has_signature = true;
		return &it->proof;
	}
	if (proves && str_is(name, "hmac")) {
		it->has_hmac = true;
		return it->has_signature ? NULL : &it->proof;
	}
	return NULL;
}

static int
read_member(struct call *c, const struct json *m, unsigned i, enum use what,
    struct use_item *it)
{
	struct str *text;

	if (m->type == JSON_NULL)
		return 0;
	if (is_cipher(what) && kinds[what].versioned && str_is(m->name, "key_version"))
		return json_to_int(m, &it->version) ? 0 : refuse_member(c, i, m, "int");
	text = text_of(it, what, m->name);
	if (text == NULL)
		return 0;
	if (m->type != JSON_STRING)
		return refuse_member(c, i, m, "string");
	*text = m->text;
	return 0;
}

static int
read_item(struct call *c, const struct json *j, unsigned i, enum use what, struct use_item *it)
{
	if (j->type != JSON_OBJECT)
		return call_refuse(c, 400,
		    "failed to parse batch input: [%u] expected a map, got '%s'", i, type_name(j));
	for (const struct json *m = j->first; m != NULL; m = m->next)
		if (read_member(c, m, i, what, it) != 0)
			return -1;
	if (what == USE_ENCRYPT && !it->has_input)
		return call_refuse(c, 400, "failed to parse batch input: "
		    "'[%u].plaintext' missing plaintext to encrypt", i);
	return 0;
}

static int
read_batch(struct call *c, const struct json *list, struct uses *u)
{
	unsigned i = 0;

	if (list->type != JSON_ARRAY)
		return call_refuse(c, 400, "failed to parse batch input: "
		    "source data must be an array or slice, got %s", type_name(list));
	if (list->count == 0)
		return call_refuse(c, 400, "missing batch input to process");
	if (list->count > TRANSIT_BATCH_MAX)
		return call_refuse(c, 400, "batch_input has %u items: at most %d are taken at once",
		    list->count, TRANSIT_BATCH_MAX);
	u->batch = true;
	u->count = list->count;
	u->items = arena_alloc(c->arena, u->count * sizeof(*u->items));
	if (u->items == NULL)
		return call_refuse(c, 413, "http: request body too large");
	for (const struct json *j = list->first; j != NULL; j = j->next, i++)
		if (read_item(c, j, i, u->what, &u->items[i]) != 0)
			return -1;
	return 0;
}

/* ---- a single request ---- */

static int
read_single(struct call *c, struct uses *u)
{
	struct use_item *it = arena_alloc(c->arena, sizeof(*it));

	if (it == NULL)
		return call_refuse(c, 413, "http: request body too large");
	u->items = it;
	u->count = 1;
	if (field_text(c, kinds[u->what].input, &it->input, &it->has_input) != 0 ||
	    field_text(c, "context", &it->context, NULL) != 0 ||
	    (is_cipher(u->what) &&
	    field_text(c, "associated_data", &it->associated, NULL) != 0))
		return -1;
	if (u->what == USE_VERIFY &&
	    (field_text(c, "hmac", &it->proof, &it->has_hmac) != 0 ||
	    field_text(c, "signature", &it->proof, &it->has_signature) != 0))
		return -1;
	if (kinds[u->what].missing != NULL &&
	    (u->what == USE_ENCRYPT ? !it->has_input : it->input.len == 0))
		return call_refuse(c, 400, "%s", kinds[u->what].missing);
	return 0;
}

/* ---- all of it ---- */

/* Contexts: in all items or in none. */
static int
check_contexts(struct call *c, const struct uses *u)
{
	for (unsigned i = 1; is_cipher(u->what) && i < u->count; i++)
		if ((u->items[i].context.len > 0) != (u->items[0].context.len > 0))
			return call_refuse(c, 400, "context should be set either in all the "
			    "request blocks or in none");
	return 0;
}

/* All signatures, or all HMACs. */
static int
settle_proofs(struct call *c, struct uses *u)
{
	unsigned signatures = 0, hmacs = 0;

	for (unsigned i = 0; u->what == USE_VERIFY && i < u->count; i++) {
		signatures += u->items[i].has_signature;
		hmacs += u->items[i].has_hmac && !u->items[i].has_signature;
	}
	if (u->what != USE_VERIFY || signatures == u->count)
		return 0;
	if (signatures + hmacs == 0)
		return call_refuse(c, 400, "%s", u->batch ?
		    "no batch_input elements have 'signature' or 'hmac'" :
		    "neither a 'signature' nor an 'hmac' were given to verify");
	if (signatures > 0 && hmacs > 0)
		return call_refuse(c, 400, "elements of batch_input must all provide 'signature' "
		    "or all provide 'hmac'");
	if (signatures + hmacs != u->count)
		return call_refuse(c, 400, "some elements of batch_input are missing '%s'",
		    signatures > 0 ? "signature" : "hmac");
	u->what = USE_VERIFY_HMAC;
	return 0;
}

/* One version for all, but for ciphers, whose items have their own. */
static int
read_versions(struct call *c, struct uses *u)
{
	int64_t version = 0;

	if (!kinds[u->what].versioned)
		return 0;
	if (field_int(c, "key_version", &version, NULL) != 0)
		return -1;
	for (unsigned i = 0; i < u->count && (!u->batch || !is_cipher(u->what)); i++)
		u->items[i].version = version;
	return 0;
}

int
uses_read(struct call *c, enum use what, struct uses *u)
{
	const struct json *list = json_find(c->body, "batch_input");

	*u = (struct uses){ .what = what };
	if (list != NULL && list->type != JSON_NULL) {
		if (read_batch(c, list, u) != 0)
			return -1;
	} else if (read_single(c, u) != 0) {
		return -1;
	}
	if (read_versions(c, u) != 0 || check_contexts(c, u) != 0)
		return -1;
	return settle_proofs(c, u);
}
