/*
 * vaultctl: transit keys import and import-version: keys from outside.  Trusted with their
 * bytes, from the file to the moment when they are wrapped for the vault.
 */
#include "client/transit.h"

#include "base/text.h"
#include "client/ask.h"
#include "client/files.h"
#include "client/output.h"
#include "client/request.h"
#include "keys/import.h"

/* The key in the file, as bytes. */
static struct secret *
read_key(const struct flags *f, struct error *err)
{
	struct buf text = BUF_INIT, bytes = BUF_INIT;
	struct secret *key = NULL;

	if (file_read(f->arguments[1], &text, err) != 0)
		goto out;
	if (!flags_on(f, "base64"))
		key = import_read(buf_str(&text), err);
	else if (base64_decode(&bytes, BASE64_STD, str_trim(buf_str(&text)), NULL))
		key = import_read(buf_str(&bytes), err);
	else
		error_set(err, ERR_INVALID, "it is not base64");
	if (key == NULL)
		error_prefix(err, "%s: ", f->arguments[1]);
out:
	buf_free(&bytes);
	buf_free(&text);
	return key;
}

/* The vault's wrapping key, as PEM. */
static enum outcome
read_wrapping(const struct flags *f, struct buf *pem, struct error *err)
{
	static const struct request request = {"GET", "{mount}/wrapping_key", NULL, NULL, NULL};
	struct exchange x;
	enum outcome outcome = request_ask(&request, f, &x, err);
	const struct json *key = json_find(answer_data(&x.answer), "public_key");

	if (outcome == DONE && (key == NULL || key->type != JSON_STRING)) {
		error_set(err, ERR_INVALID, "the answer holds no wrapping key");
		outcome = FAILED;
	}
	if (outcome == DONE)
		buf_put_str(pem, key->text);
	request_end(&x);
	return outcome;
}

/* What goes out, terminated: the wrapped key, or the public key as it is. */
static enum outcome
make_material(const struct flags *f, struct buf *text, struct error *err)
{
	struct buf pem = BUF_INIT, wrapped = BUF_INIT;
	struct secret *key = NULL;
	enum outcome outcome = FAILED;

	if (flags_on(f, "public")) {
		if (file_read(f->arguments[1], text, err) == 0)
			outcome = DONE;
	} else if ((key = read_key(f, err)) != NULL) {
		outcome = read_wrapping(f, &pem, err);
		if (outcome == DONE && import_wrap(key, buf_str(&pem), &wrapped, err) != 0)
			outcome = FAILED;
		base64_encode(text, BASE64_STD, wrapped.data, wrapped.len);
	}
	buf_put_u8(text, '\0');
	secret_free(&key);
	buf_free(&wrapped);
	buf_free(&pem);
	return outcome;
}

/* Send it to that path of the key. */
static enum outcome
import_to(const struct flags *f, const char *path, struct error *err)
{
	struct request request = {"PUT", path, "Success! Imported key: {1}", NULL, NULL};
	struct buf text = BUF_INIT;
	enum outcome outcome = make_material(f, &text, err);
	char *arguments[] = {f->arguments[0], (char *)text.data};
	struct flags with = *f;

	request.members = flags_on(f, "public") ? "- public_key" : "- ciphertext";
	with.arguments = arguments;
	with.count = 2;
	if (outcome == DONE)
		outcome = request_run(&request, &with, err);
	buf_free(&text);
	return outcome;
}

static enum outcome
import(const struct flags *f, struct error *err)
{
	return import_to(f, "{mount}/keys/{1}/import", err);
}

static enum outcome
import_version(const struct flags *f, struct error *err)
{
	return import_to(f, "{mount}/keys/{1}/import_version", err);
}

#define SOURCE_FLAGS \
	{"base64", FLAG_SWITCH, NULL, NULL, NULL, "the file holds base64"}, \
	{ \
		"public", FLAG_SWITCH, NULL, NULL, NULL, \
		    "the file is a public key in PEM: the vault verifies with it, no more" \
	}

static const struct flag import_flags[] = {
    TRANSIT_MOUNT_FLAG,
    {"type", FLAG_TEXT, "TYPE", NULL, NULL, "as for transit keys create", "type"},
    {"derived", FLAG_SWITCH, NULL, NULL, NULL, "every use names a context", "derived"},
    {"allow-rotation", FLAG_SWITCH, NULL, NULL, NULL,
	"the vault may make later versions itself", "allow_rotation"},
    {"auto-rotate", FLAG_TIME, "DURATION", NULL, NULL,
	"rotate by itself; needs -allow-rotation", "auto_rotate_period"},
    SOURCE_FLAGS,
    FLAGS_END,
};

static const struct flag import_version_flags[] = {
    TRANSIT_MOUNT_FLAG,
    {"version", FLAG_COUNT, "N", NULL, NULL,
	"the private part of this version, which has a public part alone", "version"},
    SOURCE_FLAGS,
    FLAGS_END,
};

const struct command transit_import_commands[] = {
    {"transit keys import", "KEY FILE", 2, 2, "Bring a key from outside into the vault",
	"  FILE is a PEM private key, PKCS#8 DER, or the bytes of a symmetric key; - reads\n"
	"  standard input.  It is wrapped here with the vault's wrapping key (RSA-OAEP and\n"
	"  AES-KWP), so that nobody in between sees it.  It never comes out again; wipe the "
	"file.\n",
	"vaultctl transit keys import -type=ecdsa-p256 invoices invoices.pem\n"
	"openssl rand 32 | vaultctl transit keys import billing -\n"
	"vaultctl transit keys import -public -type=ed25519 partner partner.pem\n",
	import_flags, import},
    {"transit keys import-version", "KEY FILE", 2, 2, "Bring a further version from outside",
	NULL, "vaultctl transit keys import-version invoices invoices-2027.pem\n",
	import_version_flags, import_version},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
