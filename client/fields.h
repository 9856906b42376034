/*
 * Fields of a request from arguments, in the forms of Vault's CLI:
 *     key=@file   the file's content          key       asked for at the terminal, unseen
 *     key=-       standard input              @file, -  a JSON object, alone
 *     key=value   as it stands                key=\@x   the value "@x"
 * Security: what is in argv everyone on the machine can read, and shells remember it.  So plain
 * key=value is for what is no secret, and refused where values may be.
 */
#ifndef CLIENT_FIELDS_H
#define CLIENT_FIELDS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

struct fields_rule {
	bool plain; /* key=value is taken from argv */
	/* Other words for keys: pairs {"uri", "allowed_uri_sans"}, {NULL, NULL} at the end; or
	 * NULL. */
	const char *const (*aliases)[2];
	const char *flag; /* that would have it taken, for the refusal; NULL: none would */
};

/*
 * Append the JSON object that args[0..count) give.  0, or -1 with ERR_INVALID (naming the key,
 * never the value), ERR_IO.
 */
int fields_read(char *const *args, unsigned count, const struct fields_rule *rule,
    struct buf *json, struct error *err);

#endif
