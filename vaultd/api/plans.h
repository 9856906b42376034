/*
 * sys/rotation/plans/<mount>/<path>: the rotation plan of a KV secret.
 *
 * LIST  sys/rotation/plans/[<mount>/[<directory>/]]   mounts with plans; plans
 *
 * POST  what plan_settings.h names, all of it each time.  Its writer must have read and update
 *       on the secret, and read on "with".
 *
 * GET   that, and how it fares:
 *   { ..., "written_by": text,
 *     "state": "idle" | "running" | "retiring" | "waiting" | "paused",
 *     "step": text, "rotation": uuid or "", "attempt": n, "pending": bool,
 *     "started", "due", "next", "retires": time or "",
 *     "version": n,                          of the secret, that it made last
 *     "last_success", "last_attempt": time or "", "last_error": text,
 *     "not_read": [identity],                who read the secret, but not that version yet
 *     "history": [ { "time", "rotation", "step", "attempt", "success", "message",
 *                    "complaint" } ] }       complaint: the hook's standard error, masked
 *
 * DELETE
 *
 * POST  .../run      rotate now; or try now what waits
 * POST  .../pause    nothing begins any more, no step neither
 * POST  .../resume   it goes on; what waits for a person is tried again
 * POST  .../cancel   give the rotation up that is under way
 * POST  .../supply   { "data": {fields} }: the new value, of kind manual; its caller must have
 *                    read and update on the secret too
 * GET   .../pending  { "rotation": uuid, "data": {fields} }.  Needs sudo beside read: neither
 *                    who may read the secret nor who may read plans sees what is not served yet.
 */
#ifndef API_PLANS_H
#define API_PLANS_H

#include "vaultd/keeper/call.h"

int api_plans_list(struct call *c, struct error *err);
int api_plan_read(struct call *c, struct error *err);
int api_plan_write(struct call *c, struct error *err);
int api_plan_delete(struct call *c, struct error *err);
int api_plan_run(struct call *c, struct error *err);
int api_plan_pause(struct call *c, struct error *err);
int api_plan_resume(struct call *c, struct error *err);
int api_plan_cancel(struct call *c, struct error *err);
int api_plan_supply(struct call *c, struct error *err);
int api_plan_pending(struct call *c, struct error *err);

#endif
