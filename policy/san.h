/*
 * Alternative names (RFC 5280 §4.2.1.6) of a certificate that is asked for: read from a request
 * and written into the certificate.
 */
#ifndef POLICY_SAN_H
#define POLICY_SAN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "policy/der.h"

#define SAN_MAX 256 /* names of one kind; more is refused */

struct san_list {
	unsigned count;
	struct str at[SAN_MAX];
};

/* All borrowed. */
struct san {
	struct san_list dns, email, uri;
	struct san_list address;     /* 4 or 16 octets each */
	struct san_list other_type;  /* octets of an OID, */
	struct san_list other_value; /* and its UTF-8 text */
};

/* Append a name unless it is there.  -1 with ERR_LIMIT when the list is full. */
int san_add(struct san_list *list, struct str name, struct error *err);

/*
 * Read GeneralNames (the extension's octets) into s.  DNS, e-mail, URI, address and otherName
 * with a UTF-8 text; any other kind, a text that is not printable ASCII, and an address that is
 * neither 4 nor 16 octets are ERR_INVALID.
 */
int san_read(struct der value, struct san *s, struct error *err);

bool san_empty(const struct san *s);

/* Append GeneralNames. */
void san_put(const struct san *s, struct buf *out);

#endif
