/*
 * Keeper: what plans' steps came to.
 */
#include "vaultd/api/plan_log.h"

#include <string.h>

#include "vaultd/api/rotate.h"

static struct record_name
name_of(const struct plan *p)
{
	return (struct record_name){RECORD_PLAN_LOG, p->mount->uuid, {"", 0}, p->path};
}

static void
put_event(struct buf *out, const struct plan_event *e)
{
	size_t most = PLAN_LOG_COMPLAINT;

	buf_put_u64(out, (uint64_t)e->when);
	buf_put_u8(out, (uint8_t)e->step);
	buf_put_u32(out, e->attempt);
	buf_put_u8(out, e->done);
	buf_put_block(out, e->rotation, strlen(e->rotation));
	buf_put_block(out, e->message.at, e->message.len);
	buf_put_block(out, e->complaint.at, e->complaint.len < most ? e->complaint.len : most);
}

static struct plan_event
read_event(struct reader *in)
{
	struct plan_event e = {.when = (int64_t)reader_u64(in)};
	struct str rotation;

	e.step = (enum plan_step)reader_u8(in);
	e.attempt = reader_u32(in);
	e.done = reader_u8(in) != 0;
	rotation = reader_block(in);
	e.message = reader_block(in);
	e.complaint = reader_block(in);
	in->bad = in->bad || e.step >= PLAN_STEPS || rotation.len >= sizeof(e.rotation);
	if (!in->bad)
		memcpy(e.rotation, rotation.at, rotation.len);
	return e;
}

void
plan_log_add(struct records *r, const struct plan *p, const struct plan_event *e)
{
	struct record_name n = name_of(p);
	struct buf old = BUF_INIT, text = BUF_INIT;
	struct reader in;

	if (records_find(r, &n, &old, NULL) != 0)
		buf_clear(&old); /* it did not open: begin anew */
	in = reader_of(old.data, old.len);
	put_event(&text, e);
	for (unsigned i = 1; i < PLAN_LOG_EVENTS && in.left > 0; i++) {
		struct plan_event before = read_event(&in);

		if (!in.bad)
			put_event(&text, &before);
	}
	records_put(r, &n, buf_str(&text));
	buf_free(&old);
	buf_free(&text);
}

void
plan_log_drop(struct records *r, const struct plan *p)
{
	struct record_name n = name_of(p);

	records_delete(r, &n);
}

static void
show(struct json_writer *w, const struct plan_event *e)
{
	json_open_object(w, NULL);
	api_put_time(w, "time", e->when);
	json_put_text(w, "rotation", e->rotation);
	json_put_text(w, "step", plan_step_names[e->step]);
	json_put_int(w, "attempt", e->attempt);
	json_put_bool(w, "success", e->done);
	json_put_str(w, "message", e->message);
	json_put_str(w, "complaint", e->complaint);
	json_close_object(w);
}

int
plan_log_put(struct json_writer *w, struct records *r, const struct plan *p, struct error *err)
{
	struct record_name n = name_of(p);
	struct buf text = BUF_INIT;
	struct reader in;
	int rc = records_find(r, &n, &text, err);

	in = reader_of(text.data, text.len);
	json_open_array(w, "history");
	while (rc == 0 && in.left > 0 && !in.bad) {
		struct plan_event e = read_event(&in);

		if (!in.bad)
			show(w, &e);
	}
	json_close_array(w);
	if (rc == 0 && in.bad)
		rc = error_set(err, ERR_CORRUPT, "the history of a plan is malformed");
	buf_free(&text);
	return rc;
}
