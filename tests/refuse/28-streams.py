#!/usr/bin/env python3
"""A stream that was cut, changed, reordered or made for another key leaves nothing, and says why."""
import base64
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import secretstream  # noqa: E402
from hublet import VAULTCTL, check, ready  # noqa: E402

CHUNK = 65536 + 17

h = ready()
h.policy("keys", 'path "transit/*" { capabilities = ["create", "read", "update", "list"] }')
h.role("operators", "operator/*", ["secrets", "keys"])
for name in ("billing", "other"):
    h.ctl("transit", "keys", "create", name)


def stream(verb, *words, who="operator", **more):
    return subprocess.run([VAULTCTL, "transit", verb, "-stream", *words],
                          env=h.environment(who), capture_output=True, timeout=60, **more)


good = stream("encrypt", "billing", input=os.urandom(200000)).stdout
again = stream("encrypt", "billing", input=os.urandom(200000)).stdout
head = secretstream.read_head(good)[4]
a, b, c, d = (good[head + i * CHUNK:head + (i + 1) * CHUNK] for i in range(4))
other = again[head + CHUNK:head + 2 * CHUNK]


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


CUT, CHANGED = "cut off", "was changed, or is not the one"
CASES = (
    ("a bit of the first chunk", flip(good, head + 5), CHANGED),
    ("a bit of the second chunk", flip(good, head + CHUNK + 70), "chunk 2 " + CHANGED),
    ("a bit of its last byte", flip(good, len(good) - 1), "its end was changed"),
    ("a bit of the key's name", flip(good, 20), CHANGED),
    ("a bit of the nonce", flip(good, head - 1), CHANGED),
    ("two chunks in the other order", good[:head] + b + a + c + d, "chunk 1 " + CHANGED),
    ("a chunk twice", good[:head] + a + a + b + c + d, "chunk 2 " + CHANGED),
    ("a chunk left out", good[:head] + a + c + d, "chunk 2 " + CHANGED),
    ("a chunk of another stream", good[:head] + a + other + c + d, "chunk 2 " + CHANGED),
    ("another stream's head", again[:head] + a + b + c + d, CHANGED),
    ("its last chunk left out", good[:head] + a + b + c, CUT),
    ("its end cut off", good[:-100], CUT),
    ("all chunks left out", good[:head], CUT),
    ("half a head", good[:head // 2], CUT),
    ("nothing at all", b"", CUT),
    ("more behind its end", good + b"x", "its end was changed"),
    ("a later version", flip(good, 7)[:7] + b"2" + good[8:], "later version"),
    ("no stream", os.urandom(1000), "no stream"),
)
for what, data, why in CASES:
    out = h.path("out")
    said = stream("decrypt", "-out=" + out, "billing", input=data)
    check("%s: refused, and named" % what, said.returncode == 1 and why in said.stderr.decode(),
          said.stderr)
    check("%s: nothing is left of it" % what,
          not [name for name in os.listdir(h.dir) if name.startswith("out")])

wrapped = secretstream.read_head(good)[2]
key = base64.b64decode(h.post("transit/decrypt/billing", {"ciphertext": wrapped}).data["plaintext"])
whole = secretstream.write(key, b"transit/billing", wrapped.encode(), bytes(24), 10, b"x" * 30)
check("a stream whose last chunk is whole opens", stream("decrypt", "billing", input=whole).stdout
      == b"x" * 30)
said = stream("decrypt", "-out=" + h.path("out"), "billing", input=whole + b"x")
check("and nothing may follow it", said.returncode == 1 and b"behind its end" in said.stderr and
      not os.path.exists(h.path("out")), said.stderr)
whole = secretstream.write(bytes(32), b"transit/billing", b"vault:v1:AAAA", bytes(24), 1000, b"x")
said = stream("decrypt", "-out=" + h.path("out"), "billing", input=whole)
check("a data key that the vault did not wrap: refused by the vault", said.returncode == 2 and
      b"Code: 400" in said.stderr and not os.path.exists(h.path("out")), said.stderr)

# ---- through a pipe what is authentic comes before it is known that the rest is not

said = stream("decrypt", "billing", input=good[:head] + a + c)
check("through a pipe the exit code says that it was not all", said.returncode == 1 and
      len(said.stdout) == 65536, len(said.stdout))

# ---- another key, another caller

said = stream("decrypt", "other", input=good)
check("another key does not open it, and one is told which would", said.returncode == 2 and
      b"transit/billing encrypted it" in said.stderr and said.stdout == b"", said.stderr)
said = stream("decrypt", "billing", input=good, who="mailer")
check("who may not decrypt does not", said.returncode == 2 and said.stdout == b"" and
      b"permission denied" in said.stderr, said.stderr)
said = stream("encrypt", "-out=" + h.path("mine"), "billing", input=b"x", who="mailer")
check("nor encrypt, and leaves no file", said.returncode == 2 and
      not os.path.exists(h.path("mine")), said.stderr)
said = stream("decrypt", "-context=8", "other", input=stream("encrypt", "other", input=b"x").stdout)
check("a context where there is none is not minded", said.returncode == 0, said.stderr)
sealed = stream("encrypt", "-associated-data=2026", "billing", input=b"x").stdout
check("other associated data does not open it",
      stream("decrypt", "-associated-data=2027", "billing", input=sealed).returncode == 2)

# ---- files that are there

with open(h.path("there"), "wb") as f:
    f.write(b"mine")
said = stream("encrypt", "-out=" + h.path("there"), "billing", input=b"x")
check("a file that exists is left alone", said.returncode == 1 and
      open(h.path("there"), "rb").read() == b"mine", said.stderr)
said = stream("decrypt", "-replace", "-out=" + h.path("there"), "billing", input=good[:-1])
check("and is not replaced by a stream that fails", said.returncode == 1 and
      open(h.path("there"), "rb").read() == b"mine", said.stderr)
said = stream("encrypt", "-replace", "-out=" + h.path("there"), "billing", input=b"x")
check("-replace replaces it", said.returncode == 0 and
      open(h.path("there"), "rb").read()[:8] == b"vltstrm1", said.stderr)
said = h.ctl("transit", "decrypt", "billing", h.path("there"))
check("a stream without -stream: one is told", said.returncode == 1 and "-stream" in said.stderr,
      said.stderr)
