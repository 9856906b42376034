#!/usr/bin/env python3
"""Whoever sends too much, too slowly or from too many connections is cut off, and nobody else
waits for it."""
import os
import re
import socket
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import Refused, check, ready, until  # noqa: E402

h = ready(lines="gates = 1\n", limits={
    "handshake": "2s", "head": "2s", "body": "2s", "write_stall": "2s", "idle": "3s",
    "body_bytes": "64k", "per_address": 24, "per_identity": 8})
h.post("secret/data/billing/stripe", {"data": {"key": "value" * 2000}})
CONTEXT = h.context("billing")
GET = b"GET /v1/secret/data/billing/stripe HTTP/1.1\r\nHost: x\r\n\r\n"


def dial():
    raw = socket.create_connection(("127.0.0.1", h.port), timeout=10)
    return CONTEXT.wrap_socket(raw, server_hostname="127.0.0.1")


def answer(s):
    """The status of what comes, 0 for an end without any, None for silence."""
    try:
        got = s.recv(65536)
    except TimeoutError:
        return None
    except (ssl.SSLError, ConnectionError):
        return 0
    found = re.match(rb"HTTP/1\.1 (\d+)", got)
    return int(found[1]) if found else 0


def ask(text):
    with dial() as s:
        s.sendall(text)
        return answer(s)


def drip(first, piece, seconds):
    """Send the beginning, then a piece every 0.2 s; how long until it was cut off."""
    begin = time.monotonic()
    with dial() as s:
        s.sendall(first)
        s.settimeout(0.2)
        while time.monotonic() - begin < seconds:
            try:
                if not s.recv(65536):
                    break
            except TimeoutError:
                pass
            except (ssl.SSLError, ConnectionError):
                break
            try:
                s.sendall(piece)
            except (ssl.SSLError, ConnectionError):
                break
        return time.monotonic() - begin


def served():
    begin = time.monotonic()
    return (h.get("sys/health").status == 200) and time.monotonic() - begin < 1


fields = b"".join(b"X-%d: y\r\n" % n for n in range(62))
check("64 header fields pass", ask(b"GET /v1/sys/health HTTP/1.1\r\nHost: x\r\nX-A: y\r\n" + fields + b"\r\n") == 200)
check("65 do not", ask(b"GET /v1/sys/health HTTP/1.1\r\nHost: x\r\nX-A: y\r\nX-B: y\r\n" + fields + b"\r\n") in (400, 431))
pad = b"X-A: " + b"y" * 15000
check("a head of 15 KiB passes", ask(b"GET /v1/sys/health HTTP/1.1\r\nHost: x\r\n" + pad + b"\r\n\r\n") == 200)
check("one of 17 does not", ask(b"GET /v1/sys/health HTTP/1.1\r\nHost: x\r\n" + pad + b"y" * 2000 + b"\r\n\r\n") in (400, 431))
check("a body of 60 KiB passes", h.post("secret/data/billing/x", {"data": {"a": "x" * 61000}}).status == 200)
post = b"POST /v1/secret/data/billing/x HTTP/1.1\r\nHost: x\r\n"
check("one of 65 is refused by its length alone", ask(post + b"Content-Length: 66560\r\n\r\n") == 413)
check("a chunked one when it gets there",
      ask(post + b"Transfer-Encoding: chunked\r\n\r\n" + (b"4000\r\n" + b"x" * 0x4000 + b"\r\n") * 5) == 413)

took = drip(b"GET /v1/sys/health HTTP/1.1\r\n", b"X", 8)
check("a head byte by byte ends after two seconds", 1.5 < took < 5, took)
took = drip(post + b"Content-Length: 10000\r\n\r\n", b"x", 8)
check("a body byte by byte ends after two seconds", 1.5 < took < 5, took)
begin = time.monotonic()
with socket.create_connection(("127.0.0.1", h.port), timeout=10) as s:
    s.sendall(b"\x16\x03\x01\x02\x00\x01")
    try:
        s.recv(100)
    except ConnectionError:
        pass
took = time.monotonic() - begin
check("half a handshake ends after two seconds", 1.5 < took < 5, took)
took = drip(GET, b"", 8)
check("an idle connection ends after three", 2.5 < took < 6, took)

# One who asks and does not read: the buffers fill, then the deadline counts.
raw = socket.socket()
raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
raw.settimeout(1)
raw.connect(("127.0.0.1", h.port))
with CONTEXT.wrap_socket(raw, server_hostname="127.0.0.1") as deaf:
    begin, ended = time.monotonic(), False
    while not ended and time.monotonic() - begin < 20:
        try:
            deaf.sendall(GET * 20)
        except TimeoutError:
            pass
        except (ssl.SSLError, ConnectionError):
            ended = True
    check("who does not read is cut off", ended)
    check("... and nobody else waits for it", served())

mine = []
for _ in range(8):
    s = dial()
    s.sendall(GET)
    mine.append((s, answer(s)))
check("eight connections of one identity are served", [status for _, status in mine] == [200] * 8)
check("a ninth is not", ask(GET) in (0, 503))
check("another identity is", served())
for s, _ in mine:
    s.close()
check("when they end it is served again", until(lambda: ask(GET) == 200, 3))

strangers = [socket.create_connection(("127.0.0.1", h.port)) for _ in range(30)]
check("beyond 24 connections of one address none is served", h.refusal("operator") != "")


def back():
    try:
        return served()
    except (Refused, OSError):
        return False


check("those that say nothing are cut off, and it is served again", until(back, 6))
for s in strangers:
    s.close()
