/*
 * A CA's certificate as a record, for the files that change it: pki_issuer.c keeps it,
 * pki_issuers.c answers for it.
 */
#ifndef API_PKI_ISSUER_H
#define API_PKI_ISSUER_H

#include "base/clock.h"
#include "vaultd/api/pki.h"
#include "vaultd/api/pki_settings.h"

/* What can be set of an issuer, and what it is at first. */
extern const struct setting_field pki_issuer_fields[];

/* Keep an issuer with these settings (JSON); forget it. */
void pki_issuer_write(struct call *c, const struct pki_issuer *i, struct str settings);
void pki_issuer_delete(struct call *c, const struct pki_issuer *i);

/* A name that a new issuer may have, and none has.  -1: refused, or err. */
int pki_issuer_check_name(struct call *c, struct str name, struct error *err);

#endif
