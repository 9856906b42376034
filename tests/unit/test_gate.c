/*
 * A real gate, in its sandbox, between a client that speaks TLS and a keeper of the test's own:
 * who is let in, what a request becomes, and that nobody can hold on to anything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above */
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/fake_keeper.h"
#include "tests/unit/sanitized.h"
#include "tests/unit/tls_client.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HOST "Host: vault\r\n"
#define GET(target) "GET " target " HTTP/1.1\r\n" HOST "\r\n"
#define CHUNKED "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n"

static struct cert *ca, *foreign_ca, *server, *server2, *billing, *mailer, *foreign, *expired;
static struct buf fields, body;

static struct fake *
start(void)
{
	return fake_start(&(struct fake_rules){.limits = fake_limits}, server, ca);
}

static struct client *
enter(struct fake *f)
{
	struct client *c = client_open(fake_port(f), billing, NULL);

	assert_true(SSL_is_init_finished(c->ssl));
	return c;
}

static int
ask(struct client *c, const char *request)
{
	client_say(c, request);
	return client_take(c, false, &fields, &body);
}

static bool
has(const char *line)
{
	return strstr((const char *)fields.data, line) != NULL;
}

static void
expect_body(const char *text)
{
	assert_int_equal(body.len, strlen(text));
	assert_memory_equal(body.data, text, body.len);
}

/* Everything that a request says reaches the keeper; the reply has its headers; again. */
static void
carries_requests(void **unused)
{
	struct fake *f = start();
	struct client *c = enter(f);

	(void)unused;
	assert_int_equal(
	    ask(c, "LIST /echo?list=true HTTP/1.1\r\n" HOST
		   "Content-Type: a/b\r\nX-Vault-Token: hvs.x\r\nX-Vault-Namespace: root\r\n"
		   "X-Vault-Wrap-TTL: 60\r\nAccept: c/d\r\nContent-Length: 5\r\n\r\nhello"),
	    200);
	expect_body("6\n/echo?list=true\na/b\nhvs.x\nroot\n60\nc/d\nhello");
	assert_true(has("\r\nContent-Type: text/plain\r\n"));
	assert_true(has("\r\nCache-Control: no-store\r\n"));
	assert_true(has("\r\nX-Vault-Namespace: root\r\n"));
	assert_true(
	    has("\r\nStrict-Transport-Security: max-age=31536000; includeSubDomains\r\n"));
	assert_false(has("Connection: close"));
	assert_int_equal(ask(c, "FROB /echo HTTP/1.1\r\n" HOST "\r\n"), 200);
	expect_body("10\n/echo\n-\n-\n-\n-\n-\n");
	assert_false(has("X-Vault-Namespace"));
	assert_int_equal(fake_seen(f).proofs, 1);
	client_close(&c);
	fake_expect(f, &(struct fake_counts){.gone = 1});
	assert_int_equal(fake_drain(&f), 0);
}

/* Who is refused in the handshake, and by which alert (RFC 8446 §6). */
static void
refuses_strangers(void **unused)
{
	static const struct client_wish old = {.tls12 = true}, h2 = {.alpn = "\x02h2"},
					h1 = {.alpn = "\x02h2\x08http/1.1"},
					retry = {.groups = "P-384:P-256"};
	const struct {
		const char *what;
		const struct cert *cert;
		const struct client_wish *wish;
		int alert;
	} cases[] = {
	    {"a service", billing, NULL, -1},
	    {"no certificate", NULL, NULL, SSL_AD_CERTIFICATE_REQUIRED},
	    {"another CA", foreign, NULL, SSL_AD_UNKNOWN_CA},
	    {"expired", expired, NULL, SSL_AD_CERTIFICATE_EXPIRED},
	    {"a CA", ca, NULL, SSL_AD_BAD_CERTIFICATE},
	    {"TLS 1.2", billing, &old, SSL_AD_PROTOCOL_VERSION},
	    {"h2 only", billing, &h2, SSL_AD_NO_APPLICATION_PROTOCOL},
	    {"h2 or http/1.1", billing, &h1, -1},
	    {"another group first", billing, &retry, -1},
	};
	struct fake *f = start();
	unsigned good = 0;

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct client *c = client_open(fake_port(f), cases[i].cert, cases[i].wish);
		int status = ask(c, GET("/echo"));

		if (c->alert != cases[i].alert || (status == 200) != (cases[i].alert == -1))
			fail_msg("%s: status %d, alert %d", cases[i].what, status, c->alert);
		good += status == 200;
		client_close(&c);
	}
	assert_int_equal(fake_seen(f).peers, good);
	assert_int_equal(fake_seen(f).proofs, good);
	assert_int_equal(fake_drain(&f), 0);
}

