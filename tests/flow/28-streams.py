#!/usr/bin/env python3
"""A file of any size is encrypted under a named key, in little memory, and comes back as it was."""
import base64
import os
import pty
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import secretstream  # noqa: E402
from hublet import VAULTCTL, check, ready  # noqa: E402

BIG = 192 * 1024 * 1024
LITTLE = 40 * 1024  # KiB

h = ready()
h.policy("keys", 'path "transit/*" { capabilities = ["create", "read", "update", "list"] }')
h.role("operators", "operator/*", ["secrets", "keys"])
h.ctl("transit", "keys", "create", "billing")


def put(name, data):
    with open(h.path(name), "wb") as f:
        f.write(data)
    return h.path(name)


def get(name):
    with open(h.path(name), "rb") as f:
        return f.read()


def stream(verb, *words, **more):
    return subprocess.run([VAULTCTL, "transit", verb, "-stream", *words], env=h.environment(),
                          capture_output=True, timeout=120, **more)


# ---- every length that is special

for size in (0, 1, 65535, 65536, 65537, 200000):
    plain = os.urandom(size)
    made = stream("encrypt", "billing", input=plain)
    back = stream("decrypt", "billing", input=made.stdout)
    check("%d bytes come back through pipes" % size, made.returncode == 0 and
          back.returncode == 0 and back.stdout == plain, made.stderr + back.stderr)

put("plain", plain)
said = stream("encrypt", "-out=" + h.path("sealed"), "billing", h.path("plain"))
check("files are named by argument and -out", said.returncode == 0 and said.stdout == b"", said)
check("what was written is its owner's alone", os.stat(h.path("sealed")).st_mode & 0o777 == 0o600)
check("and longer by the head and 17 bytes a chunk",
      len(get("sealed")) - secretstream.read_head(get("sealed"))[4] == size + 4 * 17)
said = stream("decrypt", "-out=" + h.path("back"), "billing", h.path("sealed"))
check("a file comes back", said.returncode == 0 and get("back") == plain, said)
check("two streams of one file are not alike",
      stream("encrypt", "billing", input=plain).stdout[100:] != get("sealed")[100:])

# ---- by somebody else's hands

sealed = stream("encrypt", "billing", input=b"a customer's file" * 5000).stdout
chunk, name, wrapped, _, _ = secretstream.read_head(sealed)
check("the head names the key", name == "transit/billing" and wrapped.startswith("vault:v1:"), name)
key = base64.b64decode(h.post("transit/decrypt/billing", {"ciphertext": wrapped})
                       .data["plaintext"])
check("whoever has the data key can read it without vaultctl",
      secretstream.read(key, sealed) == b"a customer's file" * 5000)
theirs = secretstream.write(key, b"transit/billing", wrapped.encode(), os.urandom(24), 1000,
                            b"written elsewhere" * 100)
back = stream("decrypt", "billing", input=theirs)
check("and vaultctl reads what others write, in chunks of any size",
      back.stdout == b"written elsewhere" * 100, back)

# ---- keys move on

h.ctl("transit", "keys", "rotate", "billing")
check("an older version still decrypts", stream("decrypt", "billing", input=sealed).returncode == 0)
h.ctl("transit", "keys", "create", "-derived", "customers")
sealed = stream("encrypt", "-context=7", "customers", input=b"of customer 7").stdout
check("a derived key has a stream for each context",
      stream("decrypt", "-context=7", "customers", input=sealed).stdout == b"of customer 7")
sealed = stream("encrypt", "-associated-data=2026", "billing", input=b"of a year").stdout
check("associated data is bound to it",
      stream("decrypt", "-associated-data=2026", "billing", input=sealed).stdout == b"of a year")


# ---- constant memory, and a bar for those who wait

def measure(verb, source, target):
    """Exit status and the most memory, in KiB."""
    child = subprocess.Popen([VAULTCTL, "transit", verb, "-stream", "-out=" + target, "billing",
                              source], env=h.environment())
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, used.ru_maxrss


with open(h.path("big"), "wb") as f:
    f.truncate(BIG)
for verb, source, target in (("encrypt", "big", "big.sealed"), ("decrypt", "big.sealed", "big.back")):
    status, most = measure(verb, h.path(source), h.path(target))
    check("%d MiB %sed in less than %d MiB of memory" % (BIG >> 20, verb, LITTLE >> 10),
          status == 0 and most < LITTLE, (status, most))
check("and all of it comes back", subprocess.run(["cmp", h.path("big"), h.path("big.back")])
      .returncode == 0)


def watch(seconds):
    """What a terminal shows while a stream comes slowly."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen([VAULTCTL, "transit", "encrypt", "-stream", "billing"],
                             env=h.environment(), stdin=subprocess.PIPE,
                             stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    for _ in range(seconds * 10):
        child.stdin.write(bytes(65536))
        child.stdin.flush()
        time.sleep(0.1)
    child.stdin.close()
    shown = b""
    try:
        while True:
            shown += os.read(ours, 65536)
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    check("it ends well", child.wait() == 0)
    return shown


check("what takes long shows how far it is", b"MiB, " in watch(4))
check("what does not shows nothing", watch(1) == b"")
