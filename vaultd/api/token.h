/*
 * auth/token: what its files share (vault-api 4).
 */
#ifndef API_TOKEN_H
#define API_TOKEN_H

#include "vaultd/keeper/call.h"

/*
 * The reply's auth: a token and its text (empty: not told), good for ttl from now on.
 */
void token_answer(struct call *c, const struct token *t, struct str text, int64_t ttl);

/* The metadata of a token: what it was given; of a login, what its certificate says. */
void token_put_meta(struct call *c, struct json_writer *w, const char *name,
    const struct token *t);
/* The policies of its owner's entity and groups, if there are any. */
void token_put_identity(struct json_writer *w, const struct grant *g);

/*
 * The token of the request; of one without a token the login that its certificate is worth, as
 * new, its text in *text.  0; -1: refused or err.  Free with tokens_release after 0 only.
 */
int token_of_caller(struct call *c, struct token *t, struct buf *text, struct error *err);

/*
 * A token that the request names, by its text or in the field "accessor", and that counts.  0;
 * -1: there is none (token_by_accessor has refused).  Free with tokens_release after 0 only.
 */
int token_named(struct call *c, struct str text, struct token *t);
/* The same of the field "token", whose value is *text: 0; 1: there is none; -1: refused. */
int token_in_field(struct call *c, struct str *text, struct token *t);
int token_by_accessor(struct call *c, struct token *t);
/* As tokens_find_accessor; and the caller's own, which needs no record to be known. */
int token_find_accessor(struct call *c, struct str accessor, struct token *t);

/* It is nobody's child: made so, or its parent was revoked with leave for its children. */
bool token_is_orphan(struct call *c, const struct claims *claims);

/* As tokens_store; too many tokens are refused in words for the caller. */
int token_store(struct call *c, struct token *t, struct error *err);

int api_token_lookup(struct call *c, struct error *err);
int api_token_lookup_self(struct call *c, struct error *err);
int api_token_lookup_accessor(struct call *c, struct error *err);
int api_token_accessors(struct call *c, struct error *err);
int api_token_create(struct call *c, struct error *err);
int api_token_create_orphan(struct call *c, struct error *err);
int api_token_create_role(struct call *c, struct error *err);
int api_token_renew(struct call *c, struct error *err);
int api_token_renew_self(struct call *c, struct error *err);
int api_token_renew_accessor(struct call *c, struct error *err);
int api_token_revoke(struct call *c, struct error *err);
int api_token_revoke_self(struct call *c, struct error *err);
int api_token_revoke_orphan(struct call *c, struct error *err);
int api_token_revoke_accessor(struct call *c, struct error *err);
int api_token_tidy(struct call *c, struct error *err);
int api_token_roles(struct call *c, struct error *err);
int api_token_role_read(struct call *c, struct error *err);
int api_token_role_write(struct call *c, struct error *err);
int api_token_role_delete(struct call *c, struct error *err);
bool api_token_role_exists(struct call *c);

/* A role of auth/token in the arena: 0; 1: none; -1 err. */
int token_role_find(struct call *c, struct str name, const struct json **role, struct error *err);

#endif
