/*
 * vaultctl: operator unseal.  Trusted with shares: they come from a prompt, standard input or a
 * file, go out in a wiped body, sealed to the vault's unseal key when that is known, and are
 * never printed.
 */
#include "client/unseal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "client/ask.h"
#include "client/files.h"
#include "client/prompt.h"
#include "client/status.h"
#include "keys/shamir.h"
#include "keys/sharebox.h"

#define ARENA_MOST ((size_t)4 * 1024 * 1024)

/* Where shares go, and how. */
struct target {
	struct session *session;
	bool sealed; /* to public_key */
	uint8_t public_key[SHAREBOX_PUBLIC];
};

/* Seal to the key that text is the base64 of. */
static int
aim(struct target *t, struct str text, struct error *err)
{
	struct buf bytes = BUF_INIT;
	int rc = 0;

	if (base64_decode(&bytes, BASE64_STD, str_trim(text), NULL) &&
	    bytes.len == SHAREBOX_PUBLIC)
		memcpy(t->public_key, bytes.data, SHAREBOX_PUBLIC);
	else
		rc = error_set(err, ERR_INVALID,
		    "the unseal public key must be the %d bytes in base64 that operator init "
		    "printed",
		    SHAREBOX_PUBLIC);
	t->sealed = rc == 0;
	buf_free(&bytes);
	return rc;
}

/* On a terminal, to a person who may not know: what goes plain can be sealed. */
static void
note_plain(const struct target *t)
{
	if (!t->sealed && isatty(STDERR_FILENO))
		fputs("Note: the gate will see this share; with -public-key it would not.\n",
		    stderr);
}

/* A share in hex or base64, sealed, as base64. */
static int
seal_text(const struct target *t, struct str text, struct buf *out, struct error *err)
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
		rc = sharebox_seal(t->public_key, share, &sealed, err);
	}
	if (rc == 0)
		base64_encode(out, BASE64_STD, sealed.data, sealed.len);
	secret_free(&share);
	buf_free(&bytes);
	buf_free(&sealed);
	return rc;
}

/* A body of one member; name NULL: forget the shares given. */
static enum outcome
send_field(const struct target *t, const char *name, struct str value, struct answer *a,
    struct error *err)
{
	struct buf body = BUF_INIT;
	const struct question q = {"PUT", str_of("sys/unseal"), NULL, &body};
	struct json_writer w = json_writer_to(&body);
	enum outcome outcome;

	json_open_object(&w, NULL);
	if (name != NULL)
		json_put_str(&w, name, value);
	else
		json_put_bool(&w, "reset", true);
	json_close_object(&w);
	outcome = ask(t->session, &q, a, err);
	buf_free(&body);
	return outcome;
}

static enum outcome
send_share(const struct target *t, struct str share, struct answer *a, struct error *err)
{
	struct buf sealed = BUF_INIT;
	enum outcome outcome = FAILED;

	if (!t->sealed)
		return send_field(t, "key", share, a, err);
	if (seal_text(t, share, &sealed, err) == 0)
		outcome = send_field(t, "sealed_key", buf_str(&sealed), a, err);
	buf_free(&sealed);
	return outcome;
}

/* The shares of keys, one after the other until it opens. */
static enum outcome
send_each(const struct target *t, const struct json *keys, struct answer *a, struct error *err)
{
	enum outcome outcome = FAILED;

	note_plain(t);
	for (const struct json *k = keys->first; k != NULL; k = k->next) {
		outcome = send_share(t, k->text, a, err);
		if (outcome != DONE || !status_is_sealed(a))
			break;
	}
	return outcome;
}

/* What init printed with -format=json holds the shares, and the public key beside them. */
static enum outcome
send_from_init(struct target *t, const char *path, struct answer *a, struct error *err)
{
	struct arena *arena = arena_new(ARENA_MOST, 0, err);
	struct buf text = BUF_INIT;
	const struct json *tree = NULL, *keys, *public_key;
	enum outcome outcome = FAILED;

	if (arena != NULL && file_read(path, &text, err) == 0)
		tree = json_parse(arena, buf_str(&text), &json_limits_body, err);
	keys = json_find(tree, "unseal_keys_b64");
	public_key = json_find(tree, "unseal_public_key");
	if (keys == NULL || keys->first == NULL)
		error_set(err, ERR_INVALID, "%s holds no unseal_keys_b64", path);
	else if (t->sealed || public_key == NULL || aim(t, public_key->text, err) == 0)
		outcome = send_each(t, keys, a, err);
	buf_free(&text);
	arena_free(arena);
	return outcome;
}

/* One share from a file, standard input or the terminal. */
static enum outcome
send_one(const struct target *t, const char *file, struct answer *a, struct error *err)
{
	struct buf share = BUF_INIT;
	enum outcome outcome = FAILED;
	int rc;

	note_plain(t);
	rc = file != NULL ? file_read(file, &share, err)
			  : prompt_secret("Unseal Key", &share, err);
	if (rc == 0 && str_trim(buf_str(&share)).len == 0)
		rc = error_set(err, ERR_INVALID, "there is no share in %s",
		    file != NULL ? file : "what was typed");
	if (rc == 0)
		outcome = send_share(t, str_trim(buf_str(&share)), a, err);
	buf_free(&share);
	return outcome;
}

static enum outcome
send(const struct flags *f, struct target *t, struct answer *a, struct error *err)
{
	const char *from_init = flags_text(f, "init-file");

	if (flags_on(f, "reset"))
		return send_field(t, NULL, (struct str){NULL, 0}, a, err);
	if (from_init != NULL)
		return send_from_init(t, from_init, a, err);
	return send_one(t, f->count == 1 ? "-" : flags_text(f, "share-file"), a, err);
}

static int
refuse_argument(const struct flags *f, struct error *err)
{
	if (f->count == 0 || strcmp(f->arguments[0], "-") == 0)
		return 0;
	return error_set(err, ERR_INVALID,
	    "a share in the command line can be read by others and stays in the shell's "
	    "history; type it at the prompt, or give - (standard input) or -share-file=F");
}

enum outcome
unseal(const struct flags *f, struct error *err)
{
	const char *public_key = flags_text(f, "public-key");
	struct target t = {NULL, false, {0}};
	struct answer a = ANSWER_INIT;
	enum outcome outcome = FAILED;

	if (refuse_argument(f, err) != 0 ||
	    (public_key != NULL && aim(&t, str_of(public_key), err) != 0))
		return FAILED;
	if ((t.session = session_open(f, err)) == NULL)
		return FAILED;
	outcome = send(f, &t, &a, err);
	if (outcome == DONE)
		outcome = status_show(f, &a, err);
	answer_free(&a);
	session_close(&t.session);
	return outcome;
}

const struct flag unseal_flags[] = {
    {"share-file", FLAG_TEXT, "FILE", NULL, NULL, "read the share from a file"},
    {"public-key", FLAG_TEXT, "B64", NULL, "VAULTCTL_UNSEAL_KEY",
	"seal the share to this key, which init gave out, so that no gate sees it"},
    {"init-file", FLAG_TEXT, "FILE", NULL, NULL,
	"development: as many shares as are needed, of what init -format=json printed"},
    {"reset", FLAG_SWITCH, NULL, NULL, NULL, "forget the shares given so far"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};
