/*
 * Arguments and flags as members of a request's body.
 */
#ifndef CLIENT_MEMBERS_H
#define CLIENT_MEMBERS_H

#include "base/json.h"
#include "client/flags.h"

#define INPUT_MOST (1024 * 1024) /* bytes of a file that fits into a request */

/*
 * Put the arguments by the words of names (NULL: none), in their order: "-" is no member,
 * "NAME" the argument itself, "=NAME" the base64 of the file that it names, "<NAME" that
 * file's text without white space at its ends.  A file that is left out, or "-", is standard
 * input.  0, or -1 with ERR_IO, or ERR_LIMIT beyond INPUT_MOST.
 */
int members_put_arguments(
    struct json_writer *w, const char *names, const struct flags *f, struct error *err);

/*
 * Put the command's own flags that were given and are members: switches as booleans, counts as
 * numbers, lists as arrays, pairs as objects, the rest as text.  "config.x" is x of the object
 * config; flags of one object stand together in their table.  0, or -1 as above.
 */
int members_put_flags(struct json_writer *w, const struct flags *f, struct error *err);

/*
 * Append the same flags as a query, "a=b&c=d", encoded; lists and pairs are fatal.  0, or -1 as
 * above.
 */
int members_put_query(struct buf *query, const struct flags *f, struct error *err);

/* What a FLAG_WORD or FLAG_BYTES holds: text, or the content of @FILE.  Appended. */
int members_read(const char *value, struct buf *out, struct error *err);

#endif
