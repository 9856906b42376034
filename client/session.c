/*
 * vaultctl: the connection to the vault.  Trusted with the client certificate's key (by path)
 * and with every body that passes; verifies the server against the Hublet's CA, always.
 */
#include "client/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/secret.h"
#include "client/alert.h"
#include "client/caller.h"
#include "client/token_file.h"
#include "client/url.h"

#define ANSWER_MOST ((size_t)64 * 1024 * 1024)
#define ARENA_MOST ((size_t)256 * 1024 * 1024) /* address space; touched as it is used */
static const struct json_limits limits = {128, 4 * 1000 * 1000};

#define CONNECT_SECONDS 10L
#define TOTAL_SECONDS 90L

struct session {
	CURL *curl;
	struct curl_slist
	    *connect_to; /* with -tls-server-name: where to, whatever the URL says */
	const struct flags *flags;
	const char *address, *certificate;
	struct buf base;     /* of URLs, terminated */
	struct buf identity; /* terminated */
	struct buf token;    /* terminated; empty: none */
	bool token_saved;    /* it came from ~/.vault-token */
	char trouble[CURL_ERROR_SIZE];
};

/* Flags that curl takes as text. */
static const struct {
	const char *flag;
	CURLoption option;
} text_options[] = {
    {"ca-cert", CURLOPT_CAINFO},
    {"ca-path", CURLOPT_CAPATH},
    {"client-cert", CURLOPT_SSLCERT},
    {"client-key", CURLOPT_SSLKEY},
};

/* Flags that go out as headers. */
static const struct {
	const char *flag, *header;
} header_flags[] = {
    {"namespace", "X-Vault-Namespace"},
    {"wrap-ttl", "X-Vault-Wrap-TTL"},
};

static void append(struct curl_slist **list, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
append(struct curl_slist **list, const char *fmt, ...)
{
	struct curl_slist *longer;
	char line[8192];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	longer = curl_slist_append(*list, line);
	if (longer == NULL)
		fatal("no memory for a list of curl's");
	*list = longer;
	wipe(line, sizeof(line));
}

static struct curl_slist *
make_headers(const struct session *s, const struct question *q)
{
	struct curl_slist *list = NULL;

	if (s->token.len > 0)
		append(&list, "X-Vault-Token: %s", (const char *)s->token.data);
	for (size_t i = 0; i < sizeof(header_flags) / sizeof(header_flags[0]); i++)
		if (flags_text(s->flags, header_flags[i].flag) != NULL)
			append(&list, "%s: %s", header_flags[i].header,
			    flags_text(s->flags, header_flags[i].flag));
	append(&list, "X-Vault-Request: true");
	append(&list, "Expect:");
	if (q->body != NULL)
		append(&list, "Content-Type: %s",
		    strcmp(q->method, "PATCH") == 0 ? "application/merge-patch+json"
						    : "application/json");
	return list;
}

/*
 * The name that the server's certificate must bear may be another than the one we reach it by:
 * then the URL bears it, and curl is told where to connect.
 */
static int
set_base(struct session *s, struct error *err)
{
	const char *name = flags_text(s->flags, "tls-server-name");
	CURLU *url = curl_url();
	char *host = NULL, *port = NULL;
	int rc = 0;

	if (url == NULL || curl_url_set(url, CURLUPART_URL, s->address, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK)
		rc = error_set(
		    err, ERR_INVALID, "%.200s is no address, as https://host:8200", s->address);
	if (rc == 0)
		buf_printf(&s->base, "https://%s:%s", name != NULL ? name : host, port);
	buf_put_u8(&s->base, '\0');
	if (rc == 0 && name != NULL)
		append(&s->connect_to, "::%s:%s", host, port);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(url);
	return rc;
}

static size_t
receive(char *bytes, size_t size, size_t n, void *arg)
{
	struct buf *body = arg;

	if (body->len + size * n > ANSWER_MOST)
		return 0;
	buf_put(body, bytes, size * n);
	return size * n;
}

/* What holds for every question. */
static void
set_options(struct session *s)
{
	static const struct {
		CURLoption option;
		long value;
	} numbers[] = {
	    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
	    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_3},
	    {CURLOPT_SSL_SESSIONID_CACHE, 0},
	    {CURLOPT_PATH_AS_IS, 1},
	    {CURLOPT_NOSIGNAL, 1},
	    {CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS},
	    {CURLOPT_TIMEOUT, TOTAL_SECONDS},
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		curl_easy_setopt(s->curl, numbers[i].option, numbers[i].value);
	for (size_t i = 0; i < sizeof(text_options) / sizeof(text_options[0]); i++)
		if (flags_text(s->flags, text_options[i].flag) != NULL)
			curl_easy_setopt(s->curl, text_options[i].option,
			    flags_text(s->flags, text_options[i].flag));
	curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER, s->trouble);
	curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(s->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(s->curl, CURLOPT_CONNECT_TO, s->connect_to);
	curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, receive);
}

struct session *
session_open(const struct flags *f, struct error *err)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL || (s->curl = curl_easy_init()) == NULL)
		fatal("no memory for a connection");
	s->flags = f;
	s->address = flags_text(f, "address");
	s->certificate = flags_text(f, "client-cert");
	if (caller_check(f, &s->identity, err) != 0 ||
	    token_find(f, &s->token, &s->token_saved, err) != 0 || set_base(s, err) != 0) {
		session_close(&s);
		return NULL;
	}
	if (s->token.len > 0)
		buf_put_u8(&s->token, '\0');
	set_options(s);
	return s;
}

