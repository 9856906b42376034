/*
 * The test's main and the test's gates, around a keeper that is real.
 */
#include "tests/unit/real_keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "tests/unit/handshake.h"
#include "vaultd/ipc/channel.h"
#include "vaultd/ipc/process.h"
#include "vaultd/keeper/keeper.h"

#define PATIENCE 10000 /* ms */
#define DEAF 1000      /* ms without a byte taken */
#define DESCRIPTORS 4

struct real {
	const struct cert *server, *ca;
	char path[32];
	int data, audit;
	pid_t pid;
	struct channel *main;
};

struct hand {
	struct channel *channel;
	struct buf nonces;
	size_t drawn;
	unsigned replies, closes;
	struct frame_reply last; /* its texts are not kept */
	struct conn_name closed;
	struct buf body;
};

static void
must(bool holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	abort();
}

static int64_t
certs_wall(void)
{
	return CERTS_NOW * CLOCK_SECOND;
}

void
real_main(int argc, char **argv)
{
	if (argc != 2 || strcmp(argv[1], "-keeper") != 0)
		return;
	clock_source.wall = certs_wall;
	log_init("keeper", LOG_HUMAN, LOG_LEVEL_INFO);
	process_enter(getppid());
	exit(keeper_main());
}

/* ---- main ---- */

static void
put_key(struct buf *pem, const struct cert *c)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len;

	PEM_write_bio_PrivateKey(bio, c->key, NULL, NULL, 0, NULL, NULL);
	len = BIO_get_mem_data(bio, &text);
	buf_put(pem, text, (size_t)len);
	BIO_free(bio);
}

static void
send_start(struct real *r)
{
	struct buf server_pem = BUF_INIT, key = BUF_INIT, ca_pem = BUF_INIT;
	struct frame_start f = {.config_path = str_of("test.hcl"), .development = true, .gates = 1};

	certs_pem(&server_pem, r->server);
	certs_pem(&ca_pem, r->ca);
	put_key(&key, r->server);
	f.config = str_of("hublet = \"dev1\"\ntrust_domain = \"na1.example\"\n"
			  "operators = [\"" REAL_OPERATOR "\"]\nuser = \"nobody\"\n"
			  "listener {\n\taddress = \"127.0.0.1:8200\"\n"
			  "\tcertificate = \"server.pem\"\n\tkey = \"server.key\"\n"
			  "\tclient_ca = \"ca.pem\"\n}\n"
			  "storage \"lmdb\" {\n\tpath = \"data\"\n}\n"
			  "audit \"file\" {\n\tpath = \"audit.log\"\n}\n");
	f.server_pem = buf_str(&server_pem);
	f.server_key = buf_str(&key);
	f.ca_pem = buf_str(&ca_pem);
	frame_put_start(channel_begin(r->main, FRAME_START), &f);
	channel_end(r->main);
	must(channel_flush(r->main, NULL) == 0, "START");
	buf_free(&server_pem);
	buf_free(&key);
	buf_free(&ca_pem);
}

static int
make_directory(struct real *r, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", r->path, name);
	must(mkdir(path, 0700) == 0, path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(fd >= 0, path);
	return fd;
}

static pid_t
start_keeper(const struct real *r, int channel)
{
	const int given[] = {channel, r->data, r->audit};
	int moved[3], log;
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid > 0)
		return pid;
	/* out of the way first: each may be 3, 4 or 5 itself */
	for (int i = 0; i < 3; i++)
		moved[i] = fcntl(given[i], F_DUPFD, 10);
	for (int i = 0; i < 3; i++)
		dup2(moved[i], CHILD_CHANNEL + i);
	if (getenv("KEEPER_LOG") == NULL && (log = open("/dev/null", O_WRONLY)) >= 0)
		dup2(log, STDERR_FILENO);
	execl("/proc/self/exe", "test", "-keeper", (char *)NULL);
	_exit(127);
}

struct real *
real_start(const struct cert *server, const struct cert *ca)
{
	struct real *r = calloc(1, sizeof(*r));
	int ends[2];

	must(r != NULL && channel_pair(ends, NULL) == 0, "channel_pair");
	r->server = server;
	r->ca = ca;
	strcpy(r->path, "/tmp/keeper-XXXXXX");
	must(mkdtemp(r->path) != NULL, "mkdtemp");
	r->data = make_directory(r, "data");
	r->audit = make_directory(r, "audit");
	r->pid = start_keeper(r, ends[1]);
	close(ends[1]);
	r->main = channel_new(ends[0], SIDE_MAIN, SIDE_KEEPER);
	send_start(r);
	return r;
}