/* However a request is cut, it is the same request; a second one waits for its turn. */
static void
reads_requests_in_pieces(void **unused)
{
	static const char request[] = CHUNKED "\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
	struct fake *f = start();
	struct client *c = enter(f);

	(void)unused;
	for (size_t i = 0; i < sizeof(request) - 1; i++)
		client_send(c, request + i, 1);
	assert_int_equal(client_take(c, false, NULL, &body), 200);
	expect_body("2\n/echo\n-\n-\n-\n-\n-\nabcde");
	client_say(c,
	    GET("/echo?1") GET("/status/404") CHUNKED "\r\n1\r\nx\r\n0\r\n\r\n" GET("/echo?4"));
	assert_int_equal(client_take(c, false, NULL, &body), 200);
	expect_body("0\n/echo?1\n-\n-\n-\n-\n-\n");
	assert_int_equal(client_take(c, false, NULL, NULL), 404);
	assert_int_equal(client_take(c, false, NULL, &body), 200);
	expect_body("2\n/echo\n-\n-\n-\n-\n-\nx");
	assert_int_equal(client_take(c, false, NULL, &body), 200);
	expect_body("0\n/echo?4\n-\n-\n-\n-\n-\n");
	client_close(&c);
	assert_int_equal(fake_drain(&f), 0);
}

static void
says_100_continue(void **unused)
{
	struct fake *f = start();
	struct client *c = enter(f);

	(void)unused;
	client_say(c, CHUNKED "Expect: 100-continue\r\n\r\n");
	assert_int_equal(client_take(c, false, NULL, NULL), 100);
	client_say(c, "1\r\nx\r\n0\r\n\r\n");
	assert_int_equal(client_take(c, false, NULL, NULL), 200);
	assert_int_equal(
	    ask(c, "POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n\r\n"), 200);
	client_say(c, "POST / HTTP/1.1\r\n" HOST
		      "Content-Length: 2097153\r\nExpect: 100-continue\r\n\r\n");
	assert_int_equal(client_take(c, false, NULL, NULL), 413);
	client_close(&c);
	assert_int_equal(fake_drain(&f), 0);
}

/* What is no request is answered by the gate, in JSON, and is the connection's last. */
static void
refuses_what_is_no_request(void **unused)
{
	static const struct {
		const char *bytes;
		int status;
		const char *body;
	} cases[] = {
	    {"GET /\r\n", 400, "{\"errors\":[\"malformed request line\"]}\n"},
	    {"GET / HTTP/1.0\r\n", 505, "{\"errors\":[\"only HTTP/1.1 is spoken here\"]}\n"},
	    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 2097153\r\n", 413,
		"{\"errors\":[\"http: request body too large\"]}\n"},
	    {CHUNKED "\r\n200001\r\n", 413,
		"{\"errors\":[\"http: request body too large\"]}\n"},
	    {CHUNKED "\r\n1\r\nxy", 400, "{\"errors\":[\"malformed chunk\"]}\n"},
	    {"POST / HTTP/1.1\r\n" HOST "Expect: x\r\n", 417,
		"{\"errors\":[\"unsupported Expect\"]}\n"},
	    {"HEAD / HTTP/1.1\r\nHost:\r\n", 400, ""},
	    {"HEAD * HTTP/1.1\r\n", 400, ""},
	};
	struct fake *f = start();

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct client *c = enter(f);

		client_say(c, cases[i].bytes);
		assert_int_equal(
		    client_take(c, cases[i].body[0] == '\0', &fields, &body), cases[i].status);
		expect_body(cases[i].body);
		assert_true(has("\r\nContent-Type: application/json\r\n"));
		assert_true(has("\r\nCache-Control: no-store\r\n"));
		assert_true(has("\r\nConnection: close\r\n"));
		client_say(c, GET("/echo"));
		assert_true(client_ends(c));
		client_close(&c);
	}
	assert_int_equal(fake_seen(f).requests, 0);
	assert_int_equal(fake_drain(&f), 0);
}

