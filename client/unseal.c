/*
 * vaultctl: operator unseal.  Trusted with shares on their way (client/share.h).
 */
#include "client/unseal.h"

#include "base/json.h"
#include "client/ask.h"
#include "client/files.h"
#include "client/share.h"
#include "client/status.h"

#define ARENA_MOST ((size_t)4 * 1024 * 1024)

/* Send a share; NULL: forget those that were given. */
static enum outcome
send_share(struct session *s, const struct share_aim *aim, const struct str *share,
    struct answer *a, struct error *err)
{
	struct buf body = BUF_INIT;
	const struct question q = {"PUT", str_of("sys/unseal"), NULL, &body};
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

/* The shares of keys, one after the other until it opens. */
static enum outcome
send_each(struct session *s, const struct share_aim *aim, const struct json *keys,
    struct answer *a, struct error *err)
{
	enum outcome outcome = FAILED;

	share_note_plain(aim);
	for (const struct json *k = keys->first; k != NULL; k = k->next) {
		outcome = send_share(s, aim, &k->text, a, err);
		if (outcome != DONE || !status_is_sealed(a))
			break;
	}
	return outcome;
}

/* What init printed with -format=json holds the shares, and the public key beside them. */
static enum outcome
send_from_init(struct session *s, struct share_aim *aim, const char *path, struct answer *a,
    struct error *err)
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
	else if (aim->sealed || public_key == NULL ||
		 share_aim(aim, public_key->text, err) == 0)
		outcome = send_each(s, aim, keys, a, err);
	buf_free(&text);
	arena_free(arena);
	return outcome;
}

static enum outcome
send(const struct flags *f, struct session *s, struct share_aim *aim, struct answer *a,
    struct error *err)
{
	const char *from_init = flags_text(f, "init-file");
	struct buf share = BUF_INIT;
	enum outcome outcome = FAILED;
	struct str text;

	if (flags_on(f, "reset"))
		return send_share(s, aim, NULL, a, err);
	if (from_init != NULL)
		return send_from_init(s, aim, from_init, a, err);
	if (share_read(f, aim, &share, err) == 0) {
		text = buf_str(&share);
		outcome = send_share(s, aim, &text, a, err);
	}
	buf_free(&share);
	return outcome;
}

enum outcome
unseal(const struct flags *f, struct error *err)
{
	struct share_aim aim;
	struct session *s;
	struct answer a = ANSWER_INIT;
	enum outcome outcome = FAILED;

	if (share_aim_by_flag(&aim, f, err) != 0 || (s = session_open(f, err)) == NULL)
		return FAILED;
	outcome = send(f, s, &aim, &a, err);
	if (outcome == DONE)
		outcome = status_show(f, &a, err);
	answer_free(&a);
	session_close(&s);
	return outcome;
}

const struct flag unseal_flags[] = {
    SHARE_FLAGS,
    {"init-file", FLAG_TEXT, "FILE", NULL, NULL,
	"development: as many shares as are needed, of what init -format=json printed"},
    {"reset", FLAG_SWITCH, NULL, NULL, NULL, "forget the shares given so far"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};
