/*
 * One line per event on standard error, for people or as JSON.  Log says what happened; audit
 * says who did it; neither holds values.
 * Human:   2026-11-24T14:27:01Z info gate[0]: text
 * JSON:    {"time":"...","level":"info","process":"gate[0]","message":"text"}
 * Under systemd (JOURNAL_STREAM set) human lines have no time and begin with "<6>" and the like.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_HUMAN, LOG_JSON };

/* process: "vaultd", "keeper", "gate[0]"; kept by reference. */
void log_init(const char *process, enum log_format format, enum log_level least);

/* Control bytes in the text are written as \xNN, so that no caller can forge a line. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
