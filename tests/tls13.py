"""A client of TLS 1.3 (RFC 8446) that does as it is told: every message and record of it can be
left out, changed or sent twice.  X25519, TLS_CHACHA20_POLY1305_SHA256, Ed25519."""
import hashlib
import hmac
import os
import socket
import struct

import hublet
import sodium

CCS, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23
CLIENT_HELLO, SERVER_HELLO, TICKET, END_OF_EARLY, ENCRYPTED, CERTIFICATE, REQUEST, VERIFY, \
    FINISHED, KEY_UPDATE = 1, 2, 4, 5, 8, 11, 13, 15, 20, 24
RETRY = hashlib.sha256(b"HelloRetryRequest").digest()
SUITE, X25519, P256, ED25519 = 0x1303, 29, 23, 0x0807
ALERTS = {0: "close notify", 10: "unexpected message", 20: "bad record mac",
          22: "record overflow", 40: "handshake failure", 42: "bad certificate",
          43: "unsupported certificate", 44: "certificate revoked", 45: "certificate expired",
          46: "certificate unknown", 47: "illegal parameter", 48: "unknown ca",
          50: "decode error", 51: "decrypt error", 70: "protocol version", 80: "internal error",
          109: "missing extension", 110: "unsupported extension", 112: "unrecognized name",
          116: "certificate required", 120: "no application protocol"}


class Ended(Exception):
    """By an alert, or without one."""


def vector(size, content):
    """Bytes behind their length, which has so many bytes."""
    return len(content).to_bytes(size, "big") + content


def message(kind, content):
    return bytes([kind]) + vector(3, content)


def extension(kind, content):
    return struct.pack(">H", kind) + vector(2, content)


def numbers(*values):
    return b"".join(struct.pack(">H", v) for v in values)


def expand(secret, label, context, size):
    """HKDF-Expand-Label, of one block."""
    info = struct.pack(">H", size) + vector(1, b"tls13 " + label) + vector(1, context)
    return hmac.digest(secret, info + b"\1", "sha256")[:size]


def extract(salt, key):
    return hmac.digest(salt, key, "sha256")


class Keys:
    """One direction."""

    def __init__(self, secret):
        self.secret, self.count = secret, 0
        self.key, self.iv = expand(secret, b"key", b"", 32), expand(secret, b"iv", b"", 12)

    def nonce(self):
        number = int.from_bytes(self.iv, "big") ^ self.count
        self.count += 1
        return number.to_bytes(12, "big")

    def next(self):
        return Keys(expand(self.secret, b"traffic upd", b"", 32))


