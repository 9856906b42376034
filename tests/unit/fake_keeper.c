/*
 * The test's keeper: as little as the gate can live with.
 */
#include "tests/unit/fake_keeper.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "policy/possession.h"
#include "vaultd/gate/gate.h"
#include "vaultd/ipc/channel.h"
#include "vaultd/ipc/process.h"

#define HANGING 64
#define PATIENCE 500 /* times 10 ms */

const struct limits fake_limits = {
    .head_bytes = 16384,
    .head_fields = 64,
    .body_bytes = 2 * 1024 * 1024,
    .handshake_s = 10,
    .head_s = 10,
    .body_s = 30,
    .write_stall_s = 30,
    .idle_s = 300,
    .age_s = 3600,
    .connections = 16384,
    .per_address = 4096,
    .per_identity = 4096,
};

struct fake {
	struct fake_rules rules;
	struct channel *channel;
	pid_t pid;
	int port;
	pthread_t thread;
	pthread_mutex_t lock; /* of everything below, and of the channel */
	bool over;
	struct buf server_der;
	struct fake_counts seen;
	struct conn_name newest, hanging[HANGING];
	unsigned hang;
};

static int64_t
certs_wall(void)
{
	return CERTS_NOW * CLOCK_SECOND;
}

void
fake_main(int argc, char **argv)
{
	if (argc != 2 || strcmp(argv[1], "-gate") != 0)
		return;
	clock_source.wall = certs_wall;
	log_init("gate[0]", LOG_HUMAN,
	    getenv("GATE_LOG") != NULL ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR);
	process_enter(getppid());
	exit(gate_main(0));
}

static void
must(bool holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	abort();
}

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

void
fake_reload(struct fake *f, const struct cert *server, const struct cert *ca)
{
	struct buf server_pem = BUF_INIT, key = BUF_INIT, ca_pem = BUF_INIT;
	struct frame_tls tls = {
	    .trust_domain = str_of("na1.example"), .limits = f->rules.limits};

	certs_pem(&server_pem, server);
	certs_pem(&ca_pem, ca);
	put_key(&key, server);
	tls.server_pem = buf_str(&server_pem);
	tls.server_key = buf_str(&key);
	tls.ca_pem = buf_str(&ca_pem);
	tls.networks = f->rules.network != NULL;
	if (tls.networks > 0)
		tls.network[0] = str_of(f->rules.network);
	pthread_mutex_lock(&f->lock);
	buf_clear(&f->server_der);
	buf_put_str(&f->server_der, certs_der(server));
	frame_put_tls(channel_begin(f->channel, FRAME_TLS), &tls);
	channel_end(f->channel);
	channel_flush(f->channel, NULL);
	pthread_mutex_unlock(&f->lock);
	buf_free(&server_pem);
	buf_free(&key);
	buf_free(&ca_pem);
}

static void
give(struct fake *f, unsigned count)
{
	struct buf bytes = BUF_INIT;
	struct frame_nonces n;

	random_bytes(
	    buf_reserve(&bytes, (size_t)count * NONCE_BYTES), (size_t)count * NONCE_BYTES);
	bytes.len = (size_t)count * NONCE_BYTES;
	n.nonces = buf_str(&bytes);
	frame_put_nonces(channel_begin(f->channel, FRAME_NONCES), &n);
	channel_end(f->channel);
	buf_free(&bytes);
}

void
fake_give(struct fake *f, unsigned count)
{
	pthread_mutex_lock(&f->lock);
	give(f, count);
	channel_flush(f->channel, NULL);
	pthread_mutex_unlock(&f->lock);
}

static void
send_conn(struct fake *f, enum frame_type type, struct conn_name name)
{
	const struct frame_conn c = {name};

	frame_put_conn(channel_begin(f->channel, type), &c);
	channel_end(f->channel);
}

void
fake_close(struct fake *f)
{
	pthread_mutex_lock(&f->lock);
	send_conn(f, FRAME_CLOSE, f->newest);
	channel_flush(f->channel, NULL);
	pthread_mutex_unlock(&f->lock);
}

