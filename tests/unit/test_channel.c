/*
 * Frames arrive whole, in order, with their descriptors; a process that breaks a rule of the
 * frame table is cut off, and told from one that has merely gone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/secret.h"
#include "vaultd/ipc/channel.h"

/* What a handler saw. */
struct seen {
	unsigned count;
	enum frame_type types[64];
	uint32_t numbers[64]; /* of a GATE */
	int fds[64];
	size_t bytes;
	bool refuse, one; /* one: each frame is enough for a call */
};

static int
see(void *arg, enum frame_type type, struct str payload, int fd, struct error *err)
{
	struct seen *s = arg;
	struct frame_gate gate;

	if (s->count < 64) {
		s->types[s->count] = type;
		s->fds[s->count] = fd;
		if (type == FRAME_GATE && frame_get_gate(payload, &gate))
			s->numbers[s->count] = gate.index;
	}
	s->count++;
	s->bytes += payload.len;
	return s->refuse ? error_set(err, ERR_DENIED, "refused") : s->one ? CHANNEL_ENOUGH : 0;
}

/* A channel of the keeper, and the other end: a channel too, or bare. */
struct ends {
	struct channel *keeper, *other;
	int bare;
};

static struct ends
open_ends(enum side other, bool bare)
{
	struct ends e = {NULL, NULL, -1};
	int fds[2];

	assert_int_equal(channel_pair(fds, NULL), 0);
	e.keeper = channel_new(fds[0], SIDE_KEEPER, other);
	if (bare)
		e.bare = fds[1];
	else
		e.other = channel_new(fds[1], other, SIDE_KEEPER);
	return e;
}

static void
close_ends(struct ends *e)
{
	channel_free(&e->keeper);
	channel_free(&e->other);
	if (e->bare >= 0)
		close(e->bare);
}

static void
put(struct channel *c, enum frame_type type, size_t len, uint8_t byte)
{
	struct buf *out = channel_begin(c, type);

	memset(buf_reserve(out, len), byte, len);
	out->len += len;
	channel_end(c);
}

static void
test_order(void **state)
{
	struct ends e = open_ends(SIDE_GATE, false);
	struct seen s = {0};
	struct error err = ERROR_INIT;

	(void)state;
	put(e.other, FRAME_LISTENING, 0, 0);
	put(e.other, FRAME_REQUEST, 100000, 'r');
	put(e.other, FRAME_GONE, 8, 0);
	assert_int_equal(channel_read(e.keeper, see, &s, &err), 0);
	assert_int_equal(s.count, 0); /* nothing leaves before a flush */
	assert_int_equal(channel_flush(e.other, &err), 0);
	assert_false(channel_wants_write(e.other));
	assert_int_equal(channel_read(e.keeper, see, &s, &err), 0);
	assert_int_equal(s.count, 3);
	assert_int_equal(s.types[0], FRAME_LISTENING);
	assert_int_equal(s.types[1], FRAME_REQUEST);
	assert_int_equal(s.types[2], FRAME_GONE);
	assert_int_equal(s.bytes, 100008);
	assert_int_equal(s.fds[1], -1);
	close_ends(&e);
}

/* What a handler had enough before comes in the next call, and no byte needs to arrive for it. */
static void
test_enough(void **state)
{
	struct ends e = open_ends(SIDE_GATE, false);
	struct seen s = {.one = true};
	struct error err = ERROR_INIT;

	(void)state;
	for (int i = 0; i < 3; i++)
		put(e.other, FRAME_REQUEST, 1000, 'r');
	assert_int_equal(channel_flush(e.other, &err), 0);
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(channel_read(e.keeper, see, &s, &err), 0);
		assert_int_equal(s.count, i);
		assert_true(channel_waits(e.keeper));
	}
	assert_int_equal(channel_read(e.keeper, see, &s, &err), 0);
	assert_int_equal(s.count, 3);
	assert_false(channel_waits(e.keeper));
	channel_free(&e.other); /* its end is heard behind all */
	assert_int_equal(channel_read(e.keeper, see, &s, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	close_ends(&e);
}

static void
test_half_frames(void **state)
{
	static const uint8_t bytes[] = {0, 0, 0, 8, FRAME_GONE, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8,
	    0, 0, 0, 0, FRAME_LISTENING, 0, 0, 0};
	struct ends e = open_ends(SIDE_GATE, true);
	struct seen s = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		assert_int_equal(write(e.bare, bytes + i, 1), 1);
		assert_int_equal(channel_read(e.keeper, see, &s, NULL), 0);
		assert_int_equal(s.count, i < 15 ? 0 : i < 23 ? 1 : 2);
	}
	assert_int_equal(s.bytes, 8);
	close_ends(&e);
}

