#!/usr/bin/env python3
"""Nobody can send too much, too slowly, too often, or leave his answers unread, and so keep
others from being served."""
import os
import random
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import wire  # noqa: E402
from hublet import SLOW, Refused, check, ready, until  # noqa: E402

HEAD = b"GET /v1/sys/health HTTP/1.1\r\nHost: a\r\n"


def drip(first, rest):
    """Send the first bytes, then the others one by one: (the answer, seconds until its end)."""
    with wire.dial(h) as s:
        start = time.monotonic()
        s.settimeout(0.1)
        got = b""
        try:
            s.sendall(first)
            for byte in rest:
                s.sendall(bytes([byte]))
                try:
                    some = s.recv(4096)
                    if not some:
                        break
                    got += some
                except TimeoutError:
                    pass
                if time.monotonic() - start > 15 * SLOW:
                    return got, None
        except OSError:
            pass
        return got, time.monotonic() - start


def hold(who, count):
    """Connections that asked once and stay: (those that were served, how many were not)."""
    held, refused = [], 0
    for _ in range(count):
        c = h.connect(who)
        try:
            h.get("sys/health", connection=c)
            held.append(c)
        except (Refused, OSError):
            refused += 1
            c.close()
    return held, refused


def let_go(held):
    for c in held:
        c.close()
    until(served)


def served():
    return h.refusal("operator") == ""


h = ready(limits={"handshake": "2s", "head": "2s", "body": "2s", "write_stall": "2s", "idle": "3s",
                  "per_address": 12, "per_identity": 5}, lines="gates = 1\n")

padding = b"X-Padding: %s\r\n" % (b"x" * 1000)
answer, closed = wire.say(h, HEAD + padding * 17 + b"\r\n")
check("a head of more than 16 KiB: 431", wire.status(answer) == 431 and closed, answer[:200])
answer, closed = wire.say(h, b"GET /v1/sys/" + b"x" * 17000 + b" HTTP/1.1\r\nHost: a\r\n\r\n")
check("a target of more than 16 KiB: 414", wire.status(answer) == 414 and closed, answer[:200])
end = b"Connection: close\r\n\r\n"
answer, _ = wire.say(h, HEAD + padding * 15 + end)
check("one of 15 KiB is fine", wire.status(answer) == 200, answer[:200])
answer, closed = wire.say(h, HEAD + b"X: 1\r\n" * 64 + b"\r\n")
check("65 fields: 431", wire.status(answer) == 431 and closed, answer[:200])
answer, _ = wire.say(h, HEAD + b"X: 1\r\n" * 62 + end)
check("64 fields are fine", wire.status(answer) == 200, answer[:200])
most = 2 * 1024 * 1024
put = b"PUT /v1/secret/data/big HTTP/1.1\r\nHost: a\r\n"
answer, closed = wire.say(h, put + b"Content-Length: %d\r\n\r\n" % (most + 1))
check("a body of more than 2 MiB is refused before it is sent: 413", wire.status(answer) == 413 and
      b"http: request body too large" in answer and closed, answer[:200])
chunks = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
answer, closed = wire.say(h, put + b"Transfer-Encoding: chunked\r\n\r\n" + chunks * 2 +
                          b"1\r\n \r\n0\r\n\r\n")
check("and in chunks, when they are too much: 413", wire.status(answer) == 413 and closed,
      answer[:200])
body = b'{"data": {"key": "v"}}'
answer, _ = wire.say(h, put + b"Content-Length: %d\r\n" % most + end + body.ljust(most))
check("exactly 2 MiB are fine", wire.status(answer) == 200, answer[:300])

answer, seconds = drip(b"", HEAD + b"X: " + b"y" * 200)
check("a head that comes byte by byte ends at its deadline", seconds is not None and
      1 <= seconds < 6 * SLOW and b" 200 " not in answer, (seconds, answer))
answer, seconds = drip(put + b"Content-Length: 500\r\n\r\n", body.ljust(500))
check("a body that comes byte by byte ends at its deadline", seconds is not None and
      1 <= seconds < 6 * SLOW and b" 200 " not in answer, (seconds, answer))
answer, seconds = drip(put + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 100)
check("and one in chunks of one byte", seconds is not None and 1 <= seconds < 6 * SLOW,
      (seconds, answer))
with wire.dial(h) as s:
    check("a caller who says nothing is let go", wire.ended(s, 8))
with socket.create_connection(("127.0.0.1", h.port)) as s:
    s.settimeout(8 * SLOW)
    s.sendall(b"\x16\x03\x01\x02\x00")
    try:
        over = s.recv(4096)[:1] in (b"", b"\x15")
    except TimeoutError:
        over = False
    except OSError:
        over = True
    check("a handshake that does not go on is ended", over)

noise = random.Random(1).randbytes(480 * 1024).hex()
h.post("secret/data/big", {"data": {"key": noise}})
readers = []
for _ in range(4):
    s = wire.dial(h, "operator", room=4096)
    s.sendall(b"GET /v1/secret/data/big HTTP/1.1\r\nHost: a\r\n\r\n" * 8)
    readers.append(s)
served_all, worst = True, 0
for _ in range(20):
    start = time.monotonic()
    served_all &= h.get("sys/health", "billing").status == 200
    worst = max(worst, time.monotonic() - start)
check("while four callers do not read, others are served at once", served_all and
      worst < 2 * SLOW, worst)
check("and those are closed", until(lambda: h.log().count("taking a reply took too long") >= 4, 15),
      h.log()[-600:])
for s in readers:
    s.close()

until(lambda: False, 0.5)
held, refused = hold("mailer", 7)
check("one identity has five connections, no more", (len(held), refused) == (5, 2),
      (len(held), refused))
check("another identity is served", served())
let_go(held)
check("when it lets go it may come again", until(lambda: h.refusal("mailer") == ""))
until(lambda: False, 0.5)
held, refused = [], 0
for who in "billing", "mailer", "operator":
    some, none = hold(who, 5)
    held, refused = held + some, refused + none
check("one address has twelve connections, no more", (len(held), refused) == (12, 3),
      (len(held), refused))
check("the log says why", "too many from its address" in h.log() and
      "has too many connections" in h.log(), h.log()[-500:])
let_go(held)
check("and it serves as before", until(served))
