/*
 * The Name of a certificate that is issued (RFC 5280 §4.1.2.4): its parts, written as DER, and
 * read back from a request.
 */
#ifndef POLICY_SUBJECT_H
#define POLICY_SUBJECT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "policy/der.h"

struct subject {
	struct str common_name, serial_number; /* empty: none */
	struct str_list country, organization, ou, locality, province, street_address,
	    postal_code, user_ids;
};

/* Append the Name: one relative name for each value, in the reference's order. */
void subject_put(const struct subject *s, struct buf *out);

/*
 * Read the common name and the serial number of a Name (what its SEQUENCE holds), each there at
 * most once; what is in it must be well formed, and its texts printable.  0, or -1 with
 * ERR_INVALID.
 */
int subject_read(
    struct der name, struct str *common_name, struct str *serial_number, struct error *err);

#endif
