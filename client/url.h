/*
 * Text inside a URL.
 */
#ifndef CLIENT_URL_H
#define CLIENT_URL_H

#include "base/buf.h"
#include "base/str.h"

/* Append text with everything but what RFC 3986 calls unreserved, and the bytes of `also`, as
 * %XX. */
void url_put(struct buf *out, struct str text, const char *also);

#endif
