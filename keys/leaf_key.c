/*
 * Keys of leaves.  Runs in the keeper, RSA in its workers.
 */
#include "keys/leaf_key.h"

#include <string.h>

#include "base/pem.h"
#include "base/reveal.h"
#include "base/text.h"
#include "keys/pair.h"

int
leaf_key_make(const char *type, unsigned bits, struct leaf_key *k, struct error *err)
{
	EVP_PKEY *pair = pair_new(type, bits);

	memset(k, 0, sizeof(*k));
	if (pair == NULL)
		return error_set(
		    err, ERR_INVALID, "there is no key of type %s with %u bits", type, bits);
	pair_put_public(pair, &k->spki);
	k->plain = pair_private(pair);
	k->pkcs8 = pair_pkcs8(pair);
	k->plain_label = EVP_PKEY_is_a(pair, "RSA") ? "RSA PRIVATE KEY" :
			 EVP_PKEY_is_a(pair, "EC")  ? "EC PRIVATE KEY" :
						      "PRIVATE KEY";
	EVP_PKEY_free(pair);
	return 0;
}

void
leaf_key_clear(struct leaf_key *k)
{
	buf_free(&k->spki);
	secret_free(&k->plain);
	secret_free(&k->pkcs8);
}

static struct str
der_of_form(const struct leaf_key *k, enum leaf_key_form form)
{
	size_t len;
	const uint8_t *der = secret_reveal(form == LEAF_KEY_PKCS8 ? k->pkcs8 : k->plain, &len);

	return (struct str){(const char *)der, len};
}

void
leaf_key_put_base64(const struct leaf_key *k, enum leaf_key_form form, struct buf *out)
{
	struct str der = der_of_form(k, form);

	base64_encode(out, BASE64_STD, der.at, der.len);
}

void
leaf_key_put_pem(const struct leaf_key *k, enum leaf_key_form form, struct buf *out)
{
	pem_put(form == LEAF_KEY_PKCS8 ? "PRIVATE KEY" : k->plain_label, der_of_form(k, form), out);
}
