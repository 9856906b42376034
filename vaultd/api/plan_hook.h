/*
 * What a plan and its hook say to each other: the document on its standard input and the answer
 * on its standard output, version 1.
 *
 * { "version": 1, "step": text, "id": uuid of the step, "rotation": uuid, "secret": path,
 *   "attempt": n, "parameters": {texts},
 *   "current", "pending", "previous", "with": {fields} or null }
 *
 * With exit status 0: {"pending": {fields}}, over those of the current value; {"wait": "30s"};
 * {} or nothing.  With 64: it does not know the step.  With any other: {"error": sentence}.
 *
 * Security: the answer is a stranger's; what is kept of it has every value of the secret masked.
 */
#ifndef API_PLAN_HOOK_H
#define API_PLAN_HOOK_H

#include "vaultd/api/plan.h"

/* Append the document for the step that the plan is at.  -1 with err. */
int plan_hook_document(
    struct call *c, const struct plan *p, struct buf *out, struct error *err);

enum plan_answer { ANSWER_DONE, ANSWER_WAIT, ANSWER_UNKNOWN_STEP, ANSWER_FAILED };

struct plan_hook_answer {
	enum plan_answer answer;
	const struct json *pending; /* NULL: not said */
	int64_t wait;               /* ns */
	struct buf message;   /* of a failure: how the run ended, without what the hook said */
	struct buf detail;    /* with what it said, masked */
	struct buf complaint; /* its standard error, masked */
};
void plan_hook_answer_clear(struct plan_hook_answer *a);

/* What a run came to.  -1 with err when the values to mask could not be read: nothing is kept.
 */
int plan_hook_judge(struct call *c, const struct plan *p, const struct frame_ran *ran,
    struct plan_hook_answer *a, struct error *err);

#endif
