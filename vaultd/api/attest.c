/*
 * Keeper: attestation of named keys.  Trusted with the vault's signer, which signs nothing else.
 */
#include "vaultd/api/attest.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "keys/csr.h"
#include "keys/digest.h"
#include "policy/attest.h"
#include "vaultd/api/statement.h"
#include "vaultd/api/transit_keys.h"
#include "vaultd/config.h"

#define HOW_TO_CERTIFY \
	"have the request of GET sys/attest/csr signed by the Hublet's CA, " \
	"and POST the chain to sys/attest/certificate"

static struct record_name
record_of(const char *name)
{
	static const uint8_t none[16];

	return (struct record_name){ RECORD_SYSTEM, none, { "", 0 }, str_of(name) };
}

/* ---- the signer ---- */

bool
api_attest_creates(struct call *c)
{
	struct record_name n = record_of("attest-signer");

	return !records_has(c->records, &n);
}

static struct secret *
make_signer(struct call *c)
{
	struct record_name n = record_of("attest-signer");
	uint8_t public_key[DIGEST_PUBLIC];
	struct secret *signer = digest_signer_new(public_key);
	struct buf text = BUF_INIT;

	digest_signer_put(signer, &text);
	records_put(c->records, &n, buf_str(&text));
	buf_free(&text);
	return signer;
}

/* NULL: err. */
static struct secret *
read_signer(struct call *c, struct error *err)
{
	struct record_name n = record_of("attest-signer");
	struct secret *signer = NULL;
	struct buf text = BUF_INIT;

	if (records_get(c->records, &n, &text, err) == 0) {
		if (text.len == DIGEST_SIGNER)
			signer = secret_take(text.data, text.len);
		else
			error_set(err, ERR_CORRUPT, "the signer of attestations is no key");
	}
	buf_free(&text);
	return signer;
}

int
api_attest_csr(struct call *c, struct error *err)
{
	struct secret *signer = api_attest_creates(c) ? make_signer(c) : read_signer(c, err);
	struct buf uri = BUF_INIT, pem = BUF_INIT;
	struct json_writer w;

	if (signer == NULL)
		return -1;
	buf_printf(&uri, "spiffe://%s" ATTEST_PATH "%c", c->config->trust_domain, '\0');
	csr_format(signer, "vault", (const char *)uri.data, &pem);
	w = reply_data(c);
	json_put_str(&w, "csr", buf_str(&pem));
	json_close_object(&w);
	secret_free(&signer);
	buf_free(&uri);
	buf_free(&pem);
	return 0;
}

/* ---- its certificate ---- */

/* Whether a chain is good now and is the signer's.  -1 with err. */
static int
check_certificate(struct call *c, struct str pem, struct error *err)
{
	uint8_t certified[ATTEST_PUBLIC], own[DIGEST_PUBLIC];
	struct secret *signer;

	if (attest_check_chain(c->trust, pem, c->now / CLOCK_SECOND,
		certified, err) != 0 ||
	    (signer = read_signer(c, err)) == NULL)
		return -1;
	digest_signer_public(signer, own);
	secret_free(&signer);
	return memcmp(own, certified, sizeof(own)) == 0 ? 0 :
	    error_set(err, ERR_INVALID, "certificate: it is not for the key of this vault's "
		"request (GET sys/attest/csr)");
}

static int
read_certificate(struct call *c, struct buf *pem, struct error *err)
{
	struct record_name n = record_of("attest-certificate");

	return records_get(c->records, &n, pem, err);
}

int
api_attest_certificate_read(struct call *c, struct error *err)
{
	struct buf pem = BUF_INIT;
	struct json_writer w;
	int rc = read_certificate(c, &pem, err);

	if (rc == 0) {
		w = reply_data(c);
		json_put_str(&w, "certificate", buf_str(&pem));
		json_close_object(&w);
	}
	buf_free(&pem);
	return rc;
}

int
api_attest_certificate_write(struct call *c, struct error *err)
{
	struct record_name n = record_of("attest-certificate");
	struct str pem = { "", 0 };

	if (field_text(c, "certificate", &pem, NULL) != 0)
		return -1;
	if (api_attest_creates(c))
		return call_refuse(c, 400,
		    "this vault has made no request yet: GET sys/attest/csr, and let the Hublet's "
		    "CA sign it");
	if (check_certificate(c, pem, err) != 0)
		return transit_refuse(c, err);
	records_put(c->records, &n, pem);
	return 0;
}

/* ---- a paper ---- */

/* The certificate that goes along; the caller is told how to come by one. */
static int
find_certificate(struct call *c, struct buf *pem, struct error *err)
{
	struct error why = ERROR_INIT;

	if (read_certificate(c, pem, &why) == 0) {
		if (check_certificate(c, buf_str(pem), &why) == 0)
			return 0;
		return call_refuse(c, 400, "the vault's own certificate is not good any more (%s): "
		    HOW_TO_CERTIFY, why.text);
	}
	if (why.code != ERR_NOT_FOUND) {
		*err = why;
		return -1;
	}
	return call_refuse(c, 400, "the vault has no certificate of its own yet: " HOW_TO_CERTIFY);
}

static int
answer(struct call *c, struct str statement, struct str chain, struct error *err)
{
	struct secret *signer = read_signer(c, err);
	uint8_t signature[DIGEST_SIGNATURE];
	struct buf message = BUF_INIT, text = BUF_INIT;
	struct json_writer w;

	if (signer == NULL)
		return -1;
	attest_message(statement, &message);
	digest_sign(signer, buf_str(&message), signature);
	base64_encode(&text, BASE64_STD, signature, sizeof(signature));
	w = reply_data(c);
	json_put_str(&w, "statement", statement);
	json_put_str(&w, "signature", buf_str(&text));
	json_put_str(&w, "certificate", chain);
	json_close_object(&w);
	secret_free(&signer);
	buf_free(&message);
	buf_free(&text);
	return 0;
}

int
transit_attest(struct call *c, struct error *err)
{
	static const struct absence absent = { "key not found", NULL };
	struct named_key *k = transit_find(c, c->parameter[0], &absent, err);
	struct buf statement = BUF_INIT, chain = BUF_INIT;
	struct str nonce = { "", 0 };
	int rc = -1;

	if (k == NULL || field_text(c, "nonce", &nonce, NULL) != 0)
		goto out;
	if (nonce.len == 0 || nonce.len > ATTEST_NONCE_MAX) {
		call_refuse(c, 400, "'nonce' must have 1 to %d bytes", ATTEST_NONCE_MAX);
	} else if (find_certificate(c, &chain, err) == 0) {
		statement_format(c, k, nonce, &statement);
		rc = answer(c, buf_str(&statement), buf_str(&chain), err);
	}
out:
	named_key_free(&k);
	buf_free(&statement);
	buf_free(&chain);
	return rc;
}
