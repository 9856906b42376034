#!/usr/bin/env python3
"""RFC 8446, message by message: who does not speak TLS 1.3 as it is written, with a certificate
that is his own, is ended with an alert; who does is served, however odd his ways."""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import der  # noqa: E402
import tls13  # noqa: E402
from hublet import SLOW, Hublet, check, until  # noqa: E402
from tls13 import ALERT, CCS, DATA, HANDSHAKE, extension, message, numbers, vector  # noqa: E402

h = Hublet("dev1")
ca, me, other = der.Party("an authority"), der.Party("billing"), der.Party("mailer")
with open(h.path("ca.pem"), "a") as f:
    f.write(der.pem(ca.authority()))
LEAF = ca.leaf(me, "spiffe://%s/svc/billing" % h.domain)
OTHER = ca.leaf(other, "spiffe://%s/svc/mailer" % h.domain)
LATE = ca.leaf(other, "spiffe://%s/svc/mailer" % h.domain, start=der.moment(-3), end=der.moment(-2))
h.start().init().unseal().furnish()


def fate(act, **more):
    """What becomes of a client that does this."""
    try:
        with tls13.Client(h, **more) as c:
            got = act(c)
            if got is None:
                got = c.finish([LEAF], me.seed).get()
            return "served" if isinstance(got, bytes) and got.startswith(b"HTTP/1.1 200") else got
    except (tls13.Ended, ValueError) as e:
        return str(e)
    except TimeoutError:
        return "nothing"
    except OSError:
        return "reset"


def case(sentence, *wanted):
    """The decorated function is what a client does; None: then it goes on as it should."""
    def run(act):
        got = fate(act)
        check("%s: %s" % (sentence, " or ".join(wanted)), got in wanted, got)
    return run


def hello(sentence, *wanted, **changes):
    """One ClientHello, and the rest as it should be."""
    def act(c):
        c.hello(**changes)
    case(sentence, *wanted)(act)


# ---- ClientHello: versions, suites, compression

hello("a ClientHello as it should be", "served")
hello("no supported_versions", "protocol version", x43=None)
hello("TLS 1.2 alone", "protocol version", x43=vector(1, numbers(0x0303)))
hello("a draft of TLS 1.3 alone", "protocol version", x43=vector(1, numbers(0x7f1c)))
hello("versions that are none alone", "protocol version", x43=vector(1, numbers(0x0a0a, 0x0305)))
hello("TLS 1.2 before 1.3", "served", x43=vector(1, numbers(0x0303, 0x0304)))
hello("versions that are none before 1.3", "served", x43=vector(1, numbers(0x0a0a, 0x0304)))
hello("no version in supported_versions", "decode error", "protocol version", x43=vector(1, b""))
hello("half a version", "decode error", "protocol version", x43=vector(1, b"\3\4\3"))
hello("suites that are none beside ours", "served", suites=(0x0a0a, 0x00ff, 0x1399, tls13.SUITE))
hello("suites that are none alone", "handshake failure", suites=(0x0a0a, 0x1399))
hello("suites of TLS 1.2 alone", "handshake failure", suites=(0xc02b, 0xc02f, 0x009c))
hello("the null suites of RFC 9150 alone", "handshake failure", suites=(0xc0b4, 0xc0b5))
hello("no suites", "decode error", "illegal parameter", suites=())
hello("no compression methods", "decode error", "illegal parameter", compression=b"")
hello("a compression", "illegal parameter", "decode error", compression=b"\1")
hello("a compression beside none", "illegal parameter", compression=b"\0\1")
hello("a session to go on with", "served", session=b"s" * 32)
hello("a session too long", "decode error", "illegal parameter", session=b"s" * 33)
hello("bytes behind the extensions", "decode error", tail=b"\0")

# ---- groups and key shares

