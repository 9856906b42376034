/*
 * Checking attestations.  A stranger's bytes until the signature has been checked.
 */
#include "policy/attest.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "policy/algorithm.h"
#include "policy/signature.h"

#define PEM_BYTES (2 * CHAIN_BYTES)
#define SCHEME_ED25519 0x0807 /* RFC 8446 §4.2.3 */

void
attest_message(struct str statement, struct buf *out)
{
	buf_put(out, ATTEST_LABEL, sizeof(ATTEST_LABEL)); /* with its zero byte */
	buf_put_str(out, statement);
}

/* ---- the chain ---- */

static int
add_block(BIO *in, struct buf *der, struct chain *chain)
{
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	long len = 0;
	int more = PEM_read_bio(in, &name, &header, &data, &len) == 1;

	if (more && strcmp(name, PEM_STRING_X509) == 0 && chain->count < CHAIN_CERTIFICATES) {
		chain->der[chain->count++] =
		    (struct str){(const char *)der->data + der->len, (size_t)len};
		buf_put(der, data, (size_t)len);
	}
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(data);
	return more;
}

/* The certificates of a PEM text, in der, where chain says. */
static int
read_chain(struct str pem, struct buf *der, struct chain *chain, struct error *err)
{
	BIO *in = NULL;

	if (pem.len > PEM_BYTES)
		return error_set(
		    err, ERR_INVALID, "certificate: a chain has at most %d bytes", PEM_BYTES);
	in = BIO_new_mem_buf(pem.len > 0 ? pem.at : "", (int)pem.len);
	if (in == NULL)
		fatal("no memory to read PEM");
	/* DER is shorter than its PEM: it does not move while chain points into it. */
	buf_reserve(der, pem.len);
	while (add_block(in, der, chain)) {
	}
	BIO_free(in);
	ERR_clear_error();
	return chain->count > 0 ? 0 : error_set(err, ERR_INVALID, "no certificate in PEM form");
}

/* Whose a verified chain is. */
static int
check_holder(const struct identity *id, struct str leaf, struct public_key *key,
    struct error *err)
{
	if (!str_is(id->path, ATTEST_PATH))
		return error_set(err, ERR_FOREIGN,
		    "certificate: it is that of %.*s, not of a vault", STR(id->id));
	if (algorithm_leaf_key(leaf, key, err) != 0)
		return -1;
	return key->kind == KEY_ED25519 && key->point.left == ATTEST_PUBLIC
		   ? 0
		   : error_set(err, ERR_INVALID, "certificate: its key is not Ed25519");
}

int
attest_check_chain(struct trust *t, struct str chain_pem, int64_t now,
    uint8_t public_key[ATTEST_PUBLIC], struct error *err)
{
	struct buf der = BUF_INIT;
	struct chain chain = {.count = 0};
	struct identity *id = NULL;
	struct public_key key;
	int rc = -1;

	if (read_chain(chain_pem, &der, &chain, err) == 0 &&
	    (id = trust_verify(t, &chain, now, NULL, err)) != NULL &&
	    check_holder(id, chain.der[0], &key, err) == 0) {
		memcpy(public_key, key.point.at, ATTEST_PUBLIC);
		rc = 0;
	}
	identity_free(&id);
	buf_free(&der);
	return rc;
}

/* ---- the statement ---- */

static int
check_signature(const struct attest_paper *p, const uint8_t *public_key, struct error *err)
{
	struct public_key key = {.kind = KEY_ED25519, .point = {public_key, ATTEST_PUBLIC}};
	struct buf message = BUF_INIT;
	int rc;

	attest_message(p->statement, &message);
	rc = signature_verify(&key, SCHEME_ED25519, p->signature, buf_str(&message), err);
	buf_free(&message);
	return rc;
}

static bool
says(const struct json *statement, const char *name, struct str value)
{
	const struct json *m = json_find(statement, name);

	return m != NULL && m->type == JSON_STRING && str_equal(m->text, value);
}

/* What must be in it, whatever it says. */
static bool
is_whole(const struct json *statement)
{
	static const struct {
		const char *name;
		enum json_type type;
	} members[] = {
	    {"hublet", JSON_STRING},
	    {"vault", JSON_STRING},
	    {"mount", JSON_STRING},
	    {"key", JSON_STRING},
	    {"type", JSON_STRING},
	    {"exportable", JSON_FALSE},
	    {"versions", JSON_ARRAY},
	    {"time", JSON_STRING},
	    {"nonce", JSON_STRING},
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		const struct json *m = json_find(statement, members[i].name);

		if (m == NULL || m->type != members[i].type)
			return false;
	}
	return true;
}

static const struct json *
read_statement(struct arena *a, const char *trust_domain, const struct attest_paper *p,
    struct str nonce, struct error *err)
{
	const struct json *s = json_parse(a, p->statement, &json_limits_body, err);

	if (s == NULL)
		return NULL;
	if (!says(s, "statement", str_of(ATTEST_LABEL)) || !is_whole(s))
		error_set(err, ERR_INVALID, "statement: it is none, or of another format");
	else if (!says(s, "trust_domain", str_of(trust_domain)))
		error_set(err, ERR_FOREIGN, "statement: it is not of trust domain %s",
		    trust_domain);
	else if (nonce.len > 0 && !says(s, "nonce", nonce))
		error_set(err, ERR_DENIED, "statement: it does not answer this nonce");
	else
		return s;
	return NULL;
}

const struct json *
attest_verify(struct arena *a, struct trust *t, const char *trust_domain,
    const struct attest_paper *p, struct str nonce, int64_t now, struct error *err)
{
	uint8_t public_key[ATTEST_PUBLIC];

	if (attest_check_chain(t, p->chain_pem, now, public_key, err) != 0 ||
	    check_signature(p, public_key, err) != 0)
		return NULL;
	return read_statement(a, trust_domain, p, nonce, err);
}
