/*
 * What all CAs are asked for by: names, how they sign, how far they reach.
 */
#ifndef API_PKI_CA_H
#define API_PKI_CA_H

#include "vaultd/api/pki_order.h"

/* Names and subject from the request's fields, or a CSR.  -1: refused. */
int pki_ca_names(struct call *c, const struct pki_sources *from, struct issue_names *n,
    struct subject *s, struct error *err);
/* From "signature_bits" and "use_pss".  -1: refused. */
int pki_ca_manner(struct call *c, struct ca_key_manner *m);
/* From "max_path_length" and "permitted_dns_domains"; f is a CA's.  -1: refused. */
int pki_ca_constraints(struct call *c, struct certificate *f);

#endif