/* What a gate must not send, and what the keeper says of it. */
static const struct {
	uint8_t bytes[16];
	size_t len;
	const char *says;
} broken[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0}, 8, "a frame of unknown type"},
    {{0, 0, 0, 0, FRAME_TYPES, 0, 0, 0}, 8, "a frame of unknown type"},
    {{0, 0, 0, 0, 255, 0, 0, 0}, 8, "a frame of unknown type"},
    {{0, 0, 0, 0, FRAME_LISTENING, 0, 0, 1}, 8, "a frame of unknown type"},
    {{0, 0, 0, 0, FRAME_STOP, 0, 0, 0}, 8, "frame STOP is not for this channel"},
    {{0, 0, 0, 0, FRAME_REPLY, 0, 0, 0}, 8, "frame REPLY is not for this channel"},
    {{0, 0, 0, 1, FRAME_LISTENING, 0, 0, 0}, 8, "frame LISTENING of 1 bytes"},
    {{0, 0, 0, 9, FRAME_GONE, 0, 0, 0}, 8, "frame GONE of 9 bytes"},
    {{255, 255, 255, 255, FRAME_REQUEST, 0, 0, 0}, 8, "frame REQUEST of 4294967295 bytes"},
};

static void
test_broken_frames(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		static const uint8_t good[] = {0, 0, 0, 0, FRAME_LISTENING, 0, 0, 0};
		struct ends e = open_ends(SIDE_GATE, true);
		struct seen s = {0};
		struct error err = ERROR_INIT;

		assert_int_equal(write(e.bare, good, sizeof(good)), sizeof(good));
		assert_int_equal(write(e.bare, broken[i].bytes, broken[i].len), broken[i].len);
		assert_int_equal(channel_read(e.keeper, see, &s, &err), -1);
		assert_int_equal(err.code, ERR_INVALID);
		assert_string_equal(err.text, broken[i].says);
		assert_int_equal(s.count, 1); /* what came before it was fine */
		close_ends(&e);
	}
}

static void
test_handler_refuses(void **state)
{
	struct ends e = open_ends(SIDE_GATE, false);
	struct seen s = {.refuse = true};
	struct error err = ERROR_INIT;

	(void)state;
	put(e.other, FRAME_LISTENING, 0, 0);
	put(e.other, FRAME_LISTENING, 0, 0);
	channel_flush(e.other, NULL);
	assert_int_equal(channel_read(e.keeper, see, &s, &err), -1);
	assert_int_equal(err.code, ERR_DENIED);
	assert_int_equal(s.count, 1);
	close_ends(&e);
}

