/*
 * The strict reader of requests: what it lets through, what it refuses and how, and that both
 * do not depend on how the bytes arrive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "vaultd/gate/head.h"

static const struct limits limits = {.head_bytes = 512, .head_fields = 8, .body_bytes = 100};

#define MORE 1 /* instead of a status: good so far, and not complete */
#define DONE 0

/* One request's bytes (with NULs: see `at`), and the verdict. */
struct row {
	const char *what;
	const char *bytes;
	unsigned status;
	size_t len; /* 0: strlen(bytes) */
};

#define HOST "Host: vault\r\n"
#define GET "GET /v1/x HTTP/1.1\r\n" HOST
#define POST "POST /v1/x HTTP/1.1\r\n" HOST
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define TEN "aaaaaaaaaa"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct row rows[] = {
    /* What clients send. */
    {"get", GET "\r\n", DONE, 0},
    {"list", "LIST /v1/secret/metadata/?list=true HTTP/1.1\r\n" HOST "\r\n", DONE, 0},
    {"unknown method", "FROB-1 / HTTP/1.1\r\n" HOST "\r\n", DONE, 0},
    {"head", "HEAD /v1/sys/health HTTP/1.1\r\n" HOST "\r\n", DONE, 0},
    {"strange path", "GET //a/../%00%2f\"<>\\^`{|}' HTTP/1.1\r\n" HOST "\r\n", DONE, 0},
    {"body", POST "Content-Length: 3\r\n\r\nabc", DONE, 0},
    {"body of a get", GET "Content-Length: 3\r\n\r\nabc", DONE, 0},
    {"post without length", POST "\r\n", DONE, 0},
    {"length zero", POST "Content-Length: 0\r\n\r\n", DONE, 0},
    {"length with zeros", POST "Content-Length: 0003\r\n\r\nabc", DONE, 0},
    {"largest body", POST "Content-Length: 100\r\n\r\n" HUNDRED, DONE, 0},
    {"chunks", CHUNKED "3\r\nabc\r\nA\r\n" TEN "\r\n0\r\n\r\n", DONE, 0},
    {"no chunks", CHUNKED "0\r\n\r\n", DONE, 0},
    {"chunk with zeros", CHUNKED "00000003\r\nabc\r\n000\r\n\r\n", DONE, 0},
    {"largest chunked body", CHUNKED "64\r\n" HUNDRED "\r\n0\r\n\r\n", DONE, 0},
    {"Chunked", POST "tRANSFER-eNCODING: CHUNKED\r\n\r\n0\r\n\r\n", DONE, 0},
    {"expect", POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx", DONE, 0},
    {"no space behind the colon", "GET / HTTP/1.1\r\nHost:vault\r\n\r\n", DONE, 0},
    {"tabs around a value", "GET / HTTP/1.1\r\nHost:\t vault \t\r\n\r\n", DONE, 0},
    {"empty value", GET "X-Vault-Namespace:\r\n\r\n", DONE, 0},
    {"obs-text", GET "X-A: caf\xc3\xa9\r\n\r\n", DONE, 0},
    {"tab in a value", GET "X-A: a\tb\r\n\r\n", DONE, 0},
    {"colons in a value", GET "X-A: a:b::c\r\n\r\n", DONE, 0},
    {"odd name", GET "!#$%&'*+-.^_`|~9z: x\r\n\r\n", DONE, 0},
    {"ipv6 host", "GET / HTTP/1.1\r\nHost: [::1]:8200\r\n\r\n", DONE, 0},
    {"host with an escape", "GET / HTTP/1.1\r\nHost: a%2Fb\r\n\r\n", DONE, 0},
    {"host with an empty port", "GET / HTTP/1.1\r\nHost: a_b,c:\r\n\r\n", DONE, 0},
    {"two accepts", GET "Accept: a/b\r\nAccept: c/d\r\n\r\n", DONE, 0},
    {"two connections", GET "Connection: TE\r\nConnection: close\r\n\r\n", DONE, 0},
    {"cookie", GET "Cookie: a=b; ;;=\r\n\r\n", DONE, 0},
    {"upgrade", GET "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", DONE, 0},
    {"TE: trailers", GET "TE: trailers\r\n\r\n", DONE, 0},
    {"eight fields", GET "a: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\ne: 5\r\nf: 6\r\ng: 7\r\n\r\n", DONE,
	0},

    /* Not all there. */
    {"nothing", "", MORE, 0},
    {"half a line", "GET /v1", MORE, 0},
    {"half a head", GET "X-A: ", MORE, 0},
    {"before the last LF", GET "\r", MORE, 0},
    {"half a body", POST "Content-Length: 3\r\n\r\nab", MORE, 0},
    {"before a chunk", CHUNKED, MORE, 0},
    {"half a chunk line", CHUNKED "3", MORE, 0},
    {"half a chunk", CHUNKED "3\r\nab", MORE, 0},
    {"before a chunk's end", CHUNKED "3\r\nabc\r", MORE, 0},
    {"before the last chunk's end", CHUNKED "0\r\n", MORE, 0},

    /* Lines. */
    {"bare LF behind the request line", "GET / HTTP/1.1\n" HOST "\r\n", 400, 0},
    {"bare LF behind a field", GET "X-A: b\n\r\n", 400, 0},
    {"bare LF behind the head", GET "\n", 400, 0},
    {"bare CR in a value", GET "X-A: b\rc\r\n\r\n", 400, 0},
    {"bare CR before CRLF", GET "X-A: b\r\r\n\r\n", 400, 0},
    {"bare CR in the request line", "GET /\r HTTP/1.1\r\n" HOST "\r\n", 400, 0},
    {"bare CR as a line end", "GET / HTTP/1.1\r" HOST "\r\n", 400, 0},
    {"empty line first", "\r\n" GET "\r\n", 400, 0},
    {"bare LF first", "\n" GET "\r\n", 400, 0},
    {"NUL in a value", GET "X-A: b\0c\r\n\r\n", 400, sizeof(GET "X-A: b\0c\r\n\r\n") - 1},
    {"NUL in a name", GET "X\0A: b\r\n\r\n", 400, sizeof(GET "X\0A: b\r\n\r\n") - 1},
    {"NUL in the target", "GET /\0 HTTP/1.1\r\n" HOST "\r\n", 400,
	sizeof("GET /\0 HTTP/1.1\r\n" HOST "\r\n") - 1},
    {"control byte in a value", GET "X-A: \x01\r\n\r\n", 400, 0},
    {"escape in a value", GET "X-A: \x1b[1m\r\n\r\n", 400, 0},
    {"DEL in a value", GET "X-A: \x7f\r\n\r\n", 400, 0},
    {"vertical tab around a value",
	GET "X-A:\x0b"
	    "b\r\n\r\n",
	400, 0},

    /* The request line. */
    {"two spaces", "GET  / HTTP/1.1\r\n" HOST "\r\n", 400, 0},
    {"two spaces behind the target", "GET /  HTTP/1.1\r\n" HOST "\r\n", 400, 0},
    {"tab for a space", "GET\t/ HTTP/1.1\r\n" HOST "\r\n", 400, 0},
    {"space first", " GET / HTTP/1.1\r\n" HOST "\r\n", 400, 0},
    {"space last", "GET / HTTP/1.1 \r\n" HOST "\r\n", 400, 0},
    {"space in the target", "GET /a b HTTP/1.1\r\n" HOST "\r\n", 400, 0},
    {"no method", " / HTTP/1.1\r\n" HOST "\r\n", 400, 0},
    {"bad method", "G(T / HTTP/1.1\r\n" HOST "\r\n", 400, 0},
    {"method with a colon", "GET: / HTTP/1.1\r\n" HOST "\r\n", 400, 0},
    {"long method", TEN TEN TEN "aaa / HTTP/1.1\r\n" HOST "\r\n", 400, 0},
    {"no target", "GET HTTP/1.1\r\n" HOST "\r\n", 400, 0},
    {"no version", "GET /\r\n" HOST "\r\n", 400, 0},
    {"HTTP/1.0", "GET / HTTP/1.0\r\n" HOST "\r\n", 505, 0},
    {"HTTP/1.2", "GET / HTTP/1.2\r\n" HOST "\r\n", 505, 0},
    {"HTTP/2.0", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, 0},
    {"HTTP/1.10", "GET / HTTP/1.10\r\n" HOST "\r\n", 400, 0},
    {"http/1.1", "GET / http/1.1\r\n" HOST "\r\n", 400, 0},
    {"HTTP/11", "GET / HTTP/11\r\n" HOST "\r\n", 400, 0},
    {"HTTPS/1.1", "GET / HTTPS/1.1\r\n" HOST "\r\n", 400, 0},
    {"HTTP/1,1", "GET / HTTP/1,1\r\n" HOST "\r\n", 400, 0},
    {"absolute-form", "GET https://vault/ HTTP/1.1\r\n" HOST "\r\n", 400, 0},
    {"authority-form", "CONNECT vault:443 HTTP/1.1\r\n" HOST "\r\n", 400, 0},
    {"asterisk-form", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 400, 0},
    {"relative target", "GET v1/x HTTP/1.1\r\n" HOST "\r\n", 400, 0},
    {"fragment", "GET /a#b HTTP/1.1\r\n" HOST "\r\n", 400, 0},
    {"UTF-8 in the target", "GET /caf\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n", 400, 0},
    {"DEL in the target", "GET /\x7f HTTP/1.1\r\n" HOST "\r\n", 400, 0},
    {"tab in the target", "GET /\t HTTP/1.1\r\n" HOST "\r\n", 400, 0},
    {"TLS record", "\x16\x03\x01\x02\n", 400, 0},

    /* Fields. */
    {"no colon", GET "X-A\r\n\r\n", 400, 0},
    {"no name", GET ": b\r\n\r\n", 400, 0},
    {"space before the colon", GET "X-A : b\r\n\r\n", 400, 0},
    {"tab before the colon", GET "X-A\t: b\r\n\r\n", 400, 0},
    {"space in a name", GET "X A: b\r\n\r\n", 400, 0},
    {"folded by a space", GET "X-A: b\r\n c\r\n\r\n", 400, 0},
    {"folded by a tab", GET "X-A: b\r\n\tc\r\n\r\n", 400, 0},
    {"folded first", "GET / HTTP/1.1\r\n " HOST "\r\n", 400, 0},
    {"folded length", POST "Content-Length:\r\n 3\r\n\r\nabc", 400, 0},
    {"high byte in a name", GET "X-\xc3\xa9: b\r\n\r\n", 400, 0},
    {"bracket in a name", GET "X[A]: b\r\n\r\n", 400, 0},
    {"no host", "GET / HTTP/1.1\r\n\r\n", 400, 0},
    {"empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, 0},
    {"two hosts", GET HOST "\r\n", 400, 0},
    {"two different hosts", GET "host: other\r\n\r\n", 400, 0},
    {"two hosts in one", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, 0},
    {"host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, 0},
    {"host with two ports", "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n", 400, 0},
    {"host with a long port", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", 400, 0},
    {"host of a port alone", "GET / HTTP/1.1\r\nHost: :8200\r\n\r\n", 400, 0},
    {"host with half an escape", "GET / HTTP/1.1\r\nHost: a%2\r\n\r\n", 400, 0},
    {"host with a fragment", "GET / HTTP/1.1\r\nHost: a#b\r\n\r\n", 400, 0},
    {"ipv6 host without end", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400, 0},
    {"ipv6 host with a zone", "GET / HTTP/1.1\r\nHost: [fe80::1%25lo]\r\n\r\n", 400, 0},
    {"ipv6 host that is none", "GET / HTTP/1.1\r\nHost: [v1.a]\r\n\r\n", 400, 0},
    {"host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400, 0},
    {"two tokens", GET "X-Vault-Token: a\r\nX-Vault-Token: b\r\n\r\n", 400, 0},
    {"two types", POST "Content-Type: a\r\nContent-Type: b\r\n\r\n", 400, 0},
    {"two namespaces", GET "X-Vault-Namespace:\r\nX-Vault-Namespace: a\r\n\r\n", 400, 0},
    {"other expectation", POST "Expect: 200-ok\r\n\r\n", 417, 0},
    {"two expectations", POST "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n", 400, 0},
    {"expectation with more", POST "Expect: 100-continue, x\r\n\r\n", 417, 0},

    /* Lengths. */
    {"two lengths", POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400, 0},
    {"two different lengths", POST "Content-Length: 3\r\nContent-Length: 0\r\n\r\n", 400, 0},
    {"length as a list", POST "Content-Length: 3, 3\r\n\r\nabc", 400, 0},
    {"empty length", POST "Content-Length:\r\n\r\n", 400, 0},
    {"negative length", POST "Content-Length: -1\r\n\r\n", 400, 0},
    {"signed length", POST "Content-Length: +3\r\n\r\nabc", 400, 0},
    {"hexadecimal length", POST "Content-Length: 0x3\r\n\r\nabc", 400, 0},
    {"length with a point", POST "Content-Length: 3.0\r\n\r\nabc", 400, 0},
    {"length with an underscore", POST "Content-Length: 1_0\r\n\r\n", 400, 0},
    {"length with a space inside", POST "Content-Length: 1 0\r\n\r\n", 400, 0},
    {"space before the length's colon", POST "Content-Length : 3\r\n\r\nabc", 400, 0},
    {"over the limit by one", POST "Content-Length: 101\r\n\r\n", 413, 0},
    {"length beyond 32 bits", POST "Content-Length: 4294967297\r\n\r\n", 413, 0},
    {"length beyond 64 bits", POST "Content-Length: 18446744073709551617\r\n\r\n", 413, 0},
    {"length of letters", POST "Content-Length: " TEN "\r\n\r\n", 400, 0},
    {"length and coding",
	POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, 0},
    {"coding and length",
	POST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n", 400, 0},

    /* Codings. */
    {"gzip", POST "Transfer-Encoding: gzip\r\n\r\n", 400, 0},
    {"identity", POST "Transfer-Encoding: identity\r\n\r\n", 400, 0},
    {"gzip, chunked", POST "Transfer-Encoding: gzip, chunked\r\n\r\n", 400, 0},
    {"chunked, identity", POST "Transfer-Encoding: chunked, identity\r\n\r\n", 400, 0},
    {"chunked, chunked", POST "Transfer-Encoding: chunked, chunked\r\n\r\n", 400, 0},
    {"chunked twice", POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
	400, 0},
    {"chunked with a parameter", POST "Transfer-Encoding: chunked;a=b\r\n\r\n", 400, 0},
    {"quoted", POST "Transfer-Encoding: \"chunked\"\r\n\r\n", 400, 0},
    {"xchunked", POST "Transfer-Encoding: xchunked\r\n\r\n", 400, 0},
    {"comma first", POST "Transfer-Encoding: ,chunked\r\n\r\n", 400, 0},
    {"empty coding", POST "Transfer-Encoding:\r\n\r\n", 400, 0},
    {"vertical tab before chunked",
	POST "Transfer-Encoding: \x0b"
	     "chunked\r\n\r\n",
	400, 0},
    {"space before the coding's colon", POST "Transfer-Encoding : chunked\r\n\r\n", 400, 0},

    /* Chunks. */
    {"chunk extension", CHUNKED "3;a=b\r\nabc\r\n0\r\n\r\n", 400, 0},
    {"space behind the size", CHUNKED "3 \r\nabc\r\n0\r\n\r\n", 400, 0},
    {"space before the size", CHUNKED " 3\r\nabc\r\n0\r\n\r\n", 400, 0},
    {"no size", CHUNKED "\r\nabc\r\n", 400, 0},
    {"hexadecimal prefix", CHUNKED "0x3\r\nabc\r\n", 400, 0},
    {"negative size", CHUNKED "-3\r\nabc\r\n", 400, 0},
    {"signed size", CHUNKED "+3\r\nabc\r\n", 400, 0},
    {"no digit", CHUNKED "g\r\n", 400, 0},
    {"nine digits", CHUNKED "000000003\r\nabc\r\n", 400, 0},
    {"size that wraps", CHUNKED "100000003\r\nabc\r\n", 400, 0},
    {"bare LF behind a size", CHUNKED "3\nabc\r\n0\r\n\r\n", 400, 0},
    {"bare CR behind a size", CHUNKED "3\rabc\r\n", 400, 0},
    {"chunk too long for its size", CHUNKED "3\r\nabcd\r\n0\r\n\r\n", 400, 0},
    {"chunk too short for its size", CHUNKED "4\r\nabc\r\n0\r\n\r\n", 400, 0},
    {"bare LF behind a chunk", CHUNKED "3\r\nabc\n0\r\n\r\n", 400, 0},
    {"CR CR behind a chunk", CHUNKED "3\r\nabc\r\r\n", 400, 0},
    {"bare LF at the end", CHUNKED "0\r\n\n", 400, 0},
    {"trailer", CHUNKED "0\r\nX-A: b\r\n\r\n", 400, 0},
    {"trailing Host", CHUNKED "0\r\n" HOST "\r\n", 400, 0},
    {"chunk over the limit", CHUNKED "65\r\n", 413, 0},
    {"chunks over the limit", CHUNKED "64\r\n" HUNDRED "\r\n1\r\n", 413, 0},
    {"largest size", CHUNKED "ffffffff\r\n", 413, 0},

    /* Sizes. */
    {"nine fields", GET "a: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\ne: 5\r\nf: 6\r\ng: 7\r\nh: 8\r\n\r\n",
	431, 0},
    {"long target", "GET /" HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED TEN, 414, 0},
    {"long field", GET "X: " HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED, 431, 0},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
feed_all(struct head *h, const char *bytes, size_t len, size_t step, struct buf *out)
{
	for (size_t at = 0, took = 1; at < len && took > 0; at += took)
		took = head_feed(h, bytes + at, len - at < step ? len - at : step, out);
}

static void
check(const struct row *r, size_t step, struct buf *out)
{
	struct head h;
	bool good;

	head_init(&h, &limits);
	feed_all(&h, r->bytes, r->len > 0 ? r->len : strlen(r->bytes), step, out);
	good = r->status == DONE   ? h.state == HEAD_DONE
	       : r->status == MORE ? h.state < HEAD_DONE
				   : h.state == HEAD_REFUSED && h.status == r->status;
	if (!good)
		fail_msg("%s, %zu at a time: state %d, status %u (%s)", r->what, step, h.state,
		    h.status, h.why != NULL ? h.why : "");
	head_free(&h);
}

static void
judges_each_row_however_it_arrives(void **unused)
{
	struct buf whole = BUF_INIT, pieces = BUF_INIT;

	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++) {
		check(&rows[i], 4096, &whole);
		for (size_t step = 1; step < 8; step++) {
			check(&rows[i], step, &pieces);
			buf_clear(&pieces);
		}
		buf_clear(&whole);
	}
	buf_free(&whole);
	buf_free(&pieces);
}

/* A pipelined second request stays with the caller. */
static void
reads_no_further_than_the_request(void **unused)
{
	static const char *const requests[] = {
	    GET "\r\n", POST "Content-Length: 3\r\n\r\nabc", CHUNKED "3\r\nabc\r\n0\r\n\r\n"};

	(void)unused;
	for (size_t i = 0; i < COUNT(requests); i++) {
		struct buf two = BUF_INIT, out = BUF_INIT;
		struct head h;

		buf_put_text(&two, requests[i]);
		buf_put_text(&two, GET);
		head_init(&h, &limits);
		assert_int_equal(head_feed(&h, two.data, two.len, &out), strlen(requests[i]));
		assert_int_equal(h.state, HEAD_DONE);
		assert_int_equal(head_feed(&h, "x", 1, &out), 0);
		head_reset(&h);
		assert_false(head_begun(&h));
		assert_int_equal(head_feed(&h, "G", 1, &out), 1);
		assert_true(head_begun(&h));
		head_free(&h);
		buf_free(&two);
		buf_free(&out);
	}
}

/* Of a body, what is in it; of a head, nothing. */
static void
gives_the_body_without_its_framing(void **unused)
{
	static const struct {
		const char *bytes, *body;
	} cases[] = {
	    {GET "\r\n", ""},
	    {POST "Content-Length: 03\r\n\r\nabc", "abc"},
	    {POST "Content-Length: 4\r\n\r\n\r\n\r\n", "\r\n\r\n"},
	    {CHUNKED "0A\r\n" TEN "\r\n1\r\nb\r\n000\r\n\r\n", TEN "b"},
	    {CHUNKED "3\r\n0\r\n\r\n0\r\n\r\n", "0\r\n"},
	    {CHUNKED "3\r\nabcd", "abc"},
	    {GET "Content-Length: 101\r\n\r\nabc", ""},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t step = 1; step < 200; step += 99) {
			struct buf got = BUF_INIT;
			struct head h;

			head_init(&h, &limits);
			feed_all(&h, cases[i].bytes, strlen(cases[i].bytes), step, &got);
			assert_int_equal(got.len, strlen(cases[i].body));
			assert_memory_equal(got.data, cases[i].body, got.len);
			head_free(&h);
			buf_free(&got);
		}
}

static void
expect_str(struct str s, const char *text)
{
	if (text == NULL) {
		assert_null(s.at);
		return;
	}
	assert_non_null(s.at);
	assert_int_equal(s.len, strlen(text));
	assert_memory_equal(s.at, text, s.len);
}

static void
gives_the_values_of_fields(void **unused)
{
	static const struct {
		const char *fields, *token, *type, *space;
	} cases[] = {
	    {"", NULL, NULL, NULL},
	    {"x-vault-token:  s.abc \r\nContent-Type: application/json\r\n", "s.abc",
		"application/json", NULL},
	    {"Authorization: Bearer hvs.x\r\nX-Vault-Namespace:\r\n", "hvs.x", NULL, ""},
	    {"authorization: bEARER hvs.x\r\n", "hvs.x", NULL, NULL},
	    {"Authorization: Basic eDp5\r\n", NULL, NULL, NULL},
	    {"Authorization: Bearer\r\n", NULL, NULL, NULL},
	    {"Authorization: Bearer a\r\nX-Vault-Token: b\r\n", "b", NULL, NULL},
	    {"X-Vault-Token:\r\nAuthorization: Bearer a\r\n", "", NULL, NULL},
	    {"X-Vault-Tokens: a\r\nX-Vault-Toke: b\r\n", NULL, NULL, NULL},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf request = BUF_INIT, out = BUF_INIT;
		struct head h;

		buf_printf(
		    &request, "PATCH /v1/a?b=c HTTP/1.1\r\n" HOST "%s\r\n", cases[i].fields);
		head_init(&h, &limits);
		head_feed(&h, request.data, request.len, &out);
		assert_int_equal(h.state, HEAD_DONE);
		assert_int_equal(h.method, METHOD_PATCH);
		expect_str(head_target(&h), "/v1/a?b=c");
		expect_str(head_token(&h), cases[i].token);
		expect_str(head_value(&h, FIELD_TYPE), cases[i].type);
		expect_str(head_value(&h, FIELD_SPACE), cases[i].space);
		expect_str(head_value(&h, FIELD_ACCEPT), NULL);
		head_free(&h);
		buf_free(&request);
		buf_free(&out);
	}
}

static void
tells_methods_and_wishes(void **unused)
{
	static const struct {
		const char *bytes;
		enum method method;
		bool close, expects;
	} cases[] = {
	    {"GET / HTTP/1.1\r\n" HOST "\r\n", METHOD_GET, false, false},
	    {"get / HTTP/1.1\r\n" HOST "\r\n", METHOD_OTHER, false, false},
	    {"SCAN / HTTP/1.1\r\n" HOST "Connection: keep-alive\r\n\r\n", METHOD_SCAN, false,
		false},
	    {"HELP / HTTP/1.1\r\n" HOST "Connection: x ,\tClose\r\n\r\n", METHOD_HELP, true,
		false},
	    {"PUT / HTTP/1.1\r\n" HOST "Connection: closed\r\nExpect: 100-continue\r\n\r\n",
		METHOD_PUT, false, false},
	    {"PUT / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nExpect: 100-continue\r\n\r\n",
		METHOD_PUT, false, true},
	    {"PUT / HTTP/1.1\r\n" HOST
	     "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
		METHOD_PUT, false, true},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = BUF_INIT;
		struct head h;

		head_init(&h, &limits);
		head_feed(&h, cases[i].bytes, strlen(cases[i].bytes), &out);
		assert_true(head_complete(&h));
		assert_int_equal(h.method, cases[i].method);
		assert_int_equal(h.close, cases[i].close);
		assert_int_equal(h.expects, cases[i].expects);
		head_free(&h);
		buf_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(judges_each_row_however_it_arrives),
	    cmocka_unit_test(reads_no_further_than_the_request),
	    cmocka_unit_test(gives_the_body_without_its_framing),
	    cmocka_unit_test(gives_the_values_of_fields),
	    cmocka_unit_test(tells_methods_and_wishes),
	};

	return cmocka_run_group_tests_name("head", tests, NULL, NULL);
}
