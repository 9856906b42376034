/*
 * The token that a person has: in VAULT_TOKEN, else in ~/.vault-token, where `vaultctl login`
 * and Vault's CLI keep it.
 */
#ifndef CLIENT_TOKEN_FILE_H
#define CLIENT_TOKEN_FILE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "client/flags.h"

/*
 * Append it, without a newline; nothing when there is none or -no-token is given.  *from_file
 * (may be NULL): it came from the file.  0, or -1 with ERR_INVALID when it holds a byte that no
 * token has, ERR_IO.
 */
int token_find(const struct flags *f, struct buf *token, bool *from_file, struct error *err);

/* Whether text can be a token: it goes out as a header, where a newline would begin another. */
bool token_fits(struct str text);

/* Keep it in ~/.vault-token, mode 0600, or remove that file (none there: fine). */
int token_store(struct str token, struct error *err);
int token_forget(struct error *err);

#endif
