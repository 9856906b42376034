/*
 * What the files of the PKI engine share: its records of CAs and their keys (vault-api 7).
 *
 * Key: format u8 | bits u32 | name, type, spki, wrapped, each a block.
 * Issuer: format u8 | certificate in DER, id of its key, settings in JSON, each a block.
 */
#ifndef API_PKI_H
#define API_PKI_H

#include <stdbool.h>
#include <stdint.h>

#include "keys/ca_key.h"
#include "policy/certificate_read.h"
#include "vaultd/keeper/call.h"

#define PKI_UUID 36

/* ---- CAs' keys: pki_key.c ---- */

struct pki_key {
	struct str id, name, type;
	unsigned bits;
	struct str spki; /* DER */
	struct str wrapped;
};

/* A key by its id into the arena: 0; 1 there is none; -1 err. */
int pki_key_read(struct call *c, struct str id, struct pki_key *k, struct error *err);
/* The key that a reference (id, name, "default") names: 0; 1 there is none; -1 err. */
int pki_key_seek(struct call *c, struct str reference, struct pki_key *k, struct error *err);
/* The same.  -1: refused, or err. */
int pki_key_find(struct call *c, struct str reference, struct pki_key *k, struct error *err);
/* The key with this SubjectPublicKeyInfo: 0; 1 there is none; -1 err. */
int pki_key_of(struct call *c, struct str spki, struct pki_key *k, struct error *err);
/* Keep a new key under a new id; k is filled in.  -1: refused, or err. */
int pki_key_add(struct call *c, const struct ca_key *secret, struct str name, struct pki_key *k,
    struct error *err);
/* Keep the key of a PEM block, or find the one that is the same.  -1: refused, or err. */
int pki_key_take(struct call *c, struct str pem, struct str name, struct pki_key *k,
    bool *fresh, struct error *err);
/* A name for a key or an issuer: letters, digits, '-', '_', '.'; not "default".  -1: refused.
 */
int pki_check_name(struct call *c, const char *what, struct str name);
/* Open it to sign with.  NULL: err. */
struct ca_key *pki_key_open(struct call *c, const struct pki_key *k, struct error *err);

int api_pki_keys(struct call *c, struct error *err);
int api_pki_key_read(struct call *c, struct error *err);
int api_pki_key_write(struct call *c, struct error *err);
int api_pki_key_delete(struct call *c, struct error *err);
int api_pki_key_import(struct call *c, struct error *err);

/* ---- CAs: pki_issuer.c ---- */

struct pki_issuer {
	struct str id;
	struct str name;
	struct str key_id; /* empty: its key is not here */
	struct str der;
	struct certificate_view view;
	const struct json *settings;
};

#define PKI_ISSUERS 256 /* of one mount */

struct pki_issuers {
	unsigned count;
	struct pki_issuer *list; /* in the arena */
};

int pki_issuers_read(struct call *c, struct pki_issuers *all, struct error *err);
/* The issuer that a reference (id, name, "default") names: 0; 1 there is none; -1 err. */
int pki_issuer_seek(
    struct call *c, struct str reference, struct pki_issuer *i, struct error *err);
/* The same.  -1: refused, or err. */
int pki_issuer_find(
    struct call *c, struct str reference, struct pki_issuer *i, struct error *err);
/* The default issuer: 0; 1 there is none; -1 err. */
int pki_issuer_default(struct call *c, struct pki_issuer *i, struct error *err);
/* Its usage holds "issuing-certificates" and the like. */
bool pki_issuer_may(const struct pki_issuer *i, const char *usage);
/*
 * Keep a CA's certificate (DER) under a new id, or find the one that has it; the first becomes
 * the default.  *fresh: it is new.  -1: refused, or err.
 */
int pki_issuer_add(struct call *c, struct str der, struct str name, struct pki_issuer *i,
    bool *fresh, struct error *err);
/* An issuer has signed a certificate (DER). */
bool pki_issuer_signed(const struct pki_issuer *i, struct str der);
/* The issuer, then who signed it, up to a root or to what is not here: DER in the arena. */
int pki_chain(
    struct call *c, const struct pki_issuer *i, struct str_list *chain, struct error *err);

int api_pki_issuers(struct call *c, struct error *err);
int api_pki_issuer_read(struct call *c, struct error *err);
int api_pki_issuer_write(struct call *c, struct error *err);
int api_pki_issuer_delete(struct call *c, struct error *err);
int api_pki_root_delete(struct call *c, struct error *err);
int api_pki_issuer_json(struct call *c, struct error *err);
int api_pki_issuer_raw(struct call *c, struct error *err);
int api_pki_ca(struct call *c, struct error *err);
int api_pki_ca_chain(struct call *c, struct error *err);

/* ---- settings: pki_config.c ---- */

/* The settings "urls" or "crl": 0, or -1 err. */
int pki_config(
    struct call *c, const char *name, const struct json **settings, struct error *err);
/* Ids of the default issuer and key, empty when there is none. */
int pki_defaults(
    struct call *c, struct str *issuer, bool *follows, struct str *key, struct error *err);
void pki_set_defaults(struct call *c, struct str issuer, bool follows, struct str key);
/* A duration of config/crl, ns. */
int64_t pki_crl_duration(const struct json *settings, const char *name);
/* URLs of issuers, lists and responders are URLs.  -1: refused. */
int pki_check_urls(struct call *c, const struct json *settings);

int api_pki_urls_read(struct call *c, struct error *err);
int api_pki_urls_write(struct call *c, struct error *err);
int api_pki_crl_config_read(struct call *c, struct error *err);
int api_pki_crl_config_write(struct call *c, struct error *err);
int api_pki_issuers_config_read(struct call *c, struct error *err);
int api_pki_issuers_config_write(struct call *c, struct error *err);
int api_pki_keys_config_read(struct call *c, struct error *err);
int api_pki_keys_config_write(struct call *c, struct error *err);

/* ---- roles: pki_role.c ---- */

/* A role's settings in the arena: 0; 1 there is none; -1 err. */
int pki_role_read(struct call *c, struct str name, const struct json **role, struct error *err);

int api_pki_roles(struct call *c, struct error *err);
int api_pki_role_read(struct call *c, struct error *err);
int api_pki_role_write(struct call *c, struct error *err);
int api_pki_role_patch(struct call *c, struct error *err);
int api_pki_role_delete(struct call *c, struct error *err);

/* ---- revoked certificates and lists of them: pki_revoked.c, pki_crl.c ---- */

/* What is revoked, or how lists are made, has changed: they are built anew at their next use.
 */
int pki_lists_changed(struct call *c, struct error *err);

/* ---- small things: pki.c ---- */

/* A record's text in the arena: 0; 1 there is none; -1 refused, or err. */
int pki_record(
    struct call *c, const struct record_name *n, struct str *text, struct error *err);
/* What is in a buf, moved to the arena; at is NULL (and the call refused) when it is full. */
struct str pki_keep(struct call *c, struct buf *b);
/* "name": PEM of a certificate. */
void pki_put_pem(struct json_writer *w, const char *name, struct str der);
/* "name": a serial number with colons. */
void pki_put_serial(struct json_writer *w, const char *name, struct str octets);
/* A body without envelope: DER, or PEM of it (label) with `end` behind. */
int pki_answer_raw(struct call *c, const char *type, struct str bytes);
/* A wall time as seconds. */
int64_t pki_seconds(int64_t wall);

#endif