static int
ignore(void *arg, enum frame_type type, struct str payload, int fd, struct error *err)
{
	(void)arg, (void)type, (void)payload, (void)fd, (void)err;
	return 0;
}

/* What the keeper says to main must not fill the channel. */
static void
hear_main(struct real *r)
{
	must(channel_read(r->main, ignore, NULL, NULL) == 0, "the keeper has ended");
}

void
real_stop(struct real **r)
{
	char command[64];
	int status = 0;

	channel_begin((*r)->main, FRAME_STOP);
	channel_end((*r)->main);
	channel_flush((*r)->main, NULL);
	for (int i = 0; waitpid((*r)->pid, &status, WNOHANG) == 0; i++) {
		if (i == PATIENCE / 10) /* a test that failed has left a gate behind */
			kill((*r)->pid, SIGKILL);
		usleep(10000);
	}
	must(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the keeper did not end well");
	channel_free(&(*r)->main);
	close((*r)->data);
	close((*r)->audit);
	snprintf(command, sizeof(command), "rm -rf %s", (*r)->path);
	must(system(command) == 0, command);
	free(*r);
	*r = NULL;
}

long
real_memory(const struct real *r)
{
	char path[32], line[128];
	long kilobytes = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)r->pid);
	f = fopen(path, "r");
	must(f != NULL, path);
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "RssAnon: %ld", &kilobytes) == 1)
			break;
	fclose(f);
	return kilobytes;
}

bool
real_lives(const struct real *r)
{
	return waitpid(r->pid, NULL, WNOHANG) == 0;
}

/* ---- gates ---- */

struct hand *
hand_open(struct real *r, uint32_t index)
{
	struct hand *h = calloc(1, sizeof(*h));
	const struct frame_gate f = {index};
	int ends[2];

	must(h != NULL && channel_pair(ends, NULL) == 0, "channel_pair");
	hear_main(r);
	frame_put_gate(channel_begin(r->main, FRAME_GATE), &f);
	channel_end_with(r->main, ends[1]);
	close(ends[1]);
	must(channel_flush(r->main, NULL) == 0, "GATE");
	h->channel = channel_new(ends[0], SIDE_GATE, SIDE_KEEPER);
	return h;
}

void
hand_close(struct hand **h)
{
	channel_free(&(*h)->channel);
	buf_free(&(*h)->nonces);
	buf_free(&(*h)->body);
	free(*h);
	*h = NULL;
}

static ssize_t
write_with(int fd, const void *bytes, size_t len, unsigned descriptors)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
	} control = {.room = {0}};
	struct iovec part = {(void *)(uintptr_t)bytes, len};
	struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
	int fds[DESCRIPTORS] = {STDIN_FILENO, STDIN_FILENO, STDIN_FILENO, STDIN_FILENO};

	if (descriptors > 0) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(descriptors * sizeof(int));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(descriptors * sizeof(int));
		memcpy(CMSG_DATA(&control.head), fds, descriptors * sizeof(int));
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL);
}

int
hand_write(struct hand *h, const void *bytes, size_t len, unsigned descriptors)
{
	struct pollfd p = {channel_fd(h->channel), POLLOUT, 0};
	const char *at = bytes;

	while (len > 0) {
		ssize_t n = write_with(p.fd, at, len, descriptors);

		if (n < 0 && errno != EAGAIN)
			return -1;
		if (n < 0 && poll(&p, 1, DEAF) <= 0)
			return 0;
		if (n < 0)
			continue;
		descriptors = 0;
		at += n;
		len -= (size_t)n;
	}
	return 1;
}

void
hand_put_frame(struct buf *out, enum frame_type type, struct str payload)
{
	buf_put_u32(out, (uint32_t)payload.len);
	buf_put_u32(out, (uint32_t)type << 24);
	buf_put_str(out, payload);
}

