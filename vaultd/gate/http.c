/*
 * gate: the one file that knows libmicrohttpd.  Trusted with the plaintext of replies until
 * they are written; what it copies is wiped when libmicrohttpd lets go of it.
 */
#include "vaultd/gate/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"

/* Its requests have 32 bytes, the heads of its replies under 2 KiB; bodies are not copied.  The
 * pool is zeroed after each request: small is also quick. */
#define POOL_BYTES 4096

struct http {
	struct MHD_Daemon *daemon;
	const struct http_events *events;
	struct exchange *opening; /* whom the next connection of the daemon belongs to */
	bool busy;
};

/* Lives until both sides are gone: conn is NULL when ours is, mhd when the other is. */
struct exchange {
	struct http *http;
	void *conn;
	struct MHD_Connection *mhd;
	int fd; /* our end */
	unsigned status;
	struct MHD_Response *response; /* until it is queued */
};

static void
release(struct exchange *x)
{
	if (x->conn != NULL || x->mhd != NULL)
		return;
	if (x->response != NULL)
		MHD_destroy_response(x->response);
	free(x);
}

static void
notice(void *arg, struct MHD_Connection *mhd, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct http *h = arg;
	struct exchange *x = *context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = h->opening;
		h->opening->mhd = mhd;
		h->opening = NULL;
	} else {
		x->mhd = NULL;
		if (x->conn != NULL)
			x->http->events->ended(x->conn);
		else
			release(x);
	}
}

static struct exchange *
exchange_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info->socket_context;
}

/*
 * libmicrohttpd's handler: called when the head is complete and again for the end of the
 * request.  Answered in the first call, it would close the connection.
 */
static enum MHD_Result
handle(void *arg, struct MHD_Connection *mhd, const char *url, const char *method,
    const char *version, const char *data, size_t *len, void **request)
{
	struct exchange *x = exchange_of(mhd);
	struct MHD_Response *response = x->response;
	enum MHD_Result ok;

	(void)arg, (void)url, (void)method, (void)version, (void)data, (void)len;
	if (*request == NULL) {
		*request = x;
		return MHD_YES;
	}
	if (x->conn == NULL || response == NULL)
		return MHD_NO;
	x->response = NULL;
	ok = MHD_queue_response(mhd, x->status, response);
	MHD_destroy_response(response);
	return ok;
}

static void
complete(
    void *arg, struct MHD_Connection *mhd, void **request, enum MHD_RequestTerminationCode code)
{
	struct exchange *x = exchange_of(mhd);

	(void)arg, (void)request;
	if (x->conn != NULL && code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		x->http->events->answered(x->conn);
}

struct http *
http_new(unsigned connections, const struct http_events *events)
{
	const unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET;
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL)
		fatal("no memory for HTTP");
	h->events = events;
	h->daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, NULL,
	    MHD_OPTION_NOTIFY_CONNECTION, notice, h, MHD_OPTION_NOTIFY_COMPLETED, complete,
	    NULL, MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)POOL_BYTES, MHD_OPTION_CONNECTION_TIMEOUT, 0U, MHD_OPTION_STRICT_FOR_CLIENT,
	    1, MHD_OPTION_END);
	if (h->daemon == NULL)
		fatal("libmicrohttpd does not start");
	return h;
}

void
http_free(struct http **h)
{
	if (*h == NULL)
		return;
	http_run(*h); /* what was closed here ends there */
	MHD_stop_daemon((*h)->daemon);
	free(*h);
	*h = NULL;
}

bool
http_busy(const struct http *h)
{
	return h->busy;
}

void
http_run(struct http *h)
{
	MHD_UNSIGNED_LONG_LONG wait;

	h->busy = false;
	do
		MHD_run(h->daemon);
	while (MHD_get_timeout(h->daemon, &wait) == MHD_YES && wait == 0);
}

struct exchange *
http_open(struct http *h, void *conn)
{
	const struct sockaddr_in nowhere = {.sin_family = AF_INET};
	struct exchange *x = calloc(1, sizeof(*x));
	int ends[2];

	if (x == NULL)
		fatal("no memory for an exchange");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
		free(x);
		return NULL;
	}
	*x = (struct exchange){.http = h, .conn = conn, .fd = ends[0]};
	h->opening = x;
	if (MHD_add_connection(h->daemon, ends[1], (const struct sockaddr *)&nowhere,
		sizeof(nowhere)) != MHD_YES ||
	    x->mhd == NULL)
		http_close(&x); /* it has closed ends[1] */
	h->opening = NULL;
	return x;
}

void
http_close(struct exchange **x)
{
	struct exchange *dead = *x;

	*x = NULL;
	if (dead == NULL)
		return;
	close(dead->fd);
	dead->conn = NULL;
	dead->http->busy = true;
	release(dead);
}

size_t
http_receive(struct exchange *x, void *bytes, size_t len)
{
	ssize_t n = recv(x->fd, bytes, len, MSG_DONTWAIT);

	if (n > 0)
		x->http->busy = true; /* there is room again */
	return n > 0 ? (size_t)n : 0;
}

static void
free_body(void *arg)
{
	struct buf *body = arg;

	buf_free(body);
	free(body);
}

/* A value of the keeper's as a header; it holds no line end, the keeper has it from us. */
static void
add(struct MHD_Response *to, const char *name, struct str value)
{
	char text[1024];

	if (value.len == 0 || value.len >= sizeof(text))
		return;
	memcpy(text, value.at, value.len);
	text[value.len] = '\0';
	MHD_add_response_header(to, name, text);
}

static struct MHD_Response *
compose(const struct frame_reply *r, bool close)
{
	struct buf *body = calloc(1, sizeof(*body));
	struct MHD_Response *to = NULL;
	char seconds[16];

	if (body == NULL)
		fatal("no memory for a reply");
	buf_put_str(body, r->body);
	to = MHD_create_response_from_buffer_with_free_callback_cls(
	    body->len, body->data, free_body, body);
	if (to == NULL)
		fatal("no memory for a reply");
	add(to, "Content-Type", r->content_type);
	MHD_add_response_header(to, "Cache-Control", "no-store");
	MHD_add_response_header(
	    to, "Strict-Transport-Security", "max-age=31536000; includeSubDomains");
	add(to, "X-Vault-Namespace", r->space);
	add(to, "Allow", r->allow);
	if (r->retry_after > 0) {
		snprintf(seconds, sizeof(seconds), "%u", r->retry_after);
		MHD_add_response_header(to, "Retry-After", seconds);
	}
	if (close)
		MHD_add_response_header(to, "Connection", "close");
	return to;
}

bool
http_answer(struct exchange *x, const struct frame_reply *r, bool bare, bool close)
{
	static const char post[] = "POST / HTTP/1.1\r\nHost: vault\r\n\r\n";
	static const char head[] = "HEAD / HTTP/1.1\r\nHost: vault\r\n\r\n";

	x->response = compose(r, close);
	x->status = r->status;
	x->http->busy = true;
	return send(x->fd, bare ? head : post, sizeof(post) - 1, MSG_NOSIGNAL) ==
	       (ssize_t)sizeof(post) - 1;
}
