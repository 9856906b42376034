/*
 * A share as a request gives it: plain, as the reference's clients send it, or sealed to the
 * vault's unseal key, so that the gate does not see it.
 */
#ifndef API_SHARE_H
#define API_SHARE_H

#include "base/json.h"
#include "base/secret.h"
#include "base/str.h"
#include "vaultd/keeper/call.h"

/* Fields "key" (hex or base64 of a share) and "sealed_key" (base64 of a sealed one); or empty.
 */
struct share_text {
	struct str key, sealed;
};

/* 0, or -1: refused, with 400 when both are there, or the plain one is neither hex nor base64. */
int share_find(struct call *c, struct share_text *text);

/* The bytes of the share that is there.  0, or -1: refused, saying what to do. */
int share_read(struct call *c, const struct share_text *text, struct secret **share);

/* What is wrong with so many shares and such a threshold; NULL: nothing. */
const char *share_bad_bounds(int64_t shares, int64_t threshold);

/* Put "keys" (hex) and "keys_base64": n shares for those who will hold them. */
void share_put_all(struct json_writer *w, struct secret **shares, unsigned n);

/* Put "unseal_public_key": base64 of the public half of key. */
void share_put_public(struct json_writer *w, const struct secret *key);

#endif
