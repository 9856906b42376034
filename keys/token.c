/*
 * Self-contained tokens.  The keeper seals and opens them; their bytes come from strangers.
 */
#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/reveal.h"
#include "base/text.h"
#include "keys/ad.h"
#include "keys/aead.h"
#include "keys/token.h"

#define PREFIX "hvs."
#define FORMAT 1
#define DRAWN 28

static void
bind(const struct header *h, struct ad *ad)
{
	ad_start(ad, "vaultd token 1");
	ad_put(ad, h->vault_id, VAULT_ID);
}

void
token_seal(const struct keyring *k, const struct header *h, struct str claims, struct buf *out)
{
	struct buf bytes = BUF_INIT;
	struct ad ad;

	bind(h, &ad);
	buf_put_u8(&bytes, FORMAT);
	aead_wrap(
	    keyring_key(k, KEYRING_TOKEN), ad.bytes, ad.len, claims.at, claims.len, &bytes);
	buf_put_text(out, PREFIX);
	base64_encode(out, BASE64_URL, bytes.data, bytes.len);
	buf_free(&bytes);
}

int
token_open(const struct keyring *k, const struct header *h, struct str token,
    struct buf *claims, struct error *err)
{
	struct buf bytes = BUF_INIT;
	struct ad ad;
	int rc = -1;

	bind(h, &ad);
	if (str_starts(token, PREFIX) &&
	    base64_decode(&bytes, BASE64_URL, str_from(token, strlen(PREFIX)), NULL) &&
	    bytes.len > 0 && bytes.data[0] == FORMAT)
		rc = aead_unwrap(keyring_key(k, KEYRING_TOKEN), ad.bytes, ad.len,
		    bytes.data + 1, bytes.len - 1, claims, NULL);
	if (rc != 0)
		error_set(err, ERR_DENIED, "this vault did not make this token");
	buf_free(&bytes);
	return rc;
}

/* Two bytes for each character: 65536 mod 62 favours none by more than 0.1 %. */
static void
base62(const uint8_t *bytes, size_t count, char *text)
{
	static const char digits[] =
	    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	for (size_t i = 0; i < count; i++)
		text[i] = digits[(bytes[2 * i] << 8 | bytes[2 * i + 1]) % 62];
}

void
token_draw(struct buf *out)
{
	uint8_t bytes[2 * DRAWN];
	char text[DRAWN];

	random_bytes(bytes, sizeof bytes);
	base62(bytes, DRAWN, text);
	buf_put_text(out, PREFIX);
	buf_put(out, text, sizeof text);
	wipe(bytes, sizeof bytes);
	wipe(text, sizeof text);
}

void
token_accessor(const struct keyring *k, struct str token, char accessor[TOKEN_ACCESSOR + 1])
{
	static const char label[] = "vaultd accessor 1";
	const uint8_t *key = secret_reveal(keyring_key(k, KEYRING_TOKEN), NULL);
	uint8_t hash[2 * TOKEN_ACCESSOR];
	crypto_generichash_state state;

	crypto_generichash_init(&state, key, AEAD_KEY, sizeof hash);
	crypto_generichash_update(&state, (const uint8_t *)label, sizeof label - 1);
	crypto_generichash_update(&state, (const uint8_t *)token.at, token.len);
	crypto_generichash_final(&state, hash, sizeof hash);
	base62(hash, TOKEN_ACCESSOR, accessor);
	accessor[TOKEN_ACCESSOR] = '\0';
}
