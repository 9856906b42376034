#!/usr/bin/env python3
"""RFC 9110 and 9112, rule by rule: what is a request gets one reply, its own; what is none gets
one refusal and the end of its connection; and a request behind either is never read in another
place than where it begins.

The cases are those of the RFCs' own rules, and of what is published about request smuggling:
smuggler's gadgets (defparam/smuggler), llhttp's tests and the HTTP Garden's list of bugs.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import wire  # noqa: E402
from hublet import check, ready  # noqa: E402

JSON = b'{"data": {"key": "new"}}'
LENGTH = b"Content-Length: %d" % len(JSON)
CHUNKED = b"Transfer-Encoding: chunked"
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(JSON), JSON)
TOKEN = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
MARK = b"GET /v1/secret/data/mark HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
PUT = b"PUT /v1/secret/data/case HTTP/1.1"
GET = b"GET /v1/secret/data/read HTTP/1.1"


def ask(line, *fields, body=b"", host=b"Host: a"):
    return b"\r\n".join([line, *([host] if host is not None else []), *fields, b"", b""]) + body


def get(*fields, **more):
    return ask(GET, *fields, **more)


def put(*fields, body=JSON, **more):
    return ask(PUT, *fields, body=body, **more)


def to(target, method=b"GET"):
    return ask(b"%s %s HTTP/1.1" % (method, target))


def chunks(text):
    return put(CHUNKED, body=text)


def host(value):
    return get(host=b"Host:" + value)


# What is a request: its status, then the mark's reply.  A third word: it asks with HEAD.
SERVED = [
    # Fields (RFC 9110 §5, RFC 9112 §5)
    ("names in any case", get(b"CONTENT-length: 0", host=b"hOsT: a"), 200),
    ("no space behind the colon", get(b"X:1", host=b"Host:a"), 200),
    ("spaces and tabs around a value", get(b"X: \t 1 \t ", host=b"Host: \t a \t"), 200),
    ("an empty value", get(b"X:"), 200),
    ("a value of spaces", get(b"X:  \t "), 200),
    ("every byte of a token in a name", get(TOKEN + b": 1"), 200),
    ("a value with every visible byte", get(b"X: " + bytes(range(0x21, 0x7f))), 200),
    ("a value beyond ASCII", get(b"X: " + bytes(range(0x80, 0x100))), 200),
    ("an unknown field twice", get(b"X: 1", b"X: 2"), 200),
    ("Accept twice", get(b"Accept: a/b", b"Accept: */*"), 200),
    ("a name with an underscore is another name", put(LENGTH, b"Transfer_Encoding: chunked"), 200),
    ("fields of proxies", get(b"Via: 1.1 a", b"Forwarded: for=b", b"X-Forwarded-Host: c",
                              b"Max-Forwards: 0", b"X-HTTP-Method-Override: DELETE",
                              b"X-Original-URL: /v1/secret/data/mark"), 200),
    ("conditions and ranges, which need not be heeded", get(
        b"If-None-Match: *", b"If-Modified-Since: Thu, 01 Jan 2099 00:00:00 GMT",
        b"Range: bytes=0-1", b"Accept-Encoding: gzip, br", b"TE: trailers, gzip;q=0.5"), 200),
    # Bodies (RFC 9112 §6, §7)
    ("a length", put(LENGTH), 200),
    ("a length with zeros before it", put(b"Content-Length: %030d" % len(JSON)), 200),
    ("a length with spaces around it", put(b"Content-Length: \t %d \t" % len(JSON)), 200),
    ("a length of 0", get(b"Content-Length: 0"), 200),
    ("a body for GET", get(b"Content-Length: 7", body=b"ignored"), 200),
    ("a request as the body of GET", get(b"Content-Length: %d" % len(MARK), body=MARK), 200),
    ("chunks for GET", get(CHUNKED, body=b"7\r\nignored\r\n0\r\n\r\n"), 200),
    ("a body for DELETE", ask(b"DELETE /v1/secret/data/none HTTP/1.1", b"Content-Length: 2",
                              body=b"{}"), 204),
    ("a body for HEAD", ask(b"HEAD /v1/sys/health HTTP/1.1", b"Content-Length: 2", body=b"{}"),
     200, "HEAD"),
    ("chunks", chunks(CHUNKS), 200),
    ("chunked in capitals", put(b"TRANSFER-ENCODING: CHUNKED", body=CHUNKS), 200),
    ("chunked with spaces around it", put(b"Transfer-Encoding: \tchunked \t", body=CHUNKS), 200),
    ("chunks of one byte", chunks(b"".join(b"1\r\n%c\r\n" % b for b in JSON) + b"0\r\n\r\n"), 200),
    ("a chunk's length with zeros before it", chunks(b"000" + CHUNKS), 200),
    ("a chunk's length in capitals", chunks(b"18\r\n%s\r\nA\r\n          \r\n0\r\n\r\n" % JSON), 200),
    ("a last chunk of several zeros", chunks(CHUNKS.replace(b"\r\n0\r\n", b"\r\n0000\r\n")), 200),
    ("a body that looks like the end of chunks", get(b"Content-Length: 5", body=b"0\r\n\r\n"), 200),
    ("a body that is no JSON", put(LENGTH, body=b"\0" * len(JSON)), 400),
    # Expect (RFC 9110 §10.1.1)
    ("Expect", put(b"Expect: 100-continue", LENGTH), 200),
    ("Expect in other letters", put(b"expect: 100-CONTINUE", LENGTH), 200),
    ("Expect before chunks", put(b"Expect: 100-continue", CHUNKED, body=CHUNKS), 200),
    ("Expect without a body", get(b"Expect: 100-continue"), 200),
    # Connection and Upgrade (RFC 9110 §7.6, §7.8)
    ("keep-alive", get(b"Connection: keep-alive", b"Keep-Alive: timeout=5"), 200),
    ("options that are none", get(b"Connection: ,, x , keep-alive,"), 200),
    ("an option that begins with close", get(b"Connection: closed, xclose"), 200),
    ("the Host as an option", get(b"Connection: Host, Content-Length, X"), 200),
    ("Proxy-Connection", get(b"Proxy-Connection: close"), 200),
    ("an upgrade to h2c", get(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c",
                              b"HTTP2-Settings: AAMAAABkAAQAAP__"), 200),
    ("an upgrade to WebSocket", get(b"Connection: Upgrade", b"Upgrade: websocket",
                                    b"Sec-WebSocket-Version: 13"), 200),
    # Host (RFC 9110 §7.2, RFC 3986 §3.2)
    ("Host with a port", host(b"a:8200"), 200),
    ("Host with an empty port", host(b"a:"), 200),
    ("Host in capitals, with a dot at its end", host(b"VAULT.Example."), 200),
    ("Host of IPv4", host(b"127.0.0.1:8200"), 200),
    ("Host of IPv6", host(b"[::1]:8200"), 200),
    ("Host with an escape", host(b"a%2db"), 200),
    ("Host with every byte of a name", host(b"a-._~!$&'()*+,;=z"), 200),
    # Methods and targets (RFC 9110 §9, RFC 9112 §3)
    ("HEAD", to(b"/v1/sys/health", b"HEAD"), 200, "HEAD"),
    ("HEAD of what is not for it", to(b"/v1/secret/data/read", b"HEAD"), 403, "HEAD"),
    ("a method in small letters", to(b"/v1/secret/data/read", b"get"), 405),
    ("TRACE", to(b"/v1/sys/health", b"TRACE"), 405),
    ("OPTIONS", to(b"/v1/secret/data/read", b"OPTIONS"), 405),
    ("a method nobody knows", to(b"/v1/secret/data/read", b"M-SEARCH"), 405),
    ("a method that does not go there", to(b"/v1/sys/health", b"DELETE"), 405),
    ("an escape of a letter", to(b"/v1/secret/data/%72ead"), 200),
    ("an empty query", to(b"/v1/secret/data/read?"), 200),
    ("queries of every form", to(b"/v1/secret/data/read?a&b=&=c&&d=e=f&g?h/..//%41+%20"), 200),
    ("a field of a query twice", to(b"/v1/secret/data/read?version=1&version=0"), 400),
    ("a query that is no UTF-8", to(b"/v1/secret/data/read?a=%ff"), 400),
    ("a broken escape in a query", to(b"/v1/secret/data/read?a=%zz"), 400),
    ("parameters of a segment belong to the name", to(b"/v1/secret/data/read;a=b"), 404),
    ("the root", to(b"/"), 404),
    ("slashes before the path", to(b"//v1/secret/data/read"), 404),
    ("slashes within", to(b"/v1/secret//data/read"), 400),
    ("an escaped slash between slashes", to(b"/v1/secret/%2fdata/read"), 400),
    ("dots", to(b"/v1/sys/../secret/data/read"), 400),
    ("escaped dots", to(b"/v1/sys/%2e%2E/secret/data/read"), 400),
    ("one dot escaped of two", to(b"/v1/sys/.%2e/secret/data/read"), 400),
    ("dots at the end", to(b"/v1/secret/data/read/.."), 400),
    ("dots with a parameter are a name", to(b"/v1/secret/data/..;/read"), 404),
    ("dots behind escaped backslashes are a name", to(b"/v1/secret/data/..%5cread"), 404),
    ("an escaped NUL", to(b"/v1/secret/data/read%00"), 400),
    ("an escaped line end", to(b"/v1/secret/data/read%0d%0aX:%20y"), 400),
    ("an escape that is overlong UTF-8", to(b"/v1/secret/data/%c0%afread"), 400),
    ("an escape of no UTF-8", to(b"/v1/secret/data/%ff"), 400),
    ("an escaped escape is decoded once", to(b"/v1/secret/data/%2572ead"), 404),
    ("an escape by 16 bits", to(b"/v1/secret/data/%u0072ead"), 400),
]

# What is none: its status, and nothing behind it.
REFUSED = [
    # The request line
    ("no version", b"GET /v1/sys/health\r\n\r\n", 400),
    ("no target", ask(b"GET HTTP/1.1"), 400),
    ("an empty target", ask(b"GET  HTTP/1.1"), 400),
    ("no method", ask(b" /v1/sys/health HTTP/1.1"), 400),
    ("a space first", b" " + get(), 400),
    ("a space in the target", to(b"/v1/sys /health"), 400),
    ("four words", ask(GET + b" HTTP/1.1"), 400),
    ("a line of nothing but spaces", b"   \r\n\r\n", 400),
    ("a NUL first", b"\0" + get(), 400),
    ("a mark of byte order first", b"\xef\xbb\xbf" + get(), 400),
    ("a TLS record first", b"\x16\x03\x01\x00\x05hello\r\n\r\n", 400),
    ("a method of 33 letters", to(b"/v1/sys/health", b"G" * 33), 400),
    ("a method with quotes", to(b"/v1/sys/health", b'G"E"T'), 400),
    ("a method beyond ASCII", to(b"/v1/sys/health", b"G\xc9T"), 400),
    ("a bare LF behind the line", get().replace(b"\r\n", b"\n", 1), 400),
    ("a bare CR behind the line", get().replace(b"\r\n", b"\r", 1), 400),
    ("two CR behind the line", get().replace(b"\r\n", b"\r\r\n", 1), 400),
    ("LF for the first space", get().replace(b" ", b"\n", 1), 400),
    ("a form feed for the first space", get().replace(b" ", b"\f", 1), 400),
    # Versions
    *[("the version " + v.decode(), get().replace(b"HTTP/1.1", v), code) for v, code in [
        (b"HTTP/1.0", 505), (b"HTTP/1.2", 505), (b"HTTP/2.0", 505), (b"HTTP/0.9", 505),
        (b"HTTP/9.9", 505), (b"HTTP/2", 400), (b"HTTP/1", 400), (b"HTTP/1.", 400),
        (b"HTTP/11.1", 400), (b"HTTP/1.11", 400), (b"HTTP/01.1", 400), (b"HTTP/+1.1", 400),
        (b"HTTP/1,1", 400), (b"http/1.1", 400), (b"HTTPS/1.1", 400), (b"ICE/1.0", 400),
        (b"RTSP/1.0", 400), (b"HTTP 1.1", 400), (b"HTTP/1.1x", 400), (b"/1.1", 400)]],
    ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0", 505),
    # Forms of targets
    ("the absolute form", to(b"https://a/v1/sys/health"), 400),
    ("the absolute form of another host", to(b"http://b/v1/sys/health"), 400),
    ("an opaque target", to(b"urn:a:b"), 400),
    ("the authority form", ask(b"CONNECT a:443 HTTP/1.1"), 400),
    ("the authority form for GET", to(b"a:443"), 400),
    ("the asterisk form", to(b"*", b"OPTIONS"), 400),
    ("the asterisk form for GET", to(b"*"), 400),
    ("a query alone", to(b"?a"), 400),
    ("a fragment", to(b"/v1/sys/health#a"), 400),
    ("a backslash first", to(b"\\v1\\sys\\health"), 400),
    ("a target beyond ASCII", to(b"/v1/secret/data/\xc3\xa9"), 400),
    ("DEL in a target", to(b"/v1/secret/data/\x7f"), 400),
    # Fields
    ("a folded field", get(b"X: 1\r\n 2"), 400),
    ("a field folded with a tab", get(b"X: 1\r\n\t2"), 400),
    ("a length folded away", put(b"X: 1\r\n " + LENGTH, body=b""), 400),
    ("a folded first field", get(b"X: 1", host=b" Host: a"), 400),
    ("a line of a space before the end", get(b" "), 400),
    ("no colon", get(b"Header"), 400),
    ("a colon alone", get(b":"), 400),
    ("a colon first", get(b": 1"), 400),
    ("a pseudo-field of HTTP/2", get(b":path: /v1/secret/data/mark"), 400),
    ("a space before the colon", get(b"X : 1"), 400),
    ("a name in quotes", get(b'"X": 1'), 400),
    ("a name with a slash", get(b"X/Y: 1"), 400),
    ("a NUL in a name", get(b"X\0Y: 1"), 400),
    ("a NUL in a value", get(b"X: a\0b"), 400),
    ("a bare CR in a value", get(b"X: a\rb"), 400),
    ("a bare LF in a value", get(b"X: a\nContent-Length: 5"), 400),
    ("a bare LF behind a field", get(b"X: a\n"), 400),
    ("a bare LF for the head's end", get()[:-2] + b"\n", 400),
    ("a bare CR for the head's end", get()[:-2] + b"\r" + b"X", 400),
    ("LF CR for a line's end", get(b"X: a\n\rY: b"), 400),
    ("a vertical tab in a value", get(b"X: a\x0bb"), 400),
    ("DEL in a value", get(b"X: \x7f"), 400),
    ("an escape in a value", get(b"X: \x1b[2J"), 400),
    # Host
    ("no Host", get(host=None), 400),
    ("two Hosts", get(b"Host: a"), 400),
    ("two Hosts in one", host(b" a, b"), 400),
    *[("the Host %r" % v, host(b" " + v), 400) for v in [
        b"", b" ", b"a b", b"a/b", b"a?b", b"a#b", b"a@b", b"https://a", b"a:b", b"a:1:2",
        b"a:-1", b"a:65536", b"a:99999999999", b":8200", b"[::1", b"::1", b"[::1]x", b"[]",
        b"[::1]:x", b"[g::]", b"a[b]", b"a%", b"a%2", b"a%zz", b"a\\b", b'a"b', b"a^b", b"a|b",
        b"a`b", b"<a>", b"{a}", b"\xe9", b"a\0", b"a\tb"]],
    # Lengths
    *[("the length %r" % v, put(b"Content-Length: " + v), code)
      for v, code in [
        (b"", 400), (b"+24", 400), (b"-1", 400), (b"-0", 400), (b"24.0", 400), (b"2e1", 400),
        (b"0x18", 400), (b"24,24", 400), (b"24, 24", 400), (b"24,", 400), (b",24", 400),
        (b"2 4", 400), (b"24;a", 400), (b'"24"', 400), (b"24a", 400), (b"a24", 400),
        (b"\xb2\xb4", 400), (b"2_4", 400), (b"24\x0b", 400), (b"\x0c24", 400), (b"24\0", 400),
        (b"%24", 400), (b"1" * 40, 413), (b"18446744073709551616", 413),
        (b"18446744073709551640", 413), (b"4294967320", 413), (b"9223372036854775808", 413)]],
    ("two lengths", put(LENGTH, b"Content-Length: 0"), 400),
    ("two lengths alike", put(LENGTH, LENGTH), 400),
    ("two lengths, in other letters", put(LENGTH, b"CONTENT-LENGTH: 0"), 400),
    # Transfer-Encoding
    ("CL.TE", put(b"Content-Length: %d" % (len(MARK) + 5), CHUNKED, body=b"0\r\n\r\n" + MARK), 400),
    ("TE.CL", put(CHUNKED, b"Content-Length: 4", body=b"%x\r\n%s\r\n0\r\n\r\n" % (
        len(MARK), MARK)), 400),
    ("CL.0", get(CHUNKED, b"Content-Length: 0", body=MARK), 400),
    *[("the coding %r" % v, put(b"Transfer-Encoding:" + v, body=CHUNKS), 400)
      for v in [
        b"", b" ", b" gzip", b" identity", b" chunk", b" chunkedd", b" xchunked", b" chunked,",
        b" ,chunked", b" chunked, chunked", b" chunked, identity", b" identity, chunked",
        b" gzip, chunked", b" chunked, gzip", b" chunked;q=1", b" chunked;a=b", b' "chunked"',
        b" 'chunked'", b" chunked chunked", b" cow chunked bar", b" chu\0nked", b" chunked\0",
        b" \x0bchunked", b" chunked\x0b", b" \x0cchunked", b" \xa0chunked", b" \xffchunked",
        b" ch\x96nked", b"\r\n chunked", b"\n chunked", b" chunked\r", b" \rchunked",
        b" (x)chunked", b" %63hunked", b" =?utf-8?q?chunked?="]],
    ("chunked twice", put(CHUNKED, CHUNKED, body=CHUNKS), 400),
    ("chunked behind identity", put(b"Transfer-Encoding: identity", CHUNKED, body=CHUNKS), 400),
    ("identity behind chunked", put(CHUNKED, b"Transfer-Encoding: identity", body=CHUNKS), 400),
    ("a coding of spaces beside a length", put(b"Transfer-Encoding: ", LENGTH), 400),
    # Chunks
    *[("the chunk %r" % v, chunks(v), code) for v, code in [
        (b"\r\n", 400), (b"g\r\n", 400), (b"-1\r\n", 400), (b"+1\r\na\r\n", 400),
        (b"0x1\r\na\r\n", 400), (b"1 \r\na\r\n", 400), (b" 1\r\na\r\n", 400),
        (b"\t1\r\na\r\n", 400), (b"1\t\r\na\r\n", 400), (b"1_0\r\n", 400), (b"1.0\r\na\r\n", 400),
        (b"1,1\r\na\r\n", 400), (b"1\0\r\na\r\n", 400), (b"1;\r\na\r\n", 400),
        (b"1;a\r\na\r\n", 400), (b'1;a="b"\r\na\r\n', 400), (b'1;a="\r\n', 400),
        (b"1 ;a=b\r\na\r\n", 400), (b"1;a\nb\r\na\r\n", 400), (b"1\na\n", 400), (b"1\ra\r", 400),
        (b"1\r\r\na\r\n", 400), (b"1\r\na\n", 400), (b"1\r\na\rX", 400), (b"1\r\naX\r\n", 400),
        (b"1\r\n\r\n\r\nX", 400), (b"2\r\na\r\n0\r\n\r\n", 400), (b"0\r\nX: a\r\n\r\n", 400),
        (b"0\r\nContent-Length: 5\r\n\r\n", 400), (b"0\r\n \r\n\r\n", 400), (b"0\r\n\n", 400),
        (b"0\n\n", 400), (b"0\r\rX", 400), (b"0;a\r\n\r\n", 400), (b"00000000001\r\n", 400),
        (b"fffffffff\r\n", 400), (b"10000000000000001\r\na\r\n", 400), (b"ffffffff\r\n", 413),
        (b"7fffffff\r\n", 413), (b"80000000\r\n", 413), (b"\xb9\r\n", 400)]],
    # Expect, and what a vault will not read twice
    ("an unknown expectation", put(b"Expect: 200-ok", LENGTH), 417),
    ("an expectation beside ours", put(b"Expect: 100-continue, x", LENGTH), 417),
    ("an empty expectation", put(b"Expect:", LENGTH), 417),
    ("two tokens", get(b"X-Vault-Token: a", b"X-Vault-Token: b"), 400),
    ("a Content-Type twice", put(b"Content-Type: a/b", b"Content-Type: c/d", LENGTH), 400),
    ("a refused HEAD", ask(b"HEAD a HTTP/1.1"), 400, "HEAD"),
    ("a HEAD of HTTP/1.0", ask(b"HEAD /v1/sys/health HTTP/1.0"), 505, "HEAD"),
    ("a HEAD without Host", ask(b"HEAD /v1/sys/health HTTP/1.1", host=None), 400, "HEAD"),
]

h = ready(lines="gates = 1\n")
h.post("secret/data/read", {"data": {"key": "mine"}})
h.post("secret/data/mark", {"data": {"key": "mark"}})


def outcome(request, *head):
    """The statuses that come for a request with the mark behind it, the last reply's fields, and
    whether the connection was closed; instead of statuses, what is wrong with the bytes."""
    answer, closed = wire.say(h, request + MARK)
    try:
        got = wire.replies(answer, (0,) if head else ())
    except ValueError as e:
        return str(e), {}, closed
    final = [reply for reply in got if reply[0] >= 200]
    odd = [reply for reply in final if reply[0] == 405 and b"allow" not in reply[1]]
    odd += [reply for reply in final[1:] if b'"mark"' not in reply[2]]
    if odd or len(got) - len(final) > 1:
        return "an odd reply: %r" % (odd or got), {}, closed
    return [code for code, _, _ in final], final[-1][1] if final else {}, closed


for name, request, status, *head in SERVED:
    codes, fields, closed = outcome(request, *head)
    check("%s: %d, and the next one" % (name, status), codes == [status, 200] and closed,
          (codes, closed))
for name, request, status, *head in REFUSED:
    codes, fields, closed = outcome(request, *head)
    check("%s: %d, and the end" % (name, status), codes == [status] and closed and
          fields.get(b"connection") == b"close", (codes, fields, closed))


def sweep(sentence, shape):
    """A byte of every value in one place of a Transfer-Encoding beside a length.  Either the
    name has become another's, and the length counts, or it is refused."""
    wrong = []
    for byte in range(256):
        line = shape % bytes([byte])
        name = line.split(b":")[0]
        other = name and all(b in TOKEN for b in name) and name != b"Transfer-Encoding" and b":" in line
        codes, _, closed = outcome(put(line, LENGTH))
        if codes != ([200, 200] if other else [400]) or not closed:
            wrong.append((byte, codes))
    check("every byte %s" % sentence, not wrong, wrong)


