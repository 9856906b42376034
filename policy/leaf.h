/*
 * A leaf certificate while it is read: the identity that grows, and where its texts go.
 * identity.c reads the certificate's frame, names.c its names, extension.c its extensions.
 */
#ifndef POLICY_LEAF_H
#define POLICY_LEAF_H

#include <stdbool.h>

#include "base/error.h"
#include "policy/der.h"
#include "policy/identity.h"

struct leaf {
	struct identity *id;
	char *text; /* room for texts that the DER does not hold as such */
	size_t text_left;
	bool nameless;   /* the subject is empty: the SAN must be critical */
	bool signs_data; /* a fitting keyUsage was seen */
};

/* Room for len bytes of text.  It was sized for the largest certificate: never NULL. */
char *leaf_text(struct leaf *l, size_t len);

/* Bytes as "aa:bb:...". */
struct str leaf_hex(struct leaf *l, struct der bytes);

/* Append to a list; -1 with ERR_INVALID when it is full.  what: "DNS names". */
int leaf_add(struct name_list *list, struct str name, const char *what, struct error *err);

/*
 * The issuer's and the subject's Name (what the SEQUENCE holds).  Of the subject the common
 * name and the organizational units are kept: printable UTF-8 each, at most one common name.
 */
int names_check_issuer(struct der name, struct error *err);
int names_read_subject(struct der name, struct leaf *l, struct error *err);

/* Extensions (what the SEQUENCE holds), each held against the profile in identity.h. */
int extensions_read(struct der extensions, struct leaf *l, struct error *err);

#endif
