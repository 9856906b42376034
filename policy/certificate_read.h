/*
 * Certificates of a PKI mount, read: those it has issued, and those of CAs that are given to
 * it. (Identities that callers show are read by identity.h.)
 */
#ifndef POLICY_CERTIFICATE_READ_H
#define POLICY_CERTIFICATE_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

/* All borrowed from the DER. */
struct certificate_view {
	struct str serial;                /* octets, without leading zeros */
	struct str issuer, subject, spki; /* whole */
	struct str key;                   /* octets of subjectKeyIdentifier, or empty */
	int64_t not_before, not_after;
	bool is_ca;
	bool signs_lists;    /* keyUsage has cRLSign, or there is none */
	int64_t path_length; /* of a CA, or PATH_UNLIMITED */
};

/* Read one certificate, strictly DER.  0, or -1 with ERR_INVALID. */
int certificate_read(struct str der, struct certificate_view *v, struct error *err);

#endif