sweep("before the name of Transfer-Encoding", b"%bTransfer-Encoding: chunked")
sweep("behind the name", b"Transfer-Encoding%b: chunked")
sweep("before its value", b"Transfer-Encoding:%bchunked")
sweep("behind its value", b"Transfer-Encoding: chunked%b")
sweep("in the middle of the name", b"Transfer%bEncoding: chunked")

# How the bytes are cut makes no difference: one at a time, each in a record of its own.
for name, request, codes in (("a request", put(LENGTH), [200, 200]),
                             ("one in chunks", chunks(CHUNKS), [200, 200]),
                             ("a smuggled one", put(CHUNKED, LENGTH, body=CHUNKS), [400])):
    with wire.dial(h) as s:
        try:
            for byte in request + MARK:
                s.sendall(bytes([byte]))
        except OSError:
            pass
        answer, closed = wire.read_all(s)
    check("%s byte by byte, each in its record" % name, closed and
          [code for code, _, _ in wire.replies(answer)] == codes, answer[:300])

# 100 Continue comes before the body, and not when the head is refused.
with wire.dial(h, timeout=5) as s:
    s.sendall(put(b"Expect: 100-continue", b"Connection: close", LENGTH, body=b""))
    first = s.recv(4096)
    s.sendall(JSON)
    rest, _ = wire.read_all(s)
