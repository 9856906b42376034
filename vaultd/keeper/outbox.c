/*
 * Keeper: replies on their way out.
 */
#include "vaultd/keeper/outbox.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/log.h"
#include "vaultd/keeper/audit.h"
#include "vaultd/keeper/gates.h"
#include "vaultd/keeper/serve.h"

struct waiting {
	uint64_t gate;
	struct conn_name conn;
	struct buf reply;
};

struct outbox {
	struct waiting *list;
	size_t count, room, bytes;
	bool troubled; /* the last audit_flush failed: log the change, not each request */
};

struct outbox *
outbox_new(void)
{
	struct outbox *o = calloc(1, sizeof(*o));

	if (o == NULL)
		fatal("no memory for replies");
	return o;
}

void
outbox_free(struct outbox **o)
{
	if (*o == NULL)
		return;
	for (size_t i = 0; i < (*o)->count; i++)
		buf_free(&(*o)->list[i].reply);
	free((*o)->list);
	free(*o);
	*o = NULL;
}

void
outbox_add(struct outbox *o, uint64_t gate, struct conn_name conn, struct buf *reply)
{
	if (o->count == o->room) {
		o->room = o->room == 0 ? 64 : o->room * 2;
		o->list = realloc(o->list, o->room * sizeof(*o->list));
		if (o->list == NULL)
			fatal("no memory for %zu replies", o->room);
	}
	o->bytes += reply->len;
	o->list[o->count++] = (struct waiting){ gate, conn, *reply };
	*reply = (struct buf)BUF_INIT;
}

size_t
outbox_bytes(const struct outbox *o)
{
	return o->bytes;
}

static void
note_trouble(struct outbox *o, bool failed, const struct error *err)
{
	if (failed && !o->troubled)
		log_error("audit cannot be written, requests are refused until it can: %s",
		    err->text);
	if (!failed && o->troubled)
		log_info("audit is written again, requests are served");
	o->troubled = failed;
}

void
outbox_send(struct outbox *o, struct audit *audit, struct gates *gates)
{
	struct error err = ERROR_INIT;
	bool failed = audit_flush(audit, false, &err) != 0;

	note_trouble(o, failed, &err);
	if (failed)
		audit_forget(audit);
	for (size_t i = 0; i < o->count; i++) {
		struct waiting *w = &o->list[i];
		struct frame_conn conn = { w->conn };

		if (failed) {
			buf_clear(&w->reply);
			serve_failure(&conn, 500, "1 error occurred:\n\t* internal error\n\n",
			    &w->reply);
		}
		gates_reply(gates, w->gate, buf_str(&w->reply));
		buf_free(&w->reply);
	}
	o->count = 0;
	o->bytes = 0;
}
