/*
 * Text with places for the fields of a secret, the smallest such language that is of use:
 *     {{name}}         the field as it stands; of what is no text, its JSON
 *     {{json name}}    as JSON, text in its quotes
 *     {{url name}}     percent-encoded, all but RFC 3986's unreserved
 *     {{shell name}}   in single quotes, one word of any POSIX shell
 *     {{base64 name}}  RFC 4648, section 4
 *     {{"text"}}       what stands between the quotes: {{"{{"}} is two braces
 * Blanks around the words do not count.  A pure function: it reads no file and runs nothing.
 */
#ifndef CLIENT_TEMPLATE_H
#define CLIENT_TEMPLATE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"

/*
 * Append the text with the fields filled in.  0, or -1 with ERR_INVALID naming the line and
 * what is wrong there (an unknown field, an unknown form, braces that do not close) and no
 * value; what was appended by then means nothing.
 */
int template_fill(
    struct str text, const struct json *fields, struct buf *out, struct error *err);

/* Append a field bare: text as it stands, anything else as JSON. */
void template_put_field(struct buf *out, const struct json *field);

#endif
