#!/usr/bin/env python3
"""A share that was sealed to another key, or changed on its way, opens nothing; and a vault that
has lost its key says so and still opens plain."""
import base64
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import Hublet, check  # noqa: E402


def public(hublet):
    with open(hublet.path("init.json")) as f:
        return "-public-key=" + json.load(f)["unseal_public_key"]


def give(share, key, hublet=None):
    return (hublet or h).ctl("operator", "unseal", "-", key, text=share)


def refused(sentence, said, *words):
    progress = h.get("sys/seal-status").json["progress"]
    check(sentence, said.returncode == 2 and all(w in said.stderr for w in words) and
          progress == 1, (said, progress))


def refused_body(sentence, body, word, who="operator", status=400):
    reply = h.post("sys/unseal", body, who)
    progress = h.get("sys/seal-status").json["progress"]
    check(sentence, reply.status == status and word in reply.errors and progress == 1,
          (reply, progress))


def damage(path, content):
    h.stop()
    os.unlink(path)
    if content is not None:
        with open(path, "w") as f:
            f.write(content)
    h.start()


h, other = Hublet().start().init(), Hublet("other").start().init()
check("two vaults have two keys", public(h) != public(other))
give(h.shares[0], public(h))
refused("a share sealed for another vault's key is refused, with the mend",
        give(h.shares[1], public(other)), "sealed for another vault's key", "-public-key")
refused("another vault's share, sealed to this one, is none of its own",
        give(other.shares[1], public(h)), "not a share of this vault")
for text in (bytes(81), b"\xff" * 81):
    refused_body("what nobody sealed is refused", {"sealed_key": base64.b64encode(text).decode()},
                 "sealed for another vault's key")
for text in ("AAAA", "!", base64.b64encode(bytes(80)).decode(), h.shares[1]):
    refused_body("what is no sealed share is refused: " + text[:4], {"sealed_key": text},
                 "'sealed_key' must be base64")
refused_body("one of both forms is refused", {"sealed_key": "AAAA", "key": h.shares[1]},
             "give one")
refused_body("a list is no share", {"sealed_key": [1, {}]}, "sealed_key")
h.issue("billing")
refused_body("who is no operator gives no sealed share", {"sealed_key": "AAAA"},
             "permission denied", "billing", 403)

key = h.path("data/unseal.key")
with open(key, "rb") as f:
    kept = f.read()
for sentence, content, why in (("without its key", None, "has no file"),
                               ("with a damaged key", "vaultd", "is not one of vaultd")):
    damage(key, content)
    said = give(h.shares[0], public(h))
    check("a vault %s says that sealed shares are not available" % sentence,
          said.returncode == 2 and "sealed shares are not available" in said.stderr, said)
    check("and its log says why", "no sealed shares: the store" in h.log() and why in h.log())
    h.unseal()
    check("plain shares open it all the same", h.get("sys/health").status == 200)
    with open(key, "wb") as f:
        f.write(kept)
h.stop()
h.start()
said = give(h.shares[0], public(h))
check("with its key back it takes them again", "1/3" in said.stdout, said)