class Client:
    """A connection.  hello() and finish() are the two halves of a handshake."""

    def __init__(self, h, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", h.port))
        self.socket.settimeout(timeout * hublet.SLOW)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.secret = os.urandom(32)
        self.reads = self.writes = None
        self.transcript = self.pending = b""
        self.extensions = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    # -- records

    def pack(self, kind, content, padding=0, outer=DATA, version=0x0303):
        """A record, encrypted when there are keys."""
        if self.writes is None:
            return struct.pack(">BHH", kind, version, len(content)) + content
        inner = content + bytes([kind]) + b"\0" * padding
        head = struct.pack(">BHH", outer, version, len(inner) + 16)
        return head + sodium.seal(self.writes.key, self.writes.nonce(), inner, head)

    def send(self, kind, content, **more):
        self.socket.sendall(self.pack(kind, content, **more))

    def take(self, size):
        got = b""
        while len(got) < size:
            try:
                some = self.socket.recv(size - len(got))
            except TimeoutError:
                raise
            except OSError as e:
                raise Ended("reset") from e
            if not some:
                raise Ended("end")
            got += some
        return got

    def record(self):
        """The next one: (kind, content).  Ended with the name of the alert that came instead."""
        while True:
            head = self.take(5)
            kind, _, size = struct.unpack(">BHH", head)
            content = self.take(size)
            if kind == DATA and self.reads:
                content = sodium.unseal(self.reads.key, self.reads.nonce(), content, head)
                content = content.rstrip(b"\0")
                kind, content = content[-1], content[:-1]
            if kind == ALERT:
                raise Ended(ALERTS.get(content[1], "alert %d" % content[1]))
            if kind != CCS:
                return kind, content

    def read_message(self):
        """The next handshake message: (kind, its content).  It goes into the transcript."""
        while len(self.pending) < 4 or len(self.pending) < 4 + self.size():
            kind, content = self.record()
            if kind != HANDSHAKE:
                raise Ended("a record of type %d" % kind)
            self.pending += content
        whole, self.pending = self.pending[:4 + self.size()], self.pending[4 + self.size():]
        self.last, self.transcript = whole, self.transcript + whole
        return whole[0], whole[4:]

    def size(self):
        return int.from_bytes(self.pending[1:4], "big")

    # -- handshake

    def parts(self, **changes):
        """The extensions of a ClientHello by number; changes by "x" and number, None removes."""
        share = numbers(X25519) + vector(2, sodium.x25519(self.secret))
        parts = {43: vector(1, numbers(0x0304)), 10: vector(2, numbers(X25519, P256)),
                 13: vector(2, numbers(ED25519, 0x0403, 0x0804, 0x0401)), 51: vector(2, share)}
        parts.update({int(k[1:]): v for k, v in changes.items()})
        return parts

    def client_hello(self, suites=(SUITE,), version=0x0303, session=b"", compression=b"\0",
                     tail=b"", more=b"", **changes):
        rest = b"".join(extension(k, v) for k, v in self.parts(**changes).items()
                        if v is not None) + more
        return message(CLIENT_HELLO, struct.pack(">H", version) + os.urandom(32) +
                       vector(1, session) + vector(2, numbers(*suites)) +
                       vector(1, compression) + vector(2, rest) + tail)

    def say(self, content):
        """A handshake message in records of its own; it goes into the transcript."""
        self.transcript += content
        for at in range(0, len(content), 16384):
            self.send(HANDSHAKE, content[at:at + 16384])

    def hello(self, **changes):
        """Say ClientHello and read the server's flight."""
        self.say(self.client_hello(**changes))
        return self.read_flight()

    def read_server_hello(self):
        """Its extensions; None when it asks for another ClientHello."""
        kind, content = self.read_message()
        if kind != SERVER_HELLO:
            raise Ended("message %d for ServerHello" % kind)
        at = 35 + content[34] + 3
        rest, found = content[at + 2:], {}
        while rest:
            number, size = struct.unpack(">HH", rest[:4])
            found[number], rest = rest[4:4 + size], rest[4 + size:]
        self.server_hello = found
        if content[2:34] != RETRY:
            return found
        hashed = hashlib.sha256(self.transcript[:-len(self.last)]).digest()
        self.transcript = message(254, hashed) + self.last
        return None

    def read_flight(self):
        found = self.read_server_hello()
        if found is None:
            return "retry"
        self.share(found[51][4:])
        while True:
            kind, content = self.read_message()
            if kind == ENCRYPTED:
                self.encrypted = content
            if kind == REQUEST:
                self.context = content[1:1 + content[0]]
            if kind == FINISHED:
                break
        self.app = [expand(self.master, label, self.hash(), 32)
                    for label in (b"c ap traffic", b"s ap traffic")]
        self.reads = Keys(self.app[1])
        return "flight"

    def hash(self):
        return hashlib.sha256(self.transcript).digest()

    def share(self, public):
        """The keys of the handshake."""
        empty = hashlib.sha256(b"").digest()
        early = expand(extract(b"\0" * 32, b"\0" * 32), b"derived", empty, 32)
        secret = extract(early, sodium.x25519(self.secret, public))
        client, server = (expand(secret, label, self.hash(), 32)
                          for label in (b"c hs traffic", b"s hs traffic"))
        self.reads, self.writes = Keys(server), Keys(client)
        self.master = extract(expand(secret, b"derived", empty, 32), b"\0" * 32)

    def certificate(self, chain, context=b"", extensions=b""):
        entries = b"".join(vector(3, der) + vector(2, extensions) for der in chain)
        return message(CERTIFICATE, vector(1, context) + vector(3, entries))

    def verify(self, seed, scheme=ED25519, label=b"TLS 1.3, client CertificateVerify"):
        signed = b" " * 64 + label + b"\0" + self.hash()
        return message(VERIFY, struct.pack(">H", scheme) +
                       vector(2, sodium.ed25519_sign(seed, signed)))

    def finished(self):
        key = expand(self.writes.secret, b"finished", b"", 32)
        return message(FINISHED, hmac.digest(key, self.hash(), "sha256"))

    def finish(self, chain, seed):
        """Say who we are."""
        self.say(self.certificate(chain))
        if chain:
            self.say(self.verify(seed))
        self.say(self.finished())
        self.writes = Keys(self.app[0])
        return self

    # -- afterwards

    def get(self, path="/v1/sys/health", **more):
        """What comes for a request, and what ends it if it does not end with its body."""
        self.send(DATA, b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % path.encode(), **more)
        return self.answer()

    def answer(self):
        got = b""
        while not got.endswith(b"}") and not got.endswith(b"}\n"):
            kind, content = self.record()
            if kind == HANDSHAKE and content[0] == KEY_UPDATE:
                self.reads = self.reads.next()
            elif kind != DATA:
                raise Ended("a record of type %d" % kind)
            else:
                got += content
        return got

    def update(self, ask=0):
        """KeyUpdate."""
        self.send(HANDSHAKE, message(KEY_UPDATE, bytes([ask])))
        self.writes = self.writes.next()
