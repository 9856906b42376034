/*
 * Framing over a socketpair: the one place where bytes of another process become frames.
 * Security: the other side may be a gate that was broken from the network.  What frame_rules
 * does not let it say ends the channel; frames are wiped once they have been handled or sent.
 */
#include "vaultd/ipc/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/secret.h"

#define CHUNK (64 * 1024)       /* bytes read at once */
#define SHARE (4 * 1024 * 1024) /* bytes read in a call of channel_read */
#define KEPT (1024 * 1024)      /* an empty buf larger than this is given back */
#define SOCKET_BUFFER (4 * 1024 * 1024)
#define DESCRIPTORS 256 /* most that wait to be sent */

struct channel {
	int fd;
	enum side self, other;
	bool takes_descriptors;
	bool paused;          /* a handler had enough */
	struct buf in, out;
	int arrived;          /* a descriptor whose frame is not complete yet, or -1 */
	size_t sent;          /* bytes of out that are on their way, and wiped */
	size_t begun;         /* where in out the open frame starts */
	enum frame_type type; /* of the open frame; 0: none is open */
	unsigned waiting;     /* descriptors to send */
	struct {
		size_t at; /* their frame's place in out */
		int fd;
	} descriptors[DESCRIPTORS];
};

int
channel_pair(int ends[2], struct error *err)
{
	const int size = SOCKET_BUFFER;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
		return error_set_errno(err, "socketpair");
	for (int i = 0; i < 2; i++) /* the kernel gives what it allows */
		setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return 0;
}

/* Whether `from` may send a descriptor to `to` at all. */
static bool
sends_descriptors(enum side from, enum side to)
{
	for (int i = 1; i < FRAME_TYPES; i++)
		if (frame_rules[i].from == from && frame_rules[i].to == to &&
		    frame_rules[i].descriptor)
			return true;
	return false;
}

struct channel *
channel_new(int fd, enum side self, enum side other)
{
	struct channel *c = calloc(1, sizeof(*c));

	if (c == NULL)
		fatal("no memory for a channel");
	c->fd = fd;
	c->self = self;
	c->other = other;
	c->arrived = -1;
	c->takes_descriptors = sends_descriptors(other, self);
	return c;
}

void
channel_free(struct channel **c)
{
	if (*c == NULL)
		return;
	for (unsigned i = 0; i < (*c)->waiting; i++)
		close((*c)->descriptors[i].fd);
	if ((*c)->arrived >= 0)
		close((*c)->arrived);
	close((*c)->fd);
	buf_free(&(*c)->in);
	buf_free(&(*c)->out);
	free(*c);
	*c = NULL;
}

int
channel_fd(const struct channel *c)
{
	return c->fd;
}

struct buf *
channel_begin(struct channel *c, enum frame_type type)
{
	const struct frame_rule *rule = &frame_rules[type];

	if (c->type != 0 || rule->from != c->self || rule->to != c->other)
		fatal("frame %s is not for this channel now", rule->name);
	c->type = type;
	c->begun = c->out.len;
	buf_put_u32(&c->out, 0);
	buf_put_u32(&c->out, (uint32_t)type << 24);
	return &c->out;
}

void
channel_end(struct channel *c)
{
	const struct frame_rule *rule = &frame_rules[c->type];
	size_t len = c->out.len - c->begun - FRAME_HEAD;
	uint8_t *head = c->out.data + c->begun;

	if (c->type == 0 || len > rule->limit)
		fatal("frame %s of %zu bytes", rule->name, len);
	for (int i = 0; i < 4; i++)
		head[i] = (uint8_t)(len >> (24 - 8 * i));
	c->type = 0;
}

void
channel_end_with(struct channel *c, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (!frame_rules[c->type].descriptor || copy < 0 || c->waiting == DESCRIPTORS)
		fatal("cannot send a descriptor with frame %s", frame_rules[c->type].name);
	c->descriptors[c->waiting].at = c->begun;
	c->descriptors[c->waiting++].fd = copy;
	channel_end(c);
}

/* Forget n sent bytes: wiped at once, moved only when that is cheap. */
static void
advance(struct channel *c, size_t n)
{
	wipe(c->out.data + c->sent, n);
	c->sent += n;
	if (c->sent < c->out.len - c->sent)
		return;
	buf_drop(&c->out, c->sent);
	for (unsigned i = 0; i < c->waiting; i++)
		c->descriptors[i].at -= c->sent;
	c->sent = 0;
	if (c->out.len == 0 && c->out.cap > KEPT)
		buf_free(&c->out);
}

/* Room for one descriptor beside a message. */
union control {
	struct cmsghdr head; /* for its alignment */
	char room[CMSG_SPACE(sizeof(int))];
};

/* One sendmsg: up to the next frame with a descriptor, or that frame with it. */
static ssize_t
send_some(struct channel *c)
{
	union control control = {.room = {0}};
	struct iovec part = {c->out.data + c->sent, c->out.len - c->sent};
	struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
	bool with = c->waiting > 0 && c->descriptors[0].at == c->sent;
	unsigned next = with ? 1 : 0;
	ssize_t n;

	if (c->waiting > next)
		part.iov_len = c->descriptors[next].at - c->sent;
	if (with) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.room);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.head), &c->descriptors[0].fd, sizeof(int));
	}
	n = sendmsg(c->fd, &msg, MSG_NOSIGNAL);
	if (n > 0 && with) {
		close(c->descriptors[0].fd);
		memmove(&c->descriptors[0], &c->descriptors[1],
		    --c->waiting * sizeof(c->descriptors[0]));
	}
	return n;
}