static void
writes_every_kind_of_reply(void **unused)
{
	static const struct {
		const char *request;
		int status;
		bool head, empty;
		const char *with, *without;
	} cases[] = {
	    {GET("/status/200"), 200, false, false, "Content-Length: 13", "Retry-After"},
	    {GET("/status/204"), 204, false, true, "Content-Type: application/json",
		"Content-Length"},
	    {GET("/status/299"), 299, false, false, "Content-Type: application/json", "Allow"},
	    {GET("/status/405"), 405, false, false, "\r\nAllow: GET\r\n", "Retry-After"},
	    {GET("/status/429"), 429, false, false, "\r\nRetry-After: 7\r\n", "Allow"},
	    {GET("/status/472"), 472, false, false, "Content-Length: 13", "Allow"},
	    {GET("/status/503"), 503, false, false, "\r\nRetry-After: 7\r\n", "Allow"},
	    {"HEAD /status/200 HTTP/1.1\r\n" HOST "\r\n", 200, true, true, "Content-Length: 13",
		"Transfer-Encoding"},
	    {"HEAD /status/503 HTTP/1.1\r\n" HOST "\r\n", 503, true, true, "Content-Length: 13",
		"Transfer-Encoding"},
	    {"POST /status/500 HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", 500, false,
		false, "Content-Length: 13", "Transfer-Encoding"},
	};
	struct fake *f = start();
	struct client *c = enter(f);

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		client_say(c, cases[i].request);
		assert_int_equal(
		    client_take(c, cases[i].head, &fields, &body), cases[i].status);
		expect_body(cases[i].empty ? "" : "{\"errors\":[]}");
		if (!has(cases[i].with) || has(cases[i].without))
			fail_msg("%s: %s", cases[i].request, (const char *)fields.data);
	}
	client_close(&c);
	assert_int_equal(fake_drain(&f), 0);
}

/* Replies larger than every buffer on the way; bodies, too. */
static void
carries_large_bodies(void **unused)
{
	static const char request[] =
	    "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2097152\r\n\r\n";
	struct buf bytes = BUF_INIT;
	struct fake *f = start();
	struct client *c = enter(f);

	(void)unused;
	assert_int_equal(ask(c, GET("/big/5000000")), 200);
	assert_int_equal(body.len, 5000000);
	assert_int_equal(ask(c, GET("/big/16384")), 200);
	assert_int_equal(body.len, 16384);
	memset(buf_reserve(&bytes, 2097152), 'y', 2097152);
	client_say(c, request);
	client_send(c, (const char *)bytes.data, 2097152);
	assert_int_equal(client_take(c, false, NULL, &body), 200);
	assert_int_equal(body.len, 2097152 + strlen("2\n/echo\n-\n-\n-\n-\n-\n"));
	assert_memory_equal(body.data + body.len - 2097152, bytes.data, 2097152);
	buf_free(&bytes);
	client_close(&c);
	assert_int_equal(fake_drain(&f), 0);
}

static void
closes_when_asked(void **unused)
{
	static const char *const requests[] = {
	    GET("/close"), "GET /echo HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"};
	struct fake *f = start();

	(void)unused;
	for (size_t i = 0; i < COUNT(requests); i++) {
		struct client *c = enter(f);

		assert_int_equal(ask(c, requests[i]), 200);
		assert_true(has("\r\nConnection: close\r\n"));
		assert_true(client_ends(c));
		client_close(&c);
	}
	fake_expect(f, &(struct fake_counts){.gone = 2});
	assert_int_equal(fake_drain(&f), 0);
}

/* Deadlines are totals: bytes that drip do not move them. */
static void
keeps_deadlines(void **unused)
{
	static const struct {
		const char *what, *first, *drip;
	} cases[] = {
	    {"no first request", "", ""},
	    {"head, dripping", "GET / HTTP/1.1\r\n", "a"},
	    {"body, dripping", "POST / HTTP/1.1\r\n" HOST "Content-Length: 9999\r\n\r\n", "a"},
	    {"idle", GET("/echo"), ""},
	    {"taking the reply", GET("/big/30000000"), NULL},
	};
	struct fake_rules rules = {.limits = fake_limits};
	struct client *c[COUNT(cases)];
	struct fake *f;
	int fd;
	char byte;

	(void)unused;
	rules.limits.handshake_s = rules.limits.head_s = rules.limits.body_s = 1;
	rules.limits.write_stall_s = rules.limits.idle_s = 1;
	f = fake_start(&rules, server, ca);
	fd = client_connect(fake_port(f));
	for (size_t i = 0; i < COUNT(cases); i++) {
		c[i] = enter(f);
		client_say(c[i], cases[i].first);
	}
	for (int t = 0; t < 30; t++) {
		usleep(100000);
		for (size_t i = 0; i < COUNT(cases); i++)
			if (cases[i].drip != NULL && cases[i].drip[0] != '\0')
				client_say(c[i], cases[i].drip);
	}
	fake_expect(f, &(struct fake_counts){.gone = COUNT(cases)});
	assert_true(recv(fd, &byte, 1, 0) <= 0);
	for (size_t i = 0; i < COUNT(cases); i++)
		client_close(&c[i]);
	close(fd);
	assert_int_equal(fake_drain(&f), 0);
}

