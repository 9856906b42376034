/*
 * vaultctl: transit keys: making, reading, changing and removing named keys.  No key byte
 * passes here.
 */
#include "client/transit.h"

#include "base/json.h"
#include "client/ask.h"
#include "client/output.h"
#include "client/request.h"
#include "client/transit_show.h"

#define KEY_PATH "{mount}/keys/{1}"

static const struct flag mount_flags[] = {
    TRANSIT_MOUNT_FLAG,
    FLAGS_END,
};

static const struct flag read_flags[] = {
    TRANSIT_MOUNT_FLAG,
    TRANSIT_CONTEXT_FLAG,
    FLAGS_END,
};

static const struct flag create_flags[] = {
    TRANSIT_MOUNT_FLAG,
    {"type", FLAG_TEXT, "TYPE", NULL, NULL,
	"aes256-gcm96 when left out; aes128-gcm96, chacha20-poly1305, xchacha20-poly1305, "
	"ed25519, ecdsa-p256, ecdsa-p384, ecdsa-p521, rsa-2048, rsa-3072, rsa-4096, hmac",
	"type"},
    {"derived", FLAG_SWITCH, NULL, NULL, NULL,
	"every use names a context, and each context has a key of its own", "derived"},
    {"convergent", FLAG_SWITCH, NULL, NULL, NULL,
	"of a derived key: the same plaintext gives the same ciphertext",
	"convergent_encryption"},
    {"auto-rotate", FLAG_TIME, "DURATION", NULL, NULL,
	"rotate by itself, at least an hour apart", "auto_rotate_period"},
    {"key-size", FLAG_COUNT, "N", NULL, NULL, "bytes of an hmac key, 32 to 512", "key_size"},
    FLAGS_END,
};

static const struct flag config_flags[] = {
    TRANSIT_MOUNT_FLAG,
    {"min-decryption-version", FLAG_COUNT, "N", NULL, NULL,
	"older versions decrypt and verify nothing", "min_decryption_version"},
    {"min-encryption-version", FLAG_COUNT, "N", NULL, NULL,
	"older versions encrypt and sign nothing; 0: any may be asked for",
	"min_encryption_version"},
    {"deletion-allowed", FLAG_SWITCH, NULL, NULL, NULL, "the key may be deleted",
	"deletion_allowed"},
    {"auto-rotate", FLAG_TIME, "DURATION", NULL, NULL, "rotate by itself; 0: no more",
	"auto_rotate_period"},
    FLAGS_END,
};

static const struct flag trim_flags[] = {
    TRANSIT_MOUNT_FLAG,
    {"min-available-version", FLAG_COUNT, "N", NULL, NULL, "versions below go for good",
	"min_available_version"},
    FLAGS_END,
};

static const struct flag public_flags[] = {
    TRANSIT_MOUNT_FLAG,
    {"version", FLAG_TEXT, "N", "latest", NULL, "of which version"},
    TRANSIT_OUT_FLAGS,
    FLAGS_END,
};

/* The text alone, so that it can go to a file and to openssl. */
static enum outcome
public_key(const struct flags *f, struct error *err)
{
	static const struct request request = {
	    "GET", "{mount}/export/public-key/{1}/{version}", NULL, NULL, NULL};
	const struct json *keys;
	struct exchange x;
	enum outcome outcome = request_ask(&request, f, &x, err);

	if (outcome != DONE)
		goto out;
	keys = json_find(answer_data(&x.answer), "keys");
	if (x.answer.status == 404)
		outcome = ask_nothing(buf_str(&x.path));
	else if (output_is_json(f) || flags_text(f, "field") != NULL || keys == NULL ||
		 keys->first == NULL)
		outcome = output_answer(f, &x.answer, "", err);
	else
		outcome = request_write(f, str_trim(keys->first->text), true, err);
out:
	request_end(&x);
	return outcome;
}

