/*
 * OCSP requests: those of tools are read; whatever is cut, changed or too large is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ocsp.h>

#include "policy/certificate_read.h"
#include "policy/ocsp.h"
#include "tests/unit/certs.h"

static struct cert *ca, *leaf;

static int
set_up(void **state)
{
	(void)state;
	ca = certs_ca("na1 CA", NULL, NULL);
	leaf = certs_leaf("spiffe://na1.example/svc/a", ca, NULL);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	certs_free(&leaf);
	certs_free(&ca);
	return 0;
}

/* A request by OpenSSL: the leaf, n times. */
static void
make(unsigned n, const EVP_MD *md, bool nonce, struct buf *der)
{
	OCSP_REQUEST *r = OCSP_REQUEST_new();
	unsigned char *bytes = NULL;
	int len;

	for (unsigned i = 0; i < n; i++)
		assert_non_null(
		    OCSP_request_add0_id(r, OCSP_cert_to_id(md, leaf->x509, ca->x509)));
	if (nonce)
		assert_int_equal(OCSP_request_add1_nonce(r, NULL, 16), 1);
	len = i2d_OCSP_REQUEST(r, &bytes);
	buf_clear(der);
	buf_put(der, bytes, (size_t)len);
	OPENSSL_free(bytes);
	OCSP_REQUEST_free(r);
}

static void
test_read(void **state)
{
	struct certificate_view issuer, view, other;
	struct buf der = BUF_INIT;
	struct ocsp_request r;

	(void)state;
	assert_int_equal(certificate_read(certs_der(ca), &issuer, NULL), 0);
	assert_int_equal(certificate_read(certs_der(leaf), &view, NULL), 0);
	other = view;
	for (int i = 0; i < 4; i++) {
		make(2, i < 2 ? EVP_sha1() : EVP_sha256(), i % 2 == 0, &der);
		assert_int_equal(ocsp_read(buf_str(&der), &r, NULL), 0);
		assert_int_equal(r.count, 2);
		assert_true(str_equal(r.asked[1].serial, view.serial));
		assert_int_equal(r.nonce.at != NULL, i % 2 == 0);
		assert_true(ocsp_is_about(&r.asked[0], issuer.subject, issuer.spki));
		assert_false(ocsp_is_about(&r.asked[0], issuer.subject, other.spki));
		assert_false(ocsp_is_about(&r.asked[0], other.subject, issuer.spki));
	}
	make(OCSP_ASKED + 1, EVP_sha1(), false, &der);
	assert_int_equal(ocsp_read(buf_str(&der), &r, NULL), -1);
	make(0, EVP_sha1(), false, &der);
	assert_int_equal(ocsp_read(buf_str(&der), &r, NULL), -1);
	make(1, EVP_sha384(), false, &der);
	assert_int_equal(ocsp_read(buf_str(&der), &r, NULL), -1);
	buf_free(&der);
}

/* Cut anywhere it is refused; changed anywhere it is not read beyond its end. */
static void
test_damaged(void **state)
{
	struct buf der = BUF_INIT;
	struct ocsp_request r;

	(void)state;
	make(2, EVP_sha256(), true, &der);
	for (size_t i = 0; i < der.len; i++) {
		assert_int_equal(ocsp_read((struct str){(char *)der.data, i}, &r, NULL), -1);
		der.data[i] ^= 0x21;
		(void)ocsp_read(buf_str(&der), &r, NULL);
		der.data[i] ^= 0x21;
	}
	buf_free(&der);
}

/* What is answered is what OpenSSL reads. */
static void
test_reply(void **state)
{
	static const struct ocsp_answer answers[] = {
	    {OCSP_GOOD, 0}, {OCSP_REVOKED, CERTS_NOW - 5}, {OCSP_UNKNOWN, 0}};
	struct buf der = BUF_INIT, data = BUF_INIT, no = BUF_INIT;
	struct certificate_view issuer;
	struct ocsp_request r;
	struct ocsp_reply reply = {
	    .request = &r, .answers = answers, .now = CERTS_NOW, .until = CERTS_NOW + 60};
	const unsigned char *p;
	OCSP_RESPDATA *read;
	OCSP_RESPONSE *response;

	(void)state;
	assert_int_equal(certificate_read(certs_der(ca), &issuer, NULL), 0);
	make(3, EVP_sha1(), true, &der);
	assert_int_equal(ocsp_read(buf_str(&der), &r, NULL), 0);
	reply.responder_spki = issuer.spki;
	ocsp_put_data(&reply, &data);
	p = data.data;
	read = d2i_OCSP_RESPDATA(NULL, &p, (long)data.len);
	assert_non_null(read);
	assert_ptr_equal(p, data.data + data.len);
	OCSP_RESPDATA_free(read);
	ocsp_put_failure(OCSP_UNAUTHORIZED, &no);
	p = no.data;
	response = d2i_OCSP_RESPONSE(NULL, &p, (long)no.len);
	assert_non_null(response);
	assert_int_equal(OCSP_response_status(response), OCSP_RESPONSE_STATUS_UNAUTHORIZED);
	OCSP_RESPONSE_free(response);
	buf_free(&no);
	buf_free(&data);
	buf_free(&der);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_damaged),
	    cmocka_unit_test(test_reply),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
