#!/usr/bin/env python3
"""What is not a share of this vault is named as that and changes nothing; nobody but an operator
may bring one."""
import base64
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import Hublet, check  # noqa: E402

h = Hublet().start()
h.issue("billing")
h.issue("almost", "operator/other")
for who in "billing", "almost":
    reply = h.post("sys/init", {"secret_shares": 1, "secret_threshold": 1}, who)
    check("%s may not initialise" % who, reply.status == 403 and
          reply.errors == "permission denied", reply)
for body, why in (
        ({"secret_shares": 0, "secret_threshold": 0}, "shares must be at least one"),
        ({"secret_shares": 2, "secret_threshold": 3}, "threshold cannot be larger than shares"),
        ({"secret_shares": 2, "secret_threshold": 1}, "threshold must be greater than one"),
        ({"secret_shares": 256, "secret_threshold": 2}, "shares must be less than 256")):
    reply = h.post("sys/init", body)
    check("init: " + why, reply.status == 400 and why in reply.errors, reply)
reply = h.post("sys/unseal", {"key": "ab" * 33})
check("a vault that is not initialised has no shares", reply.status == 400 and
      reply.errors == "Vault is not initialized", reply)
check("and is none the more initialised", not h.get("sys/init").json["initialized"])

other = Hublet("dev1").start().init()
h.init()
good = base64.b64decode(h.shares[0])


def damaged(at):
    return bytes(b ^ (i == at) for i, b in enumerate(good))


h.post("sys/unseal", {"key": h.shares[1]})
cases = [("a share of another vault", other.shares[0], "not a share of this vault"),
         ("not encodable", "this is not encodable!", "must be a valid hex or base64 string"),
         ("empty", "", "'key' must be specified in request body"),
         ("15 bytes", base64.b64encode(good[:15]).decode(), "shorter than minimum 16 bytes"),
         ("34 bytes", base64.b64encode(good + b"x").decode(), "longer than maximum 33 bytes"),
         ("32 bytes", base64.b64encode(good[:32]).decode(), "not a share of this vault"),
         ("a number", 17, "")]
cases += [("byte %d damaged" % at, base64.b64encode(damaged(at)).decode(),
           "not a share of this vault") for at in (0, 16, 31, 32)]
for name, key, why in cases:
    reply = h.post("sys/unseal", {"key": key})
    check("%s: %s" % (name, why), reply.status == 400 and why in reply.errors and
          (len(str(key)) < 8 or str(key) not in reply.text), reply)
check("none of them changed the progress", h.get("sys/seal-status").json["progress"] == 1)
reply = h.post("sys/unseal", {"key": h.shares[1]})
check("a share given twice counts once, and a warning says so", reply.status == 200 and
      reply.json["progress"] == 1 and "already" in str(reply.json.get("warnings")), reply)
check("later there is no warning", "warnings" not in h.get("sys/seal-status").json)

for who in "billing", "almost":
    reply = h.post("sys/unseal", {"key": h.shares[2]}, who)
    check("%s may not unseal" % who, reply.status == 403, reply)
    reply = h.post("sys/unseal", {"reset": True}, who)
    check("%s may not reset" % who, reply.status == 403, reply)
check("nor did they", h.get("sys/seal-status").json["progress"] == 1)
h.unseal()
for who in "billing", "almost":
    reply = h.post("sys/seal", None, who)
    check("%s may not seal" % who, reply.status == 403, reply)
check("the vault is open all the same", h.get("sys/health").status == 200)

said = h.ctl("operator", "unseal", h.shares[0])
check("vaultctl takes no share from its arguments", said.returncode == 1 and
      h.shares[0] not in said.stderr, said)
