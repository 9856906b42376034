/*
 * PEM (RFC 7468): blocks cut out of text, and DER put into one.
 */
#ifndef BASE_PEM_H
#define BASE_PEM_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

/* Append the block, without a line end behind it (as the reference's API has it). */
void pem_put(const char *label, struct str der, struct buf *out);

/* The next block of *rest, from its BEGIN to its END line, and its label; false: none is left.
 */
bool pem_next(struct str *rest, struct str *label, struct str *block);

/*
 * Append the DER of the first block, which must have one of the labels (NULL at their end).  0,
 * or -1 with ERR_INVALID.
 */
int pem_first(struct str pem, const char *const *labels, struct buf *der, struct error *err);

/* Append the DER of one block, as pem_next cut it; -1 with ERR_INVALID.  Not for keys. */
int pem_decode(struct str block, struct buf *der, struct error *err);

#endif
