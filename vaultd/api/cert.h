/*
 * auth/cert, beside its roles: logging in.
 */
#ifndef API_CERT_H
#define API_CERT_H

#include "vaultd/keeper/call.h"

int api_login(struct call *c, struct error *err);
int api_cert_config_read(struct call *c, struct error *err);
int api_cert_config_write(struct call *c, struct error *err);
int api_crl_list(struct call *c, struct error *err);
int api_crl_read(struct call *c, struct error *err);
int api_crl_write(struct call *c, struct error *err);
int api_crl_delete(struct call *c, struct error *err);

/*
 * The claims of a login by this role, now.  They borrow from role, the peer and the arena.
 * -1: refused, or err.
 */
int login_claims(struct call *c, const struct mount *mount, const struct role *role,
    struct claims *claims, struct error *err);

/* Over what a role gives: a login whose sum is another is not renewed. */
int64_t login_sum(const struct role *role);

/* The reply's auth for such a login. */
void login_answer(struct call *c, const struct claims *claims);

#endif
