/*
 * The one question "who is this, and do we believe it": profile, trust domain, path, times,
 * CRL.  Runs in the gate during a handshake and again in the keeper, which believes no gate.
 * Security: only what was found good is remembered, and only for as long as every certificate
 * and CRL that made it good is in force.
 */
#include "policy/trust.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "policy/path.h"

#define VERDICTS 256
#define HASH_BYTES 32

/* A chain that was found good, and until when. */
struct verdict {
	uint8_t hash[HASH_BYTES];
	struct identity *id; /* NULL: the place is free */
	struct span good;
};

struct trust {
	char *domain;
	struct bundle *bundle;
	EVP_MD *sha256;
	EVP_MD_CTX *digest;
	unsigned next; /* the verdict to be forgotten next */
	struct verdict verdicts[VERDICTS];
};

struct trust *
trust_new(struct str ca_pem, struct str crl_pem, const char *trust_domain, struct error *err)
{
	struct trust *t = NULL;

	if (spiffe_check_domain(str_of(trust_domain), err) != 0)
		return NULL;
	t = calloc(1, sizeof(*t));
	if (t == NULL || (t->domain = strdup(trust_domain)) == NULL ||
	    (t->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL)) == NULL ||
	    (t->digest = EVP_MD_CTX_new()) == NULL)
		fatal("trust: no memory");
	t->bundle = bundle_new(ca_pem, crl_pem, trust_domain, err);
	if (t->bundle == NULL)
		trust_free(&t);
	else
		path_prepare(t->bundle);
	return t;
}

void
trust_free(struct trust **t)
{
	if (*t == NULL)
		return;
	for (unsigned i = 0; i < VERDICTS; i++)
		identity_free(&(*t)->verdicts[i].id);
	bundle_free(&(*t)->bundle);
	EVP_MD_CTX_free((*t)->digest);
	EVP_MD_free((*t)->sha256);
	free((*t)->domain);
	free(*t);
	*t = NULL;
}

void
trust_revoke(struct trust *t, struct str revoked)
{
	for (unsigned i = 0; i < VERDICTS; i++)
		identity_free(&t->verdicts[i].id);
	buf_clear(&t->bundle->revoked);
	buf_put_str(&t->bundle->revoked, revoked);
}

static int
check_size(const struct chain *chain, struct error *err)
{
	size_t len = 0;

	if (chain->count == 0 || chain->count > CHAIN_CERTIFICATES)
		return error_set(err, ERR_INVALID,
		    "certificate: a chain has 1 to %d certificates", CHAIN_CERTIFICATES);
	for (unsigned i = 0; i < chain->count; i++)
		len += chain->der[i].len;
	if (len > CHAIN_BYTES)
		return error_set(
		    err, ERR_INVALID, "certificate: a chain has at most %d bytes", CHAIN_BYTES);
	return 0;
}

/* Each certificate behind its length, so that no two chains are hashed alike. */
static void
hash(struct trust *t, const struct chain *chain, uint8_t out[HASH_BYTES])
{
	int ok = EVP_DigestInit_ex2(t->digest, t->sha256, NULL);

	for (unsigned i = 0; i < chain->count; i++) {
		uint64_t len = chain->der[i].len;

		ok = ok && EVP_DigestUpdate(t->digest, &len, sizeof(len)) == 1 &&
		     EVP_DigestUpdate(t->digest, chain->der[i].at, chain->der[i].len) == 1;
	}
	if (!ok || EVP_DigestFinal_ex(t->digest, out, NULL) != 1)
		fatal("trust: SHA-256 failed");
}

/* The verdict on that chain; else one that is free or the oldest, forgotten. */
static struct verdict *
place(struct trust *t, const uint8_t sum[HASH_BYTES])
{
	struct verdict *v;

	for (unsigned i = 0; i < VERDICTS; i++)
		if (t->verdicts[i].id != NULL &&
		    memcmp(t->verdicts[i].hash, sum, HASH_BYTES) == 0)
			return &t->verdicts[i];
	v = &t->verdicts[t->next];
	t->next = (t->next + 1) % VERDICTS;
	return v;
}

static const struct verdict *
find(const struct trust *t, const uint8_t sum[HASH_BYTES], int64_t now)
{
	for (unsigned i = 0; i < VERDICTS; i++) {
		const struct verdict *v = &t->verdicts[i];

		if (v->id != NULL && memcmp(v->hash, sum, HASH_BYTES) == 0)
			return now >= v->good.from && now < v->good.until ? v : NULL;
	}
	return NULL;
}

/* The identity of a chain that was not seen before, or whose time was over. */
static struct identity *
verify(struct trust *t, const struct chain *chain, int64_t now, struct span *good, int *alert,
    struct error *err)
{
	struct identity *id = identity_read(chain->der[0].at, chain->der[0].len, err);

	*alert = SSL_AD_BAD_CERTIFICATE;
	if (id == NULL)
		return NULL;
	if (!str_is(id->trust_domain, t->domain)) {
		*alert = SSL_AD_UNKNOWN_CA;
		error_set(err, ERR_FOREIGN,
		    "certificate: it is of trust domain %.*s, not of %s", STR(id->trust_domain),
		    t->domain);
		identity_free(&id);
	} else if (path_verify(t->bundle, chain, t->domain, now, good, alert, err) != 0)
		identity_free(&id);
	return id;
}

struct identity *
trust_verify(
    struct trust *t, const struct chain *chain, int64_t now, int *alert, struct error *err)
{
	uint8_t sum[HASH_BYTES];
	const struct verdict *known;
	struct identity *id;
	struct verdict *v;
	struct span good;
	int ignored;

	if (alert == NULL)
		alert = &ignored;
	*alert = SSL_AD_BAD_CERTIFICATE;
	if (check_size(chain, err) != 0)
		return NULL;
	hash(t, chain, sum);
	if ((known = find(t, sum, now)) != NULL)
		return identity_share(known->id);
	if ((id = verify(t, chain, now, &good, alert, err)) == NULL)
		return NULL;
	v = place(t, sum);
	identity_free(&v->id);
	*v = (struct verdict){.id = identity_share(id), .good = good};
	memcpy(v->hash, sum, HASH_BYTES);
	return id;
}

int
trust_recheck(struct trust *t, const struct chain *chain, int64_t now, struct error *err)
{
	struct identity *id = trust_verify(t, chain, now, NULL, err);

	if (id == NULL)
		return -1;
	identity_free(&id);
	return 0;
}

const struct bundle *
trust_bundle(const struct trust *t)
{
	return t->bundle;
}
