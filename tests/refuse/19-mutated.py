#!/usr/bin/env python3
"""Thousands of broken certificates.  Where the signature does not hold, every one is refused in
the handshake; where our own CA has signed what is broken, it is refused, or it says no more
than a good one could: nobody is served as another, and no gate dies."""
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import der  # noqa: E402
import sodium  # noqa: E402
import tls13  # noqa: E402
from hublet import Hublet, check, until  # noqa: E402

CASES = 2000

h = Hublet("dev1")
ca, me = der.Party("an authority"), der.Party("billing")
with open(h.path("ca.pem"), "a") as f:
    f.write(der.pem(ca.authority()))
GOOD = ca.leaf(me, "spiffe://%s/svc/billing" % h.domain)
h.start().init().unseal().furnish()
dice = random.Random(1)


def size_of(content):
    """How many bytes the value that content begins with takes in all."""
    if content[1] < 128:
        return 2 + content[1]
    count = content[1] & 127
    return 2 + count + int.from_bytes(content[2:2 + count], "big")


TBS = GOOD[4:4 + size_of(GOOD[4:])]


def flip(content):
    at = dice.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << dice.randrange(8)]) + content[at + 1:]


def put(content):
    at = dice.randrange(len(content))
    return content[:at] + bytes([dice.choice((0, 1, 0x7f, 0x80, 0xff))]) + content[at + 1:]


def drop(content):
    at = dice.randrange(len(content))
    return content[:at] + content[at + dice.randrange(1, 5):]


def repeat(content):
    at = dice.randrange(len(content))
    piece = content[at:at + dice.randrange(1, 40)]
    return content[:at] + piece + content[at:]


def cut(content):
    return content[:dice.randrange(len(content))]


def mutate(content):
    """Broken in one to three places, and another than before."""
    made = content
    while made == content or not made:
        for _ in range(dice.randrange(1, 4)):
            made = dice.choice((flip, flip, put, drop, repeat, cut))(made or content)
    return made


def said_to(leaf, path="/v1/sys/health"):
    """The reply to one who shows this; the alert's name when there is none."""
    try:
        with tls13.Client(h) as c:
            c.hello()
            return c.finish([leaf], me.seed).get(path)
    except (tls13.Ended, OSError) as e:
        return str(e)


def signed(tbs):
    return der.sequence(tbs, der.ED25519,
                        der.tlv(der.BITS, b"\0", sodium.ed25519_sign(ca.seed, tbs)))


check("the control: what is not broken is served", signed(TBS)[:4] == GOOD[:4] and
      said_to(signed(TBS)).startswith(b"HTTP/1.1 200"))

served = []
for _ in range(CASES):
    broken = mutate(GOOD)
    if isinstance(said_to(broken), bytes):
        served.append(broken.hex())
check("%d broken certificates are refused in the handshake" % CASES, not served, served[:3])

strange = []
counted = 0
for _ in range(CASES):
    leaf = signed(mutate(TBS))
    reply = said_to(leaf)
    if isinstance(reply, bytes):
        counted += 1
        if ("spiffe://%s/" % h.domain).encode() not in leaf or not reply.startswith(b"HTTP/1.1 200"):
            strange.append((leaf.hex(), reply[:100]))
print("# of %d that our CA has signed %d are served" % (CASES, counted))
check("%d that our CA has signed: who is served has an ID of the Hublet" % CASES, not strange,
      strange[:3])
check("most of those are refused", counted < CASES / 2, counted)
check("no gate died", "died" not in h.log() and "killed by" not in h.log(), h.log()[-600:])
check("callers are served as before", until(lambda: h.refusal("billing") == ""))
