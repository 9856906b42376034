/*
 * Any bytes from a gate that was broken: as what its channel carries, and each payload as every
 * kind of frame.  What is taken for a frame is written back the same.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vaultd/ipc/channel.h"

union any {
	struct frame_start start;
	struct frame_gate gate;
	struct frame_status status;
	struct frame_text text;
	struct frame_tls tls;
	struct frame_nonces nonces;
	struct frame_peer peer;
	struct frame_request request;
	struct frame_conn conn;
	struct frame_reply reply;
	struct frame_hooks hooks;
	struct frame_run run;
	struct frame_ran ran;
};

/* clang-format off */
#define TRY(kind) \
	if (frame_get_##kind(payload, &f.kind)) { \
		frame_put_##kind(&out, &f.kind); \
		if (!str_equal(buf_str(&out), payload)) \
			abort(); \
		buf_clear(&out); \
	}
/* clang-format on */

static void
try_payload(struct str payload)
{
	struct buf out = BUF_INIT;
	union any f;

	TRY(start)
	TRY(gate)
	TRY(status)
	TRY(text)
	TRY(tls)
	TRY(nonces)
	TRY(peer)
	TRY(request)
	TRY(conn)
	TRY(reply)
	TRY(hooks)
	TRY(run)
	TRY(ran)
	buf_free(&out);
}

static int
take(void *arg, enum frame_type type, struct str payload, int fd, struct error *err)
{
	(void)arg;
	(void)err;
	if (fd != -1 || frame_rules[type].from != SIDE_GATE ||
	    payload.len > frame_rules[type].limit)
		abort();
	try_payload(payload);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	struct channel *c;
	int ends[2];

	try_payload((struct str){(const char *)data, size});
	if (channel_pair(ends, NULL) != 0)
		abort();
	c = channel_new(ends[0], SIDE_KEEPER, SIDE_GATE);
	if (size > 0 && write(ends[1], data, size) != (ssize_t)size)
		abort();
	close(ends[1]);
	/* All is read, then the end of it: whatever it was, this is an error. */
	if (channel_read(c, take, NULL, &err) != -1 ||
	    (err.code != ERR_IO && err.code != ERR_INVALID))
		abort();
	channel_free(&c);
	return 0;
}
