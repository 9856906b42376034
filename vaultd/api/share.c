/*
 * Keeper: from a request to the bytes of a share, which pass here in bufs that wipe themselves.
 */
#include "vaultd/api/share.h"

#include "base/reveal.h"
#include "base/text.h"
#include "keys/shamir.h"
#include "keys/sharebox.h"

/* Hex (16 to 33 bytes of it) or base64. */
static bool
decode(struct str key, struct buf *bytes)
{
	return (key.len >= 32 && key.len <= 66 && hex_decode(bytes, key)) ||
	    base64_decode(bytes, BASE64_STD, key, NULL);
}

static int
check_text(struct call *c, struct str key)
{
	struct buf bytes = BUF_INIT;
	bool good = decode(key, &bytes);

	buf_free(&bytes);
	return good ? 0 : call_refuse(c, 400, "'key' must be a valid hex or base64 string");
}

int
share_find(struct call *c, struct share_text *text)
{
	*text = (struct share_text){{NULL, 0}, {NULL, 0}};
	if (field_text(c, "key", &text->key, NULL) != 0 ||
	    field_text(c, "sealed_key", &text->sealed, NULL) != 0)
		return -1;
	if (text->key.len > 0 && text->sealed.len > 0)
		return call_refuse(c, 400, "'key' and 'sealed_key' are two shares: give one");
	return check_text(c, text->key);
}

static int
read_plain(struct call *c, struct str key, struct secret **share)
{
	struct buf bytes = BUF_INIT;

	if (!decode(key, &bytes) || bytes.len < 16)
		call_refuse(c, 400, "invalid key: key is shorter than minimum 16 bytes");
	else if (bytes.len > SHAMIR_SHARE)
		call_refuse(
		    c, 400, "invalid key: key is longer than maximum %d bytes", SHAMIR_SHARE);
	else
		*share = secret_take(bytes.data, bytes.len);
	buf_free(&bytes);
	return c->refused ? -1 : 0;
}

static int
read_sealed(struct call *c, struct str text, struct secret **share)
{
	const struct secret *key = vault_unseal_key(c->vault);
	struct buf bytes = BUF_INIT;

	if (key == NULL)
		call_refuse(c, 400,
		    "sealed shares are not available: this vault has no unseal "
		    "key (an earlier vaultd made it, or unseal.key is missing in the store); "
		    "give the share as 'key' (vaultctl: without a public key)");
	else if (!base64_decode(&bytes, BASE64_STD, text, NULL) ||
		 bytes.len != SHAMIR_SHARE + SHAREBOX_OVERHEAD)
		call_refuse(c, 400, "'sealed_key' must be base64 of a sealed share of %d bytes",
		    SHAMIR_SHARE);
	else if ((*share = sharebox_open(key, buf_str(&bytes), NULL)) == NULL)
		call_refuse(c, 400,
		    "invalid key: sealed for another vault's key, or changed on "
		    "its way; seal it to the unseal public key that init of this vault gave "
		    "out "
		    "with the shares (vaultctl: -public-key)");
	buf_free(&bytes);
	return c->refused ? -1 : 0;
}

int
share_read(struct call *c, const struct share_text *text, struct secret **share)
{
	if (text->sealed.len > 0)
		return read_sealed(c, text->sealed, share);
	return read_plain(c, text->key, share);
}

void
share_put_public(struct json_writer *w, const struct secret *key)
{
	uint8_t public_key[SHAREBOX_PUBLIC];
	struct buf text = BUF_INIT;

	sharebox_public(key, public_key);
	base64_encode(&text, BASE64_STD, public_key, sizeof(public_key));
	json_put_str(w, "unseal_public_key", buf_str(&text));
	buf_free(&text);
}

const char *
share_bad_bounds(int64_t shares, int64_t threshold)
{
	if (shares < 1)
		return "shares must be at least one";
	if (threshold < 1)
		return "threshold must be at least one";
	if (shares > 255)
		return "shares must be less than 256";
	if (threshold > 255)
		return "threshold must be less than 256";
	if (threshold > shares)
		return "threshold cannot be larger than shares";
	if (shares > 1 && threshold == 1)
		return "threshold must be greater than one for multiple shares";
	return NULL;
}

static void
put_shares(struct json_writer *w, const char *name, struct secret **shares, unsigned n,
    bool hex)
{
	struct buf text = BUF_INIT;

	json_open_array(w, name);
	for (unsigned i = 0; i < n; i++) {
		buf_clear(&text);
		if (hex)
			hex_encode(&text, secret_reveal(shares[i], NULL), SHAMIR_SHARE);
		else
			base64_encode(&text, BASE64_STD, secret_reveal(shares[i], NULL),
			    SHAMIR_SHARE);
		json_put_str(w, NULL, buf_str(&text));
	}
	json_close_array(w);
	buf_free(&text);
}

void
share_put_all(struct json_writer *w, struct secret **shares, unsigned n)
{
	put_shares(w, "keys", shares, n, true);
	put_shares(w, "keys_base64", shares, n, false);
}
