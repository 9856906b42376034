/*
 * Attestation of named keys: what a vault states about a key it holds, signed, so that it can be
 * checked without the vault.
 *
 * A paper has three parts: the statement, a JSON text; the signature (Ed25519, RFC 8032) over
 * ATTEST_LABEL, a zero byte, and the statement as it stands; and the chain of the vault's
 * certificate, PEM, leaf first, issued by the Hublet's CA for spiffe://<trust domain>/vault.
 * The statement is one object, its members in this order:
 *
 *   "statement"      ATTEST_LABEL
 *   "hublet", "trust_domain", "vault"   names, and the vault's id (UUID)
 *   "mount", "mount_id", "key", "type"  where the key is (path, UUID, name), its type
 *   "derived", "convergent", "imported" true or false
 *   "exportable"     false: no request, role or flag takes the key out of the vault
 *   "versions"       a list of {"version", "created", "origin": "generated" or "imported",
 *                    "disabled", "fingerprint": {"kind", "value"}}: every version there is
 *   "time", "nonce"  when (RFC 3339), and what the asker sent, as it was sent
 *
 * A fingerprint of kind "sha256-spki" is the SHA-256 of the public key (SubjectPublicKeyInfo,
 * RFC 5280), in hexadecimal; of kind "hmac-sha256" it is keyed by a key of the vault's own, so
 * that it tells apart the versions of symmetric keys of one vault and nothing else.
 *
 * It is a statement by software: who can change the program, or root on its host, can sign
 * another.
 */
#ifndef POLICY_ATTEST_H
#define POLICY_ATTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "policy/trust.h"

#define ATTEST_LABEL "vaultd key attestation 1"
#define ATTEST_PATH "/vault"  /* of the vault's SPIFFE ID */
#define ATTEST_NONCE_MAX 1024 /* bytes */
#define ATTEST_PUBLIC 32
#define ATTEST_SIGNATURE 64

/* Append what is signed for a statement. */
void attest_message(struct str statement, struct buf *out);

/*
 * Whether a chain is one of a vault of this Hublet, at time now (seconds since 1970): as
 * trust_verify has it, the SPIFFE ID with path ATTEST_PATH, an Ed25519 key, which goes into
 * public_key.  0, or -1 with ERR_INVALID, ERR_FOREIGN or ERR_DENIED.
 */
int attest_check_chain(struct trust *t, struct str chain_pem, int64_t now,
    uint8_t public_key[ATTEST_PUBLIC], struct error *err);

struct attest_paper {
	struct str statement;
	struct str signature; /* ATTEST_SIGNATURE bytes */
	struct str chain_pem;
};

/*
 * Check a paper under this Hublet's CA at time now: the chain, the signature, the statement's
 * form, that it is of trust_domain, and the nonce (empty: any was allowed).  The statement's
 * tree, in the arena; NULL with ERR_INVALID, ERR_FOREIGN or ERR_DENIED and what is wrong.
 */
const struct json *attest_verify(struct arena *a, struct trust *t, const char *trust_domain,
    const struct attest_paper *p, struct str nonce, int64_t now, struct error *err);

#endif
