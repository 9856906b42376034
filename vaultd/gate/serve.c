/*
 * gate: requests in, replies out.  Trusted with every plaintext byte that passes, for as long
 * as it passes: what is copied here is wiped here.
 */
#include "vaultd/gate/serve.h"

#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/secret.h"
#include "vaultd/ipc/channel.h"

#define HELD (128 * 1024 * 1024) /* bytes of unfinished bodies, of all connections */
#define TURN 8                   /* reads for one connection before others have their turn */
#define KEPT 4096                /* a larger head's memory is given back */

bool
serve_flush(struct conn *c)
{
	enum tls_result r = TLS_DONE;
	size_t took;

	while (c->out.len > 0 && r == TLS_DONE) {
		r = tls_write(c->ssl, c->out.data, c->out.len, &took);
		buf_drop(&c->out, took);
	}
	if (r == TLS_FAILED || r == TLS_END)
		conn_close(c);
	return c->out.len == 0;
}

/* Out with it, or as much as goes; the rest waits in c->out. */
static void
put_out(struct conn *c, const uint8_t *bytes, size_t len)
{
	enum tls_result r = TLS_DONE;
	size_t took;

	while (c->out.len == 0 && len > 0 && r == TLS_DONE) {
		r = tls_write(c->ssl, bytes, len, &took);
		bytes += took;
		len -= took;
	}
	buf_put(&c->out, bytes, len);
	if (r == TLS_FAILED || r == TLS_END)
		conn_close(c);
}

static const char *
reason_of(unsigned status)
{
	static const struct {
		unsigned status;
		const char *reason;
	} reasons[] = {
	    {400, "Bad Request"},
	    {413, "Content Too Large"},
	    {414, "URI Too Long"},
	    {417, "Expectation Failed"},
	    {431, "Request Header Fields Too Large"},
	    {503, "Service Unavailable"},
	    {505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	fatal("no reason for status %u", status);
}

/* Every answer says when it was made (RFC 9110 §6.6.1). */
static void
put_date(struct buf *reply)
{
	time_t now = (time_t)(clock_wall() / CLOCK_SECOND);
	char text[32];
	struct tm parts;

	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &parts));
	buf_printf(reply, "Date: %s\r\n", text);
}

/* Answer what no request can be made of, and end the connection. */
static void
refuse(struct conn *c, unsigned status, const char *why)
{
	struct buf body = BUF_INIT, reply = BUF_INIT;
	struct json_writer w = json_writer_to(&body);

	refusals_log(&c->gate->refusals, c->gate->now, "%s: request refused with %u: %s",
	    c->address, status, why);
	json_open_object(&w, NULL);
	json_open_array(&w, "errors");
	json_put_text(&w, NULL, why);
	json_close_array(&w);
	json_close_object(&w);
	buf_put_text(&body, "\n");
	buf_printf(&reply, "HTTP/1.1 %u %s\r\n", status, reason_of(status));
	put_date(&reply);
	buf_printf(&reply,
	    "Content-Type: application/json\r\nCache-Control: no-store\r\n"
	    "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n"
	    "Connection: close\r\nContent-Length: %zu\r\n\r\n",
	    body.len);
	if (c->head.method != METHOD_HEAD)
		buf_put_str(&reply, buf_str(&body));
	put_out(c, reply.data, reply.len);
	buf_free(&reply);
	buf_free(&body);
	if (c->state != CONN_CLOSED)
		conn_linger(c);
}

void
serve_drop_body(struct conn *c)
{
	c->gate->held -= c->held;
	c->held = 0;
	buf_free(&c->body);
}

/* Count what bodies wait for their end.  False when all of them together are too much. */
static bool
hold(struct conn *c)
{
	c->gate->held += c->body.len - c->held;
	c->held = c->body.len;
	return c->gate->held <= HELD;
}

