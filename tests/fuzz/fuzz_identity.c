/*
 * Leaf certificates: what our walk accepts is a SPIFFE leaf, and OpenSSL reads the same from
 * it.
 */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
must(int holds)
{
	if (!holds)
		abort();
}

/* The one URI name in OpenSSL's eyes. */
static void
check_names(X509 *x, const struct identity *id)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	unsigned uris = 0;

	/* OpenSSL takes names apart that we keep closed (otherName ...), and may not like them.
	 */
	for (int i = 0; names != NULL && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_URI)
			continue;
		must((size_t)ASN1_STRING_length(name->d.ia5) == id->id.len);
		must(memcmp(ASN1_STRING_get0_data(name->d.ia5), id->id.at, id->id.len) == 0);
		uris++;
	}
	must(names == NULL || uris == 1);
	GENERAL_NAMES_free(names);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct identity *id = identity_read(bytes, len, NULL);
	const unsigned char *p = bytes;
	X509 *x;

	if (id == NULL)
		return 0;
	must(spiffe_check(id->id, NULL) == 0);
	must(id->uri.count == 1 && str_equal(id->uri.names[0], id->id));
	must(id->not_before <= id->not_after);
	must(id->serial.len > 0 && id->serial.at[0] != '0');
	x = d2i_X509(NULL, &p, (long)len);
	if (x != NULL) {
		must(p == bytes + len);
		must(X509_get_version(x) == X509_VERSION_3);
		check_names(x, id);
	}
	X509_free(x);
	ERR_clear_error();
	identity_free(&id);
	return 0;
}
