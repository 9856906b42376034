#!/usr/bin/env python3
"""No request hides in another: whatever two readers of HTTP could read differently is answered
with one error in JSON, and the connection ends."""
import os
import re
import socket
import ssl
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready  # noqa: E402

h = ready()
h.post("secret/data/billing/stripe", {"data": {"key": "value"}})
CONTEXT = h.context("billing")
HIDDEN = b"GET /v1/secret/data/billing/stripe HTTP/1.1\r\nHost: x\r\n\r\n"
PATH = b"/v1/sys/health"


def talk(*parts):
    """Send bytes, read to the end or for a while; all answers as text."""
    raw = socket.create_connection(("127.0.0.1", h.port), timeout=5)
    got = b""
    with CONTEXT.wrap_socket(raw, server_hostname="127.0.0.1") as s:
        try:
            for part in parts:
                s.sendall(part)
            s.settimeout(1.5)
            while True:
                more = s.recv(65536)
                if not more:
                    return got, True
                got += more
        except TimeoutError:
            return got, False
        except (ssl.SSLError, ConnectionError):
            return got, True


def head(*fields, line=b"GET " + PATH + b" HTTP/1.1"):
    return b"\r\n".join((line, b"Host: localhost") + fields) + b"\r\n\r\n"


def answers(got):
    return [int(n) for n in re.findall(rb"HTTP/1\.1 (\d{3}) ", got)]


def refuse(sentence, *parts, status=(400,)):
    got, ended = talk(*parts)
    told = answers(got)
    body = got.partition(b"\r\n\r\n")[2]
    check("%s: one answer, %s" % (sentence, "/".join(map(str, status))),
          len(told) == 1 and told[0] in status and ended, (told, ended, got[:200]))
    check("... in JSON, with nothing of the hidden request",
          body.startswith(b'{"errors":') and b"value" not in body, body[:200])


# What is right passes, so that the rest means something.
got, ended = talk(head() + head())
check("two plain requests get two answers", answers(got) == [200, 200] and not ended, got)
got, _ = talk(b"POST " + PATH + b" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
              b"2\r\n{}\r\n0\r\n\r\n" + head())
