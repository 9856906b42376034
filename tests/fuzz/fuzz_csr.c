/*
 * Certificate requests: what our walk accepts is one in OpenSSL's eyes too, with the same
 * names.
 */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/csr.h"
#include "policy/der_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
must(int holds)
{
	if (!holds)
		abort();
}

/* The names are written as they were read. */
static void
check_names(const struct csr *c)
{
	static struct san again;
	struct buf der = BUF_INIT;

	if (san_empty(&c->names))
		return;
	san_put(&c->names, &der);
	memset(&again, 0, sizeof(again));
	must(san_read(der_of(der.data, der.len), &again, NULL) == 0);
	must(again.dns.count == c->names.dns.count && again.uri.count == c->names.uri.count);
	must(again.address.count == c->names.address.count);
	must(again.other_type.count == c->names.other_type.count);
	buf_free(&der);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct csr *c = csr_read_der((struct str){(const char *)bytes, len}, NULL);
	const unsigned char *p = bytes;
	X509_REQ *r;

	if (c == NULL)
		return 0;
	r = d2i_X509_REQ(NULL, &p, (long)len);
	must(r != NULL && p == bytes + len);
	check_names(c);
	X509_REQ_free(r);
	ERR_clear_error();
	csr_free(&c);
	return 0;
}
