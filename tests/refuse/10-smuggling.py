#!/usr/bin/env python3
"""A request that two readers could read in two ways is refused in JSON, ends the connection, and
nothing of it is done."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import wire  # noqa: E402
from hublet import check, ready  # noqa: E402

BODY = b'{"data": {"key": "smuggled"}}'
INNER = b"PUT /v1/secret/data/inner HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (
    len(BODY), BODY)
CHUNK = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)


def put(*fields, host=b"Host: a", line=b"PUT /v1/secret/data/outer HTTP/1.1", body=BODY,
        end=b"\r\n"):
    """A PUT with these fields; without any it is good."""
    fields = fields or (b"Content-Length: %d" % len(body),)
    return end.join([line, *([host] if host else []), *fields, b"", b""]) + body


LENGTH = b"Content-Length: %d" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked"
CASES = [
    ("a space before the colon", put(b"Content-Length : %d" % len(INNER), body=INNER), 400),
    ("a tab before the colon", put(b"Content-Length\t: %d" % len(INNER), body=INNER), 400),
    ("length beside chunked", put(LENGTH, CHUNKED, body=CHUNK + INNER), 400),
    ("chunked beside length", put(CHUNKED, LENGTH, body=CHUNK + INNER), 400),
    ("two lengths", put(b"Content-Length: 0", LENGTH), 400),
    ("two lengths alike", put(LENGTH, LENGTH), 400),
    ("two lengths in one", put(b"Content-Length: 5, 5"), 400),
    ("a length with a sign", put(b"Content-Length: +%d" % len(BODY)), 400),
    ("a negative length", put(b"Content-Length: -1"), 400),
    ("a length in hex", put(b"Content-Length: 0x1d"), 400),
    ("an empty length", put(b"Content-Length: "), 400),
    ("a length that overflows", put(b"Content-Length: 18446744073709551645"), 413),
    ("lines that end in a bare LF", put(LENGTH, end=b"\n"), 400),
    ("one line that ends in a bare LF", put(b"X: 1\n" + LENGTH), 400),
    ("a bare CR in a value", put(b"X: a\rb", LENGTH), 400),
    ("a bare CR that ends a line", put(b"X: a\rY: b", LENGTH), 400),
    ("a NUL in a value", put(b"X: a\0b", LENGTH), 400),
    ("a NUL in the target", put(line=b"PUT /v1/secret/data/outer\0x HTTP/1.1"), 400),
    ("a folded line", put(b"X: a\r\n b", LENGTH), 400),
    ("a folded first field", put(b" X: a", LENGTH, host=None), 400),
    ("two Hosts", put(b"Host: b", LENGTH), 400),
    ("no Host", put(LENGTH, host=None), 400),
    ("an empty Host", put(LENGTH, host=b"Host: "), 400),
    ("a Host with a path", put(LENGTH, host=b"Host: a/b"), 400),
    ("an unknown coding", put(b"Transfer-Encoding: gzip", body=CHUNK), 400),
    ("chunked behind another coding", put(b"Transfer-Encoding: gzip, chunked", body=CHUNK), 400),
    ("chunked twice", put(CHUNKED, CHUNKED, body=CHUNK), 400),
    ("chunked twice in one", put(b"Transfer-Encoding: chunked, chunked", body=CHUNK), 400),
    ("chunked behind a vertical tab", put(b"Transfer-Encoding: \x0bchunked", body=CHUNK), 400),
    ("identity", put(b"Transfer-Encoding: identity"), 400),
    ("a chunk's extension", put(CHUNKED, body=CHUNK.replace(b"\r\n", b";a=b\r\n", 1)), 400),
    ("a chunk's length with 0x", put(CHUNKED, body=b"0x" + CHUNK), 400),
    ("a chunk's length with a space", put(CHUNKED, body=CHUNK.replace(b"\r\n", b" \r\n", 1)), 400),
    ("a chunk's length that overflows", put(CHUNKED, body=b"10000000000000000\r\n" + BODY), 400),
    ("a chunk that ends in a bare LF", put(CHUNKED, body=CHUNK.replace(b"\r\n", b"\n", 1)), 400),
    ("a chunk longer than it says",
     put(CHUNKED, body=b"5\r\n" + BODY + b"\r\n0\r\n\r\n"), 400),
    ("trailers", put(CHUNKED, body=CHUNK[:-2] + b"X: a\r\n\r\n"), 400),
    ("a name that is no token", put(b"X(y): a", LENGTH), 400),
    ("a field without a name", put(b": a", LENGTH), 400),
    ("a field without a colon", put(b"X", LENGTH), 400),
    ("the absolute form", put(line=b"PUT https://a/v1/secret/data/outer HTTP/1.1"), 400),
    ("the authority form", put(line=b"CONNECT a:443 HTTP/1.1"), 400),
    ("a target that does not begin with /", put(line=b"PUT v1/secret/data/outer HTTP/1.1"), 400),
    ("a fragment", put(line=b"PUT /v1/secret/data/outer#x HTTP/1.1"), 400),
    ("two spaces in the line", put(line=b"PUT  /v1/secret/data/outer HTTP/1.1"), 400),
    ("a space behind the version", put(line=b"PUT /v1/secret/data/outer HTTP/1.1 "), 400),
    ("a tab in the line", put(line=b"PUT\t/v1/secret/data/outer HTTP/1.1"), 400),
    ("an empty line first", b"\r\n" + put(), 400),
    ("a method that is no token", put(line=b"PU(T /v1/secret/data/outer HTTP/1.1"), 400),
    ("HTTP/1.0", put(line=b"PUT /v1/secret/data/outer HTTP/1.0"), 505),
    ("HTTP/0.9", b"GET /v1/sys/health\r\n\r\n", 400),
    ("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ("an Expect that is unknown", put(b"Expect: something", LENGTH), 417),
    ("two tokens", put(b"X-Vault-Token: a", b"X-Vault-Token: b", LENGTH), 400),
]
PATHS = [b"/v1/secret/data/x%2f..%2fouter", b"/v1/secret/data/%2e%2e/outer",
         b"/v1/secret/data/../data/outer", b"/v1/secret/data/./outer", b"/v1/secret//data/outer",
         b"/v1/secret/data/outer%00", b"/v1/secret/data/outer%0a", b"/v1/secret/data/outer%",
         b"/v1/secret/data/outer%zz", b"/v1/secret%2f%2fdata/outer"]

h = ready()
h.post("secret/data/outer", {"data": {"key": "mine"}})


def untouched():
    return h.get("secret/data/outer").data["data"] == {"key": "mine"} and \
        h.get("secret/data/inner").status == 404


def in_json(answer):
    """Exactly one reply, its body the JSON of an error."""
    head, _, body = answer.partition(b"\r\n\r\n")
    try:
        return b"\r\nContent-Type: application/json\r\n" in head and \
            list(json.loads(body)) == ["errors"]
    except ValueError:
        return False


# A second request follows each: who reads on in the wrong place would do it.
for name, request, status in CASES:
    answer, closed = wire.say(h, request + INNER)
    check("%s: %d" % (name, status), wire.status(answer) == status and in_json(answer) and closed,
          (closed, answer[:300]))
for path in PATHS:
    answer, closed = wire.say(h, put(b"Connection: close", LENGTH, line=b"PUT %s HTTP/1.1" % path))
    check("the path %s: 400" % path.decode(), wire.status(answer) == 400 and in_json(answer),
          answer[:300])
answer, _ = wire.say(h, put(b"Connection: close", LENGTH,
                            line=b"PUT /v1/secret%2Fdata%2fouter HTTP/1.1"), "billing")
check("an escaped slash is a slash to the policy too: 403", wire.status(answer) == 403 and
      in_json(answer), answer[:300])
check("nothing of all that was done", untouched(), h.get("secret/data/outer"))
names = h.call("LIST", "secret/metadata/").data["keys"]
check("nor anything else", names == ["outer"], names)

answer, _ = wire.say(h, put(b"Connection: close", LENGTH))
check("the control: such a request, well made, is done", wire.status(answer) == 200 and
      h.get("secret/data/outer").data["data"] == {"key": "smuggled"}, answer[:300])
answer, _ = wire.say(h, put(b"Connection: close", CHUNKED, body=CHUNK))
check("and in chunks", wire.status(answer) == 200, answer[:300])
answer, _ = wire.say(h, put() + put(b"Connection: close", LENGTH))
check("and two, one behind the other", answer.count(b"HTTP/1.1 200 ") == 2, answer[:300])