static void
reply(struct fake *f, struct frame_reply r)
{
	frame_put_reply(channel_begin(f->channel, FRAME_REPLY), &r);
	channel_end(f->channel);
}

void
fake_release(struct fake *f)
{
	pthread_mutex_lock(&f->lock);
	while (f->hang > 0)
		reply(f, (struct frame_reply){.conn = f->hanging[--f->hang],
			     .status = 200,
			     .body = str_of("released")});
	channel_flush(f->channel, NULL);
	pthread_mutex_unlock(&f->lock);
}

void
fake_order_drain(struct fake *f)
{
	pthread_mutex_lock(&f->lock);
	channel_begin(f->channel, FRAME_DRAIN);
	channel_end(f->channel);
	channel_flush(f->channel, NULL);
	pthread_mutex_unlock(&f->lock);
}

static void
put_line(struct buf *out, struct str s)
{
	buf_put_str(out, s.at == NULL ? str_of("-") : s);
	buf_put_text(out, "\n");
}

static void
echo(struct fake *f, const struct frame_request *q)
{
	struct buf body = BUF_INIT;

	buf_printf(&body, "%d\n", (int)q->method);
	put_line(&body, q->target);
	put_line(&body, q->content_type);
	put_line(&body, q->token);
	put_line(&body, q->space);
	put_line(&body, q->wrap_ttl);
	put_line(&body, q->accept);
	buf_put_str(&body, q->body);
	reply(f, (struct frame_reply){.conn = q->conn,
		     .status = 200,
		     .content_type = str_of("text/plain"),
		     .space = q->space,
		     .body = buf_str(&body)});
	buf_free(&body);
}

static void
big(struct fake *f, const struct frame_request *q, unsigned long long len)
{
	struct buf body = BUF_INIT;

	memset(buf_reserve(&body, len), 'x', len);
	body.len = len;
	reply(f, (struct frame_reply){.conn = q->conn, .status = 200, .body = buf_str(&body)});
	buf_free(&body);
}

static void
answer_status(struct fake *f, const struct frame_request *q, unsigned status)
{
	reply(f, (struct frame_reply){
		     .conn = q->conn,
		     .status = (uint16_t)status,
		     .content_type = str_of("application/json"),
		     .retry_after = status == 429 || status == 503 ? 7 : 0,
		     .allow = status == 405 ? str_of("GET") : str_of(""),
		     .body = status == 204 ? str_of("") : str_of("{\"errors\":[]}"),
		 });
}

static void
answer(struct fake *f, const struct frame_request *q)
{
	unsigned long long n = 0;

	if (str_starts(q->target, "/status/") && str_to_u64(str_from(q->target, 8), &n))
		answer_status(f, q, (unsigned)n);
	else if (str_starts(q->target, "/big/") && str_to_u64(str_from(q->target, 5), &n))
		big(f, q, n);
	else if (str_is(q->target, "/hang"))
		f->hanging[f->hang++ % HANGING] = q->conn;
	else if (str_is(q->target, "/close"))
		reply(f,
		    (struct frame_reply){
			.conn = q->conn, .status = 200, .close = true, .body = str_of("bye")});
	else
		echo(f, q);
}

static void
take_peer(struct fake *f, struct str payload)
{
	struct possession proof;
	struct frame_peer peer;

	must(frame_get_peer(payload, &peer), "PEER");
	f->seen.peers++;
	f->newest = peer.conn;
	if (possession_verify(peer.messages, buf_str(&f->server_der), &proof, NULL) == 0)
		f->seen.proofs++;
	if (!f->rules.dry)
		give(f, 1);
}

static int
take(void *arg, enum frame_type type, struct str payload, int fd, struct error *err)
{
	struct frame_request q;
	struct fake *f = arg;

	(void)fd;
	(void)err;
	if (type == FRAME_LISTENING) {
		f->seen.listening++;
	} else if (type == FRAME_PEER) {
		take_peer(f, payload);
	} else if (type == FRAME_GONE) {
		f->seen.gone++;
	} else if (type == FRAME_REQUEST) {
		must(frame_get_request(payload, &q), "REQUEST");
		f->seen.requests++;
		answer(f, &q);
	}
	return 0;
}

