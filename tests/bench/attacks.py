"""Callers measured while others attack: what each kind of attack costs them, as the ratio of their
p99 to that while the same attack goes against another vault on this machine.

So what the attackers and their victim take of two processors is in both figures; the ratio is what
callers suffer for being served by the process that is attacked.  The attackers come from addresses
of their own, at the lowest priority.
"""
import os
import socket
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import hublet  # noqa: E402

IDLE, MANY = "10000 idle connections", 10000
CROWD = 400  # connections of an attack that holds them
HEAD = b"POST /v1/secret/data/bench/x HTTP/1.1\r\nHost: vault\r\n"


def dial(h, n):
    """From an address of its own, so that no cap on one address ends the attack."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.settimeout(30)
    s.bind(("127.0.%d.%d" % (1 + n // 200, 1 + n % 200), 0))
    s.connect(("127.0.0.1", h.port))
    return s


def enter(h, n):
    return h.context("billing").wrap_socket(dial(h, n), server_hostname="localhost")


def hold(h, n, opening, more, tls=True):
    """A connection that says something and then a byte each second; a new one when it is ended."""
    while True:
        try:
            s = enter(h, n) if tls else dial(h, n)
            s.sendall(opening)
            while True:
                time.sleep(1)
                s.sendall(more)
        except OSError:
            time.sleep(0.2)


def crowd(h, *how, **more):
    for n in range(CROWD):
        threading.Thread(target=hold, args=(h, n, *how), kwargs=more, daemon=True).start()
    time.sleep(3600)


def flood(h, once, callers=8):
    """Each caller does that as often as it can."""
    def go(n):
        while True:
            try:
                once(n)
            except OSError:
                pass
    for n in range(callers):
        threading.Thread(target=go, args=(n,), daemon=True).start()
    time.sleep(3600)


def garble(h):
    def once(n):
        with enter(h, n) as s:
            s.sendall(b"\x16\x03\x01" + os.urandom(4000))
            s.recv(4096)
    flood(h, once)


def knock(h):
    """A handshake that a foreign CA's certificate makes the vault refuse."""
    stranger = ssl.create_default_context(cafile=h.path("ca.pem"))
    stranger.load_cert_chain(h.path("stranger.pem"), h.path("stranger.key"))

    def once(n):
        with stranger.wrap_socket(dial(h, n), server_hostname="localhost") as s:
            s.recv(1)
    flood(h, once)


def abandon(h):
    def once(n):
        with dial(h, n) as s:
            s.sendall(b"\x16\x03\x01\x02\x00\x01")
    flood(h, once)


GET = b"GET /v1/secret/data/billing/page HTTP/1.1\r\nHost: vault\r\n\r\n"
# 300 bytes of a ClientHello that has 512.
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(289)
ATTACKS = {
    "handshakes that stall": lambda h: crowd(h, HELLO, b"\0", tls=False),
    "heads, a byte a second": lambda h: crowd(h, HEAD, b"X"),
    "bodies, a byte a second": lambda h: crowd(h, HEAD + b"Content-Length: 9000\r\n\r\n", b" "),
    "replies that nobody reads": lambda h: crowd(h, GET, GET),
    "connections left half open": abandon,
    "garbage after the handshake": garble,
    "handshakes with a bad certificate": knock,
}


def p99(bench, h):
    """Of the better of two runs: the machine has moods of its own."""
    return min(bench.load(h, h.port, "-connections", 2, "-path", bench.READ)["p99"]
               for _ in range(2))


def target():
    """A Hublet to attack; its attackers' certificate of a foreign CA."""
    h = hublet.ready(lines="\nlimits {\n\tper_identity = 16384\n\tper_address = 16384\n}\n")
    stranger = hublet.Hublet("stranger", domain=h.domain)
    stranger.issue("billing")
    for end in ".pem", ".key":
        os.rename(stranger.path("billing" + end), h.path("stranger" + end))
    stranger.remove()
    assert h.post("secret/data/bench/a", {"data": {"api_key": "x" * 39}}).status == 200
    assert h.post("secret/data/billing/page", {"data": {"of": "x" * 60000}}).status == 200
    return h


def attack(bench, h, what):
    """Begin it."""
    if what == IDLE:
        return subprocess.Popen(bench.command(h, h.port, "-connections", MANY, "-seconds", 600,
                                              "-idle", "-path", "/v1/sys/health"),
                                stdout=subprocess.DEVNULL)
    return subprocess.Popen(["nice", "-n", "19", sys.executable, "-B", __file__, h.dir, str(h.port),
                             what], stdin=subprocess.DEVNULL)


def main(bench):
    h, other = target(), target()
    for what in [*ATTACKS, IDLE]:
        figures = []
        for victim in other, h:
            child = attack(bench, victim, what)
            time.sleep(12 if what == IDLE else 3)
            figures.append(p99(bench, h))
            child.kill()
            child.wait()
            time.sleep(1)
        print("%-36s p99 %6.0f us; %6.0f us when another vault is attacked" % (
            what, figures[1], figures[0]), flush=True)
        bench.target("p99 under " + what + ", ratio", figures[1] / figures[0], 3)
    h.remove()
    other.remove()


class Target:
    """What an attacker knows of a Hublet."""

    context = hublet.Hublet.context

    def __init__(self, directory, port):
        self.dir, self.port = directory, int(port)

    def path(self, name):
        return os.path.join(self.dir, name)


if __name__ == "__main__":
    ATTACKS[sys.argv[3]](Target(*sys.argv[1:3]))
