/*
 * Keys of leaves.  Runs in the keeper, RSA in its workers.
 */
#include "keys/leaf_key.h"

#include <string.h>

#include "base/pem.h"
#include "base/reveal.h"
#include "base/text.h"
#include "keys/pair.h"

static const char *
label_of(const EVP_PKEY *pair, enum leaf_key_form form)
{
	if (form == LEAF_KEY_PLAIN && EVP_PKEY_is_a(pair, "RSA"))
		return "RSA PRIVATE KEY";
	if (form == LEAF_KEY_PLAIN && EVP_PKEY_is_a(pair, "EC"))
		return "EC PRIVATE KEY";
	return "PRIVATE KEY";
}

int
leaf_key_make(const char *type, unsigned bits, enum leaf_key_form form, struct leaf_key *k,
    struct error *err)
{
	EVP_PKEY *pair = pair_new(type, bits);

	memset(k, 0, sizeof(*k));
	if (pair == NULL)
		return error_set(
		    err, ERR_INVALID, "there is no key of type %s with %u bits", type, bits);
	pair_put_public(pair, &k->spki);
	k->der = form == LEAF_KEY_PKCS8 ? pair_pkcs8(pair) : pair_private(pair);
	k->label = label_of(pair, form);
	EVP_PKEY_free(pair);
	return 0;
}

void
leaf_key_clear(struct leaf_key *k)
{
	buf_free(&k->spki);
	secret_free(&k->der);
}

void
leaf_key_put_base64(const struct leaf_key *k, struct buf *out)
{
	size_t len;
	const uint8_t *der = secret_reveal(k->der, &len);

	base64_encode(out, BASE64_STD, der, len);
}

void
leaf_key_put_pem(const struct leaf_key *k, struct buf *out)
{
	size_t len;
	const uint8_t *der = secret_reveal(k->der, &len);

	pem_put(k->label, (struct str){(const char *)der, len}, out);
}
