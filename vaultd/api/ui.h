/*
 * sys/internal/ui and sys/internal/specs: what a caller can reach, and what it may do there.
 */
#ifndef API_UI_H
#define API_UI_H

#include "vaultd/keeper/call.h"

/* The preflight of kv commands: the mount that a path lies in. */
int api_preflight(struct call *c, struct error *err);
int api_ui_mounts(struct call *c, struct error *err);
int api_resultant_acl(struct call *c, struct error *err);
int api_openapi(struct call *c, struct error *err);

#endif
