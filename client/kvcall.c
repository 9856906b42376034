/*
 * vaultctl: the frame of the key-value commands.  Bodies live in buffers that wipe themselves.
 */
#include "client/kvcall.h"

#include <string.h>

#include "client/ask.h"
#include "client/output.h"

void
kv_turn_to(struct kvcall *kv, const char *kind)
{
	buf_clear(&kv->path);
	kvpath_put(&kv->at, kind, &kv->path);
}

int
kv_begin(struct kvcall *kv, const struct flags *f, const char *kind, bool versioned_only,
    struct error *err)
{
	memset(kv, 0, sizeof(*kv));
	kv->flags = f;
	if ((kv->session = session_open(f, err)) == NULL ||
	    kvpath_find(&kv->at, kv->session, f->arguments[0], flags_text(f, "mount"), err) !=
		0)
		return -1;
	if (versioned_only && !kv->at.versioned)
		return error_set(err, ERR_UNSUPPORTED,
		    "%.*s keeps no versions (key-value version 1)",
		    STR(buf_str(&kv->at.mount)));
	kv_turn_to(kv, kind);
	return 0;
}

void
kv_end(struct kvcall *kv)
{
	answer_free(&kv->answer);
	buf_free(&kv->body);
	buf_free(&kv->path);
	kvpath_free(&kv->at);
	session_close(&kv->session);
}

enum outcome
kv_ask(struct kvcall *kv, const char *method, const char *query, struct error *err)
{
	const struct question q = {
	    method, buf_str(&kv->path), query, kv->body.len > 0 ? &kv->body : NULL};

	return ask_maybe(kv->session, &q, &kv->answer, err);
}

enum outcome
kv_do(struct kvcall *kv, const char *method, const char *done, struct error *err)
{
	struct buf success = BUF_INIT;
	enum outcome outcome = kv_ask(kv, method, NULL, err);

	buf_printf(&success, "Success! %s %.*s", done, STR(buf_str(&kv->path)));
	buf_put_u8(&success, '\0');
	if (outcome == DONE && kv->answer.status == 404)
		outcome = ask_nothing(buf_str(&kv->path));
	else if (outcome == DONE)
		outcome =
		    output_answer(kv->flags, &kv->answer, (const char *)success.data, err);
	buf_free(&success);
	return outcome;
}

void
kv_put_options(struct json_writer *w, const struct flags *f)
{
	if (flags_text(f, "cas") == NULL)
		return;
	json_open_object(w, "options");
	json_put_int(w, "cas", flags_count(f, "cas", 0));
	json_close_object(w);
}
