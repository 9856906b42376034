/*
 * One error: a code for programs, a sentence for people.  It is filled where the cause is
 * first known and never overwritten by something vaguer.  A stranger's mistake is an error;
 * our own process's mistake, and want of memory, is fatal().
 * Security: no secret, certificate, token or body byte ever goes into a sentence.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>

enum error_code {
	ERR_NONE = 0,
	ERR_INVALID,     /* the caller's input is wrong */
	ERR_DENIED,      /* the caller may not */
	ERR_NOT_FOUND,   /* there is nothing there */
	ERR_UNSUPPORTED, /* the thing exists but does not do that */
	ERR_CONFLICT,    /* an expected version was not met */
	ERR_LIMIT,       /* a cap was reached */
	ERR_SEALED,      /* the vault is sealed */
	ERR_FOREIGN,     /* it belongs to another Hublet or another vault */
	ERR_CORRUPT,     /* stored bytes are not what was written */
	ERR_FULL,        /* the disk or the map is full */
	ERR_IO,          /* the operating system refused */
	ERR_INTERNAL     /* anything else: a bug or a surprise */
};

struct error {
	enum error_code code;
	char text[512]; /* one sentence, no newline at its end */
};

#define ERROR_INIT { ERR_NONE, "" }

/*
 * Say what went wrong, unless err already says it.  err may be NULL.  Always returns -1, so
 * that a function can `return error_set(err, ERR_INVALID, "...")`.
 */
int error_set(struct error *err, enum error_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As error_set with ERR_IO (ERR_FULL for ENOSPC, EDQUOT), ": " and strerror(errno) appended. */
int error_set_errno(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Put words in front of the sentence that err holds ("run/x.hcl: " ...).  Returns -1. */
int error_prefix(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#ifdef ANALYZED /* for static analysis, which looks at one file at a time */
#define error_set(...) (error_set(__VA_ARGS__), -1)
#define error_set_errno(...) (error_set_errno(__VA_ARGS__), -1)
#define error_prefix(...) (error_prefix(__VA_ARGS__), -1)
#endif

/* Forget what err holds. */
void error_clear(struct error *err);

/* Our own mistake, or no memory: log the sentence and end the process with status 70. */
void fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
