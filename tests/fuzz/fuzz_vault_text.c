/*
 * Any bytes as a ciphertext, a signature or an HMAC: refused with a sentence, or found wrong;
 * nobody guesses a right one.  What the parser lets through is what was written.
 * Input: u8 what to do, then the text.
 */
#include <stdlib.h>
#include <string.h>

#include "keys/named_key.h"
#include "keys/named_use.h"
#include "keys/vault_text.h"

#define KEYS 4

static struct named_keys *all;
static struct named_key *keys[KEYS];

static void
make_keys(void)
{
	static const enum key_type types[KEYS] = {
	    KEY_AES256_GCM96, KEY_ED25519, KEY_ECDSA_P256, KEY_HMAC};
	struct keyring *keyring = keyring_new();
	struct header header;

	if (header_new(&header, "eu1", NULL) != 0)
		abort();
	all = named_keys_new(keyring, &header, 1 << 16);
	for (unsigned i = 0; i < KEYS; i++) {
		const struct named_key_request r = {.place = {.name = {"k", 1}},
		    .type = types[i],
		    .key_size = types[i] == KEY_HMAC ? 32 : 0};

		keys[i] = named_key_new(all, &r, NULL);
		if (keys[i] == NULL)
			abort();
	}
	keyring_free(&keyring);
	header_clear(&header);
}

static void
try_parser(uint8_t how, struct str text)
{
	static const struct vault_text_range range = {2, 70000};
	enum base64_kind alphabet = how & 1 ? BASE64_URL : BASE64_STD;
	struct buf bytes = BUF_INIT, again = BUF_INIT;
	struct str payload;
	uint32_t version = 0;

	if (vault_text_parse(how % 3, text, &range, &version, &payload, NULL) != 0)
		return;
	if (version < range.oldest || version > range.latest)
		abort();
	if (vault_text_decode(how % 3, alphabet, payload, &bytes, NULL) == 0) {
		base64_encode(&again, alphabet, bytes.data, bytes.len);
		if (!str_equal(buf_str(&again), payload))
			abort();
	}
	buf_free(&bytes), buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data + 1, size - 1};
	struct cipher_use cipher = {.version = 0};
	struct sign_use sign = {.hash = HASH_SHA2_256};
	struct hmac_use hmac = {.hash = HASH_SHA2_256};
	struct buf out = BUF_INIT;
	bool valid = false;

	if (size == 0)
		return 0;
	if (keys[0] == NULL)
		make_keys();
	try_parser(data[0], text);
	sign.marshaling = data[0] & 4 ? SIGN_JWS : SIGN_ASN1;
	for (unsigned i = 0; i < KEYS; i++) {
		struct error err = ERROR_INIT;

		if (named_key_decrypt(keys[i], &cipher, text, &out, &err) == 0 ||
		    err.text[0] == '\0' || out.len > 0)
			abort();
		named_key_verify(keys[i], &sign, text, text, &valid, NULL);
		if (valid)
			abort();
		named_key_verify_hmac(keys[i], &hmac, text, text, &valid, NULL);
		if (valid)
			abort();
	}
	buf_free(&out);
	return 0;
}
