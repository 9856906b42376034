/*
 * Whom the revocation lists of a cert mount (auth/cert/crls) name.  A list goes on counting
 * when its time is over: what it revoked stays so until it is replaced or deleted.
 *
 * A record is the JSON object {"issuer":"aa:bb:...","serials":{"123":{},...}}.
 */
#ifndef KEEPER_CRLS_H
#define KEEPER_CRLS_H

#include <stdbool.h>

#include "base/error.h"
#include "policy/identity.h"
#include "vaultd/keeper/records.h"

struct crls;

/* As the records have them.  NULL with ERR_CORRUPT or ERR_INVALID. */
struct crls *crls_load(struct records *r, const uint8_t mount[16], struct error *err);
void crls_free(struct crls **c);

/* Whether a list of its issuer names this certificate.  One that does not say who issued it is
 * held against all. */
bool crls_name(const struct crls *c, const struct identity *id);

#endif