static void
ends_with_its_age(void **unused)
{
	struct fake_rules rules = {.limits = fake_limits};
	struct fake *f;
	struct client *c;

	(void)unused;
	rules.limits.age_s = 2;
	f = fake_start(&rules, server, ca);
	c = enter(f);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(ask(c, GET("/echo")), 200);
		usleep(100000);
	}
	assert_int_equal(fake_seen(f).gone, 0);
	assert_true(client_ends(c));
	client_close(&c);
	assert_int_equal(fake_drain(&f), 0);
}

/* A client that leaves while the keeper works; the late reply reaches nobody else. */
static void
forgets_who_has_gone(void **unused)
{
	struct fake *f = start();
	struct client *c = enter(f), *other;

	(void)unused;
	client_say(c, GET("/hang"));
	fake_expect(f, &(struct fake_counts){.requests = 1});
	client_close(&c);
	fake_expect(f, &(struct fake_counts){.gone = 1});
	other = enter(f);
	client_say(other, GET("/hang"));
	fake_expect(f, &(struct fake_counts){.requests = 2});
	fake_release(f);
	assert_int_equal(client_take(other, false, NULL, &body), 200);
	assert_int_equal(ask(other, GET("/status/404")), 404);
	client_close(&other);
	assert_int_equal(fake_drain(&f), 0);
}

/* New certificate and CA for who comes; who is there stays until the keeper says CLOSE. */
static void
reloads(void **unused)
{
	struct fake *f = start();
	struct client *old = enter(f), *c;
	X509 *shown;

	(void)unused;
	fake_expect(f, &(struct fake_counts){.proofs = 1});
	fake_reload(f, server2, foreign_ca);
	assert_int_equal(ask(old, GET("/status/404")), 404);
	c = client_open(fake_port(f), billing, NULL);
	assert_int_equal(ask(c, GET("/echo")), 0);
	assert_int_equal(c->alert, SSL_AD_UNKNOWN_CA);
	client_close(&c);
	fake_close(f);
	assert_true(client_take(old, false, NULL, NULL) == 0);
	fake_expect(f, &(struct fake_counts){.gone = 2});
	c = client_open(fake_port(f), foreign, NULL);
	assert_int_equal(ask(c, GET("/status/200")), 200);
	shown = SSL_get1_peer_certificate(c->ssl);
	assert_int_equal(X509_cmp(shown, server2->x509), 0);
	assert_int_equal(fake_seen(f).proofs, 2);
	X509_free(shown);
	client_close(&c);
	client_close(&old);
	assert_int_equal(fake_drain(&f), 0);
}

static void
keeps_caps(void **unused)
{
	struct fake_rules rules = {.limits = fake_limits};
	struct client *c[3], *other;
	struct fake *f;

	(void)unused;
	rules.limits.per_identity = 2;
	f = fake_start(&rules, server, ca);
	for (size_t i = 0; i < COUNT(c); i++) {
		c[i] = enter(f);
		assert_int_equal(ask(c[i], GET("/status/404")), i < 2 ? 404 : 0);
	}
	other = client_open(fake_port(f), mailer, NULL);
	assert_int_equal(ask(other, GET("/status/404")), 404);
	client_close(&c[0]);
	fake_expect(f, &(struct fake_counts){.gone = 1});
	client_close(&c[2]);
	c[2] = enter(f);
	assert_int_equal(ask(c[2], GET("/status/404")), 404);
	client_close(&c[1]);
	client_close(&c[2]);
	client_close(&other);
	fake_stop(&f);

	rules.limits = fake_limits;
	rules.limits.per_address = 1;
	f = fake_start(&rules, server, ca);
	c[0] = enter(f);
	c[1] = client_open(fake_port(f), billing, NULL);
	assert_int_equal(ask(c[0], GET("/status/404")), 404);
	assert_false(SSL_is_init_finished(c[1]->ssl));
	client_close(&c[0]);
	client_close(&c[1]);
	fake_stop(&f);
}

