/*
 * A closed-loop load generator over mutual TLS: N keep-alive connections, each sends its next
 * request when the last reply is whole.  One thread, epoll.  Prints one line:
 *
 *     requests=N errors=N seconds=S rate=R p50=US p99=US
 *
 * Paths and bodies may hold one %d: a counter from -first, wrapping at -keys.  With -handshakes each
 * request gets a connection of its own.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define REQUEST (256 * 1024)
#define REPLY (512 * 1024)
#define BUCKETS 200000 /* microseconds */

static struct {
	const char *address, *ca, *cert, *key, *method, *path, *body, *token;
	unsigned port, connections, seconds, keys;
	unsigned long requests, first;
	bool handshakes, idle;
} option = { "127.0.0.1", NULL, NULL, NULL, "GET", "/", NULL, NULL, 8200, 32, 5, 1, 0, 0, false,
	false };

struct client {
	SSL *ssl;
	int fd;
	bool ready; /* the handshake is done */
	char request[REQUEST];
	size_t to_send, sent;
	char reply[REPLY];
	size_t got;
	uint64_t begun; /* ns */
};

static SSL_CTX *tls;
static int poller;
static unsigned long started, answered, failed;
static uint32_t histogram[BUCKETS + 1];

static void
die(const char *what)
{
	perror(what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

static uint64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void
put_counter(char *to, size_t room, const char *text, unsigned long n)
{
	const char *at = strstr(text, "%d");

	if (at == NULL)
		snprintf(to, room, "%s", text);
	else
		snprintf(to, room, "%.*s%lu%s", (int)(at - text), text, n, at + 2);
}

static void
prepare(struct client *c)
{
	static char body[REQUEST];
	char path[1024];
	unsigned long n = (option.first + started++) % option.keys;
	int len;

	put_counter(path, sizeof(path), option.path, n);
	if (option.body != NULL)
		put_counter(body, sizeof(body), option.body, n);
	len = snprintf(c->request, sizeof(c->request),
	    "%s %s HTTP/1.1\r\nHost: %s\r\n%s%s%sContent-Length: %zu\r\n\r\n%s",
	    option.method, path, option.address, option.token != NULL ? "X-Vault-Token: " : "",
	    option.token != NULL ? option.token : "", option.token != NULL ? "\r\n" : "",
	    strlen(body), body);
	c->to_send = (size_t)len;
	c->sent = 0;
	c->got = 0;
	c->begun = now();
}

static void
open_client(struct client *c)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)option.port) };
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c };
	int one = 1;

	inet_pton(AF_INET, option.address, &to.sin_addr);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		die("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	c->ssl = SSL_new(tls);
	SSL_set_fd(c->ssl, c->fd);
	SSL_set_connect_state(c->ssl);
	c->ready = false;
	if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &e) != 0)
		die("epoll_ctl");
}

static void
close_client(struct client *c)
{
	SSL_free(c->ssl);
	close(c->fd);
	c->ssl = NULL;
}

/* A whole reply: its length, 0 when more must come. */
static size_t
whole(const struct client *c)
{
	const char *end = memmem(c->reply, c->got, "\r\n\r\n", 4), *length;
	size_t head, body = 0;

	if (end == NULL)
		return 0;
	head = (size_t)(end - c->reply) + 4;
	length = memmem(c->reply, head, "Content-Length: ", 16);
	if (length != NULL)
		body = strtoul(length + 16, NULL, 10);
	return c->got >= head + body ? head + body : 0;
}

static void
count(const struct client *c)
{
	uint64_t us = (now() - c->begun) / 1000;

	histogram[us < BUCKETS ? us : BUCKETS]++;
	answered++;
	if (c->got < 12 || c->reply[9] != '2')
		failed++;
}

