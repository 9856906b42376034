/*
 * sys/wrapping: wrapping, and fetching what was wrapped (vault-api 1.7).
 */
#ifndef API_WRAPPING_H
#define API_WRAPPING_H

#include "vaultd/keeper/call.h"

int api_wrapping_wrap(struct call *c, struct error *err);
int api_wrapping_unwrap(struct call *c, struct error *err);
int api_wrapping_lookup(struct call *c, struct error *err);
int api_wrapping_rewrap(struct call *c, struct error *err);

/*
 * cubbyhole/response, the form before unwrap: the reply of the wrapping token that asks, as a
 * text in data.response.  1: no wrapping token asks.
 */
int api_wrapping_response(struct call *c, struct error *err);

#endif
