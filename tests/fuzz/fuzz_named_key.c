/*
 * Any bytes as the record of a named key: what is parsed is written back the same, and can be
 * used, copied and changed without harm, whatever its versions hold.
 */
#include "keys/named_key.h"
#include "keys/named_use.h"
#include "tests/fuzz/known.h"

static struct named_keys *all;
static struct named_key_place place = {.name = {"name", 4}};

static void
set_up(void)
{
	struct header header;
	struct keyring *keyring = NULL;

	open_known(&header, &keyring, place.mount);
	all = named_keys_new(keyring, &header, 1 << 16);
	keyring_free(&keyring);
	header_clear(&header);
}

static void
use(const struct named_key *k, int64_t version)
{
	struct cipher_use cipher = {.version = version, .context = str_of("c")};
	struct sign_use sign = {
	    .version = version, .hash = HASH_SHA2_256, .context = str_of("c")};
	struct hmac_use hmac = {.version = version, .hash = HASH_SHA2_256};
	struct buf out = BUF_INIT, back = BUF_INIT;

	if (named_key_encrypt(k, &cipher, str_of("text"), &out, NULL) == 0 &&
	    named_key_decrypt(k, &cipher, buf_str(&out), &back, NULL) == 0 &&
	    !str_is(buf_str(&back), "text"))
		abort();
	named_key_sign(k, &sign, str_of("text"), &out, NULL);
	named_key_hmac(k, &hmac, str_of("text"), &out, NULL);
	named_key_public(k, (uint32_t)version, str_of("c"), &out, NULL);
	buf_free(&out), buf_free(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str record = {(const char *)data, size};
	struct named_key *k = NULL, *copy = NULL;
	struct buf out = BUF_INIT;

	if (all == NULL)
		set_up();
	k = named_key_parse(all, &place, record, NULL);
	if (k == NULL)
		return 0;
	named_key_format(k, &out);
	if (!str_equal(buf_str(&out), record))
		abort();
	use(k, 0);
	use(k, 1);
	copy = named_key_copy(k);
	named_key_trim(copy, named_key_settings(k)->latest_version, NULL);
	if (!key_type_traits(named_key_settings(k)->type)->slow_new)
		named_key_rotate(copy, NULL);
	use(copy, 0);
	named_key_free(&k);
	named_key_free(&copy);
	buf_free(&out);
	return 0;
}
