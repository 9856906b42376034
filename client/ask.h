/*
 * One question to the vault and what its refusal means.
 */
#ifndef CLIENT_ASK_H
#define CLIENT_ASK_H

#include "client/command.h"
#include "client/session.h"

/*
 * Ask; DONE when the status is 2xx.  REFUSED otherwise: err says why when the vault could not
 * be reached, else ask_explain has printed what it answered.
 */
enum outcome ask(
    struct session *s, const struct question *q, struct answer *a, struct error *err);

/* As ask, but 404 is an answer like another: look at a->status. */
enum outcome ask_maybe(
    struct session *s, const struct question *q, struct answer *a, struct error *err);

/*
 * Print a refusal on standard error in the words of Vault's CLI, with the mend where there is
 * one.  Always REFUSED.
 */
enum outcome ask_explain(
    const struct session *s, const struct question *q, const struct answer *a);

/*
 * A command that is one question: ask in a session of its own and show the answer, `success`
 * when it has no body.  Nothing there (404): ask_nothing.
 */
enum outcome ask_and_show(
    const struct flags *f, const struct question *q, const char *success, struct error *err);

/* As ask_and_show for a LIST of that path: its keys, as a list or as a JSON array. */
enum outcome ask_list(const struct flags *f, struct str path, struct error *err);

/* Print that nothing is there.  Always REFUSED. */
enum outcome ask_nothing(struct str path);

#endif
