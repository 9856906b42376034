#!/usr/bin/env python3
"""Nobody without the right begins, occupies, watches or gives up new shares; wrong shares, wrong
nonces and shares of another vault make none; nobody becomes root."""
import base64
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import Hublet, check, ready  # noqa: E402

DENIED = "1 error occurred:\n\t* permission denied\n\n"
h = ready()
other = Hublet("elsewhere", domain="dev1.example").start().init()
STEPS = [("POST", "init", {"secret_shares": 1, "secret_threshold": 1}), ("GET", "init", None),
         ("DELETE", "init", None), ("POST", "update", {"key": h.shares[0], "nonce": "x"}),
         ("GET", "verify", None), ("PUT", "verify", {"key": h.shares[0], "nonce": "x"}),
         ("DELETE", "verify", None), ("GET", "backup", None), ("DELETE", "backup", None)]

# -- who may not
h.policy("nearly", 'path "sys/rotate/*" { capabilities = ["create", "read", "update", "delete"] }')
h.role("mailer", "svc/mailer", "nearly")
for who in "billing", "mailer":
    for method, step, body in STEPS:
        reply = h.call(method, "sys/rotate/root/" + step, body, who)
        check("%s may not %s rotate/root/%s" % (who, method, step), reply.status == 403 and
              reply.json == {"errors": [DENIED]}, reply)
begun = h.post("sys/rotate/root/init", {"secret_shares": 3, "secret_threshold": 2}).data
for who in "billing", "mailer":
    h.call("DELETE", "sys/rotate/root/init", None, who)
check("strangers do not give up what operators began",
      h.get("sys/rotate/root/init").data["nonce"] == begun["nonce"])

# -- who may not see or set when keys rotate
check("nobody sees the use of a key without the right", h.get(
    "transit/keys/x/usage", "billing").json == {"errors": [DENIED]})
check("nor gives it a period", h.post("transit/keys/x", {"auto_rotate_period": "1h"},
                                      "billing").status == 403)

# -- the older form is off, for everybody
for method, step, body in STEPS:
    reply = h.call(method, "sys/rekey/" + step, body)
    check("%s rekey/%s is off" % (method, step), reply.status == 405 and
          reply.json == {"errors": ["unsupported operation"]}, reply)
for method, path in ("GET", "generate-root/attempt"), ("PUT", "generate-root/attempt"), \
        ("DELETE", "generate-root/attempt"), ("PUT", "generate-root/update"), \
        ("GET", "rekey-recovery-key/init"):
    reply = h.call(method, "sys/" + path, {} if method == "PUT" else None)
    check("%s %s is off" % (method, path), reply.status == 405 and
          reply.json == {"errors": ["unsupported operation"]}, reply)
reply = h.post("sys/rotate/recovery/init", {"secret_shares": 1, "secret_threshold": 1})
check("there are no recovery shares", reply.status == 400 and "recovery" in reply.errors, reply)

# -- what does not fit
for body, text in (
        ({"secret_shares": 0, "secret_threshold": 0}, "shares must be at least one"),
        ({"secret_shares": 3, "secret_threshold": 1}, "threshold must be greater than one"),
        ({"secret_shares": 2, "secret_threshold": 3}, "threshold cannot be larger than shares"),
        ({"secret_shares": 256, "secret_threshold": 3}, "shares must be less than 256"),
        ({"secret_shares": 2, "secret_threshold": 2, "pgp_keys": ["a", "b"]}, "pgp_keys"),
        ({"secret_shares": 2, "secret_threshold": 2, "backup": True}, "without providing PGP"),
        ({"secret_shares": 2, "secret_threshold": 2}, "rotation already in progress")):
    reply = h.post("sys/rotate/root/init", body)
    check("refused: " + text, reply.status == 400 and text in reply.errors, reply)


def update(**body):
    return h.post("sys/rotate/root/update", {"nonce": begun["nonce"], **body})


flipped = bytearray(base64.b64decode(h.shares[0]))
flipped[3] ^= 1
for sentence, body, text in (
        ("no share", {}, "missing required field 'key'"),
        ("a wrong nonce", {"key": h.shares[0], "nonce": "wrong"}, "incorrect nonce supplied"),
        ("no nonce", {"key": h.shares[0], "nonce": ""}, "incorrect nonce supplied"),
        ("a share of another vault", {"key": other.shares[0]}, "not a share of this vault"),
        ("a changed share", {"key": base64.b64encode(flipped).decode()}, "not a share"),
        ("no share at all", {"key": "!"}, "hex or base64"),
        ("a short one", {"key": base64.b64encode(b"short").decode()}, "shorter than minimum")):
    reply = update(**body)
    check("%s does not count" % sentence, reply.status == 400 and text in reply.errors, reply)
check("none of them was counted", h.get("sys/rotate/root/init").data["progress"] == 0)
update(key=h.shares[0])
reply = update(key=h.shares[0])
check("a share counts once", reply.status == 400 and
      "given key has already been provided during this rotation" in reply.errors, reply)
check("nothing is to be verified", h.get("sys/rotate/root/verify").status == 400)
h.call("DELETE", "sys/rotate/root/init")
reply = update(key=h.shares[1])
check("given up, no share is taken", reply.errors == "no rotation in progress", reply)

begun = h.post("sys/rotate/root/init", {"secret_shares": 3, "secret_threshold": 2,
                                        "require_verification": True}).data
for share in h.shares[:3]:
    made = update(key=share)
nonce = made.data["verification_nonce"]
reply = h.post("sys/rotate/root/verify", {"key": h.shares[0], "nonce": nonce})
check("an old share verifies nothing", reply.status == 400 and
      "incorrect key shares supplied" in reply.errors, reply)
reply = h.post("sys/rotate/root/verify", {"key": made.data["keys"][0], "nonce": begun["nonce"]})
check("nor does the wrong nonce", reply.status == 400, reply)
reply = update(key=h.shares[0])
check("handed out, they are made once", reply.status == 400 and "verif" in reply.errors, reply)
h.kill()
h.start().unseal()
check("unverified, the old shares open", h.get("sys/seal-status").json["n"] == 5)

# -- the policy of operators
for who in "billing", "mailer":
    reply = h.post("sys/restore-policy", {"key": h.shares[0]}, who)
    check("%s may not restore the policy" % who, reply.status == 403, reply)
reply = h.post("sys/restore-policy", {"key": other.shares[0]})
check("nor do shares of another vault", reply.status == 400 and "not a share" in reply.errors, reply)
for _ in range(3):
    reply = h.post("sys/restore-policy", {"key": h.shares[0]})
check("nor one share three times", reply.data["progress"] == 1 and
      not reply.data["complete"], reply)
check("it can begin anew", h.post("sys/restore-policy", {"reset": True}).data["progress"] == 0)

# -- no share, no nonce of it in the audit or the log
with open(h.path("audit.log"), "rb") as f:
    written = f.read() + h.log().encode()
for share in h.shares + made.data["keys"] + made.data["keys_base64"]:
    if share.encode() in written:
        check("no share is written down", False)
        break
else:
    check("no share is written down", True)
check("the audit has the lines", any(json.loads(line).get("request", {}).get("path") ==
      "sys/rotate/root/update" for line in written.split(b"\n") if line.startswith(b"{")))
