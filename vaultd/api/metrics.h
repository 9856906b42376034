/*
 * sys/metrics.
 */
#ifndef API_METRICS_H
#define API_METRICS_H

#include "vaultd/keeper/call.h"

int api_metrics(struct call *c, struct error *err);

#endif
