#!/usr/bin/env python3
"""A vault does not start on what is another's, what is in use, or what it does not understand."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import SLOW, VAULTD, Hublet, check, free_port, ready  # noqa: E402


def attempt(h, config):
    """vaultd with this configuration, which it must not take: (status, what it said)."""
    try:
        tried = subprocess.run([VAULTD, "-dev", "-config", config], capture_output=True,
                               text=True, timeout=10 * SLOW)
    except subprocess.TimeoutExpired as e:
        return 0, "it started: %s" % e.stderr
    return tried.returncode, tried.stderr


def variant(h, name, *changes):
    """A configuration beside the Hublet's own, changed."""
    with open(h.path("vaultd.hcl")) as f:
        text = f.read()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    with open(h.path(name), "w") as f:
        f.write(text)
    return h.path(name)


h = ready("eu1")
other_port = (":%d" % h.port, ":%d" % free_port())
config = variant(h, "second.hcl", other_port, ("audit.log", "second.log"))
code, said = attempt(h, config)
check("a second vaultd on a store that is in use", code > 0 and
      "process %d has the store open" % h.children()["keeper"][0] in said, said)
check("and the first goes on", h.get("sys/health").status == 200)

code, said = attempt(h, h.path("vaultd.hcl"))
check("a second vaultd on the same address", code > 0 and str(h.port) in said, said)

h.stop()
config = variant(h, "na1.hcl", ('"eu1"', '"na1"'))
code, said = attempt(h, config)
check("a store of another Hublet, with both names", code > 0 and
      "na1" in said and "eu1" in said.replace(h.dir, ""), said)

config = variant(h, "unknown.hcl", ("hublet ", "colour = 1\nhublet "))
code, said = attempt(h, config)
check("an unknown key, with file and line", code == 1 and
      config + ":2: " in said and "colour" in said, said)
config = variant(h, "repeated.hcl", ("\naudit ", "\nhublet = \"eu1\"\n\naudit "))
code, said = attempt(h, config)
check("a repeated key", code == 1 and config + ":" in said and "hublet" in said, said)
config = variant(h, "missing.hcl", ("server.key", "nothing.key"))
code, said = attempt(h, config)
check("a file that is not there, by name", code == 1 and "nothing.key" in said, said)

other = Hublet("eu1")
with open(h.path("data/data.mdb"), "rb") as f:
    store = bytearray(f.read())
for at in range(4096 * 2, min(len(store), 4096 * 6), 64):
    store[at] ^= 0x5a
with open(other.path("data/data.mdb"), "wb") as f:
    f.write(store)
code, said = attempt(other, other.path("vaultd.hcl"))
check("a store whose pages are damaged", code > 0 and "store" in said, (code, said))
