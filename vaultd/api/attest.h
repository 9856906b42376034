/*
 * Attestation of named keys: the vault's signer, its certificate, and papers (policy/attest.h).
 */
#ifndef API_ATTEST_H
#define API_ATTEST_H

#include "vaultd/keeper/call.h"

/* GET sys/attest/csr makes the signer when there is none yet. */
bool api_attest_creates(struct call *c);
int api_attest_csr(struct call *c, struct error *err);
int api_attest_certificate_read(struct call *c, struct error *err);
int api_attest_certificate_write(struct call *c, struct error *err);

/* POST keys/<name>/attest of a transit mount. */
int transit_attest(struct call *c, struct error *err);

#endif