int
channel_flush(struct channel *c, struct error *err)
{
	if (c->type != 0)
		fatal("frame %s was not ended", frame_rules[c->type].name);
	while (channel_pending(c) > 0) {
		ssize_t n = send_some(c);

		if (n > 0)
			advance(c, (size_t)n);
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			break;
		else if (errno != EINTR)
			return error_set_errno(err, "writing to another process");
	}
	return 0;
}

bool
channel_wants_write(const struct channel *c)
{
	return channel_pending(c) > 0;
}

size_t
channel_pending(const struct channel *c)
{
	return c->out.len - c->sent;
}

/* Take the descriptor that came with a message: at most one waits for its frame. */
static int
take_descriptor(struct channel *c, struct msghdr *msg, struct error *err)
{
	struct cmsghdr *head = CMSG_FIRSTHDR(msg);
	int fd = -1;

	if (head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	if ((fd >= 0 && (!c->takes_descriptors || c->arrived >= 0)) ||
	    (msg->msg_flags & MSG_CTRUNC) != 0) {
		if (fd >= 0)
			close(fd);
		return error_set(err, ERR_INVALID, "a descriptor that no frame allows");
	}
	if (fd >= 0)
		c->arrived = fd;
	return 0;
}

/* One recvmsg into c->in.  1: bytes came; 0: none wait; -1: end of the channel. */
static int
receive(struct channel *c, size_t *got, struct error *err)
{
	union control control;
	struct iovec part = {buf_reserve(&c->in, CHUNK), CHUNK};
	struct msghdr msg = {.msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = control.room,
	    .msg_controllen = CMSG_LEN(sizeof(int))};
	ssize_t n;

	do
		n = recvmsg(c->fd, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n < 0)
		return error_set_errno(err, "reading from another process");
	if (n == 0)
		return error_set(err, ERR_IO, "the other process has closed the channel");
	c->in.len += (size_t)n;
	*got += (size_t)n;
	return take_descriptor(c, &msg, err) == 0 ? 1 : -1;
}

/* The rule of the frame whose head is at `head`, or NULL when the other side broke one. */
static const struct frame_rule *
check_head(const struct channel *c, const uint8_t *head, uint32_t *len, struct error *err)
{
	struct reader r = reader_of(head, FRAME_HEAD);
	const struct frame_rule *rule;
	uint32_t word;

	*len = reader_u32(&r);
	word = reader_u32(&r);
	rule = &frame_rules[word >> 24 < FRAME_TYPES ? word >> 24 : 0];
	if ((word & 0xffffff) != 0 || rule->name == NULL)
		error_set(err, ERR_INVALID, "a frame of unknown type");
	else if (rule->from != c->other || rule->to != c->self)
		error_set(err, ERR_INVALID, "frame %s is not for this channel", rule->name);
	else if (*len > rule->limit)
		error_set(err, ERR_INVALID, "frame %s of %u bytes", rule->name, *len);
	else
		return rule;
	return NULL;
}

/* The descriptor that belongs to a frame of that rule, -1 when it has none. */
static int
claim_descriptor(struct channel *c, const struct frame_rule *rule)
{
	int fd = c->arrived;

	if (!rule->descriptor)
		return -1;
	c->arrived = -1;
	return fd;
}

/* Hand on the frame at *at and step over it.  1: done; 0: not complete, or enough; -1: end. */
static int
hand_on(struct channel *c, size_t *at, channel_handler *handle, void *arg, struct error *err)
{
	const struct frame_rule *rule;
	struct str payload;
	uint32_t len;
	int fd, rc;

	if (c->in.len - *at < FRAME_HEAD)
		return 0;
	if ((rule = check_head(c, c->in.data + *at, &len, err)) == NULL)
		return -1;
	if (c->in.len - *at - FRAME_HEAD < len)
		return 0;
	fd = claim_descriptor(c, rule);
	if (rule->descriptor && fd < 0)
		return error_set(err, ERR_INVALID, "frame %s has no descriptor", rule->name);
	payload.at = (const char *)c->in.data + *at + FRAME_HEAD;
	payload.len = len;
	*at += FRAME_HEAD + len;
	rc = handle(arg, (enum frame_type)(rule - frame_rules), payload, fd, err);
	c->paused = rc == CHANNEL_ENOUGH;
	return c->paused ? 0 : rc == 0 ? 1 : -1;
}

/* Hand on every frame of c->in that is complete; what was handled is wiped. */
static int
dispatch(struct channel *c, channel_handler *handle, void *arg, struct error *err)
{
	size_t at = 0;
	int rc;

	c->paused = false;
	do
		rc = hand_on(c, &at, handle, arg, err);
	while (rc > 0);
	buf_drop(&c->in, at);
	if (rc == 0 && c->in.len == 0 && c->arrived >= 0)
		rc = error_set(err, ERR_INVALID, "a descriptor without its frame");
	if (c->in.len == 0 && c->in.cap > KEPT)
		buf_free(&c->in);
	return rc;
}

int
channel_read(struct channel *c, channel_handler *handle, void *arg, struct error *err)
{
	size_t got = 0;

	if (c->paused && dispatch(c, handle, arg, err) != 0)
		return -1;
	while (got < SHARE && !c->paused) {
		int rc = receive(c, &got, err);

		if (rc <= 0)
			return rc;
		if (dispatch(c, handle, arg, err) != 0)
			return -1;
	}
	return 0;
}

bool
channel_waits(const struct channel *c)
{
	return c->paused;
}