hello("no key_share", "missing extension", x51=None)
hello("no groups", "missing extension", x10=None)
hello("no signature_algorithms", "missing extension", x13=None)
hello("groups that are none beside ours", "served", x10=vector(2, numbers(0x0a0a, 29)))
hello("no group of ours", "handshake failure", x10=vector(2, numbers(0x0a0a, 30)),
      x51=vector(2, b""))
hello("a share of a group not named", "illegal parameter", x10=vector(2, numbers(23)))
hello("a share of zeros", "illegal parameter", x51=vector(2, numbers(29) + vector(2, b"\0" * 32)))
hello("a share of 31 bytes", "illegal parameter", "decode error",
      x51=vector(2, numbers(29) + vector(2, b"\1" * 31)))
hello("an empty share", "illegal parameter", "decode error", x51=vector(2, numbers(29) + b"\0\0"))
hello("a point that is not on P-256", "illegal parameter",
      x51=vector(2, numbers(23) + vector(2, b"\4" + b"\1" * 64)))
hello("a compressed point", "illegal parameter",
      x51=vector(2, numbers(23) + vector(2, b"\2" + b"\1" * 32)))
hello("signature algorithms that are none", "handshake failure", x13=vector(2, numbers(0x0a0a)))
hello("signature algorithms of SHA-1", "handshake failure", x13=vector(2, numbers(0x0203, 0x0201)))


def retry(**changes):
    """Ask without a share; the second ClientHello has these changes."""
    def act(c):
        if c.hello(x51=vector(2, b"")) != "retry":
            return "no HelloRetryRequest"
        if changes.get("x44") == "as it came" and 44 in c.server_hello:
            changes["x44"] = c.server_hello[44]
        return "a second one" if c.hello(**changes) == "retry" else None
    return act


case("no share, then ours", "served")(retry())
case("no share twice", "illegal parameter")(retry(x51=vector(2, b"")))
case("another share than was asked for", "illegal parameter")(
    retry(x51=vector(2, numbers(23) + vector(2, b"\4" + b"\1" * 64))))
case("another suite the second time", "illegal parameter", "handshake failure")(
    retry(suites=(0x1301,)))
case("no TLS 1.3 the second time", "protocol version", "illegal parameter")(retry(x43=None))

# ---- extensions

hello("extensions that are none", "served", more=extension(0x0a0a, b"") + extension(0xfafa, b"\0"))
hello("an extension twice", "illegal parameter", "decode error", more=extension(10, vector(
    2, numbers(29))))
hello("an unknown extension twice", "served", "illegal parameter", "decode error",
      more=extension(0x0a0a, b"") * 2)
hello("an extension cut short", "decode error", more=b"\x0a\x0a\x00\x05x")
hello("sixty unknown extensions", "served", more=b"".join(
    extension(0x1000 + i, b"x" * i) for i in range(60)))
hello("padding of 12 KiB", "served", more=extension(21, b"\0" * 12288))
hello("a ClientHello of 60 KiB", "bad certificate", more=b"".join(
    extension(0x1000 + i, b"\0" * 15000) for i in range(4)))
hello("a name that is not ours", "served", x0=vector(2, b"\0" + vector(2, b"other.example")))
hello("an empty name", "served", "decode error", "illegal parameter", "unrecognized name",
      x0=vector(2, b"\0" + vector(2, b"")))
hello("a name with a NUL", "decode error", "illegal parameter", "unrecognized name",
      x0=vector(2, b"\0" + vector(2, b"local\0host")))
hello("a list of no names", "decode error", x0=vector(2, b""))
hello("two names", "decode error", "illegal parameter", "unrecognized name",
      x0=vector(2, (b"\0" + vector(2, b"a")) * 2))
