/*
 * sys/: the host, the process and its configuration.
 */
#ifndef API_HOST_H
#define API_HOST_H

#include "vaultd/keeper/call.h"

int api_host_info(struct call *c, struct error *err);
int api_ha_status(struct call *c, struct error *err);
/* There is nobody to step down for. */
int api_step_down(struct call *c, struct error *err);
int api_version_history(struct call *c, struct error *err);
int api_in_flight(struct call *c, struct error *err);
int api_config_state(struct call *c, struct error *err);
int api_config_cors(struct call *c, struct error *err);
/* No header is audited, and none can be told to. */
int api_audited_headers(struct call *c, struct error *err);
int api_audited_header(struct call *c, struct error *err);
/* Lists of what this vault has none of: namespaces, headers of a user interface. */
int api_nothing_listed(struct call *c, struct error *err);

#endif
