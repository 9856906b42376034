#!/usr/bin/env python3
"""Callers who ask for much, all at once, and do not take it, fill no memory of the vault's and hold
up nobody; who takes it in the end gets all of it."""
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready  # noqa: E402

CALLERS = 200
SIZE = 1900000
MOST = 200 * 1024  # KiB: half of what they ask for

h = ready(lines="\ngates = 2\n")
reply = h.post("secret/data/billing/large", {"data": {"of": "x" * SIZE}})
check("a large secret is written", reply.status == 200, reply)


def anonymous(pid):
    with open("/proc/%d/status" % pid) as f:
        return next(int(line.split()[1]) for line in f if line.startswith("RssAnon:"))


class Watch(threading.Thread):
    """The most memory that the children have had."""

    def __init__(self):
        super().__init__(daemon=True)
        children = h.children()
        self.pids = children["keeper"] + children["gate"]
        self.most, self.ended = 0, threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(0.01):
            self.most = max(self.most, max(map(anonymous, self.pids)))


def connect():
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.connect(("127.0.0.1", h.port))
    return h.context("billing").wrap_socket(plain, server_hostname="localhost")


def take(connection):
    """How much of a reply comes."""
    connection.settimeout(60)
    got = b""
    while len(got) < SIZE + 500:
        part = connection.recv(1 << 20)
        got += part
        if not part or got.endswith(b"\n"):
            break
    return len(got)


connections = [connect() for _ in range(CALLERS)]
watch = Watch()
for c in connections:
    c.sendall(b"GET /v1/secret/data/billing/large HTTP/1.1\r\nHost: vault\r\n\r\n")
begun = time.monotonic()
answers = [h.get("sys/health").status for _ in range(20)]
took = (time.monotonic() - begun) / 20
check("others are answered meanwhile", answers == [200] * 20 and took < 1, (answers, took))
time.sleep(2)
watch.ended.set()
watch.join()
check("no process holds what nobody takes", watch.most < MOST, "%d KiB" % watch.most)
check("who takes it gets all of it", all(take(c) > SIZE for c in connections))
check("and the vault goes on", h.get("sys/health").status == 200)
