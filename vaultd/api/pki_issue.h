/*
 * Certificates for leaves, and for CAs below others: the operations that sign.
 */
#ifndef API_PKI_ISSUE_H
#define API_PKI_ISSUE_H

#include "vaultd/keeper/call.h"

int prepare_pki_issue(struct call *c, struct work **w, struct error *err);
int api_pki_issue(struct call *c, struct error *err);
int prepare_pki_sign(struct call *c, struct work **w, struct error *err);
int api_pki_sign(struct call *c, struct error *err);
int prepare_pki_sign_verbatim(struct call *c, struct work **w, struct error *err);
int api_pki_sign_verbatim(struct call *c, struct error *err);

int prepare_pki_root(struct call *c, struct work **w, struct error *err);
int api_pki_root_generate(struct call *c, struct error *err);
int prepare_pki_intermediate(struct call *c, struct work **w, struct error *err);
int api_pki_intermediate_generate(struct call *c, struct error *err);
int prepare_pki_key(struct call *c, struct work **w, struct error *err);
int api_pki_key_generate(struct call *c, struct error *err);
int prepare_pki_sign_intermediate(struct call *c, struct work **w, struct error *err);
int api_pki_sign_intermediate(struct call *c, struct error *err);

int api_pki_import(struct call *c, struct error *err);
int api_pki_set_signed(struct call *c, struct error *err);

#endif