static void
keeps_networks(void **unused)
{
	static const struct {
		const char *network;
		bool in;
	} cases[] = {{"127.0.0.0/8", true}, {"10.0.0.0/8", false}};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fake_rules rules = {.limits = fake_limits, .network = cases[i].network};
		struct fake *f = fake_start(&rules, server, ca);
		struct client *c = client_open(fake_port(f), billing, NULL);

		assert_int_equal(SSL_is_init_finished(c->ssl), cases[i].in);
		client_close(&c);
		fake_stop(&f);
	}
}

/* DRAIN: what runs is finished, who is idle goes, the process ends with 0. */
static void
drains(void **unused)
{
	struct fake *f = start();
	struct client *idle = enter(f), *busy = enter(f);

	(void)unused;
	assert_int_equal(ask(idle, GET("/status/404")), 404);
	client_say(busy, GET("/hang"));
	fake_expect(f, &(struct fake_counts){.requests = 2});
	fake_order_drain(f);
	assert_true(client_ends(idle));
	fake_release(f);
	assert_int_equal(client_take(busy, false, &fields, NULL), 200);
	assert_true(has("\r\nConnection: close\r\n"));
	assert_true(client_ends(busy));
	client_close(&idle);
	client_close(&busy);
	assert_int_equal(fake_drain(&f), 0);
}

static void
ends_with_the_keeper(void **unused)
{
	struct fake *f = start();
	struct client *c = enter(f);
	int status;

	(void)unused;
	client_say(c, GET("/hang"));
	fake_expect(f, &(struct fake_counts){.requests = 1});
	status = fake_stop(&f);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	client_close(&c);
}

/* No nonce, no handshake; it goes on when there is one. */
static void
waits_for_nonces(void **unused)
{
	struct fake_rules rules = {.limits = fake_limits, .nonces = 1, .dry = true};
	struct fake *f = fake_start(&rules, server, ca);
	struct client *c = enter(f), *second;
	int fd = client_connect(fake_port(f));

	(void)unused;
	assert_int_equal(ask(c, GET("/status/404")), 404);
	close(fd); /* had it drawn one, GONE would tell */
	if (fork() == 0) {
		usleep(300000);
		_exit(0);
	}
	fake_give(f, 1);
	second = enter(f);
	assert_int_equal(ask(second, GET("/status/404")), 404);
	assert_int_equal(fake_seen(f).gone, 0);
	assert_int_equal(fake_seen(f).proofs, 2);
	client_close(&c);
	client_close(&second);
	wait(NULL);
	fake_stop(&f);
}

#define WAITING 3

static void *
enter_late(void *f)
{
	return enter(f);
}

/* Who waits for a nonce longer than a handshake may take is served all the same. */
static void
holds_no_wait_for_nonces_against_anyone(void **unused)
{
	struct fake_rules rules = {.limits = fake_limits, .nonces = 1, .dry = true};
	struct client *c, *late[WAITING];
	pthread_t threads[WAITING];
	struct fake *f;

	(void)unused;
	rules.limits.handshake_s = 1;
	f = fake_start(&rules, server, ca);
	c = enter(f);
	for (int i = 0; i < WAITING; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, enter_late, f), 0);
	usleep(2500000); /* the gate looks at deadlines once a second */
	fake_give(f, WAITING);
	for (int i = 0; i < WAITING; i++) {
		assert_int_equal(pthread_join(threads[i], (void **)&late[i]), 0);
		assert_int_equal(ask(late[i], GET("/status/404")), 404);
		client_close(&late[i]);
	}
	assert_int_equal(fake_seen(f).proofs, 1 + WAITING);
	client_close(&c);
	fake_stop(&f);
}

/* How often the bytes stand in the writable memory of a process; -1: it may not be read. */
static int
search(pid_t pid, const char *bytes)
{
	char path[64], line[512];
	struct buf page = BUF_INIT;
	int found = 0, mem;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	if (maps == NULL || mem < 0)
		return -1;
	while (fgets(line, sizeof(line), maps) != NULL) {
		unsigned long from, to;
		char mode[5];

		if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) != 3 || mode[1] != 'w')
			continue;
		ssize_t n = pread(mem, buf_reserve(&page, to - from), to - from, (off_t)from);

		for (uint8_t *at = page.data; n > 0; found++, at++)
			if ((at = memmem(at, (size_t)(page.data + n - at), bytes,
				 strlen(bytes))) == NULL)
				break;
	}
	fclose(maps);
	close(mem);
	buf_free(&page);
	return found;
}