hello("http/1.1 by ALPN", "served", x16=vector(2, vector(1, b"http/1.1")))
hello("h2 before http/1.1", "served", x16=vector(2, vector(1, b"h2") + vector(1, b"http/1.1")))
hello("h2 alone", "no application protocol", x16=vector(2, vector(1, b"h2")))
hello("http/1.0 alone", "no application protocol", x16=vector(2, vector(1, b"http/1.0")))
hello("HTTP/1.1 in capitals", "no application protocol", x16=vector(2, vector(1, b"HTTP/1.1")))
hello("protocols nobody knows", "no application protocol", x16=vector(2, vector(1, b"\x0a\x0a")))
hello("no protocols", "decode error", x16=vector(2, b""))
hello("an empty protocol", "decode error", x16=vector(2, vector(1, b"") + vector(1, b"http/1.1")))
hello("what TLS 1.2 had", "served", x23=b"", x65281=vector(1, b""), x35=b"", x22=b"",
      x11=vector(1, b"\0"))
hello("a renegotiation", "handshake failure", "illegal parameter", "served",
      x65281=vector(1, b"\1" * 12))
hello("a readiness to show a certificate later", "served", x49=b"")
hello("a request for OCSP and certificate timestamps", "served", x5=b"\1\0\0\0\0", x18=b"")


@case("http/1.1 is the protocol that is chosen", "chosen")
def _(c):
    c.hello(x16=vector(2, vector(1, b"spdy/1") + vector(1, b"http/1.1")))
    ours = extension(16, vector(2, vector(1, b"http/1.1")))
    return "chosen" if ours in c.encrypted else repr(c.encrypted)


# ---- resumption and early data

TICKET = vector(2, vector(2, b"t" * 100) + b"\0\0\0\0") + vector(2, vector(1, b"b" * 32))
MODES = {"x45": vector(1, b"\1\0")}
hello("a ticket nobody gave: a whole handshake", "served", **MODES, more=extension(41, TICKET))
hello("a ticket without modes", "missing extension", "illegal parameter",
      more=extension(41, TICKET))
hello("a ticket not last", "illegal parameter", **MODES,
      more=extension(41, TICKET) + extension(0x0a0a, b""))
hello("a binder short", "illegal parameter", "decode error", "served", **MODES, more=extension(
    41, vector(2, vector(2, b"t" * 100) + b"\0\0\0\0") + vector(2, vector(1, b"b" * 31))))


@case("a ticket does not stand for a certificate", "certificate required")
def _(c):
    c.hello(**MODES, more=extension(41, TICKET))
    return c.finish([], None).get()


@case("early data is passed over, what follows is served", "served")
def _(c):
    c.say(c.client_hello(**MODES, x42=b"", more=extension(41, TICKET)))
    c.socket.sendall(b"\x17\x03\x03\x00\x50" + os.urandom(0x50))
    c.read_flight()


@case("no ticket is given", "served")
def _(c):
    c.hello(x35=b"")
    c.finish([LEAF], me.seed).get()
    return c.get()  # which would end with a record that is no answer


# ---- records

def split(size, empty=b""):
    def act(c):
        whole = c.client_hello()
        c.transcript += whole
        for i in range(0, len(whole), size):
            c.socket.sendall(empty + c.pack(HANDSHAKE, whole[i:i + size]))
        c.read_flight()
    return act


case("a ClientHello in records of one byte", "served")(split(1))
case("a ClientHello in records of 100 bytes", "served")(split(100))
case("an empty record in its midst", "served", "unexpected message", "decode error")(
    split(100, b"\x16\x03\x01\0\0"))
case("empty records without end in its midst", "unexpected message", "decode error")(
    split(1, b"\x16\x03\x01\0\0" * 50))


def raw(sentence, content, *wanted):
    @case(sentence, *wanted)
    def _(c):
        c.socket.sendall(content)
        return c.record()


raw("random bytes", b"\xd3\x1f" * 300, "protocol version", "unexpected message", "record overflow",
    "reset", "end")
raw("a record longer than may be", b"\x16\x03\x01\x48\x01" + b"\1" * 0x4801, "record overflow")
raw("data first", b"\x17\x03\x03\0\5hello", "unexpected message")
raw("an alert first", b"\x15\x03\x03\0\2\2\x28", "end", "reset",
    "unexpected message")
