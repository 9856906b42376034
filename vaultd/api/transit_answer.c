/*
 * Keeper: what came of using a named key, as the API says it.
 */
#include "vaultd/api/transit_use.h"

#include "base/log.h"
#include "vaultd/api/transit_keys.h"
#include "vaultd/keeper/usage.h"

#define ITEM_BYTES 64 /* about what an item of a reply has beside its value */

static const struct {
	const char *value; /* the member with what was made; NULL: it is "valid" */
	bool version;      /* "key_version" beside it */
	bool counts;       /* an item that failed changes the status of the batch */
	enum usage_operation usage; /* of the version that did it */
} kinds[] = {
	[USE_ENCRYPT] = { "ciphertext", true, true, USAGE_ENCRYPT },
	[USE_DECRYPT] = { "plaintext", false, true, USAGE_DECRYPT },
	[USE_REWRAP] = { "ciphertext", true, false, USAGE_ENCRYPT },
	[USE_HMAC] = { "hmac", false, false, USAGE_SIGN },
	[USE_SIGN] = { "signature", true, false, USAGE_SIGN },
	[USE_VERIFY] = { NULL, false, false, USAGE_VERIFY },
	[USE_VERIFY_HMAC] = { NULL, false, false, USAGE_VERIFY },
};

static struct str
text_of(const struct outcomes *all, const struct outcome *o)
{
	/* With nothing in it the buf may have no memory, to which not even 0 may be added. */
	return o->len == 0 ? (struct str){ "", 0 } :
			     (struct str){ (const char *)all->text.data + o->at, o->len };
}

/* base64, and what is written around it, needs no escapes. */
static void
put_plain(struct json_writer *w, const char *name, struct str value)
{
	json_put_raw(w, name, (struct str){ NULL, 0 });
	buf_put_u8(w->out, '"');
	buf_put_str(w->out, value);
	buf_put_u8(w->out, '"');
}

static void
put_done(struct json_writer *w, const struct uses *u, const struct outcomes *all,
    const struct outcome *o)
{
	struct str value = text_of(all, o);

	if (kinds[u->what].value == NULL)
		json_put_bool(w, "valid", o->valid);
	else
		put_plain(w, kinds[u->what].value, value);
	if (kinds[u->what].version)
		json_put_int(w, "key_version", o->version);
	if (o->public_len > 0)
		put_plain(w, u->batch ? "publickey" : "public_key",
		    (struct str){ value.at + value.len, o->public_len });
}

/* ---- a single request ---- */

static int
answer_single(struct call *c, const struct uses *u, const struct outcomes *all,
    struct error *err)
{
	struct json_writer w;

	if (all->list->code != ERR_NONE) {
		error_set(err, all->list->code, "%.*s", STR(text_of(all, all->list)));
		return transit_refuse(c, err);
	}
	w = reply_data(c);
	put_done(&w, u, all, all->list);
	json_close_object(&w);
	return 0;
}

/* ---- a batch ---- */

/* What a failed item has beside its error. */
static void
put_failed(struct json_writer *w, const struct uses *u, const struct outcomes *all,
    const struct outcome *o)
{
	if (kinds[u->what].value == NULL)
		json_put_bool(w, "valid", false);
	else if (u->what == USE_DECRYPT)
		json_put_text(w, "plaintext", "");
	else if (u->what == USE_SIGN)
		json_put_int(w, "key_version", 0);
	if (transit_is_theirs(o->code)) {
		json_put_str(w, "error", text_of(all, o));
	} else {
		log_error("one use of a named key failed: %.*s", STR(text_of(all, o)));
		json_put_text(w, "error", "internal error");
	}
}

/* The status of a batch with failed items: theirs, or ours. */
static int
settle_status(struct call *c, const struct uses *u, const struct outcomes *all)
{
	unsigned failed = 0, status = 400;
	int64_t partial = 0;

	if (!kinds[u->what].counts)
		return 0;
	if (field_int(c, "partial_failure_response_code", &partial, NULL) != 0)
		return -1;
	for (unsigned i = 0; i < u->count; i++) {
		failed += all->list[i].code != ERR_NONE;
		if (all->list[i].code != ERR_NONE && !transit_is_theirs(all->list[i].code))
			status = 500;
	}
	if (failed == 0)
		return 0;
	c->reply.status = status;
	if (partial != 0 && (partial < 200 || partial > 599))
		call_warn(c, "invalid HTTP response code override from "
		    "partial_failure_response_code, reverting to %u", status);
	else if (partial != 0 && failed < u->count)
		c->reply.status = (unsigned)partial;
	return 0;
}

static int
answer_batch(struct call *c, const struct uses *u, const struct outcomes *all)
{
	struct json_writer w = reply_data(c);

	buf_reserve(&c->reply.data, all->text.len + u->count * ITEM_BYTES);
	json_open_array(&w, "batch_results");
	for (unsigned i = 0; i < u->count; i++) {
		json_open_object(&w, NULL);
		if (all->list[i].code == ERR_NONE)
			put_done(&w, u, all, &all->list[i]);
		else
			put_failed(&w, u, all, &all->list[i]);
		json_put_str(&w, "reference", u->items[i].reference);
		json_close_object(&w);
	}
	json_close_array(&w);
	json_close_object(&w);
	return settle_status(c, u, all);
}

/* ---- either ---- */

/* What was done counts as a use of the versions that did it. */
static void
count(struct call *c, const struct uses *u, const struct outcomes *all)
{
	struct usage_key *k = usage_open(c->usage, c->mount->uuid, c->parameter[0]);

	for (unsigned i = 0; i < u->count; i++) {
		const struct outcome *o = &all->list[i];

		if (o->code != ERR_NONE)
			continue;
		if (o->opened != 0)
			usage_note(k, o->opened, USAGE_DECRYPT, 1, c->now);
		if (o->version != 0)
			usage_note(k, o->version, kinds[u->what].usage, 1, c->now);
	}
	usage_close(&k);
}

static int
answer(struct call *c, const struct uses *u, const struct outcomes *all, struct error *err)
{
	count(c, u, all);
	return u->batch ? answer_batch(c, u, all) : answer_single(c, u, all, err);
}

int
uses_answer(struct call *c, struct named_key *k, const struct uses *u, struct error *err)
{
	const struct outcomes *done = uses_done(c);
	struct outcomes now = { NULL, BUF_INIT };
	int rc;

	if (done != NULL)
		return answer(c, u, done, err);
	now.list = arena_alloc(c->arena, u->count * sizeof(*now.list));
	if (now.list == NULL)
		return call_refuse(c, 413, "http: request body too large");
	uses_run(k, u, &now);
	rc = answer(c, u, &now, err);
	buf_free(&now.text);
	return rc;
}