const struct command transit_keys_commands[] = {
    {"transit keys list", "", 0, 0, "List the named keys", NULL, "vaultctl transit keys list\n",
	mount_flags, NULL, {"LIST", "{mount}/keys", NULL, NULL, NULL}},
    {"transit keys create", "KEY", 1, 1, "Make a named key",
	"  Its bytes are drawn in the vault and never leave it.  A key that exists is left as "
	"it "
	"is.\n",
	"vaultctl transit keys create billing\n"
	"vaultctl transit keys create -type=ecdsa-p256 -auto-rotate=30d invoices\n"
	"vaultctl transit keys create -derived customers\n",
	create_flags, NULL, {"PUT", KEY_PATH, "Success! Made key: {1}", NULL, NULL}},
    {"transit keys read", "KEY", 1, 1, "Show a named key and its versions", NULL,
	"vaultctl transit keys read billing\n"
	"vaultctl transit keys read -format=json -context=customer-7 customers\n",
	read_flags, transit_show_key},
    {"transit keys config", "KEY", 1, 1, "Change what a named key allows", NULL,
	"vaultctl transit keys config -min-decryption-version=3 billing\n"
	"vaultctl transit keys config -deletion-allowed old\n"
	"vaultctl transit keys config -auto-rotate=0 billing\n",
	config_flags, NULL,
	{"PUT", KEY_PATH "/config", "Success! Changed key: {1}", NULL, NULL}},
    {"transit keys rotate", "KEY", 1, 1, "Make a new version of a named key", NULL,
	"vaultctl transit keys rotate billing\n", mount_flags, NULL,
	{"PUT", KEY_PATH "/rotate", "Success! Rotated key: {1}", NULL, NULL}},
    {"transit keys trim", "KEY", 1, 1, "Erase old versions of a named key",
	"  What they encrypted is lost.  `vaultctl transit usage` says whether they are "
	"used.\n",
	"vaultctl transit keys trim -min-available-version=3 billing\n", trim_flags, NULL,
	{"PUT", KEY_PATH "/trim", "Success! Trimmed key: {1}", NULL, NULL}},
    {"transit keys delete", "KEY", 1, 1, "Erase a named key",
	"  Only one that -deletion-allowed was set for.  What it encrypted is lost.\n",
	"vaultctl transit keys config -deletion-allowed old\n"
	"vaultctl transit keys delete old\n",
	mount_flags, NULL, {"DELETE", KEY_PATH, "Success! Deleted key: {1}", NULL, NULL}},
    {"transit keys soft-delete", "KEY", 1, 1, "Refuse every use of a named key, for now", NULL,
	"vaultctl transit keys soft-delete old\n", mount_flags, NULL,
	{"DELETE", KEY_PATH "/soft-delete", "Success! No more in use: {1}", NULL, NULL}},
    {"transit keys restore", "KEY", 1, 1, "Let a soft-deleted key be used again", NULL,
	"vaultctl transit keys restore old\n", mount_flags, NULL,
	{"PUT", KEY_PATH "/soft-delete-restore", "Success! In use again: {1}", NULL, NULL}},
    {"transit keys disable", "KEY VERSION", 2, 2, "Refuse every use of one version",
	"  For a version that is compromised: rewrap what it encrypted first.\n",
	"vaultctl transit keys disable billing 2\n", mount_flags, NULL,
	{"PUT", KEY_PATH "/versions/{2}/disable", "Success! Disabled version {2} of key: {1}",
	    NULL, NULL}},
    {"transit keys enable", "KEY VERSION", 2, 2, "Let a disabled version be used again", NULL,
	"vaultctl transit keys enable billing 2\n", mount_flags, NULL,
	{"PUT", KEY_PATH "/versions/{2}/enable", "Success! Enabled version {2} of key: {1}",
	    NULL, NULL}},
    {"transit keys public", "KEY", 1, 1, "Print the public key of a named key",
	"  PEM; of ed25519 its 32 bytes in base64.\n",
	"vaultctl transit keys public -out=invoices.pem invoices\n"
	"vaultctl transit keys public -version=2 invoices\n",
	public_flags, public_key},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
