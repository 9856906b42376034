/*
 * The whole gate: bytes into the plaintext of TLS, through the strict reader, the keeper's channel
 * and libmicrohttpd.  The gate is a process in its sandbox, as ever.  What the reader here says of
 * the bytes is what the gate must answer; so its branches lead the fuzzer, too.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "tests/unit/fake_keeper.h"
#include "tests/unit/tls_client.h"
#include "vaultd/gate/head.h"

static struct cert *ca, *server, *caller;
static struct fake *keeper;
static sigset_t alarms;

static void
must(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
stop(void)
{
	fake_stop(&keeper);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	fake_main(*argc, *argv);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	ca = certs_ca("na1", NULL, NULL);
	server = certs_leaf("spiffe://na1.example/vault", ca, NULL);
	caller = certs_leaf("spiffe://na1.example/svc/billing", ca, NULL);
	keeper = fake_start(&(struct fake_rules){.limits = fake_limits}, server, ca);
	atexit(stop);
	return 0;
}

/* The first request of the bytes. */
static void
read_head(struct head *h, const uint8_t *bytes, size_t len)
{
	struct buf body = BUF_INIT;
	size_t took = 1;

	head_init(h, &fake_limits);
	for (size_t at = 0; at < len && took > 0; at += took)
		took = head_feed(h, bytes + at, len - at, &body);
	buf_free(&body);
}

/*
 * Whether the keeper of the test answers that at once, in a way that its client reads: a namespace
 * comes back in the reply's head, whatever it holds.
 */
static bool
is_plain(const struct head *h)
{
	struct str target = head_target(h);

	return head_value(h, FIELD_SPACE).at == NULL && !str_starts(target, "/hang") &&
	       !str_starts(target, "/status/") && !str_starts(target, "/big/");
}

/* One caller, and whether the gate answers as the reader has it. */
static void
call(const struct head *h, const uint8_t *bytes, size_t len)
{
	struct client *c = client_open(fake_port(keeper), caller, NULL);
	int status = 100;

	must(SSL_is_init_finished(c->ssl)); /* else the gate is gone */
	client_send(c, (const char *)bytes, len);
	if (h->state == HEAD_REFUSED || (h->state == HEAD_DONE && is_plain(h)))
		while (status == 100)
			status = client_take(c, h->method == METHOD_HEAD, NULL, NULL);
	must(h->state != HEAD_REFUSED || status == (int)h->status);
	must(h->state != HEAD_DONE || !is_plain(h) || status >= 200);
	if (status == 100) /* it may leave before it is a peer, whom the keeper gives a nonce for */
		fake_give(keeper, 1);
	client_close(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct head h;

	if (len == 0)
		return 0;
	read_head(&h, bytes, len);
	/* The fuzzer's own alarm would end the client's waiting. */
	pthread_sigmask(SIG_BLOCK, &alarms, NULL);
	call(&h, bytes, len);
	pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
	head_free(&h);
	return 0;
}
