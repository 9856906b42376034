/*
 * What a line of the audit says of a request and of what came of it, in the shape of Vault's
 * audit records (vault-api: "Audit record").
 */
#ifndef KEEPER_AUDIT_LINE_H
#define KEEPER_AUDIT_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "vaultd/keeper/audit_key.h"
#include "vaultd/keeper/call.h"

/*
 * Begin a line of this type: what is appended is an object that is open, for trail_end to
 * close.
 */
struct json_writer audit_line_begin(struct buf *out, const char *type, int64_t wall);

/*
 * The line of a call; key NULL: sealed, values and their hashes are left out.  said: the
 * request's data is in a line already.
 * Security: an allow-list; what is not named here is not written.
 */
void audit_line_request(
    struct buf *out, const struct call *c, struct str token, const struct audit_key *key);
void audit_line_response(struct buf *out, const struct call *c, struct str token,
    const struct audit_key *key, bool said);

#endif