static int
take(void *arg, enum frame_type type, struct str payload, int fd, struct error *err)
{
	struct hand *h = arg;
	struct frame_nonces nonces;
	struct frame_conn conn;

	(void)fd, (void)err;
	if (type == FRAME_NONCES && frame_get_nonces(payload, &nonces)) {
		buf_drop(&h->nonces, h->drawn);
		h->drawn = 0;
		buf_put_str(&h->nonces, nonces.nonces);
	} else if (type == FRAME_CLOSE && frame_get_conn(payload, &conn)) {
		h->closes++;
		h->closed = conn.conn;
	} else if (type == FRAME_REPLY && frame_get_reply(payload, &h->last)) {
		h->replies++;
		buf_clear(&h->body);
		buf_put_str(&h->body, h->last.body);
	}
	return 0;
}

bool
hand_hear(struct hand *h, int ms)
{
	struct pollfd p = {channel_fd(h->channel), POLLIN, 0};

	if (poll(&p, 1, ms) <= 0)
		return true;
	return channel_read(h->channel, take, h, NULL) == 0;
}

bool
hand_is_cut(struct hand *h)
{
	int64_t end = clock_boot() + PATIENCE * (CLOCK_SECOND / 1000);

	while (clock_boot() < end)
		if (!hand_hear(h, 100))
			return true;
	return false;
}

unsigned
hand_replies(const struct hand *h)
{
	return h->replies;
}

static bool
same(struct conn_name a, struct conn_name b)
{
	return a.number == b.number && a.generation == b.generation;
}

bool
hand_closed(const struct hand *h, struct conn_name conn)
{
	return h->closes > 0 && same(h->closed, conn);
}

void
hand_nonce(struct hand *h, uint8_t nonce[NONCE_BYTES])
{
	for (int i = 0; h->nonces.len - h->drawn < NONCE_BYTES; i++)
		must(i < PATIENCE / 100 && hand_hear(h, 100), "a nonce");
	memcpy(nonce, h->nonces.data + h->drawn, NONCE_BYTES);
	h->drawn += NONCE_BYTES;
}

void
hand_handshake(const struct real *r, struct conn_name conn, const struct cert *who,
    const uint8_t nonce[NONCE_BYTES], struct buf *peer)
{
	const struct handshake_choice choice = {.nonces = 1, .nonce = nonce};
	struct frame_peer f = {.conn = conn, .address = str_of("127.0.0.1"), .port = 4711};
	struct handshake made;

	handshake_run(&made, r->server, who, r->ca, &choice);
	f.messages = buf_str(&made.messages);
	frame_put_peer(peer, &f);
	handshake_free(&made);
}

static bool
send_frame(struct hand *h, enum frame_type type, struct str payload)
{
	struct buf frame = BUF_INIT;
	bool sent;

	hand_put_frame(&frame, type, payload);
	sent = hand_write(h, frame.data, frame.len, 0) > 0;
	buf_free(&frame);
	return sent;
}

void
hand_enter(struct real *r, struct hand *h, struct conn_name conn, const struct cert *who)
{
	uint8_t nonce[NONCE_BYTES];
	struct buf peer = BUF_INIT;

	hand_nonce(h, nonce);
	hand_handshake(r, conn, who, nonce, &peer);
	must(send_frame(h, FRAME_PEER, buf_str(&peer)), "PEER");
	buf_free(&peer);
}

bool
hand_send(struct hand *h, struct conn_name conn, enum method method, const char *target,
    const char *body)
{
	struct frame_request f = {.conn = conn, .method = method, .target = str_of(target),
	    .body = str_of(body != NULL ? body : "")};
	struct buf request = BUF_INIT;
	bool sent;

	frame_put_request(&request, &f);
	sent = send_frame(h, FRAME_REQUEST, buf_str(&request));
	buf_free(&request);
	return sent;
}

int
hand_ask(struct hand *h, struct conn_name conn, enum method method, const char *target,
    const char *body, struct buf *reply)
{
	unsigned replies = h->replies, closes = h->closes;
	int64_t end = clock_boot() + PATIENCE * (CLOCK_SECOND / 1000);

	if (!hand_send(h, conn, method, target, body))
		return -1;
	while (clock_boot() < end && hand_hear(h, 100)) {
		if (h->closes > closes && same(h->closed, conn))
			return 0;
		if (h->replies == replies || !same(h->last.conn, conn))
			continue;
		if (reply != NULL)
			buf_put_str(reply, buf_str(&h->body));
		return h->last.status;
	}
	return -1;
}
