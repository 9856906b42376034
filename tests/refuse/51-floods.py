#!/usr/bin/env python3
"""A flood of handshakes holds up nobody who is served, and a gate without descriptors to spare
refuses those who come, and takes the next when others have gone."""
import os
import shutil
import socket
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from crash import Injector  # noqa: E402
from hublet import SLOW, Hublet, Refused, check, ready, skip, until  # noqa: E402

CROWD = 300
WORST = 0.04 * SLOW  # a turn's share of them, and the machine's moods; all of them take 0.13


def hello():
    """The bytes of a ClientHello."""
    out = ssl.MemoryBIO()
    try:
        h.context("operator").wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        return out.read()


def knock(count):
    return [socket.create_connection(("127.0.0.1", h.port)) for _ in range(count)]


def worst(count):
    """Seconds, of so many requests on a connection that was there before."""
    times = []
    for _ in range(count):
        begun = time.monotonic()
        h.get("sys/health", connection=kept)
        times.append(time.monotonic() - begun)
    return max(times)


h = ready(lines="gates = 1\n")
kept = h.connect()
h.get("sys/health", connection=kept)
rounds = []
for _ in range(5):
    crowd, words = knock(CROWD), [hello() for _ in range(CROWD)]
    time.sleep(0.3)
    for s, word in zip(crowd, words):
        s.sendall(word)
    rounds.append(worst(30))
    for s in crowd:
        s.close()
check("%d handshakes at once hold up nobody who is served" % CROWD, sorted(rounds)[2] < WORST,
      ["%.0f ms" % (1000 * seconds) for seconds in rounds])
h.remove()


# ---- few descriptors

h = Hublet(lines="gates = 1\n").start(wrapper=("prlimit", "--nofile=128:128")).init().unseal()
check("with few descriptors, the log says for how many connections they are enough",
      "descriptors are enough for 32 connections" in h.log() and "LimitNOFILE" in h.log())
kept = h.connect()
h.get("sys/health", connection=kept)
crowd = knock(100)
check("more than that are refused, and say why in the log", until(
    lambda: "there are too many" in h.log()))
check("who is there is served", h.get("sys/health", connection=kept).status == 200)
for s in crowd:
    s.close()
gate = h.children()["gate"][0]


def busy():
    with open("/proc/%d/schedstat" % gate) as f:
        return int(f.read().split()[0])


def served():
    try:
        return h.get("sys/health", connection=h.connect(timeout=5)).status == 200
    except (Refused, OSError):
        return False


check("when they have gone, others are served", until(served))
if shutil.which("strace") is None or os.geteuid() != 0:
    skip("none at all", "this needs strace, and root to attach it")
    sys.exit(0)
strace = Injector(h, "accept4:error=EMFILE:syscall=getpid:when=1", role="gate")
time.sleep(1.2)  # a gate logs ten refusals in a second, no more
crowd = knock(1)
check("with none at all, those who come wait, and the log says so", until(
    lambda: "connections wait: Too many open files" in h.log()))
strace.end()
check("and come in when there are some", until(served))
before = busy()
time.sleep(1)
check("and the gate rests", busy() - before < 3e8, busy() - before)
