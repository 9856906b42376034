#!/usr/bin/env python3
"""Nobody rotates, rekeys or restores without the right or the shares, and no share stands in argv."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import Hublet, check, ready  # noqa: E402

h = ready()
h.role("operators", "operator/*", ["secrets", "operator"])


def refused(sentence, why, *words, status=2, text=None, who="operator"):
    said = h.ctl("operator", *words, text=text, who=who)
    check(sentence, said.returncode == status and why in said.stderr, said)
    return said


for words in (["rotate"], ["rotate", "-watch"], ["rotate-root"], ["rotate-config", "-interval=48h"],
              ["key-status"], ["compact"], ["rekey", "-init"], ["rekey", "-status"],
              ["rekey", "-cancel"]):
    refused("a service may not: operator " + " ".join(words), "permission denied", *words,
            who="billing")
refused("nor restore the operators' policy", "permission denied", "restore-policy", "-",
        text=h.shares[0], who="billing")
said = h.ctl("rotation", "list", who="billing")
check("nor see what rotates", said.returncode == 2 and said.stdout == "", said)

refused("an interval that is too short", "24h0m0s", "rotate-config", "-interval=1h")
refused("there is no root to make", "has no root", "generate-root", status=1)

refused("a share with no rekey going on", "no rekey is going on", "rekey", "-", text=h.shares[0],
        status=1)
refused("new shares that cannot be", "threshold", "rekey", "-init", "-key-shares=2",
        "-key-threshold=3")
h.ctl("operator", "rekey", "-init", "-key-shares=3", "-key-threshold=2")
refused("a second rekey beside one that goes on", "already in progress", "rekey", "-init")
said = refused("a share in the command line", "read by others", "rekey", h.shares[0], status=1)
check("which is not repeated", h.shares[0] not in said.stderr)
refused("a share for a rekey of another nonce", "it is another", "rekey", "-nonce=x", "-",
        text=h.shares[0], status=1)
refused("no share at all", "there is no", "rekey", "-", text="\n", status=1)
refused("what is no share, sealed", "a share is 33 bytes", "rekey",
        "-public-key=" + "A" * 43 + "=", "-", text="AAAA", status=1)
other = Hublet("eu1").start().init()
refused("a share of another vault", "invalid key", "rekey", "-", text=other.shares[0])
check("none of them counted", h.ctl("operator", "rekey", "-status", "-field=progress").stdout == "0")
h.ctl("operator", "rekey", "-", text=h.shares[0])
refused("the same share twice", "already been provided", "rekey", "-", text=h.shares[0])
refused("new shares given back when none were handed out", "verification", "rekey", "-verify", "-",
        text=h.shares[1])
h.ctl("operator", "rekey", "-cancel")
h.post("sys/seal")
h.unseal()
check("the old shares still open the vault", h.ctl("status").returncode == 0)
