/*
 * Keeper: the table of a transit mount: named keys.
 */
#include "vaultd/api/transit.h"

#include "vaultd/api/attest.h"
#include "vaultd/api/random.h"

#define W ROUTE_WRITES
#define X ROUTE_EXISTS

#define CREATE \
	"type derived convergent_encryption exportable allow_plaintext_backup " \
	"auto_rotate_period key_size context managed_key_name managed_key_id"
#define IMPORT \
	"ciphertext hash_function public_key type allow_rotation derived convergent_encryption " \
	"exportable allow_plaintext_backup auto_rotate_period context"
#define SIGN \
	"input algorithm hash_algorithm signature_algorithm marshaling_algorithm prehashed salt_length " \
	"context batch_input"

const struct route routes_transit[] = {
	{ OP_LIST, "keys", transit_keys_list, 0, NULL, "after limit", "Names of keys." },
	{ OP_READ, "keys/:name", transit_key_read, 0, NULL, "context", "What is known of a key." },
	{ OP_WRITE, "keys/:name", transit_key_create, W, NULL, CREATE, "Make a key.",
	    transit_key_create_prepare },
	{ OP_DELETE, "keys/:name", transit_key_delete, W, NULL, "", "Delete a key for ever." },
	{ OP_WRITE, "keys/:name/config", transit_key_configure, W, NULL,
	    "min_decryption_version min_encryption_version deletion_allowed exportable "
	    "allow_plaintext_backup auto_rotate_period", "Change what holds for a key." },
	{ OP_WRITE, "keys/:name/rotate", transit_key_rotate, W, NULL,
	    "managed_key_name managed_key_id", "Add a version, the latest from now on.",
	    transit_key_rotate_prepare },
	{ OP_WRITE, "keys/:name/trim", transit_key_trim, W, NULL, "min_available_version",
	    "Destroy old versions." },
	{ OP_DELETE, "keys/:name/soft-delete", transit_key_soft_delete, W, NULL, "",
	    "Refuse every use of a key." },
	{ OP_WRITE, "keys/:name/soft-delete-restore", transit_key_soft_delete, W, NULL, "",
	    "Let a key be used again." },
	{ OP_WRITE, "keys/:name/versions/:version/disable", transit_version_switch, W, NULL, "",
	    "Refuse every use of one version: it is compromised." },
	{ OP_WRITE, "keys/:name/versions/:version/enable", transit_version_switch, W, NULL, "",
	    "Let a version be used again." },
	{ OP_READ, "keys/:name/usage", transit_usage, 0, NULL, "",
	    "How often, and when last, each version was used." },
	{ OP_WRITE, "keys/:name/attest", transit_attest, 0, NULL, "nonce",
	    "A signed statement: what this key is, and that it never leaves." },
	{ OP_WRITE, "keys/:name/import", transit_import, W, NULL, IMPORT,
	    "Bring a key from outside.", transit_import_prepare },
	{ OP_WRITE, "keys/:name/import_version", transit_import_version, W, NULL,
	    "ciphertext hash_function public_key version", "Bring a further version.",
	    transit_import_version_prepare },
	{ OP_READ, "wrapping_key", transit_wrapping_key, 0, NULL, "",
	    "The public key that imports are wrapped for.", transit_wrapping_key_prepare,
	    transit_wrapping_creates },

	{ OP_WRITE, "encrypt/:name", transit_encrypt, X, transit_key_exists,
	    "plaintext context key_version associated_data type convergent_encryption "
	    "partial_failure_response_code batch_input", "Encrypt.", transit_encrypt_prepare,
	    transit_encrypt_creates },
	{ OP_WRITE, "decrypt/:name", transit_use, 0, NULL,
	    "ciphertext context associated_data partial_failure_response_code batch_input",
	    "Decrypt.", transit_use_prepare },
	{ OP_WRITE, "rewrap/:name", transit_use, 0, NULL,
	    "ciphertext context key_version batch_input",
	    "Encrypt a ciphertext anew, with the latest version.", transit_use_prepare },
	{ OP_WRITE, "datakey/:plaintext/:name", transit_datakey, 0, NULL,
	    "context bits key_version associated_data",
	    "A new key for the caller's own use, and its ciphertext." },
	{ OP_WRITE, "sign/:name", transit_use, 0, NULL, SIGN " key_version", "Sign.",
	    transit_use_prepare },
	{ OP_WRITE, "sign/:name/:urlalgorithm", transit_use, 0, NULL, SIGN " key_version", "Sign.",
	    transit_use_prepare },
	{ OP_WRITE, "verify/:name", transit_use, 0, NULL, SIGN " signature hmac",
	    "Verify a signature or HMAC.", transit_use_prepare },
	{ OP_WRITE, "verify/:name/:urlalgorithm", transit_use, 0, NULL, SIGN " signature hmac",
	    "Verify a signature or HMAC.", transit_use_prepare },
	{ OP_WRITE, "hmac/:name", transit_use, 0, NULL, "input algorithm key_version batch_input",
	    "An HMAC.", transit_use_prepare },
	{ OP_WRITE, "hmac/:name/:urlalgorithm", transit_use, 0, NULL,
	    "input algorithm key_version batch_input", "An HMAC.", transit_use_prepare },

	{ OP_WRITE, "random", api_random, 0, NULL, "bytes format source", "Random bytes." },
	{ OP_WRITE, "random/:source", api_random, 0, NULL, "bytes format", "Random bytes." },
	{ OP_WRITE, "random/:source/:urlbytes", api_random, 0, NULL, "bytes format",
	    "Random bytes." },
	{ OP_WRITE, "hash", api_hash, 0, NULL, "input algorithm format", "A hash." },
	{ OP_WRITE, "hash/:urlalgorithm", api_hash, 0, NULL, "input algorithm format", "A hash." },

	{ OP_READ, "export/:type/:name", transit_export, 0, NULL, "",
	    "A public key; no other leaves the vault." },
	{ OP_READ, "export/:type/:name/:version", transit_export, 0, NULL, "",
	    "A public key; no other leaves the vault." },
	{ OP_READ, "backup/:name", transit_backup, 0, NULL, "", "Refused." },
	{ OP_WRITE, "restore", transit_restore, 0, NULL, "backup force", "Refused." },
	{ OP_WRITE, "restore/:name", transit_restore, 0, NULL, "backup force", "Refused." },

	{ OP_READ, "config/keys", transit_settings_read, 0, NULL, "",
	    "What holds for all keys of the mount." },
	{ OP_WRITE, "config/keys", transit_settings_write, W, NULL, "disable_upsert",
	    "Set what holds for all keys of the mount." },
	{ OP_READ, "cache-config", transit_cache_read, 0, NULL, "",
	    "How many keys were asked to be kept in memory; the keeper decides." },
	{ OP_WRITE, "cache-config", transit_cache_write, W, NULL, "size",
	    "Kept and shown, without effect: the keeper decides." },
	{ 0, NULL, NULL, 0, NULL, NULL, NULL }
};