check("100 Continue comes before the body", first == b"HTTP/1.1 100 Continue\r\n\r\n" and
      [code for code, _, _ in wire.replies(rest)] == [200], (first, rest[:200]))
answer, closed = wire.say(h, put(b"Expect: 100-continue", b"Content-Length: 999999999", body=b""))
check("and none before a refusal", wire.status(answer) == 413 and closed, answer[:100])

# Many behind each other: each its own reply, in their order.
many = b"".join(to(b"/v1/secret/data/%s" % name) for name in [b"read", b"none", b"mark"] * 30)
answer, closed = wire.say(h, many + MARK)
got = wire.replies(answer)
check("ninety requests at once are answered in their order", closed and
      [code for code, _, _ in got] == [200, 404, 200] * 30 + [200] and
      all(b'"mine"' in body for _, _, body in got[0:90:3]) and
      all(b'"mark"' in body for _, _, body in got[2:90:3]), answer[-300:])
answer, closed = wire.say(h, get() * 3 + put(CHUNKED, LENGTH, body=CHUNKS) + MARK)
check("a bad one ends them where it stands", closed and
      [code for code, _, _ in wire.replies(answer)] == [200] * 3 + [400], answer[-300:])
answer, closed = wire.say(h, get(b"Connection: x, CLOSE ,y") + MARK)
check("behind close nothing is read", closed and
      [code for code, _, _ in wire.replies(answer)] == [200], answer[-300:])

check("what was put is as the last good request left it",
      h.get("secret/data/case").data["data"] == {"key": "new"}, h.get("secret/data/case"))
names = h.call("LIST", "secret/metadata/").data["keys"]
check("nothing else came to be", names == ["case", "mark", "read"], names)
check("no gate died", "restart" not in h.log() and "died" not in h.log(), h.log()[-500:])
