/*
 * The chore of PKI mounts: forgetting what has expired.
 */
#ifndef API_PKI_TIDY_H
#define API_PKI_TIDY_H

#include "vaultd/keeper/chores.h"

int chore_pki_tidy(struct chore_run *r, struct error *err);

/* Marks of revoked certificates (pki_cert.h) that have ended. */
int chore_pki_marks(struct chore_run *r, struct error *err);

#endif