/* The request is complete: to the keeper with it. */
static void
ask(struct conn *c)
{
	struct head *h = &c->head;
	const struct frame_request r = {
	    .conn = c->name,
	    .method = h->method,
	    .target = head_target(h),
	    .content_type = head_value(h, FIELD_TYPE),
	    .token = head_token(h),
	    .space = head_value(h, FIELD_SPACE),
	    .wrap_ttl = head_value(h, FIELD_WRAP_TTL),
	    .accept = head_value(h, FIELD_ACCEPT),
	    .body = buf_str(&c->body),
	};

	frame_put_request(channel_begin(c->gate->keeper, FRAME_REQUEST), &r);
	channel_end(c->gate->keeper);
	conn_set(c, CONN_ASKED);
	c->last = c->last || h->close;
	c->bare = h->method == METHOD_HEAD;
	serve_drop_body(c);
	head_reset(h);
	if (h->text.cap > KEPT)
		buf_free(&h->text);
}

static void
judge(struct conn *c)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (c->head.state == HEAD_REFUSED) {
		refuse(c, c->head.status, c->head.why);
		return;
	}
	if (c->state == CONN_IDLE && head_begun(&c->head))
		conn_set(c, CONN_HEAD);
	if (c->state == CONN_HEAD && head_complete(&c->head))
		conn_set(c, CONN_BODY);
	if (c->head.state == HEAD_DONE)
		ask(c);
	else if (!hold(c))
		refuse(c, 503, "too many large requests at once");
	else if (c->head.expects)
		put_out(c, (const uint8_t *)go_on, sizeof(go_on) - 1);
	c->head.expects = false;
}

/* Read from the client; false when there is nothing, or nobody, any more. */
static bool
fetch(struct conn *c)
{
	uint8_t *scratch = c->gate->scratch;
	enum tls_result r = TLS_MORE;
	size_t got = 0, used;

	if (c->readable)
		r = tls_read(c->ssl, scratch, GATE_SCRATCH, &got);
	if (r == TLS_MORE) {
		c->readable = false;
		return false;
	}
	if (r != TLS_DONE) {
		if (r == TLS_END)
			tls_notify(c->ssl);
		conn_close(c);
		return false;
	}
	used = head_feed(&c->head, scratch, got, &c->body);
	buf_put(&c->in, scratch + used, got - used);
	wipe(scratch, got);
	return true;
}

/* Read what came behind the last request. */
static void
resume(struct conn *c)
{
	buf_drop(&c->in, head_feed(&c->head, c->in.data, c->in.len, &c->body));
	if (c->in.len == 0)
		buf_free(&c->in);
}

static bool
reading(const struct conn *c)
{
	return c->state == CONN_IDLE || c->state == CONN_HEAD || c->state == CONN_BODY;
}

void
serve_read(struct conn *c)
{
	if (!serve_flush(c)) /* of 100 Continue; the client is slow, let it finish that first */
		return;
	for (int turn = 0; reading(c) && turn < TURN; turn++) {
		if (c->in.len > 0)
			resume(c);
		else if (!fetch(c))
			return;
		judge(c);
	}
	conn_queue(c);
}

void
serve_answer(struct conn *c, const struct frame_reply *r)
{
	conn_set(c, CONN_REPLY);
	c->answered = false;
	if (c->exchange == NULL)
		c->exchange = http_open(c->gate->http, c);
	if (c->exchange == NULL)
		refuse(c, 503, "too many connections");
	else if (!http_answer(c->exchange, r, c->bare, c->last))
		conn_close(c);
	conn_queue(c);
}

/* The reply is out: the next request, or the end. */
static void
finish(struct conn *c)
{
	if (c->last) {
		conn_linger(c);
		return;
	}
	buf_free(&c->out);
	conn_set(c, CONN_IDLE);
	conn_queue(c);
}

void
serve_write(struct conn *c)
{
	uint8_t *scratch = c->gate->scratch;
	size_t got = GATE_SCRATCH;

	while (got == GATE_SCRATCH && serve_flush(c) && c->state == CONN_REPLY) {
		got = http_receive(c->exchange, scratch, GATE_SCRATCH);
		put_out(c, scratch, got);
		wipe(scratch, got);
	}
	if (c->state != CONN_REPLY || c->out.len > 0)
		return;
	if (c->answered)
		finish(c);
	else if (got > 0)
		conn_queue(c); /* there is room for more, which libmicrohttpd will use */
}