raw("a ServerHello", b"\x16\x03\x03\0\4\2\0\0\0", "unexpected message")
raw("a ClientHello of 16 MiB", b"\x16\x03\x03\0\4\1\xff\xff\xff", "illegal parameter",
    "decode error", "record overflow")
raw("SSL 2", b"\x80\x2e\1\0\2\0\x15\0\0\0\x10" + b"\1" * 40, "protocol version",
    "handshake failure", "unexpected message", "reset", "end")


@case("a dummy ChangeCipherSpec before the second flight", "served")
def _(c):
    c.say(c.client_hello(session=b"s" * 32))
    c.socket.sendall(b"\x14\x03\x03\0\1\1")
    c.read_flight()


@case("a ChangeCipherSpec with another byte", "unexpected message", "illegal parameter")
def _(c):
    c.say(c.client_hello())
    c.socket.sendall(b"\x14\x03\x03\0\1\2")
    c.read_flight()


@case("a thousand ChangeCipherSpecs", "unexpected message", "reset")
def _(c):
    c.say(c.client_hello())
    c.socket.sendall(b"\x14\x03\x03\0\1\1" * 1000)
    c.read_flight()


@case("records with padding", "served")
def _(c):
    c.hello()
    return c.finish([LEAF], me.seed).get(padding=3000)


# ---- who are you

def second(sentence, *wanted):
    """What is said instead of Certificate, CertificateVerify and Finished."""
    def run(act):
        def whole(c):
            c.hello()
            if act(c) is None:
                c.writes = tls13.Keys(c.app[0])
            return c.get()
        case(sentence, *wanted)(whole)
    return run


BAD = "bad certificate"
second("no certificate", "certificate required")(lambda c: c.finish([], None))


@second("neither certificate nor Finished", "unexpected message")
def _(c):
    return True


@second("Finished alone", "unexpected message")
def _(c):
    c.say(c.finished())


@second("a certificate without CertificateVerify", "unexpected message")
def _(c):
    c.say(c.certificate([LEAF]))
    c.say(c.finished())


@second("no Finished", "unexpected message")
def _(c):
    c.say(c.certificate([LEAF]))
    c.say(c.verify(me.seed))
    return True


@second("another's certificate, signed for with one's own key", "decrypt error")
def _(c):
    c.finish([OTHER], me.seed)


@second("one's own certificate behind another's", "decrypt error")
def _(c):
    c.finish([OTHER, LEAF], me.seed)


@second("a signature from another handshake", "decrypt error")
def _(c):
    with tls13.Client(h) as before:
        before.hello()
        before.say(before.certificate([LEAF]))
        signed = before.verify(me.seed)
    c.say(c.certificate([LEAF]))
    c.say(signed)
    c.say(c.finished())


@second("a signature as a server's", "decrypt error")
def _(c):
    c.say(c.certificate([LEAF]))
    c.say(c.verify(me.seed, label=b"TLS 1.3, server CertificateVerify"))
    c.say(c.finished())


@second("a signature by an algorithm that does not fit", "illegal parameter", "decrypt error")
def _(c):
    c.say(c.certificate([LEAF]))
    c.say(c.verify(me.seed, scheme=0x0403))


@second("a signature by an algorithm that was not offered", "illegal parameter")
def _(c):
    c.say(c.certificate([LEAF]))
    c.say(c.verify(me.seed, scheme=0x0201))


@second("an empty signature", "decrypt error", "decode error")
def _(c):
    c.say(c.certificate([LEAF]))
    c.say(message(15, b"\x08\x07\0\0"))


@second("a Finished that is wrong", "decrypt error")
def _(c):
    c.say(c.certificate([LEAF]))
    c.say(c.verify(me.seed))
    c.say(message(20, b"\0" * 32))


@second("a Finished that is short", "decode error", "decrypt error")
def _(c):
    c.say(c.certificate([LEAF]))
    c.say(c.verify(me.seed))
    c.say(message(20, b"\0" * 12))


