/*
 * What every key-value command does first and last: a session, the path cut at its mount, the
 * question's body and the answer, all freed together.
 */
#ifndef CLIENT_KVCALL_H
#define CLIENT_KVCALL_H

#include "client/command.h"
#include "client/kvpath.h"
#include "client/session.h"

struct kvcall {
	const struct flags *flags;
	struct session *session;
	struct kvpath at;
	struct buf path; /* of the API */
	struct buf body;
	struct answer answer;
};

/*
 * Open a session, find the path in the first argument, and form the API's path of that kind.
 * versioned_only: a mount of version 1 is an error.  0, or -1 with err; kv_end either way.
 */
int kv_begin(struct kvcall *kv, const struct flags *f, const char *kind, bool versioned_only,
    struct error *err);
void kv_end(struct kvcall *kv);

/* Ask with the body, when there is one.  404 as ask_maybe. */
enum outcome kv_ask(
    struct kvcall *kv, const char *method, const char *query, struct error *err);

/* Ask, and say "Success! <done> <path>" or show what came. */
enum outcome kv_do(struct kvcall *kv, const char *method, const char *done, struct error *err);

/* Form another path of the API for the same secret. */
void kv_turn_to(struct kvcall *kv, const char *kind);

/* Append {"cas":N} as "options" when -cas was given. */
void kv_put_options(struct json_writer *w, const struct flags *f);

/* The flags that kv commands share. */
#define KV_MOUNT_FLAG \
	{ \
		"mount", FLAG_TEXT, "PATH", NULL, NULL, \
		    "the mount, when the path is given without it" \
	}
#define KV_CAS_FLAG \
	{ \
		"cas", FLAG_COUNT, "N", NULL, NULL, \
		    "write only if the current version is N; 0: only if there is none" \
	}

#endif
