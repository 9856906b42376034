/*
 * Keeper: decrypt, rewrap, sign, verify, hmac: one way for all of them.
 */
#include "vaultd/api/transit_use.h"

#include "vaultd/api/transit.h"
#include "vaultd/api/transit_keys.h"
#include "vaultd/keeper/named.h"

/* ---- options ---- */

/* The hash that the path names, or the field, or none of both. */
static int
read_hash(struct call *c, const char *field, struct str *name)
{
	struct str old = { "", 0 }, asked = { "", 0 };

	if (field_text(c, "algorithm", &old, NULL) != 0 ||
	    (field != NULL && field_text(c, field, &asked, NULL) != 0))
		return -1;
	*name = c->parameter[1].len > 0 ? c->parameter[1] :
	    asked.len > 0		? asked :
	    old.len > 0			? old :
					  str_of("sha2-256");
	return 0;
}

static int
read_hmac_hash(struct call *c, const char *field, struct uses *u)
{
	struct str name;

	if (read_hash(c, field, &name) != 0)
		return -1;
	u->hash = hash_find(name);
	if (u->hash == HASHES || u->hash == HASH_NONE)
		return call_refuse(c, 400, "unsupported algorithm %.*s", STR(name));
	return 0;
}

/* Other types than RSA have no schemes: what is named is not looked at. */
static int
read_scheme(struct call *c, const struct named_key *k, struct sign_use *s)
{
	enum key_family family = key_type_traits(named_key_settings(k)->type)->family;
	struct str name = { "", 0 };
	struct error why = ERROR_INIT;

	if (field_text(c, "signature_algorithm", &name, NULL) != 0)
		return -1;
	if (family != FAMILY_RSA)
		s->scheme = str_is(name, "pkcs1v15") ? SIGN_PKCS1V15 : SIGN_PSS;
	else if (sign_find_scheme(name, &s->scheme, &why) != 0)
		return transit_refuse(c, &why);
	return 0;
}

static int
read_sign(struct call *c, const struct named_key *k, struct sign_use *s)
{
	struct str hash, marshaling = { "", 0 }, salt = str_of("auto");
	struct error why = ERROR_INIT;

	if (read_hash(c, "hash_algorithm", &hash) != 0 ||
	    field_text(c, "marshaling_algorithm", &marshaling, NULL) != 0 ||
	    field_bool(c, "prehashed", &s->prehashed, NULL) != 0 ||
	    field_text(c, "salt_length", &salt, NULL) != 0)
		return -1;
	s->hash = hash_find(hash);
	if (s->hash == HASHES)
		return call_refuse(c, 400, "invalid hash algorithm \"%.*s\"", STR(hash));
	if (sign_find_marshaling(marshaling, &s->marshaling, &why) != 0 ||
	    sign_find_salt(salt, &s->salt, &why) != 0)
		return transit_refuse(c, &why);
	if (read_scheme(c, k, s) != 0)
		return -1;
	if (s->hash == HASH_NONE && (!s->prehashed || s->scheme != SIGN_PKCS1V15))
		return call_refuse(c, 400, "hash_algorithm=none requires both prehashed=true and "
		    "signature_algorithm=pkcs1v15");
	return 0;
}

static int
read_options(struct call *c, const struct named_key *k, struct uses *u)
{
	switch (u->what) {
	case USE_ENCRYPT:
	case USE_DECRYPT:
	case USE_REWRAP:
		break;
	case USE_HMAC:
		return read_hmac_hash(c, NULL, u);
	case USE_VERIFY_HMAC:
		return read_hmac_hash(c, "hash_algorithm", u);
	case USE_SIGN:
	case USE_VERIFY:
		return read_sign(c, k, &u->sign);
	}
	return 0;
}

/* ---- one way ---- */

static const struct {
	const char *prefix; /* of the route's pattern */
	struct absence absent;
} ways[] = {
	[USE_ENCRYPT] = { "encrypt/", { "encryption key not found", NULL } },
	[USE_DECRYPT] = { "decrypt/", { "encryption key not found", NULL } },
	[USE_REWRAP] = { "rewrap/", { "encryption key not found", NULL } },
	[USE_HMAC] = { "hmac/", { "encryption key not found", NULL } },
	[USE_SIGN] = { "sign/", { "signing key not found", NULL } },
	[USE_VERIFY] = { "verify/", { "signature verification key not found", NULL } },
	[USE_VERIFY_HMAC] = { NULL, { "encryption key not found", NULL } },
};

static enum use
asked(const struct call *c)
{
	enum use what = USE_ENCRYPT;

	while (!str_starts(str_of(c->route->pattern), ways[what].prefix))
		what++;
	return what;
}

int
uses_serve(struct call *c, struct named_key *k, struct uses *u, struct error *err)
{
	return read_options(c, k, u) != 0 ? -1 : uses_answer(c, k, u, err);
}

int
uses_prepare(struct call *c, enum use what, struct named_key *k, struct work **w)
{
	const struct json *batch = json_find(c->body, "batch_input");
	struct uses u;

	if (!uses_slow(k, what, batch != NULL ? batch->count : 1))
		return 0;
	if (uses_read(c, what, &u) != 0 || read_options(c, k, &u) != 0)
		return -1;
	*w = uses_work(k, &u);
	return 0;
}

/* ---- the rows ---- */

int
transit_use(struct call *c, struct error *err)
{
	struct named_key *k;
	struct uses u;
	int rc;

	if (transit_check_name(c, c->parameter[0]) != 0 || uses_read(c, asked(c), &u) != 0)
		return -1;
	k = transit_find(c, c->parameter[0], &ways[u.what].absent, err);
	if (k == NULL)
		return -1;
	rc = uses_serve(c, k, &u, err);
	named_key_free(&k);
	return rc;
}

/* Who has no key is told so by transit_use, in its order. */
int
transit_use_prepare(struct call *c, struct work **w, struct error *err)
{
	struct named_key *k = named_find(c->named, c->mount->uuid, c->parameter[0], NULL);
	int rc = k == NULL ? 0 : uses_prepare(c, asked(c), k, w);

	(void)err;
	named_key_free(&k);
	return rc;
}