@second("two Certificates", "unexpected message")
def _(c):
    c.say(c.certificate([LEAF]))
    c.say(c.certificate([LEAF]))


@second("a Certificate with a context", "illegal parameter", "decode error")
def _(c):
    c.say(c.certificate([LEAF], context=b"x"))


@second("bytes behind a chain", "decode error", BAD)
def _(c):
    c.say(message(11, c.certificate([LEAF])[4:] + b"\0"))


@second("an empty certificate", "decode error", BAD)
def _(c):
    c.say(c.certificate([b""]))


@second("an extension nobody asked for", "unsupported extension", "illegal parameter", BAD)
def _(c):
    c.say(c.certificate([LEAF], extensions=extension(0x0a0a, b"")))
    c.say(c.verify(me.seed))
    c.say(c.finished())


@second("a compressed certificate", "unexpected message")
def _(c):
    c.say(message(25, c.certificate([LEAF])[4:]))


@second("a chain of 100 KiB", "illegal parameter", BAD, "decode error", "reset")
def _(c):
    for part in range(0, 150000, 16000):
        c.send(HANDSHAKE, c.certificate([LEAF] * 300)[part:part + 16000])


@second("a chain of 40 times one certificate", BAD)
def _(c):
    c.finish([LEAF] * 40, me.seed)


@second("the end of early data that nobody began", "unexpected message")
def _(c):
    c.say(message(5, b""))


@second("data before Finished", "unexpected message")
def _(c):
    c.send(DATA, b"GET / HTTP/1.1\r\n\r\n")


@second("a KeyUpdate before Finished", "unexpected message")
def _(c):
    c.send(HANDSHAKE, message(24, b"\0"))


@second("a record in the clear", "unexpected message", "bad record mac")
def _(c):
    c.writes = None
    c.send(HANDSHAKE, c.certificate([LEAF]))


@second("an expired certificate", "certificate expired")
def _(c):
    c.finish([LATE], other.seed)


# ---- afterwards

def after(sentence, *wanted):
    """What is done on a connection that is served."""
    def run(act):
        def whole(c):
            c.hello()
            c.finish([LEAF], me.seed)
            if not c.get().startswith(b"HTTP/1.1 200"):
                return "not served"
            got = act(c)
            return c.get() if got is None else got
        case(sentence, *wanted)(whole)
    return run


def later(sentence, kind, content, *wanted, **more):
    after(sentence, *wanted)(lambda c: c.send(kind, content, **more))


NO = "unexpected message"
later("a ClientHello later", HANDSHAKE, b"\1\0\0\x26\3\3" + b"\0" * 36, NO)
later("a HelloRequest", HANDSHAKE, b"\0\0\0\0", NO)
later("a ticket from the client", HANDSHAKE, message(4, b"\0" * 20), NO)
later("a Certificate later", HANDSHAKE, message(11, b"\0\0\0\0"), NO)
later("a Finished later", HANDSHAKE, message(20, b"\0" * 32), NO)
later("a message of no type", HANDSHAKE, message(99, b""), NO)
later("a ChangeCipherSpec later", CCS, b"\1", NO)
later("a heartbeat", 24, b"\1\0\x10", NO)
later("a record of no type", 99, b"x", NO)
later("a record of zeros", 0, b"\0\0\0", NO)
later("a record with another outer type", DATA, b"x", NO, "bad record mac", outer=HANDSHAKE)
later("a KeyUpdate of no kind", HANDSHAKE, message(24, b"\2"), "illegal parameter", "decode error")
later("a long KeyUpdate", HANDSHAKE, message(24, b"\0\0"), "decode error", "illegal parameter")
later("an empty KeyUpdate", HANDSHAKE, message(24, b""), "decode error", "illegal parameter")
later("a KeyUpdate with something behind it", HANDSHAKE, message(24, b"\0") * 2, NO)
later("an empty handshake record", HANDSHAKE, b"", NO, "decode error")
later("an empty alert", ALERT, b"", NO, "decode error")
later("a long alert", ALERT, b"\1\0\1\0", NO, "decode error")
later("a fatal alert", ALERT, b"\2\x50", "end", "reset", "close notify")
later("close_notify", ALERT, b"\1\0", "close notify", "end", "reset")
later("an alert that one has cancelled", ALERT, b"\1\x5a", "served")
later("empty data", DATA, b"", "served")
later("a record longer than may be later", DATA, b"x" * 16400, "record overflow")


