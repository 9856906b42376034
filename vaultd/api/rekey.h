/*
 * sys/rotate/root/{init,update,verify,backup}: new shares by the old ones (vault-api 1.2); and
 * the same below sys/rekey, in the older form, if the configuration has rekey_paths = "on".
 * Security: all of it asks for sudo.  Nothing here is open to who has no right to it, so nobody
 * else can begin, occupy or cancel it.
 */
#ifndef API_REKEY_H
#define API_REKEY_H

#include "vaultd/keeper/call.h"

int api_rekey_status(struct call *c, struct error *err);
int api_rekey_begin(struct call *c, struct error *err);
int api_rekey_cancel(struct call *c, struct error *err);
int api_rekey_update(struct call *c, struct error *err);
int api_rekey_verify_status(struct call *c, struct error *err);
int api_rekey_verify(struct call *c, struct error *err);
int api_rekey_verify_again(struct call *c, struct error *err);
int api_rekey_backup(struct call *c, struct error *err);

/* Below sys/rotate/recovery: there are no recovery shares. */
int api_recovery_refused(struct call *c, struct error *err);
/* Below sys/generate-root and sys/rekey-recovery-key: nobody is root. */
int api_switched_off(struct call *c, struct error *err);

/*
 * POST sys/restore-policy {"key" or "sealed_key", "reset"}: with a quorum of shares the
 * operators of the configuration put the built-in text of the policy `operator` back, whatever
 * it says now.
 *   { "complete": bool, "progress": n, "required": n, "nonce": text }
 */
int api_restore_policy(struct call *c, struct error *err);

#endif
