/*
 * Who this client is to the vault: the certificate it shows, looked at before it is shown.
 */
#ifndef CLIENT_CALLER_H
#define CLIENT_CALLER_H

#include "base/buf.h"
#include "base/error.h"
#include "client/flags.h"

/*
 * Check that what the common flags name can make a connection, and append the SPIFFE ID of the
 * client certificate, terminated (empty when the certificate is no identity: that is for the
 * vault to refuse).  0, or -1 with ERR_INVALID or ERR_IO and what to do: no certificate, an
 * expired one, plain http.
 * Security: VAULT_SKIP_VERIFY is refused.
 */
int caller_check(const struct flags *f, struct buf *identity, struct error *err);

#endif
