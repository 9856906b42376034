/*
 * What the last steps of a plan came to, and what its hook complained of: a record of its own,
 * wrapped like a secret, masked all the same.
 */
#ifndef API_PLAN_LOG_H
#define API_PLAN_LOG_H

#include "vaultd/api/plan.h"

#define PLAN_LOG_EVENTS 10
#define PLAN_LOG_COMPLAINT 4096 /* bytes */

struct plan_event {
	int64_t when;
	enum plan_step step;
	uint32_t attempt;
	bool done;
	char rotation[UUID_TEXT];
	struct str message, complaint; /* complaint: the hook's standard error */
};

/* Inside a batch. */
void plan_log_add(struct records *r, const struct plan *p, const struct plan_event *e);
void plan_log_drop(struct records *r, const struct plan *p);

/* "history": [...], newest first. */
int plan_log_put(
    struct json_writer *w, struct records *r, const struct plan *p, struct error *err);

#endif
