/*
 * vaultctl: shares.  Trusted with them: they come from a prompt, standard input or a file, lie
 * in buffers that wipe themselves, and are never printed.
 */
#include "client/share.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "client/ask.h"
#include "client/files.h"
#include "client/prompt.h"
#include "keys/shamir.h"

int
share_aim(struct share_aim *aim, struct str text, struct error *err)
{
	struct buf bytes = BUF_INIT;
	int rc = 0;

	if (base64_decode(&bytes, BASE64_STD, str_trim(text), NULL) &&
	    bytes.len == SHAREBOX_PUBLIC)
		memcpy(aim->public_key, bytes.data, SHAREBOX_PUBLIC);
	else
		rc = error_set(err, ERR_INVALID,
		    "the unseal public key must be the %d bytes in base64 that operator init "
		    "printed",
		    SHAREBOX_PUBLIC);
	aim->sealed = rc == 0;
	buf_free(&bytes);
	return rc;
}

int
share_aim_by_flag(struct share_aim *aim, const struct flags *f, struct error *err)
{
	const char *key = flags_text(f, "public-key");

	aim->sealed = false;
	return key != NULL ? share_aim(aim, str_of(key), err) : 0;
}

void
share_note_plain(const struct share_aim *aim)
{
	if (!aim->sealed && isatty(STDERR_FILENO))
		fputs("Note: the gate will see this share; with -public-key it would not.\n",
		    stderr);
}

int
share_read(
    const struct flags *f, const struct share_aim *aim, struct buf *share, struct error *err)
{
	const char *file = flags_text(f, "share-file");
	struct buf text = BUF_INIT;
	int rc;

	share_note_plain(aim);
	if (file == NULL || f->count > 0)
		return prompt_argument(
		    f->count > 0 ? f->arguments[0] : NULL, "Unseal Key", share, err);
	rc = file_read(file, &text, err);
	if (rc == 0 && str_trim(buf_str(&text)).len == 0)
		rc = error_set(err, ERR_INVALID, "there is no share in %s", file);
	buf_put_str(share, str_trim(buf_str(&text)));
	buf_free(&text);
	return rc;
}

/* A share in hex or base64, sealed, as base64. */
static int
seal_text(const struct share_aim *aim, struct str text, struct buf *out, struct error *err)
{
	struct buf bytes = BUF_INIT, sealed = BUF_INIT;
	struct secret *share = NULL;
	int rc = -1;

	if (!(text.len == 2 * SHAMIR_SHARE && hex_decode(&bytes, text)))
		base64_decode(&bytes, BASE64_STD, text, NULL);
	if (bytes.len != SHAMIR_SHARE) {
		error_set(err, ERR_INVALID, "a share is %d bytes in base64 or hex; this is not",
		    SHAMIR_SHARE);
	} else {
		share = secret_take(bytes.data, bytes.len);
		rc = sharebox_seal(aim->public_key, share, &sealed, err);
	}
	if (rc == 0)
		base64_encode(out, BASE64_STD, sealed.data, sealed.len);
	secret_free(&share);
	buf_free(&bytes);
	buf_free(&sealed);
	return rc;
}

int
share_put(
    struct json_writer *w, const struct share_aim *aim, struct str share, struct error *err)
{
	struct buf sealed = BUF_INIT;
	int rc = 0;

	if (!aim->sealed)
		json_put_str(w, "key", share);
	else if ((rc = seal_text(aim, share, &sealed, err)) == 0)
		json_put_str(w, "sealed_key", buf_str(&sealed));
	buf_free(&sealed);
	return rc;
}

enum outcome
share_send(struct session *s, const char *path, const struct share_aim *aim,
    const struct str *share, struct answer *a, struct error *err)
{
	struct buf body = BUF_INIT;
	const struct question q = {"PUT", str_of(path), NULL, &body};
	struct json_writer w = json_writer_to(&body);
	enum outcome outcome = FAILED;
	int rc = 0;

	json_open_object(&w, NULL);
	if (share != NULL)
		rc = share_put(&w, aim, *share, err);
	else
		json_put_bool(&w, "reset", true);
	json_close_object(&w);
	if (rc == 0)
		outcome = ask(s, &q, a, err);
	buf_free(&body);
	return outcome;
}