void
session_set_token(struct session *s, struct str token)
{
	buf_clear(&s->token);
	s->token_saved = false;
	if (token.len == 0)
		return;
	buf_put_str(&s->token, token);
	buf_put_u8(&s->token, '\0');
}

bool
session_token_is_saved(const struct session *s)
{
	return s->token_saved;
}

void
session_close(struct session **s)
{
	if (*s == NULL)
		return;
	curl_easy_cleanup((*s)->curl);
	curl_slist_free_all((*s)->connect_to);
	buf_free(&(*s)->base);
	buf_free(&(*s)->identity);
	buf_free(&(*s)->token);
	free(*s);
	*s = NULL;
}

const char *
session_identity(const struct session *s)
{
	return (const char *)s->identity.data;
}

/* What curl could not do, in words that help. */
static int
explain(const struct session *s, CURLcode code, struct error *err)
{
	const char *alert = alert_meaning(s->trouble);
	const char *said = *s->trouble != '\0' ? s->trouble : curl_easy_strerror(code);

	if (alert != NULL)
		return error_set(err, ERR_IO, "%s refused %s%s%s: %s", s->address,
		    s->certificate, *session_identity(s) != '\0' ? " of " : "",
		    session_identity(s), alert);
	switch (code) {
	case CURLE_COULDNT_CONNECT:
		return error_set(err, ERR_IO, "%s; is vaultd running there?", said);
	case CURLE_PEER_FAILED_VERIFICATION:
		return error_set(err, ERR_IO,
		    "%s does not show a certificate of this Hublet (%s); is -ca-cert or "
		    "VAULT_CACERT that Hublet's CA?",
		    s->address, said);
	case CURLE_SSL_CERTPROBLEM:
		return error_set(
		    err, ERR_IO, "certificate %s and its key: %s", s->certificate, said);
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
		return error_set(err, ERR_IO, "%s ended the connection (%s); its log says why",
		    s->address, said);
	case CURLE_WRITE_ERROR:
		return error_set(
		    err, ERR_LIMIT, "the answer has more than %zu bytes", ANSWER_MOST);
	default:
		return error_set(err, ERR_IO, "%s: %s", s->address, said);
	}
}

static void
put_url(struct buf *out, const char *base, const struct question *q)
{
	buf_printf(out, "%s/v1/", base);
	url_put(out, q->path, "/");
	if (q->query != NULL)
		buf_printf(out, "?%s", q->query);
	buf_put_u8(out, '\0');
}

static CURLcode
perform(struct session *s, const struct question *q, struct answer *a)
{
	struct curl_slist *headers = make_headers(s, q);
	CURLcode code;

	curl_easy_setopt(s->curl, CURLOPT_URL, (const char *)a->url.data);
	curl_easy_setopt(s->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(s->curl, CURLOPT_WRITEDATA, &a->body);
	curl_easy_setopt(s->curl, CURLOPT_HTTPGET, 1L);
	if (q->body != NULL) {
		curl_easy_setopt(s->curl, CURLOPT_POSTFIELDS, (const char *)q->body->data);
		curl_easy_setopt(
		    s->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body->len);
	}
	curl_easy_setopt(s->curl, CURLOPT_CUSTOMREQUEST, q->method);
	s->trouble[0] = '\0';
	code = curl_easy_perform(s->curl);
	curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &a->status);
	curl_slist_free_all(headers);
	return code;
}

int
session_ask(struct session *s, const struct question *q, struct answer *a, struct error *err)
{
	CURLcode code;

	answer_free(a);
	put_url(&a->url, (const char *)s->base.data, q);
	code = perform(s, q, a);
	if (code != CURLE_OK)
		return explain(s, code, err);
	if (a->body.len == 0)
		return 0;
	if ((a->arena = arena_new(ARENA_MOST, 0, err)) == NULL)
		return -1;
	a->json = json_parse(a->arena, buf_str(&a->body), &limits, err);
	return a->json != NULL ? 0
			       : error_prefix(err, "%s does not answer in JSON: ", s->address);
}

void
answer_free(struct answer *a)
{
	arena_free(a->arena);
	buf_free(&a->url);
	buf_free(&a->body);
	*a = (struct answer)ANSWER_INIT;
}

const struct json *
answer_data(const struct answer *a)
{
	const struct json *data = json_find(a->json, "data");

	return data != NULL && data->type == JSON_OBJECT ? data : NULL;
}
