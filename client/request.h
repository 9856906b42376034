/*
 * Commands that are one question: what their rows say (struct request in command.h), asked.
 */
#ifndef CLIENT_REQUEST_H
#define CLIENT_REQUEST_H

#include "base/buf.h"
#include "client/command.h"
#include "client/session.h"

/* One question and its answer. */
struct exchange {
	struct session *session;
	struct buf path, query, body;
	struct answer answer;
};

/*
 * Ask what the row says, as ask_maybe does.  Free with request_end whatever came; x need not be
 * set up.
 */
enum outcome request_ask(
    const struct request *r, const struct flags *f, struct exchange *x, struct error *err);
void request_end(struct exchange *x);

/* Ask, and show the answer or the result in it. */
enum outcome request_run(const struct request *r, const struct flags *f, struct error *err);

/* Append text with its {N} and {NAME} filled in.  A flag that was not given is fatal. */
void request_fill(struct buf *out, const char *text, const struct flags *f);

/*
 * Write a result to the file of -out (mode 0600; one that exists only with -replace), or to
 * standard output, with a newline behind it when it is text.
 */
enum outcome request_write(
    const struct flags *f, struct str result, bool text, struct error *err);

#endif
