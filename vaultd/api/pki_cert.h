/*
 * Certificates that a PKI mount has issued, by serial number, and those of them that are
 * revoked. Both lie in 256 directories by the first octet, so that a list, a tidying or a count
 * goes on in pieces, and one more costs the same however many there are.
 *
 * Certificate: format u8 | DER, id of its issuer (empty: itself), each a block | its mark.
 * Revoked: format u8 | since (wall ns) i64 | ends (seconds) i64 | id of the issuer, a block.
 * Mark: format u8 | ends (seconds) i64, under the hex of what revoked_set has of it.  It is of
 * no mount, so that taking a mount away brings nobody back.
 */
#ifndef API_PKI_CERT_H
#define API_PKI_CERT_H

#include "policy/revoked_set.h"
#include "vaultd/api/pki.h"

#define PKI_SHARDS 256

struct pki_revoked {
	int64_t since;     /* wall ns */
	int64_t ends;      /* its notAfter, seconds */
	struct str issuer; /* id */
};

/* ---- issued: pki_cert.c ---- */

struct pki_cert {
	struct str der;
	struct str issuer;          /* id; empty: it has signed itself */
	uint8_t mark[REVOKED_MARK]; /* by its issuer's key, which may be gone meanwhile */
};

/* Keep a certificate that was signed by a key (SubjectPublicKeyInfo).  -1: refused, or err. */
int pki_cert_keep(struct call *c, struct str der, struct str issuer, struct str issuer_spki,
    struct error *err);
/* By serial number as a caller writes it: 0; 1 there is none; -1 err. */
int pki_cert_find(struct call *c, struct str serial, struct pki_cert *found, struct error *err);
/* The octets of a serial number, in the arena; at is NULL when text is none. */
struct str pki_serial(struct call *c, struct str text);
/* The name of a serial's record, and the directory of a shard; in the arena. */
struct record_name pki_cert_name(struct call *c, enum record_kind kind, struct str octets);
struct str pki_shard(struct call *c, unsigned shard);

int api_pki_certs(struct call *c, struct error *err);
int api_pki_certs_revoked(struct call *c, struct error *err);
int api_pki_cert_read(struct call *c, struct error *err);
int api_pki_cert_raw(struct call *c, struct error *err);
int api_pki_cert_ca(struct call *c, struct error *err);

/* ---- revoked: pki_revoked.c ---- */

/* By the serial's octets: 0; 1 it is not revoked; -1 err. */
int pki_revoked_find(
    struct call *c, struct str octets, struct pki_revoked *r, struct error *err);
/* As a record's text has it.  -1 with ERR_CORRUPT. */
int pki_revoked_parse(struct str text, struct pki_revoked *r, struct error *err);
/* "revocation_time" and "revocation_time_rfc3339"; since 0: not revoked. */
void pki_put_revocation(struct json_writer *w, int64_t since);
/* A number that changes whenever lists of revoked certificates would. */
int pki_revision(struct call *c, uint64_t *revision, struct error *err);

/*
 * Append the marks of everything that was revoked, in no order.  -1 with err when one cannot be
 * read; the others are there all the same.
 */
int pki_revoked_marks(struct records *r, struct buf *marks, struct error *err);

/* Forget the marks of one shard whose certificates have ended; how many. */
int pki_marks_sweep(struct call *c, unsigned shard);

int api_pki_revoke(struct call *c, struct error *err);

/* ---- lists of them: pki_crl.c ---- */

int api_pki_crl(struct call *c, struct error *err);
int api_pki_crl_rotate(struct call *c, struct error *err);
int api_pki_issuer_crl(struct call *c, struct error *err);
int api_pki_cert_crl(struct call *c, struct error *err);

/* ---- asked about one by one: pki_ocsp.c ---- */

int api_pki_ocsp(struct call *c, struct error *err);

/* ---- forgetting what has expired: pki_tidy.c ---- */

int api_pki_tidy(struct call *c, struct error *err);
int api_pki_tidy_status(struct call *c, struct error *err);
int api_pki_tidy_cancel(struct call *c, struct error *err);

#endif