static bool
would_block(const struct client *c, int rc)
{
	int why = SSL_get_error(c->ssl, rc);

	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

static void
broken(struct client *c)
{
	failed++;
	close_client(c);
	open_client(c);
	prepare(c);
}

/* Go as far as the socket lets. */
static void
step(struct client *c)
{
	int rc;

	ERR_clear_error();
	if (!c->ready) {
		rc = SSL_do_handshake(c->ssl);
		if (rc != 1) {
			if (!would_block(c, rc))
				broken(c);
			return;
		}
		c->ready = true;
	}
	for (;;) {
		if (c->sent < c->to_send) {
			rc = SSL_write(c->ssl, c->request, (int)c->to_send);
			if (rc <= 0) {
				if (!would_block(c, rc))
					broken(c);
				return;
			}
			c->sent = c->to_send;
		}
		if (option.idle && c->got == 0 && answered >= option.connections)
			return;
		rc = SSL_read(c->ssl, c->reply + c->got, (int)(REPLY - c->got));
		if (rc <= 0) {
			if (!would_block(c, rc))
				broken(c);
			return;
		}
		c->got += (size_t)rc;
		if (whole(c) == 0)
			continue;
		count(c);
		if (option.idle) {
			c->got = 0;
			return;
		}
		if (option.handshakes) {
			close_client(c);
			open_client(c);
			prepare(c);
			return;
		}
		prepare(c);
	}
}

static unsigned
percentile(double share)
{
	unsigned long sum = 0, wanted = (unsigned long)((double)answered * share);

	for (unsigned us = 0; us <= BUCKETS; us++) {
		sum += histogram[us];
		if (sum > wanted)
			return us;
	}
	return BUCKETS;
}

static void
usage(void)
{
	fprintf(stderr, "usage: load -port N -ca F -cert F -key F [-address A] [-connections N] "
	    "[-seconds N] [-requests N] [-first N] [-method M] [-path P] [-body B] [-keys N] "
	    "[-token T] [-handshakes] [-idle]\n");
	exit(1);
}

static void
read_options(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";

		if (strcmp(name, "-handshakes") == 0) {
			option.handshakes = true;
			continue;
		}
		if (strcmp(name, "-idle") == 0) {
			option.idle = true;
			continue;
		}
		i++;
		if (strcmp(name, "-address") == 0)
			option.address = value;
		else if (strcmp(name, "-port") == 0)
			option.port = (unsigned)atoi(value);
		else if (strcmp(name, "-ca") == 0)
			option.ca = value;
		else if (strcmp(name, "-cert") == 0)
			option.cert = value;
		else if (strcmp(name, "-key") == 0)
			option.key = value;
		else if (strcmp(name, "-connections") == 0)
			option.connections = (unsigned)atoi(value);
		else if (strcmp(name, "-seconds") == 0)
			option.seconds = (unsigned)atoi(value);
		else if (strcmp(name, "-requests") == 0)
			option.requests = strtoul(value, NULL, 10);
		else if (strcmp(name, "-first") == 0)
			option.first = strtoul(value, NULL, 10);
		else if (strcmp(name, "-method") == 0)
			option.method = value;
		else if (strcmp(name, "-path") == 0)
			option.path = value;
		else if (strcmp(name, "-body") == 0)
			option.body = value;
		else if (strcmp(name, "-token") == 0)
			option.token = value;
		else if (strcmp(name, "-keys") == 0)
			option.keys = (unsigned)atoi(value);
		else
			usage();
	}
	if (option.ca == NULL || option.cert == NULL || option.key == NULL || option.keys == 0)
		usage();
}

static void
open_tls(void)
{
	tls = SSL_CTX_new(TLS_client_method());
	if (tls == NULL || SSL_CTX_load_verify_locations(tls, option.ca, NULL) != 1 ||
	    SSL_CTX_use_certificate_chain_file(tls, option.cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(tls, option.key, SSL_FILETYPE_PEM) != 1)
		die("certificates");
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION);
	SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
}

int
main(int argc, char **argv)
{
	struct epoll_event events[256];
	struct client *clients;
	uint64_t begun, end;
	double seconds;

	read_options(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	open_tls();
	poller = epoll_create1(EPOLL_CLOEXEC);
	clients = calloc(option.connections, sizeof(*clients));
	if (clients == NULL)
		die("memory");
	for (unsigned i = 0; i < option.connections; i++) {
		prepare(&clients[i]);
		open_client(&clients[i]);
	}
	begun = now();
	end = begun + (uint64_t)option.seconds * 1000000000u;
	while (now() < end && (option.requests == 0 || answered < option.requests)) {
		int n = epoll_wait(poller, events, 256, 100);

		for (int i = 0; i < n; i++)
			step(events[i].data.ptr);
	}
	seconds = (double)(now() - begun) / 1e9;
	printf("requests=%lu errors=%lu seconds=%.3f rate=%.0f p50=%u p99=%u\n", answered, failed,
	    seconds, (double)answered / seconds, percentile(0.50), percentile(0.99));
	return 0;
}
