/*
 * Lines on standard error, for every process.  Needs no heap, so that fatal() can use it.
 * Security: what strangers sent may stand in a sentence; it cannot end the line or move a
 * terminal's cursor.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#define LINE_MAX_BYTES 4096
#define TEXT_MAX_BYTES 3072
#define END_MAX_BYTES 3

static const struct {
	const char *name;
	const char *priority; /* sd-daemon(3) */
} levels[] = {
    [LOG_LEVEL_ERROR] = {"error", "<3>"},
    [LOG_LEVEL_WARN] = {"warn", "<4>"},
    [LOG_LEVEL_INFO] = {"info", "<6>"},
    [LOG_LEVEL_DEBUG] = {"debug", "<7>"},
};

static struct {
	const char *process;
	enum log_format format;
	enum log_level least;
	bool journal;
} settings = {"vaultd", LOG_HUMAN, LOG_LEVEL_INFO, false};

struct line {
	char bytes[LINE_MAX_BYTES];
	size_t len;
	bool full;
};

void
log_init(const char *process, enum log_format format, enum log_level least)
{
	settings.process = process;
	settings.format = format;
	settings.least = least;
	settings.journal = getenv("JOURNAL_STREAM") != NULL;
}

/* All of the bytes or none; what follows a none is dropped too.  Leaves room for end(). */
static void
put(struct line *l, const char *bytes, size_t len)
{
	l->full = l->full || len > sizeof l->bytes - END_MAX_BYTES - l->len;
	if (l->full)
		return;
	memcpy(l->bytes + l->len, bytes, len);
	l->len += len;
}

static void
end(struct line *l, const char *bytes)
{
	memcpy(l->bytes + l->len, bytes, strlen(bytes));
	l->len += strlen(bytes);
}

static void
put_text(struct line *l, const char *text)
{
	put(l, text, strlen(text));
}

/* One character of s, as it may stand in the line; returns its length in s. */
static size_t
put_character(struct line *l, struct str s, bool json)
{
	size_t len = utf8_length(s);
	char escape[8];

	if (len > 0 && utf8_printable((struct str){s.at, len})) {
		if (json && (*s.at == '"' || *s.at == '\\'))
			put(l, "\\", 1);
		put(l, s.at, len);
		return len;
	}
	snprintf(escape, sizeof escape, json ? "\\\\x%02x" : "\\x%02x", (unsigned char)*s.at);
	put_text(l, escape);
	return 1;
}

static void
put_message(struct line *l, const char *text, bool json)
{
	for (struct str s = str_of(text); s.len > 0;)
		s = str_from(s, put_character(l, s, json));
}

static void
put_human(struct line *l, enum log_level level, const char *time, const char *text)
{
	put_text(l, settings.journal ? levels[level].priority : time);
	put_text(l, settings.journal ? "" : " ");
	put_text(l, levels[level].name);
	put_text(l, " ");
	put_message(l, settings.process, false);
	put_text(l, ": ");
	put_message(l, text, false);
	end(l, "\n");
}

static void
put_json(struct line *l, enum log_level level, const char *time, const char *text)
{
	put_text(l, "{\"time\":\"");
	put_text(l, time);
	put_text(l, "\",\"level\":\"");
	put_text(l, levels[level].name);
	put_text(l, "\",\"process\":\"");
	put_message(l, settings.process, true);
	put_text(l, "\",\"message\":\"");
	put_message(l, text, true);
	end(l, "\"}\n");
}

static void __attribute__((format(printf, 2, 0)))
write_line(enum log_level level, const char *fmt, va_list args)
{
	char text[TEXT_MAX_BYTES], time[CLOCK_TEXT];
	struct line l = {.len = 0};

	if (level > settings.least)
		return;
	vsnprintf(text, sizeof text, fmt, args);
	clock_format(clock_wall() / CLOCK_SECOND * CLOCK_SECOND, time);
	if (settings.format == LOG_JSON)
		put_json(&l, level, time, text);
	else
		put_human(&l, level, time, text);
	/* A log that cannot be written has nowhere to be reported. */
	if (write(STDERR_FILENO, l.bytes, l.len) < 0)
		return;
}

#define DEFINE_LOG(name, level) \
	void name(const char *fmt, ...) \
	{ \
		va_list args; \
\
		va_start(args, fmt); \
		write_line(level, fmt, args); \
		va_end(args); \
	}

DEFINE_LOG(log_error, LOG_LEVEL_ERROR)
DEFINE_LOG(log_warn, LOG_LEVEL_WARN)
DEFINE_LOG(log_info, LOG_LEVEL_INFO)
DEFINE_LOG(log_debug, LOG_LEVEL_DEBUG)