check("a chunked body is one request", len(answers(got)) == 2, got)
got, _ = talk(b"POST " + PATH + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n", b"{}")
check("100-continue is answered", answers(got)[:1] == [100] and len(answers(got)) == 2, got)
got, ended = talk(head(b"Connection: close"))
check("close closes", answers(got) == [200] and ended)

n = b"%d" % len(HIDDEN)
post = b"POST " + PATH + b" HTTP/1.1"
refuse("Content-Length with Transfer-Encoding",
       head(b"Content-Length: " + n, b"Transfer-Encoding: chunked", line=post) + b"0\r\n\r\n" + HIDDEN)
refuse("Transfer-Encoding with Content-Length",
       head(b"Transfer-Encoding: chunked", b"Content-Length: 4", line=post) + b"0\r\n\r\n" + HIDDEN)
refuse("two lengths", head(b"Content-Length: 0", b"Content-Length: " + n, line=post) + HIDDEN)
refuse("two equal lengths", head(b"Content-Length: " + n, b"Content-Length: " + n, line=post) + HIDDEN)
refuse("a list of lengths", head(b"Content-Length: 0, " + n, line=post) + HIDDEN)
for length in (b"-1", b"+4", b"0x10", b"4 4", b"", b"99999999999999999999", b"1e1", b"\xb2"):
    refuse("the length %r" % length, head(b"Content-Length: " + length, line=post) + HIDDEN,
           status=(400, 413))
refuse("a blank before the colon", head(b"Content-Length : " + n, line=post) + HIDDEN)
refuse("a tab before the colon", head(b"Content-Length\t: " + n, line=post) + HIDDEN)
refuse("a blank before the name", head(b" Content-Length: " + n, line=post) + HIDDEN)
refuse("a folded line", head(b"X-Note: a", b" b", line=post) + HIDDEN)
refuse("a folded first line", b"GET " + PATH + b" HTTP/1.1\r\n Host: x\r\n\r\n" + HIDDEN)
for coding in (b"identity", b"gzip", b"gzip, chunked", b"chunked, chunked", b"chunked, identity",
               b"xchunked", b"chunked;q=1", b"\x0bchunked", b"", b"'chunked'"):
    refuse("Transfer-Encoding %r" % coding,
           head(b"Transfer-Encoding: " + coding, line=post) + b"0\r\n\r\n" + HIDDEN, status=(400, 501))
refuse("two Transfer-Encodings", head(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked",
                                      line=post) + b"0\r\n\r\n" + HIDDEN)
refuse("lines that end in LF", head().replace(b"\r\n", b"\n") + HIDDEN)
refuse("one line that ends in LF", head(b"X-A: b\nContent-Length: " + n, line=post) + HIDDEN)
refuse("a CR within a line", head(b"X-A: b\rContent-Length: " + n, line=post) + HIDDEN)
refuse("a NUL in a field", head(b"X-A: b\0c") + HIDDEN)
refuse("a NUL in the line", b"GET " + PATH + b"\0 HTTP/1.1\r\nHost: x\r\n\r\n" + HIDDEN)
refuse("two Hosts", head(b"Host: other") + HIDDEN)
refuse("no Host", b"GET " + PATH + b" HTTP/1.1\r\n\r\n" + HIDDEN)
refuse("a Host with a path", b"GET " + PATH + b" HTTP/1.1\r\nHost: a/b\r\n\r\n" + HIDDEN)
refuse("a field without a name", head(b": x") + HIDDEN)
refuse("a field without a colon", head(b"Content-Length") + HIDDEN)
refuse("a name that is no token", head(b"Content(Length): 3") + HIDDEN)
for line in (b"GET " + PATH, b"GET " + PATH + b" HTTP/1.0", b"GET " + PATH + b" HTTP/2.0",
             b"GET " + PATH + b" HTTP/1.1 x", b"GET  " + PATH + b" HTTP/1.1", b"GET\t" + PATH + b" HTTP/1.1",
             PATH + b" HTTP/1.1", b"G(T " + PATH + b" HTTP/1.1", b"GET " + PATH + b" http/1.1",
             b"PRI * HTTP/2.0", b"GET * HTTP/1.1", b"GET http://x/v1/sys/health HTTP/1.1",
             b"CONNECT x:443 HTTP/1.1", b"GET v1/sys/health HTTP/1.1"):
    refuse("the line %r" % line, head(line=line) + HIDDEN, status=(400, 405, 501, 505))
for size in (b"x", b"-1", b"0x2", b" 2", b"2 ", b"2;a=b", b"", b"+2", b"fffffffffffffffff"):
    refuse("a chunk of size %r" % size, head(b"Transfer-Encoding: chunked", line=post) + size +
           b"\r\n{}\r\n0\r\n\r\n" + HIDDEN, status=(400, 413))
refuse("a chunk longer than it says", head(b"Transfer-Encoding: chunked", line=post) +
       b"1\r\n{}\r\n0\r\n\r\n" + HIDDEN)
refuse("a chunk that ends in LF", head(b"Transfer-Encoding: chunked", line=post) +
       b"2\n{}\r\n0\r\n\r\n" + HIDDEN)
refuse("a trailer", head(b"Transfer-Encoding: chunked", line=post) +
       b"2\r\n{}\r\n0\r\nX-A: b\r\n\r\n" + HIDDEN)

# Paths that could be read as another.
def path(text):
    got, _ = talk(b"GET " + text + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    told = answers(got)
    check("the path %r is not taken for another" % text,
          len(told) == 1 and told[0] in (400, 403, 404, 405) and b'"value"' not in got, (told, got[-200:]))


good, _ = talk(b"GET /v1/secret/data/billing/stripe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
check("the path as it should be is served", answers(good) == [200])
for text in (b"/v1/secret/data/billing/../billing/stripe", b"/v1/secret/data/x/../billing/stripe",
             b"/v1/secret/data//billing/stripe", b"/v1//secret/data/billing/stripe",
             b"//v1/secret/data/billing/stripe", b"/v1/./secret/data/billing/stripe",
             b"/v1/secret/data/billing%2f..%2fbilling%2fstripe", b"/v1/secret/data/billing%2f/stripe",
             b"/v1/secret/data/%2e%2e/data/billing/stripe", b"/v1/secret/data/billing/stripe%00",
             b"/v1/secret/data/billing/stripe%00x", b"/v1/secret/data/billing/stripe%", b"/v1/secret/data/billing/stripe%4",
             b"/v1/secret/data/billing/stripe%zz", b"/V1/secret/data/billing/stripe", b"/v1/SECRET/data/billing/stripe",
             b"/v1/secret/data/billing\\stripe", b"/v1/secret/data/billing/stripe/", b"/v1/secret/data/billing/stripe#x",
             b"/v1/secret/data/billing/stripe;x", b"/v1/secret/data/billing/%ff"):
    path(text)
for who, status in (("billing", 200), ("mailer", 403)):
    check("%%2f is a slash to rules and routes alike: %s gets %d" % (who, status),
          h.get("secret/data/billing%2fstripe", who=who).status == status)
check("after all this it serves", h.get("secret/data/billing/stripe", who="billing").status == 200)
check("no gate has died", "killed by signal" not in h.log() and "ended with status" not in h.log(),
      h.log()[-500:])
