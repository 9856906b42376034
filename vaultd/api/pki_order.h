/*
 * One certificate that is asked for: read from the request, held against the rules, made.
 * Everything lies in the arena.
 */
#ifndef API_PKI_ORDER_H
#define API_PKI_ORDER_H

#include "keys/leaf_key.h"
#include "policy/certificate.h"
#include "policy/csr.h"
#include "policy/issue_rules.h"
#include "policy/subject.h"
#include "vaultd/api/pki.h"

/* ---- names: pki_names.c ---- */

/* Where names are taken from, and what of the request's own counts. */
struct pki_sources {
	const struct csr *csr; /* NULL: there is none */
	bool csr_common_name, csr_names;
	bool needs_common_name;
};

/*
 * Read the names that are asked for into n, which gets lists of its own.  -1: refused.
 */
int pki_names_read(
    struct call *c, const struct pki_sources *from, struct issue_names *n, struct error *err);
/* The request in the field "csr".  -1: refused. */
int pki_csr_read(struct call *c, struct csr **csr);
/* The subject's other parts from the fields "ou", "organization" and so on.  -1: refused. */
int pki_subject_read(struct call *c, struct subject *s);

/* Fields that these read, for the table of routes. */
#define PKI_NAME_FIELDS \
	"common_name alt_names ip_sans uri_sans other_sans serial_number user_ids " \
	"exclude_cn_from_sans "
#define PKI_SUBJECT_FIELDS \
	"ou organization country locality province street_address postal_code "

/* ---- how long: pki_validity.c ---- */

struct pki_validity {
	int64_t not_before, not_after; /* seconds since 1970 */
};

/*
 * From "ttl", "not_before" and "not_after", the role (NULL: none), the mount and the issuer
 * (NULL: it signs itself): never beyond the issuer's end.  cut: what would be is cut, with a
 * warning, instead of being refused.  -1: refused.
 */
int pki_validity_read(struct call *c, const struct json *role, const struct pki_issuer *issuer,
    bool cut, struct pki_validity *v);
/* A duration that is not negative, ns. */
int pki_field_ttl(struct call *c, const char *name, int64_t *ns, bool *present);

#define PKI_TIME_FIELDS "ttl not_before not_after not_before_duration "

/* ---- making one: pki_make.c ---- */

struct pki_wish {
	struct certificate form;         /* all but what the issuer and chance give */
	const struct pki_issuer *issuer; /* NULL: it signs itself */
	struct ca_key **key;             /* of the issuer */
	struct ca_key_manner manner;
	bool keep;           /* among the mount's certificates */
	struct work **later; /* NULL: sign now.  Else nothing is kept, and a slow key moves into
			      * work that signs */
};

/*
 * Make, sign and keep it: *der.  -1: refused, or err.  1: *w->later is to sign it first.
 * Security: the one place where a certificate comes to be.  Here, whatever role or request say:
 * no certificate outlives its CA; a SPIFFE ID must be well formed, fit the profile of an
 * identity (policy/identity.h), and not be one that the configuration names as operator; a CA
 * has no SPIFFE ID with a path.
 */
int pki_make(struct call *c, const struct pki_wish *w, struct str *der, struct error *err);

/* The URLs that certificates of an issuer carry: its own, else the mount's.  -1: refused. */
int pki_urls(
    struct call *c, const struct pki_issuer *i, struct certificate *form, struct error *err);
/* The octets of a dotted OID, in the arena; at is NULL when it is none. */
struct str pki_oid(struct call *c, struct str dotted);
/* Octets of dotted OIDs.  -1: refused. */
int pki_oids(struct call *c, struct str_list dotted, struct str_list *octets);
/* The octets of each OID in a request's extendedKeyUsage.  -1: refused. */
int pki_purposes_of(struct call *c, struct str extended_usage, struct str_list *octets);
/* An issuer that may issue, with its key.  -1: refused, or err. */
int pki_open_issuer(struct call *c, struct str reference, const char *usage,
    struct pki_issuer *i, struct ca_key **key, struct error *err);

/* ---- the answer: pki_answer.c ---- */

enum pki_shape { PKI_PEM, PKI_DER, PKI_BUNDLE };

struct pki_format {
	enum pki_shape shape;
	enum leaf_key_form key_form;
	bool without_roots;
};

/* From "format", "private_key_format" and "remove_roots_from_chain".  -1: refused. */
int pki_format_read(struct call *c, struct pki_format *f);

#define PKI_FORMAT_FIELDS "format private_key_format remove_roots_from_chain "

/*
 * The reply's data: certificate, issuing_ca, ca_chain, private_key (leaf: NULL for none) with
 * its type, serial_number, expiration, not_before.  -1: refused, or err.
 */
int pki_answer(struct call *c, const struct pki_format *f, const struct pki_issuer *issuer,
    struct str der, const struct leaf_key *leaf, const char *key_type, struct error *err);
/* "name": a certificate in the shape that is asked for. */
void pki_put_certificate(
    struct json_writer *w, const char *name, enum pki_shape shape, struct str der);

/* ---- slow keys: pki_work.c ---- */

#include "vaultd/keeper/workers.h"

/* A key that is wished for.  form counts for a leaf's. */
struct pki_key_wish {
	const char *type;
	unsigned bits;
	bool of_ca;
	enum leaf_key_form form;
};

/* Work that makes an RSA key; NULL for other types, which take no time. */
struct work *pki_work_new(const struct pki_key_wish *wish);
/* The key: the one a worker has made, else made now.  -1, NULL: err. */
int pki_take_leaf(
    struct call *c, const struct pki_key_wish *wish, struct leaf_key *k, struct error *err);
struct ca_key *pki_take_ca(struct call *c, const struct pki_key_wish *wish, struct error *err);

/* ---- slow signatures: pki_sign.c ---- */

/* What a worker has signed; it counts if it is what would be signed now, to the byte. */
struct pki_signed {
	uint8_t serial[SERIAL_BYTES];
	int64_t now; /* wall ns: when it was asked for */
	struct buf part, signature;
};

/* Work that signs; *key is taken over. */
struct work *pki_sign_work(
    struct ca_key **key, struct ca_key_manner manner, const struct pki_signed *what);
/* What was signed for this request; NULL: nothing. */
const struct pki_signed *pki_signed_of(const struct call *c);
/* The time that counts for a certificate: of this request, or of its first beginning. */
int64_t pki_now(const struct call *c);
/* A leaf's key goes along with the work that signs for it, and comes back. */
void pki_sign_put_leaf(struct work *w, const struct pki_key_wish *wish, struct leaf_key *leaf);
bool pki_sign_take_leaf(struct call *c, const struct pki_key_wish *wish, struct leaf_key *leaf);

#endif