/* Neither a body nor a token is found in the gate's memory once its reply has gone. */
static void
remembers_nothing(void **unused)
{
	static const char canary[] = "canary-7f3a";
	struct buf request = BUF_INIT;
	struct client *c, *gone;
	struct fake *f;

	(void)unused;
	if (SANITIZED) /* its memory is not ours to search */
		skip();
	f = start();
	c = enter(f);
	gone = enter(f);
	client_say(c, "POST /hang HTTP/1.1\r\n" HOST
		      "X-Vault-Token: canary-7f3a\r\nContent-Length: 40000\r\n\r\n");
	while (request.len < 40000 - 16)
		buf_put_text(&request, "canary-7f3a ....");
	client_send(c, (const char *)request.data, request.len);
	client_say(gone, "POST /x HTTP/1.1\r\n" HOST "Content-Length: 40000\r\n\r\n");
	client_send(gone, (const char *)request.data, request.len);
	usleep(200000);
	if (search(fake_pid(f), canary) == 0)
		fail_msg("the search finds nothing even where it is");
	client_send(c, (const char *)request.data, 40000 - request.len);
	client_close(&gone);
	fake_expect(f, &(struct fake_counts){.requests = 1, .gone = 1});
	fake_release(f);
	assert_int_equal(client_take(c, false, NULL, NULL), 200);
	client_say(c, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 30000\r\n\r\n");
	client_send(c, (const char *)request.data, 30000);
	assert_int_equal(client_take(c, false, NULL, NULL), 200);
	usleep(1500000);
	if (search(fake_pid(f), canary) > 0)
		fail_msg("found %d times", search(fake_pid(f), canary));
	buf_free(&request);
	client_close(&c);
	fake_stop(&f);
}

static int
make_certificates(void **unused)
{
	static const struct cert_change past = {
	    .from = -3 * CERTS_DAY, .until = -2 * CERTS_DAY};

	(void)unused;
	ca = certs_ca("na1", NULL, NULL);
	foreign_ca = certs_ca("eu1", NULL, NULL);
	server = certs_leaf("spiffe://na1.example/vault", ca, NULL);
	server2 = certs_leaf("spiffe://na1.example/vault", foreign_ca, NULL);
	billing = certs_leaf("spiffe://na1.example/svc/billing", ca, NULL);
	mailer = certs_leaf("spiffe://na1.example/svc/mailer", ca, NULL);
	foreign = certs_leaf("spiffe://na1.example/svc/billing", foreign_ca, NULL);
	expired = certs_leaf("spiffe://na1.example/svc/billing", ca, &past);
	return 0;
}

static int
free_certificates(void **unused)
{
	struct cert **all[] = {
	    &ca, &foreign_ca, &server, &server2, &billing, &mailer, &foreign, &expired};

	(void)unused;
	for (size_t i = 0; i < COUNT(all); i++)
		certs_free(all[i]);
	buf_free(&fields);
	buf_free(&body);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(carries_requests),
	    cmocka_unit_test(refuses_strangers),
	    cmocka_unit_test(reads_requests_in_pieces),
	    cmocka_unit_test(says_100_continue),
	    cmocka_unit_test(refuses_what_is_no_request),
	    cmocka_unit_test(writes_every_kind_of_reply),
	    cmocka_unit_test(carries_large_bodies),
	    cmocka_unit_test(closes_when_asked),
	    cmocka_unit_test(keeps_deadlines),
	    cmocka_unit_test(ends_with_its_age),
	    cmocka_unit_test(forgets_who_has_gone),
	    cmocka_unit_test(reloads),
	    cmocka_unit_test(keeps_caps),
	    cmocka_unit_test(keeps_networks),
	    cmocka_unit_test(drains),
	    cmocka_unit_test(ends_with_the_keeper),
	    cmocka_unit_test(waits_for_nonces),
	    cmocka_unit_test(holds_no_wait_for_nonces_against_anyone),
	    cmocka_unit_test(remembers_nothing),
	};

	fake_main(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("gate", tests, make_certificates, free_certificates);
}
