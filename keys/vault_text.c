/*
 * The text around ciphertexts, signatures and HMACs, from whoever sends one.
 */
#include <string.h>

#include "keys/vault_text.h"

#define PREFIX "vault:v"

/* The reference's sentences. */
static const struct {
	const char *no_prefix, *fields, *number, *too_new, *too_old, *base64;
} words[] = {
    [VAULT_CIPHERTEXT] = {"invalid ciphertext: no prefix",
	"invalid ciphertext: wrong number of fields",
	"invalid ciphertext: version number could not be decoded",
	"invalid ciphertext: version is too new",
	"ciphertext or signature version is disallowed by policy (too old)",
	"invalid ciphertext: could not decode base64"},
    [VAULT_SIGNATURE] = {"invalid signature: no prefix",
	"invalid signature: wrong number of fields",
	"invalid signature: version number could not be decoded",
	"invalid signature: version is too new",
	"ciphertext or signature version is disallowed by policy (too old)",
	"invalid base64 signature value"},
    [VAULT_HMAC] = {"invalid HMAC to verify: no prefix", "invalid HMAC: wrong number of fields",
	"invalid HMAC: version number could not be decoded", "invalid HMAC: version is too new",
	"cannot verify HMAC: version is too old (disallowed by policy)",
	"invalid base64 HMAC value"},
};

void
vault_text_format(
    struct buf *out, uint32_t version, enum base64_kind alphabet, const void *bytes, size_t len)
{
	char digits[12];
	size_t at = sizeof digits;

	digits[--at] = ':';
	do
		digits[--at] = (char)('0' + version % 10);
	while ((version /= 10) > 0);
	buf_put(out, PREFIX, sizeof PREFIX - 1);
	buf_put(out, digits + at, sizeof digits - at);
	base64_encode(out, alphabet, bytes, len);
}

/* A decimal number with an optional sign, as the reference reads it; false: it is none. */
static bool
read_version(struct str text, bool *negative, unsigned long long *version)
{
	*negative = text.len > 0 && text.at[0] == '-';
	if (*negative || (text.len > 0 && text.at[0] == '+'))
		text = str_from(text, 1);
	return str_to_u64(text, version);
}

int
vault_text_parse(enum vault_text_kind kind, struct str text,
    const struct vault_text_range *range, uint32_t *version, struct str *payload,
    struct error *err)
{
	struct str number;
	unsigned long long v = 0;
	bool negative = false;

	if (!str_starts(text, PREFIX))
		return error_set(err, ERR_INVALID, "%s", words[kind].no_prefix);
	if (!str_cut(str_from(text, strlen(PREFIX)), ':', &number, payload))
		return error_set(err, ERR_INVALID, "%s", words[kind].fields);
	if (!read_version(number, &negative, &v))
		return error_set(err, ERR_INVALID, "%s", words[kind].number);
	if (v == 0 && kind == VAULT_CIPHERTEXT)
		v = 1;
	if (!negative && v > range->latest)
		return error_set(err, ERR_INVALID, "%s", words[kind].too_new);
	if (negative || v < range->oldest)
		return error_set(err, ERR_INVALID, "%s", words[kind].too_old);
	*version = (uint32_t)v;
	return 0;
}

int
vault_text_decode(enum vault_text_kind kind, enum base64_kind alphabet, struct str payload,
    struct buf *out, struct error *err)
{
	if (!base64_decode(out, alphabet, payload, NULL))
		return error_set(err, ERR_INVALID, "%s", words[kind].base64);
	return 0;
}
