/*
 * Text encodings: hexadecimal, base64 (RFC 4648), UTF-8 (RFC 3629), Go durations.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* Append the encoding of bytes, lower-case hex. */
void hex_encode(struct buf *out, const void *bytes, size_t len);
/* Append what text encodes (either case).  False, with nothing appended, when it is not hex. */
bool hex_decode(struct buf *out, struct str text);

/* Append 16 bytes as a UUID is written (RFC 9562). */
void uuid_encode(struct buf *out, const uint8_t uuid[16]);

enum base64_kind { BASE64_STD, BASE64_URL /* no padding */ };
void base64_encode(struct buf *out, enum base64_kind kind, const void *bytes, size_t len);
/*
 * Append what text encodes.  Strict: right alphabet, right padding, zero trailing bits.
 * False, with nothing appended (an empty out needs no buf_free then) and *bad_at (may be NULL) the
 * offset of the first wrong byte.
 */
bool base64_decode(struct buf *out, enum base64_kind kind, struct str text, size_t *bad_at);

/* Bytes of the well-formed character that s begins with, 1 to 4; 0 when it begins with none. */
size_t utf8_length(struct str s);
/* Write the code point v (at most U+10FFFF) to `to`; returns how many bytes, 1 to 4. */
size_t utf8_put(uint32_t v, char *to);
/* Well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF). */
bool utf8_valid(struct str s);
/* Every character of valid UTF-8 is printable: no control (C0, DEL, C1) or format character. */
bool utf8_printable(struct str s);

/*
 * A Go duration: "90", "90s", "1h30m", "1.5h", "300ms", "7d", "-1s".  A bare number is seconds.
 * Returns false when text is none or overflows.  *ns in nanoseconds.
 */
bool duration_parse(struct str text, int64_t *ns);
/*
 * What Go says of a text that duration_parse did not read: "time: invalid duration \"x\"" ...
 */
void duration_complain(struct buf *out, struct str text);
/* As Go's Duration.String(): "0s", "3h0m0s", "1.5s", "250ms".  Appends. */
void duration_format(struct buf *out, int64_t ns);

#endif
