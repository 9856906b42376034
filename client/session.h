/*
 * Asking a vault over mutual TLS 1.3: one connection, as the identity of the client
 * certificate. The only file of the client that speaks to libcurl is session.c.
 */
#ifndef CLIENT_SESSION_H
#define CLIENT_SESSION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "client/flags.h"

struct session;

/*
 * Ready a session from the common flags and their environment variables.  NULL with ERR_INVALID
 * when something is missing or refused (VAULT_SKIP_VERIFY, plain http, no or an expired client
 * certificate), saying what to do.  Nothing is sent yet.  Free with session_close.
 */
struct session *session_open(const struct flags *f, struct error *err);
void session_close(struct session **s);

/*
 * Use this token (token_fits; empty: none) instead of the one that was found; whether the one
 * in use is that of ~/.vault-token.
 */
void session_set_token(struct session *s, struct str token);
bool session_token_is_saved(const struct session *s);

/* Whom the client certificate identifies, terminated. */
const char *session_identity(const struct session *s);

struct question {
	const char *method;     /* GET PUT POST PATCH DELETE */
	struct str path;        /* without /v1/, not yet percent-encoded */
	const char *query;      /* encoded, without '?'; NULL: none */
	const struct buf *body; /* JSON; NULL: none */
};

struct answer {
	long status;     /* of HTTP; 0: none came */
	struct buf url;  /* what was asked, terminated */
	struct buf body; /* wiped when freed */
	struct arena *arena;
	const struct json *json; /* of the body, in the arena; NULL: empty */
};

#define ANSWER_INIT \
	{ \
		0, BUF_INIT, BUF_INIT, NULL, NULL \
	}

/*
 * Ask.  0 when an answer came, whatever its status; -1 with ERR_IO (unreachable, TLS; what it
 * means and what to do), ERR_LIMIT (more than 64 MiB) or ERR_INVALID (not JSON).  Redirects are
 * not followed, proxies not used.  a is overwritten; free it with answer_free.
 */
int session_ask(
    struct session *s, const struct question *q, struct answer *a, struct error *err);
void answer_free(struct answer *a);

/* The "data" of an answer, or NULL. */
const struct json *answer_data(const struct answer *a);

#endif