static void
test_other_side_gone(void **state)
{
	struct ends e = open_ends(SIDE_GATE, false);
	struct seen s = {0};
	struct error err = ERROR_INIT;

	(void)state;
	put(e.other, FRAME_LISTENING, 0, 0);
	channel_flush(e.other, NULL);
	channel_free(&e.other);
	assert_int_equal(channel_read(e.keeper, see, &s, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	assert_int_equal(s.count, 1); /* its last word is heard */
	put(e.keeper, FRAME_DRAIN, 0, 0);
	error_clear(&err);
	assert_int_equal(channel_flush(e.keeper, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	close_ends(&e);
}

/* Frames of a megabyte pile up until the other side reads, then all of them arrive. */
static void
test_back_pressure(void **state)
{
	struct ends e = open_ends(SIDE_GATE, false);
	struct seen s = {0};
	struct error err = ERROR_INIT;
	const size_t one = 1024 * 1024, all = 20;

	(void)state;
	for (size_t i = 0; i < all; i++)
		put(e.other, FRAME_REQUEST, one, (uint8_t)i);
	assert_int_equal(channel_flush(e.other, &err), 0);
	assert_true(channel_wants_write(e.other));
	assert_true(channel_pending(e.other) > one);
	assert_true(channel_pending(e.other) < all * (one + FRAME_HEAD));
	while (channel_wants_write(e.other)) {
		assert_int_equal(channel_read(e.keeper, see, &s, &err), 0);
		assert_int_equal(channel_flush(e.other, &err), 0);
	}
	for (size_t before = (size_t)-1; before != s.bytes;) {
		before = s.bytes;
		assert_int_equal(channel_read(e.keeper, see, &s, &err), 0);
	}
	assert_int_equal(s.count, all);
	assert_int_equal(s.bytes, all * one);
	close_ends(&e);
}

static ino_t
inode(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

/* STOP, GATE, GATE, STOP in one flush: each GATE has its own descriptor, STOP has none. */
static void
test_descriptors(void **state)
{
	struct ends e = open_ends(SIDE_MAIN, false);
	struct seen s = {0};
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	put(e.other, FRAME_STOP, 0, 0);
	for (uint32_t i = 0; i < 2; i++) {
		frame_put_gate(channel_begin(e.other, FRAME_GATE), &(struct frame_gate){i});
		channel_end_with(e.other, pipes[i]);
	}
	put(e.other, FRAME_STOP, 0, 0);
	assert_int_equal(channel_flush(e.other, NULL), 0);
	assert_int_equal(channel_read(e.keeper, see, &s, NULL), 0);
	assert_int_equal(s.count, 4);
	assert_int_equal(s.fds[0], -1);
	assert_int_equal(s.fds[3], -1);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(s.numbers[1 + i], i);
		assert_true(s.fds[1 + i] >= 0 && s.fds[1 + i] != pipes[i]);
		assert_int_equal(inode(s.fds[1 + i]), inode(pipes[i]));
		close(s.fds[1 + i]);
		close(pipes[i]);
	}
	close_ends(&e);
}

/* Send bytes with count descriptors of standard error. */
static void
send_with(int fd, const uint8_t *bytes, size_t len, unsigned count)
{
	char control[CMSG_SPACE(2 * sizeof(int))] = {0};
	struct iovec part = {(void *)(uintptr_t)bytes, len};
	struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
	struct cmsghdr *head = (struct cmsghdr *)(void *)control;
	const int fds[2] = {2, 2};

	if (count > 0) {
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(head), fds, count * sizeof(int));
	}
	assert_int_equal(sendmsg(fd, &msg, 0), len);
}

static const struct {
	enum side from;
	uint8_t bytes[12];
	size_t len;
	unsigned descriptors;
	const char *says; /* NULL: fine */
} carried[] = {
    {SIDE_MAIN, {0, 0, 0, 4, FRAME_GATE}, 12, 1, NULL},
    {SIDE_MAIN, {0, 0, 0, 4, FRAME_GATE}, 12, 0, "frame GATE has no descriptor"},
    {SIDE_MAIN, {0, 0, 0, 4, FRAME_GATE}, 12, 2, "a descriptor that no frame allows"},
    {SIDE_MAIN, {0, 0, 0, 0, FRAME_STOP}, 8, 1, "a descriptor without its frame"},
    {SIDE_GATE, {0, 0, 0, 0, FRAME_LISTENING}, 8, 0, NULL},
    {SIDE_GATE, {0, 0, 0, 0, FRAME_LISTENING}, 8, 1, "a descriptor that no frame allows"},
};

static void
test_descriptors_out_of_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(carried) / sizeof(carried[0]); i++) {
		struct ends e = open_ends(carried[i].from, true);
		struct seen s = {0};
		struct error err = ERROR_INIT;
		int rc, before = dup(0), after;

		close(before);
		send_with(e.bare, carried[i].bytes, carried[i].len, carried[i].descriptors);
		rc = channel_read(e.keeper, see, &s, &err);
		assert_int_equal(rc, carried[i].says == NULL ? 0 : -1);
		assert_string_equal(err.text, carried[i].says == NULL ? "" : carried[i].says);
		if (rc == 0 && carried[i].descriptors > 0)
			close(s.fds[0]);
		channel_free(&e.keeper); /* and nothing that came is left open */
		close_ends(&e);
		after = dup(0);
		close(after);
		assert_true(after <= before);
	}
}

/* Our own mistakes end the process: a frame of the wrong direction, one over its limit. */
static int
status_of(enum frame_type type, size_t len)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct ends e = open_ends(SIDE_GATE, false);

		fclose(stderr);
		put(e.keeper, type, len, 'x');
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void
test_own_mistakes_are_fatal(void **state)
{
	(void)state;
	assert_int_equal(status_of(FRAME_CLOSE, 8), 0);
	assert_int_equal(status_of(FRAME_CLOSE, 9), 70);
	assert_int_equal(status_of(FRAME_REQUEST, 0), 70);
}

#if !defined(__SANITIZE_ADDRESS__) /* which has a heap of its own */
/* How often the heap holds the canary, written as its bytes xor 0x55. */
static unsigned
count_on_heap(const char *masked, size_t len)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[256];
	unsigned long from, to;
	unsigned found = 0;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps) != NULL) {
		if (strstr(line, "[heap]") == NULL || sscanf(line, "%lx-%lx", &from, &to) != 2)
			continue;
		for (const char *p = (const char *)from; p + len <= (const char *)to; p++) {
			size_t i = 0;

			while (i < len && p[i] == (char)(masked[i] ^ 0x55))
				i++;
			found += i == len;
		}
	}
	fclose(maps);
	return found;
}

static void
put_canary(struct buf *out, const char *masked, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_put_u8(out, (uint8_t)(masked[i] ^ 0x55));
}

static void
test_frames_are_wiped(void **state)
{
	static const char masked[] = "a canary that sings once";
	struct ends e = open_ends(SIDE_GATE, false);
	struct seen s = {0};

	(void)state;
	put_canary(channel_begin(e.keeper, FRAME_REPLY), masked, sizeof(masked));
	channel_end(e.keeper);
	assert_int_equal(count_on_heap(masked, sizeof(masked)), 1);
	channel_flush(e.keeper, NULL);
	assert_int_equal(count_on_heap(masked, sizeof(masked)), 0);
	assert_int_equal(channel_read(e.other, see, &s, NULL), 0);
	assert_int_equal(s.count, 1);
	assert_int_equal(count_on_heap(masked, sizeof(masked)), 0);
	close_ends(&e);
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_enough),
		cmocka_unit_test(test_half_frames),
		cmocka_unit_test(test_broken_frames),
		cmocka_unit_test(test_handler_refuses),
		cmocka_unit_test(test_other_side_gone),
		cmocka_unit_test(test_back_pressure),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_descriptors_out_of_place),
		cmocka_unit_test(test_own_mistakes_are_fatal),
#if !defined(__SANITIZE_ADDRESS__)
		cmocka_unit_test(test_frames_are_wiped),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
