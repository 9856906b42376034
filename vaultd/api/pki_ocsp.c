/*
 * Keeper: OCSP of a PKI mount: one certificate asked about, the answer signed by its CA.
 */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "policy/certificate.h"
#include "policy/ocsp.h"
#include "vaultd/api/pki_cert.h"
#include "vaultd/api/pki_order.h"
#include "vaultd/api/pki_settings.h"

static int
refuse(struct call *c, enum ocsp_failure why, unsigned status)
{
	struct buf der = BUF_INIT;

	ocsp_put_failure(why, &der);
	pki_answer_raw(c, "application/ocsp-response", buf_str(&der));
	c->reply.status = status;
	buf_free(&der);
	return 0;
}

/* POST: the body; GET: what stands behind the path, base64. */
static bool
read_request(struct call *c, struct ocsp_request *r)
{
	struct buf der = BUF_INIT;
	struct str bytes = c->bytes;

	if (c->operation == OP_READ) {
		if (!base64_decode(&der, BASE64_STD, c->parameter[0], NULL))
			return false;
		bytes = pki_keep(c, &der);
	}
	return bytes.at != NULL && ocsp_read(bytes, r, NULL) == 0;
}

/* The issuer that all of the questions are about: 0; 1 there is none; -1 err. */
static int
find_issuer(
    struct call *c, const struct ocsp_request *r, struct pki_issuer *i, struct error *err)
{
	struct pki_issuers all;

	if (pki_issuers_read(c, &all, err) != 0)
		return -1;
	for (unsigned n = 0; n < all.count; n++) {
		unsigned asked = 0;

		*i = all.list[n];
		while (asked < r->count &&
		       ocsp_is_about(&r->asked[asked], i->view.subject, i->view.spki))
			asked++;
		if (asked == r->count && i->key_id.len > 0)
			return 0;
	}
	return 1;
}

/* A certificate that was issued without being kept is good as long as it is not revoked. */
static int
judge(struct call *c, const struct ocsp_request *r, struct ocsp_answer *answers,
    struct error *err)
{
	for (unsigned n = 0; n < r->count; n++) {
		struct pki_revoked revoked;
		int rc = r->asked[n].serial.len > SERIAL_BYTES
			     ? 1
			     : pki_revoked_find(c, r->asked[n].serial, &revoked, err);

		if (rc < 0)
			return -1;
		answers[n] = (struct ocsp_answer){ rc == 0 ? OCSP_REVOKED : OCSP_GOOD,
			rc == 0 ? pki_seconds(revoked.since) : 0 };
	}
	return 0;
}

static int
answer(struct call *c, const struct ocsp_request *r, struct pki_issuer *i,
    const struct json *config, struct error *err)
{
	struct ocsp_answer answers[OCSP_ASKED];
	struct ocsp_reply reply = { .request = r,
		.answers = answers,
		.responder_spki = i->view.spki,
		.now = pki_seconds(c->now) };
	struct ca_key_manner manner = { 0, false };
	struct buf data = BUF_INIT, algorithm = BUF_INIT, signature = BUF_INIT,
		   basic = BUF_INIT;
	struct buf response = BUF_INIT;
	struct ca_key *key = NULL;

	reply.until = pki_seconds(c->now + pki_crl_duration(config, "ocsp_expiry"));
	if (judge(c, r, answers, err) != 0 ||
	    pki_open_issuer(c, i->id, "ocsp-signing", i, &key, err) != 0)
		return -1;
	ocsp_put_data(&reply, &data);
	ca_key_put_algorithm(key, manner, &algorithm);
	ca_key_sign(key, manner, buf_str(&data), &signature);
	signed_put(buf_str(&data), buf_str(&algorithm), buf_str(&signature), &basic);
	ocsp_put_response(buf_str(&basic), &response);
	pki_answer_raw(c, "application/ocsp-response", buf_str(&response));
	ca_key_free(&key);
	buf_free(&data);
	buf_free(&algorithm);
	buf_free(&signature);
	buf_free(&basic);
	buf_free(&response);
	return 0;
}

int
api_pki_ocsp(struct call *c, struct error *err)
{
	const struct json *config;
	struct ocsp_request r;
	struct pki_issuer i;
	int rc;

	if (pki_config(c, "crl", &config, err) != 0)
		return -1;
	if (settings_truth(config, "ocsp_disable"))
		return refuse(c, OCSP_UNAUTHORIZED, 401);
	if (!read_request(c, &r))
		return refuse(c, OCSP_MALFORMED, 400);
	rc = find_issuer(c, &r, &i, err);
	if (rc == 1)
		return refuse(c, OCSP_UNAUTHORIZED, 401);
	return rc != 0 ? -1 : answer(c, &r, &i, config, err);
}