@after("empty records without end", NO, "bad record mac", "reset")
def _(c):
    for _ in range(100):
        c.send(DATA, b"")


@after("alerts without end", NO, "reset")
def _(c):
    for _ in range(100):
        c.send(ALERT, b"\1\x5a")


@after("a record in the clear later", "bad record mac", NO)
def _(c):
    c.socket.sendall(b"\x17\x03\x03\0\x20" + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".ljust(32))


@after("a record with one bit changed", "bad record mac")
def _(c):
    whole = bytearray(c.pack(DATA, b"GET /v1/sys/health HTTP/1.1\r\nHost: a\r\n\r\n"))
    whole[20] ^= 1
    c.socket.sendall(whole)


@after("a record twice", "bad record mac")
def _(c):
    c.socket.sendall(c.pack(DATA, b"") * 2)


@after("a record left out", "bad record mac")
def _(c):
    c.writes.nonce()


@after("a request and the other keys for it, asked for and not", "served")
def _(c):
    for ask in (0, 1, 0, 1, 1):
        c.update(ask)
        if not c.get().startswith(b"HTTP/1.1 200"):
            return "not served"


@after("a request in records of one byte, keys changed in its midst", "served")
def _(c):
    for i, byte in enumerate(b"GET /v1/sys/health HTTP/1.1\r\nHost: a\r\n\r\n"):
        c.send(DATA, bytes([byte]))
        if i == 20:
            c.update(1)
    return c.answer()


@after("a request, then close_notify: its answer still comes", "served")
def _(c):
    c.socket.sendall(c.pack(DATA, b"GET /v1/sys/health HTTP/1.1\r\nHost: a\r\n\r\n") +
                     c.pack(ALERT, b"\1\0"))
    return c.answer()


@after("half a request, then close_notify: no answer", "close notify", "end", "reset")
def _(c):
    c.send(DATA, b"GET /v1/sys/health HTTP/1.1\r\nHost: a\r\n")
    c.send(ALERT, b"\1\0")
    return c.answer()


# A flood of KeyUpdates keeps nobody waiting.
def flood():
    """A connection whose next bytes are a thousand times more KeyUpdates than anybody needs."""
    c = tls13.Client(h)
    c.hello()
    c.finish([LEAF], me.seed).get()
    out = []
    for _ in range(50000):
        out.append(c.pack(HANDSHAKE, message(24, b"\0")))
        c.writes = c.writes.next()
    return c, b"".join(out)


def pour(c, content):
    try:
        c.socket.sendall(content)
    except OSError:
        pass


def fate_of(c):
    try:
        return c.record()
    except tls13.Ended as e:
        return str(e)


floods = [flood() for _ in range(6)]
threads = [threading.Thread(target=pour, args=one) for one in floods]
for t in threads:
    t.start()
worst = 0
for _ in range(50):
    begun = time.monotonic()
    h.get("sys/health")
    worst = max(worst, time.monotonic() - begun)
for t in threads:
    t.join()
check("300000 KeyUpdates hold up nobody", worst < 0.3 * SLOW, "%.0f ms" % (worst * 1000))
for c, _ in floods:
    check("who sends them is let go", fate_of(c) in ("close notify", "reset", "end"))
    c.socket.close()

check("no gate died of all that", "died" not in h.log() and len(h.children()["gate"]) > 0,
      h.log()[-600:])
check("callers are served as before", until(lambda: h.refusal("billing") == ""))
