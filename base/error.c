/*
 * The one error a call reports, and the end of a process that cannot go on.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"

#define EXIT_FATAL 70 /* EX_SOFTWARE of sysexits.h */

static void __attribute__((format(printf, 3, 0)))
set(struct error *err, enum error_code code, const char *fmt, va_list args)
{
	if (err != NULL && err->code == ERR_NONE) {
		err->code = code;
		vsnprintf(err->text, sizeof err->text, fmt, args);
	}
}

int
error_set(struct error *err, enum error_code code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set(err, code, fmt, args);
	va_end(args);
	return -1;
}

int
error_set_errno(struct error *err, const char *fmt, ...)
{
	int cause = errno;
	bool full = cause == ENOSPC || cause == EDQUOT;
	va_list args;
	char words[sizeof err->text];

	va_start(args, fmt);
	vsnprintf(words, sizeof words, fmt, args);
	va_end(args);
	error_set(err, full ? ERR_FULL : ERR_IO, "%s: %s", words, strerror(cause));
	errno = cause;
	return -1;
}

int
error_prefix(struct error *err, const char *fmt, ...)
{
	va_list args;
	char sentence[sizeof err->text];
	size_t used;

	if (err == NULL)
		return -1;
	memcpy(sentence, err->text, sizeof sentence);
	va_start(args, fmt);
	vsnprintf(err->text, sizeof err->text, fmt, args);
	va_end(args);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof err->text - used, "%s", sentence);
	return -1;
}

void
error_clear(struct error *err)
{
	err->code = ERR_NONE;
	err->text[0] = '\0';
}

void
fatal(const char *fmt, ...)
{
	struct error cause = ERROR_INIT;
	va_list args;

	va_start(args, fmt);
	set(&cause, ERR_INTERNAL, fmt, args);
	va_end(args);
	log_error("%s", cause.text);
	_exit(EXIT_FATAL);
}
