#!/usr/bin/env python3
"""Any three of five shares open the vault, in hex or base64, from whomever of its operators."""
import base64
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import Hublet, check  # noqa: E402


def give(share):
    return h.post("sys/unseal", {"key": share}).json


def as_hex(share):
    return base64.b64decode(share).hex()


h = Hublet().start().init()
check("five different shares of 33 bytes", len(set(h.shares)) == 5 and
      all(len(base64.b64decode(s)) == 33 for s in h.shares))
status = h.get("sys/seal-status").json
check("initialised, it is sealed: 0 of 3", status["sealed"] and
      (status["progress"], status["t"], status["n"]) == (0, 3, 5), status)

status = give(h.shares[4])
check("a share in base64: 1 of 3", status["sealed"] and status["progress"] == 1, status)
nonce = status["nonce"]
status = give(as_hex(h.shares[2]))
check("a share in hex: 2 of 3", status["sealed"] and status["progress"] == 2, status)
check("one unsealing has one nonce", nonce and status["nonce"] == nonce, status)
check("any identity of the Hublet sees how far it is",
      h.get("sys/seal-status").json["progress"] == 2)
status = h.post("sys/unseal", {"reset": True}).json
check("reset: 0 of 3", status["sealed"] and status["progress"] == 0 and
      status["nonce"] == "", status)
give(h.shares[4])
status = give(h.shares[2])
check("shares given before a reset do not count after it", status["progress"] == 2, status)
status = give(as_hex(h.shares[0]).upper())
check("the third opens it", not status["sealed"] and status["progress"] == 0, status)
check("open, it says it is healthy", h.get("sys/health").status == 200)
status = give(h.shares[1])
check("a share too many changes nothing", not status["sealed"], status)

h.post("sys/seal")
with open(h.path("share"), "w") as f:
    f.write(h.shares[1] + "\n")
said = h.ctl("operator", "unseal", "-", text=h.shares[3] + "\n")
check("vaultctl takes a share from standard input", said.returncode == 0 and
      "1/3" in said.stdout, said)
said = h.ctl("operator", "unseal", "-share-file=" + h.path("share"))
check("and from a file", said.returncode == 0 and "2/3" in said.stdout, said)
check("status says by its exit code that it is sealed", h.ctl("status").returncode == 2)
h.ctl("operator", "unseal", "-", text=as_hex(h.shares[4]))
check("and that it is open", h.ctl("status").returncode == 0)

one = Hublet("one").start().init(1, 1).unseal()
check("a vault of one share", one.get("sys/health").status == 200)
many = Hublet("many").start().init(255, 255).unseal()
check("a vault of 255 shares, all of them needed", many.get("sys/health").status == 200)
