#include "tests/unit/tls_client.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void
must(bool holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	abort();
}

int
client_connect(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	const struct timeval patience = {.tv_sec = 5};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0, "connect");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static void
note_alert(const SSL *ssl, int where, int value)
{
	struct client *c = SSL_get_app_data(ssl);

	if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (value & 0xff) != 0)
		c->alert = value & 0xff;
}

static SSL_CTX *
context(const struct cert *cert, const struct client_wish *wish)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (cert != NULL)
		must(SSL_CTX_use_certificate(ctx, cert->x509) == 1 &&
			 SSL_CTX_use_PrivateKey(ctx, cert->key) == 1,
		    "certificate");
	if (wish->tls12)
		SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
	if (wish->groups != NULL)
		must(SSL_CTX_set1_groups_list(ctx, wish->groups) == 1, "groups");
	if (wish->alpn != NULL)
		SSL_CTX_set_alpn_protos(
		    ctx, (const unsigned char *)wish->alpn, (unsigned)strlen(wish->alpn));
	SSL_CTX_set_info_callback(ctx, note_alert);
	return ctx;
}

struct client *
client_open(int port, const struct cert *cert, const struct client_wish *wish)
{
	static const struct client_wish usual;
	struct client *c = calloc(1, sizeof(*c));
	SSL_CTX *ctx = context(cert, wish != NULL ? wish : &usual);

	c->fd = client_connect(port);
	c->alert = -1;
	c->ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	SSL_set_app_data(c->ssl, c);
	SSL_set_fd(c->ssl, c->fd);
	SSL_connect(c->ssl);
	ERR_clear_error();
	return c;
}

void
client_close(struct client **c)
{
	SSL_free((*c)->ssl);
	close((*c)->fd);
	buf_free(&(*c)->got);
	free(*c);
	*c = NULL;
}

void
client_send(struct client *c, const char *bytes, size_t len)
{
	ERR_clear_error();
	SSL_write(c->ssl, bytes, (int)len);
}

void
client_say(struct client *c, const char *text)
{
	client_send(c, text, strlen(text));
}

/* More bytes into c->got; false at the end. */
static bool
more(struct client *c)
{
	int n;

	ERR_clear_error();
	n = SSL_read(c->ssl, buf_reserve(&c->got, 16384), 16384);
	c->got.len += n > 0 ? (size_t)n : 0;
	return n > 0;
}

static bool
fill(struct client *c, size_t len)
{
	while (c->got.len < len)
		if (!more(c))
			return false;
	return true;
}

int
client_take(struct client *c, bool head, struct buf *fields, struct buf *body)
{
	const char *end = NULL, *length;
	size_t head_len, body_len = 0;
	int status = 0;

	while (end == NULL) {
		if (c->got.len > 0)
			end = memmem(c->got.data, c->got.len, "\r\n\r\n", 4);
		if (end == NULL && !more(c))
			return 0;
	}
	head_len = (size_t)(end - (const char *)c->got.data) + 4;
	c->got.data[head_len - 1] = '\0';
	sscanf((const char *)c->got.data, "HTTP/1.1 %3d ", &status);
	length = strstr((const char *)c->got.data, "Content-Length: ");
	if (length != NULL && !head)
		body_len = strtoul(length + strlen("Content-Length: "), NULL, 10);
	if (!fill(c, head_len + body_len))
		return 0;
	if (fields != NULL) {
		buf_clear(fields);
		buf_put(fields, c->got.data, head_len);
	}
	if (body != NULL) {
		buf_clear(body);
		buf_put(body, c->got.data + head_len, body_len);
	}
	buf_drop(&c->got, head_len + body_len);
	return status;
}

bool
client_ends(struct client *c)
{
	char byte;

	ERR_clear_error();
	return c->got.len == 0 && SSL_read(c->ssl, &byte, 1) <= 0 &&
	       (SSL_get_shutdown(c->ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}
