/*
 * Keeper: what a plan and its hook say to each other.
 */
#include "vaultd/api/plan_hook.h"

#include "base/clock.h"
#include "base/text.h"
#include "vaultd/api/mask.h"
#include "vaultd/api/plan_log.h"

#define DOCUMENT_MAX ((size_t)1024 * 1024) /* less than a RUN frame holds */
#define SENTENCE 256                       /* of what a hook says for people */
#define WAIT_LEAST CLOCK_SECOND
#define WAIT_MOST (3600 * CLOCK_SECOND)
#define UNKNOWN_STEP 64 /* exit status */

/* The values that a hook is told. */
struct values {
	const struct json *current, *pending, *previous, *with;
};

static int
read_values(struct call *c, const struct plan *p, struct values *v, struct error *err)
{
	*v = (struct values){NULL, NULL, NULL, NULL};
	if (plan_current_tree(c, p, p->path, &v->current, err) != 0 ||
	    plan_staged_tree(c, p, STAGED_PENDING, &v->pending, err) != 0 ||
	    plan_staged_tree(c, p, STAGED_PREVIOUS, &v->previous, err) != 0)
		return -1;
	return p->settings.with.len == 0
		   ? 0
		   : plan_current_tree(c, p, p->settings.with, &v->with, err);
}

/* ---- the document ---- */

static void
put_value(struct json_writer *w, const char *name, const struct json *value)
{
	if (value == NULL)
		json_put_null(w, name);
	else
		json_put_value(w, name, value);
}

static void
put_secret(struct json_writer *w, const struct plan *p)
{
	struct buf path = BUF_INIT;

	buf_put_str(&path, p->mount->path);
	buf_put_str(&path, p->path);
	json_put_str(w, "secret", buf_str(&path));
	buf_free(&path);
}

int
plan_hook_document(struct call *c, const struct plan *p, struct buf *out, struct error *err)
{
	struct json_writer w = json_writer_to(out);
	struct values v;

	if (read_values(c, p, &v, err) != 0)
		return -1;
	json_open_object(&w, NULL);
	json_put_int(&w, "version", 1);
	json_put_text(&w, "step", plan_step_names[p->step]);
	json_put_text(&w, "id", p->id);
	json_put_text(&w, "rotation", p->rotation);
	put_secret(&w, p);
	json_put_int(&w, "attempt", p->attempt);
	if (p->settings.parameters != NULL)
		json_put_value(&w, "parameters", p->settings.parameters);
	else
		json_put_raw(&w, "parameters", str_of("{}"));
	put_value(&w, "current", v.current);
	put_value(&w, "pending", v.pending);
	put_value(&w, "previous", v.previous);
	put_value(&w, "with", v.with);
	json_close_object(&w);
	return out->len <= DOCUMENT_MAX
		   ? 0
		   : error_set(err, ERR_LIMIT, "the secret is too large for a hook");
}

/* ---- the answer ---- */

void
plan_hook_answer_clear(struct plan_hook_answer *a)
{
	buf_free(&a->message);
	buf_free(&a->detail);
	buf_free(&a->complaint);
}

static void
fail(struct plan_hook_answer *a, const char *why)
{
	a->answer = ANSWER_FAILED;
	buf_clear(&a->message);
	buf_put_text(&a->message, why);
}

/* How it ended, whatever it said. */
static void
judge_end(const struct frame_ran *ran, struct plan_hook_answer *a)
{
	switch ((enum ran_outcome)ran->outcome) {
	case RAN_EXITED:
		if (ran->code == 0 || ran->code == UNKNOWN_STEP) {
			a->answer = ran->code == 0 ? ANSWER_DONE : ANSWER_UNKNOWN_STEP;
			return;
		}
		fail(a, "the hook failed with exit status ");
		buf_printf(&a->message, "%u", ran->code);
		return;
	case RAN_KILLED:
		fail(a, "the hook was ended by signal ");
		buf_printf(&a->message, "%u", ran->code);
		return;
	case RAN_TOO_LONG:
		fail(a, "the hook ran longer than its timeout");
		return;
	case RAN_FLOODED:
		fail(a, "the hook said more than hooks.output allows");
		return;
	case RAN_REFUSED:
		fail(a, "the hook could not be started");
		return;
	}
	fail(a, "the hook ended in a way that is not known");
}

static struct str
trim(struct str s)
{
	while (s.len > 0 && (unsigned char)s.at[s.len - 1] <= ' ')
		s.len--;
	while (s.len > 0 && (unsigned char)s.at[0] <= ' ')
		s = str_from(s, 1);
	return s;
}

/* What it printed; NULL: nothing that can be read. */
static const struct json *
read_output(struct call *c, struct str output)
{
	struct str text = trim(output);
	const struct json *tree;

	if (text.len == 0)
		return json_new(c->arena, JSON_OBJECT);
	text = arena_copy(c->arena, text);
	tree = text.at == NULL ? NULL : json_parse(c->arena, text, &json_limits_body, NULL);
	return tree != NULL && tree->type == JSON_OBJECT ? tree : NULL;
}

/* Of one that ended well: what it asks for. */
static void
judge_said(const struct json *said, struct plan_hook_answer *a)
{
	const struct json *wait = json_find(said, "wait"),
			  *pending = json_find(said, "pending");

	if (said == NULL) {
		fail(a, "the hook answered with something else than a JSON object");
	} else if (json_find(said, "error") != NULL) {
		fail(a, "the hook answered with an error");
	} else if (pending != NULL && pending->type != JSON_OBJECT) {
		fail(a, "the hook answered with a \"pending\" that is no object");
	} else if (wait != NULL) {
		if (!duration_parse(wait->text, &a->wait) || a->wait < WAIT_LEAST ||
		    a->wait > WAIT_MOST)
			fail(a,
			    "the hook answered with a \"wait\" that is no time from 1s to 1h");
		else
			a->answer = ANSWER_WAIT;
	}
	if (a->answer == ANSWER_DONE || a->answer == ANSWER_WAIT)
		a->pending = pending;
}

/* What there is to say of a failure, with the hook's own sentence, or why it was not started.
 */
static void
put_detail(struct mask *m, const struct json *said, const struct frame_ran *ran,
    struct plan_hook_answer *a)
{
	const struct json *error = json_find(said, "error");
	struct str sentence = error != NULL && error->type == JSON_STRING ? error->text
			      : ran->outcome == RAN_REFUSED               ? trim(ran->complaint)
							    : (struct str){NULL, 0};

	buf_put_str(&a->detail, buf_str(&a->message));
	if (sentence.len == 0)
		return;
	buf_put_text(&a->detail, ": ");
	mask_put(m, sentence, SENTENCE, &a->detail);
}

int
plan_hook_judge(struct call *c, const struct plan *p, const struct frame_ran *ran,
    struct plan_hook_answer *a, struct error *err)
{
	struct mask m = {.count = 0};
	const struct json *said = read_output(c, ran->output);
	struct values v;

	if (read_values(c, p, &v, err) != 0)
		return -1;
	judge_end(ran, a);
	if (a->answer == ANSWER_DONE)
		judge_said(said, a);
	mask_add(&m, v.current);
	mask_add(&m, v.pending);
	mask_add(&m, v.previous);
	mask_add(&m, v.with);
	mask_add(&m, json_find(said, "pending"));
	mask_put(&m, ran->complaint, PLAN_LOG_COMPLAINT, &a->complaint);
	if (a->answer == ANSWER_FAILED)
		put_detail(&m, said, ran, a);
	return 0;
}
