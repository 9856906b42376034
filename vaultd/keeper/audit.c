/*
 * Keeper: the lines of the audit.  Trusted to write down everyone, in order, and no value.
 *
 * Lines are chained as they are made and wait in memory for the next flush.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "vaultd/keeper/audit_line.h"
#include "vaultd/keeper/audit_state.h"

struct json_writer
audit_begin(struct audit *a, const char *type, size_t *from)
{
	*from = a->waiting.len;
	return audit_line_begin(&a->waiting, type, clock_wall());
}

void
audit_end(struct audit *a, size_t from)
{
	trail_end(&a->waiting, from, &a->at);
	a->bare++;
}

void
audit_event(struct audit *a, const char *event, const char *fmt, ...)
{
	char text[2048];
	struct json_writer w;
	size_t from;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w = audit_begin(a, "event", &from);
	json_put_text(&w, "event", event);
	json_put_text(&w, "text", text);
	audit_end(a, from);
}

void
audit_request(struct audit *a, const struct call *c, struct str token)
{
	size_t from = a->waiting.len;

	audit_line_request(&a->waiting, c, token, a->key);
	audit_end(a, from);
	memcpy(a->intent, c->request_id, sizeof(a->intent));
}

void
audit_response(struct audit *a, const struct call *c, struct str token, struct buf *later)
{
	bool said = memcmp(a->intent, c->request_id, sizeof(a->intent)) == 0;
	size_t from = a->waiting.len;

	if (later != NULL) {
		audit_line_response(later, c, token, a->key, said);
		return;
	}
	audit_line_response(&a->waiting, c, token, a->key, said);
	audit_end(a, from);
}

void
audit_append(struct audit *a, struct str line)
{
	size_t from = a->waiting.len;

	buf_put_str(&a->waiting, line);
	audit_end(a, from);
}

void
audit_position(const struct audit *a, uint64_t *sequence, uint8_t hash[32])
{
	*sequence = a->at.seq;
	memcpy(hash, a->at.chain, sizeof(a->at.chain));
}
