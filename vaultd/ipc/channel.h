/*
 * One end of a socketpair between two of vaultd's processes: frames in, frames out, batched.
 * Each side handles everything that has arrived, then writes once.  Anything that frame_rules
 * does not allow between these two sides ends the channel: the other process is broken.
 */
#ifndef IPC_CHANNEL_H
#define IPC_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "vaultd/ipc/message.h"

struct channel;

/* Two connected descriptors, stream, close-on-exec, non-blocking, with large buffers. */
int channel_pair(int ends[2], struct error *err);

/* An end; the channel owns fd.  Never NULL. */
struct channel *channel_new(int fd, enum side self, enum side other);
void channel_free(struct channel **c);
int channel_fd(const struct channel *c);

/*
 * Start a frame of that type; append its payload to the buf that comes back; end it.  Frames
 * wait in the channel until channel_flush.  A payload over the type's limit is fatal.
 */
struct buf *channel_begin(struct channel *c, enum frame_type type);
void channel_end(struct channel *c);
/* As channel_end, with a descriptor (duplicated; the caller keeps his). */
void channel_end_with(struct channel *c, int fd);

/* Write what waits.  0 when all is out or the socket is full (poll for writing), -1 when the
 * other side is gone. */
int channel_flush(struct channel *c, struct error *err);
bool channel_wants_write(const struct channel *c);
/* Bytes that wait to be written: for back-pressure. */
size_t channel_pending(const struct channel *c);

/*
 * Read all that has arrived and hand each frame to handle, in order.  fd is a descriptor that
 * came with the frame (the handler owns it), else -1.  A handler returns 0; CHANNEL_ENOUGH when
 * what stands behind this frame must wait for the next call; or -1 with err to end the channel.
 * Returns 0; -1 with ERR_IO when the other side has closed, ERR_INVALID when it broke the rules.
 * Reads at most 4 MiB a call, so that one channel cannot starve another.
 */
#define CHANNEL_ENOUGH 1
typedef int channel_handler(void *arg, enum frame_type type, struct str payload, int fd,
    struct error *err);
int channel_read(struct channel *c, channel_handler *handle, void *arg, struct error *err);
/* Whether frames wait that a handler had enough before: no event will tell of them. */
bool channel_waits(const struct channel *c);

#endif
