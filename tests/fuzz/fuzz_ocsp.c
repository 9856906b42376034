/*
 * OCSP requests: what our walk accepts is one in OpenSSL's eyes too, and is answered in kind.
 */
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <stdint.h>
#include <stdlib.h>

#include "policy/ocsp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
must(int holds)
{
	if (!holds)
		abort();
}

/* An answer to it can be read. */
static void
answer(const struct ocsp_request *r)
{
	static const char spki[] = "\x30\x08\x30\x02\x05\x00\x03\x02\x00\x01";
	static const struct ocsp_answer good[OCSP_ASKED];
	struct ocsp_reply reply = {.request = r,
	    .answers = good,
	    .responder_spki = {spki, sizeof(spki) - 1},
	    .now = 1764064800,
	    .until = 1764064900};
	struct buf out = BUF_INIT;
	const unsigned char *p;
	OCSP_RESPDATA *read;

	ocsp_put_data(&reply, &out);
	p = out.data;
	read = d2i_OCSP_RESPDATA(NULL, &p, (long)out.len);
	must(read != NULL && p == out.data + out.len);
	OCSP_RESPDATA_free(read);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct ocsp_request r;
	const unsigned char *p = bytes;
	OCSP_REQUEST *request;

	if (ocsp_read((struct str){(const char *)bytes, len}, &r, NULL) != 0)
		return 0;
	must(r.count >= 1 && r.count <= OCSP_ASKED);
	request = d2i_OCSP_REQUEST(NULL, &p, (long)len);
	if (request != NULL) {
		must(p == bytes + len);
		must(OCSP_request_onereq_count(request) == (int)r.count);
		answer(&r);
	}
	OCSP_REQUEST_free(request);
	ERR_clear_error();
	return 0;
}
