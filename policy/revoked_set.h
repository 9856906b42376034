/*
 * What the vault's own PKI mounts have revoked, as the listener asks: not a signed list, but
 * the record itself, so that it neither waits for a list nor grows stale with one.
 *
 * A mark is SHA-256 of the issuer's SubjectPublicKeyInfo in DER, behind its length, and the
 * serial's octets: never a bare serial, and a CA of the same name with another key is another.
 */
#ifndef POLICY_REVOKED_SET_H
#define POLICY_REVOKED_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define REVOKED_MARK 32
#define REVOKED_MOST 250000 /* marks: what goes to a gate in one frame */

void revoked_mark(struct str issuer_spki, struct str serial, uint8_t mark[REVOKED_MARK]);

/* Marks, sorted, one after the other: a buf is a set.  Adding one that is there changes
 * nothing. */
void revoked_set_add(struct buf *set, const uint8_t mark[REVOKED_MARK]);
bool revoked_set_holds(struct str set, const uint8_t mark[REVOKED_MARK]);
/* Bytes from another process: whole marks, rising. */
bool revoked_set_check(struct str set);
/* Sort marks that were appended in any order, and drop those that are twice. */
void revoked_set_sort(struct buf *marks);

#endif
