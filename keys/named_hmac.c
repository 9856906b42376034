/*
 * HMACs under named keys: of type hmac under the key itself, else under one that each version
 * has beside it.
 */
#include <sodium.h>

#include "keys/named_inside.h"
#include "keys/named_use.h"
#include "keys/vault_text.h"

static int
refuse(const struct named_key *k, const struct hmac_use *use, struct error *err)
{
	if (named_key_refuse_deleted(k, err) != 0)
		return -1;
	if (k->set.type == KEY_WRAPPING)
		return error_set(err, ERR_UNSUPPORTED, "key type %s does not support HMAC",
		    named_traits(k)->name);
	if (use->hash == HASH_NONE)
		return error_set(err, ERR_INVALID, "unsupported algorithm: HMAC needs a hash");
	return 0;
}

/* The version to make one with: 0 is the latest. */
static int
pick(const struct named_key *k, struct hmac_use *use, struct error *err)
{
	int64_t wanted = use->version == 0 ? k->set.latest_version : use->version;

	if (wanted != k->set.latest_version && wanted < k->set.min_encryption_version)
		return error_set(err, ERR_INVALID,
		    "cannot generate HMAC: version is too old (disallowed by policy)");
	if (wanted > k->set.latest_version)
		return error_set(err, ERR_INVALID,
		    "key version does not exist; latest key version is %u",
		    k->set.latest_version);
	use->used = (uint32_t)wanted;
	return 0;
}

/* sum: HASH_MAX bytes. */
static int
compute(const struct named_key *k, const struct hmac_use *use, struct str input, uint8_t *sum,
    struct error *err)
{
	struct named_version *v = named_key_usable(k, use->used, err);
	const struct named_open *open = NULL;

	if (v == NULL || (open = named_keys_acquire(k, v, err)) == NULL)
		return -1;
	hash_hmac(use->hash, open->hmac, &input, 1, sum);
	named_keys_release(k, v);
	return 0;
}

int
named_key_hmac(const struct named_key *k, struct hmac_use *use, struct str input,
    struct buf *out, struct error *err)
{
	uint8_t sum[HASH_MAX];

	if (refuse(k, use, err) != 0 || pick(k, use, err) != 0 ||
	    compute(k, use, input, sum, err) != 0)
		return -1;
	vault_text_format(out, use->used, BASE64_STD, sum, hash_size(use->hash));
	return 0;
}

int
named_key_verify_hmac(const struct named_key *k, struct hmac_use *use, struct str input,
    struct str text, bool *valid, struct error *err)
{
	const struct vault_text_range range = {
	    k->set.min_decryption_version, k->set.latest_version};
	struct buf given = BUF_INIT;
	struct str payload;
	uint8_t sum[HASH_MAX];
	int rc = -1;

	*valid = false;
	if (refuse(k, use, err) != 0 ||
	    vault_text_parse(VAULT_HMAC, text, &range, &use->used, &payload, err) != 0)
		return -1;
	if (vault_text_decode(VAULT_HMAC, BASE64_STD, payload, &given, err) == 0 &&
	    compute(k, use, input, sum, err) == 0) {
		*valid = given.len == hash_size(use->hash) &&
			 sodium_memcmp(given.data, sum, given.len) == 0;
		rc = 0;
	}
	wipe(sum, sizeof sum); /* what would have been right */
	buf_free(&given);
	return rc;
}
