/*
 * vaultctl: operator unseal and restore-policy.  Trusted with shares on their way
 * (client/share.h).
 */
#include "client/unseal.h"

#include "base/json.h"
#include "client/ask.h"
#include "client/files.h"
#include "client/output.h"
#include "client/share.h"
#include "client/status.h"

#define PATH "sys/unseal"
#define RESTORE "sys/restore-policy"
#define ARENA_MOST ((size_t)4 * 1024 * 1024)

/* The shares of keys, one after the other until it opens. */
static enum outcome
send_each(struct session *s, const struct share_aim *aim, const struct json *keys,
    struct answer *a, struct error *err)
{
	enum outcome outcome = FAILED;

	share_note_plain(aim);
	for (const struct json *k = keys->first; k != NULL; k = k->next) {
		outcome = share_send(s, PATH, aim, &k->text, a, err);
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
		return share_send(s, PATH, aim, NULL, a, err);
	if (from_init != NULL)
		return send_from_init(s, aim, from_init, a, err);
	if (share_read(f, aim, &share, err) == 0) {
		text = buf_str(&share);
		outcome = share_send(s, PATH, aim, &text, a, err);
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

enum outcome
restore_policy(const struct flags *f, struct error *err)
{
	struct share_aim aim;
	struct session *s;
	struct buf share = BUF_INIT;
	struct answer a = ANSWER_INIT;
	enum outcome outcome = FAILED;
	struct str text;

	if (share_aim_by_flag(&aim, f, err) != 0 || (s = session_open(f, err)) == NULL)
		return FAILED;
	if (flags_on(f, "reset")) {
		outcome = share_send(s, RESTORE, &aim, NULL, &a, err);
	} else if (share_read(f, &aim, &share, err) == 0) {
		text = buf_str(&share);
		outcome = share_send(s, RESTORE, &aim, &text, &a, err);
	}
	if (outcome == DONE)
		outcome = output_answer(f, &a, "Success!", err);
	buf_free(&share);
	answer_free(&a);
	session_close(&s);
	return outcome;
}

const struct flag restore_policy_flags[] = {
    SHARE_FLAGS,
    {"reset", FLAG_SWITCH, NULL, NULL, NULL, "forget the shares given so far"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

const struct flag unseal_flags[] = {
    SHARE_FLAGS,
    {"init-file", FLAG_TEXT, "FILE", NULL, NULL,
	"development: as many shares as are needed, of what init -format=json printed"},
    {"reset", FLAG_SWITCH, NULL, NULL, NULL, "forget the shares given so far"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};
