/*
 * OCSP (RFC 6960): the requests of strangers, read strictly, and the answers that a CA signs
 * itself, as bytes; no key comes here.
 */
#ifndef POLICY_OCSP_H
#define POLICY_OCSP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

#define OCSP_ASKED 32 /* certificates in one request; more is refused */

struct ocsp_question {
	struct str id;                  /* CertID, whole: repeated in the answer */
	bool sha256;                    /* the hashes are SHA-256; else SHA-1 */
	struct str name_hash, key_hash; /* of the issuer */
	struct str serial;              /* octets */
};

struct ocsp_request {
	unsigned count;
	struct ocsp_question asked[OCSP_ASKED];
	struct str nonce; /* the extension's octets; at is NULL: none */
};

/* Read an OCSPRequest, which all else borrows from.  -1 with ERR_INVALID. */
int ocsp_read(struct str der, struct ocsp_request *r, struct error *err);

/* Whether a question is about certificates of this issuer (Name and key, whole). */
bool ocsp_is_about(const struct ocsp_question *q, struct str issuer, struct str issuer_spki);

enum ocsp_verdict { OCSP_GOOD, OCSP_REVOKED, OCSP_UNKNOWN };

struct ocsp_answer {
	enum ocsp_verdict verdict;
	int64_t since; /* OCSP_REVOKED: seconds since 1970 */
};

struct ocsp_reply {
	const struct ocsp_request *request;
	const struct ocsp_answer *answers; /* one for each question */
	struct str responder_spki;
	int64_t now, until; /* seconds since 1970 */
};

/* Append the ResponseData, which is signed; then signed_put makes a BasicOCSPResponse of it. */
void ocsp_put_data(const struct ocsp_reply *r, struct buf *out);

/* Append the OCSPResponse that carries a BasicOCSPResponse. */
void ocsp_put_response(struct str basic, struct buf *out);

/* Append an OCSPResponse that says no (RFC 6960 §4.2.1). */
enum ocsp_failure { OCSP_MALFORMED = 1, OCSP_INTERNAL = 2, OCSP_UNAUTHORIZED = 6 };
void ocsp_put_failure(enum ocsp_failure why, struct buf *out);

#endif