static void *
run(void *arg)
{
	struct fake *f = arg;
	int rc = 0;

	while (rc == 0) {
		struct pollfd p = {.fd = channel_fd(f->channel), .events = POLLIN};

		pthread_mutex_lock(&f->lock);
		p.events |= channel_wants_write(f->channel) ? POLLOUT : 0;
		pthread_mutex_unlock(&f->lock);
		poll(&p, 1, 20);
		pthread_mutex_lock(&f->lock);
		if (p.revents != 0)
			rc = channel_read(f->channel, take, f, NULL);
		if (channel_flush(f->channel, NULL) != 0)
			rc = -1;
		if (f->over)
			rc = -1;
		pthread_mutex_unlock(&f->lock);
	}
	return NULL;
}

static int
listen_somewhere(int *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(fd >= 0 && bind(fd, (struct sockaddr *)&a, len) == 0 && listen(fd, 512) == 0 &&
		 getsockname(fd, (struct sockaddr *)&a, &len) == 0,
	    "listen");
	*port = ntohs(a.sin_port);
	return fd;
}

static pid_t
start_gate(int channel, int listener)
{
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid > 0)
		return pid;
	/* out of the way first: either may be 3 or 4 itself */
	channel = fcntl(channel, F_DUPFD, 10);
	listener = fcntl(listener, F_DUPFD, 10);
	dup2(channel, CHILD_CHANNEL);
	dup2(listener, CHILD_FIRST);
	execl("/proc/self/exe", "test_gate", "-gate", (char *)NULL);
	_exit(127);
}

struct fake *
fake_start(const struct fake_rules *rules, const struct cert *server, const struct cert *ca)
{
	struct fake *f = calloc(1, sizeof(*f));
	int ends[2], listener;

	must(f != NULL && channel_pair(ends, NULL) == 0, "channel_pair");
	f->rules = *rules;
	pthread_mutex_init(&f->lock, NULL);
	listener = listen_somewhere(&f->port);
	f->pid = start_gate(ends[1], listener);
	close(ends[1]);
	close(listener);
	f->channel = channel_new(ends[0], SIDE_KEEPER, SIDE_GATE);
	fake_reload(f, server, ca);
	fake_give(f, rules->nonces > 0 ? rules->nonces : 256);
	must(pthread_create(&f->thread, NULL, run, f) == 0, "pthread_create");
	fake_expect(f, &(struct fake_counts){.listening = 1});
	return f;
}

static int
end(struct fake **f)
{
	int status = 0;

	pthread_mutex_lock(&(*f)->lock);
	(*f)->over = true;
	pthread_mutex_unlock(&(*f)->lock);
	pthread_join((*f)->thread, NULL);
	channel_free(&(*f)->channel);
	waitpid((*f)->pid, &status, 0);
	buf_free(&(*f)->server_der);
	free(*f);
	*f = NULL;
	return status;
}

int
fake_stop(struct fake **f)
{
	return end(f);
}

int
fake_drain(struct fake **f)
{
	siginfo_t info;

	fake_order_drain(*f);
	waitid(P_PID, (id_t)(*f)->pid, &info, WEXITED | WNOWAIT);
	return end(f);
}

int
fake_port(const struct fake *f)
{
	return f->port;
}

pid_t
fake_pid(const struct fake *f)
{
	return f->pid;
}

struct fake_counts
fake_seen(struct fake *f)
{
	struct fake_counts seen;

	pthread_mutex_lock(&f->lock);
	seen = f->seen;
	pthread_mutex_unlock(&f->lock);
	return seen;
}

void
fake_expect(struct fake *f, const struct fake_counts *least)
{
	for (int i = 0; i < PATIENCE; i++) {
		struct fake_counts seen = fake_seen(f);

		if (seen.listening >= least->listening && seen.peers >= least->peers &&
		    seen.proofs >= least->proofs && seen.requests >= least->requests &&
		    seen.gone >= least->gone)
			return;
		usleep(10000);
	}
	must(false, "the gate does not do what is expected");
}
