/*
 * `operator unseal`, `operator restore-policy`: give a share.
 */
#ifndef CLIENT_UNSEAL_H
#define CLIENT_UNSEAL_H

#include "client/command.h"

extern const struct flag unseal_flags[], restore_policy_flags[];

/*
 * Read a share from prompt, standard input or a file and send it: sealed when an unseal public
 * key is given (flag, environment, file of init), plain otherwise.
 * Security: with a public key nothing is ever sent plain; what cannot be sealed is not sent.
 */
enum outcome unseal(const struct flags *f, struct error *err);

/* The same for the quorum that puts the built-in text of the policy operator back. */
enum outcome restore_policy(const struct flags *f, struct error *err);

#endif
