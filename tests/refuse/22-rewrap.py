#!/usr/bin/env python3
"""A record that was damaged is not taken for done: its term is kept, it is counted, and all else
comes under the new term; who may not cannot rotate, watch or compact."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready, until  # noqa: E402

DENIED = "1 error occurred:\n\t* permission denied\n\n"
PAGE, HEAD = 4096, 16 + 8  # of an LMDB page, and the store's version before the record
h = ready()

for method, path, body in (
        ("POST", "sys/rotate", None), ("PUT", "sys/rotate/keyring", None),
        ("POST", "sys/rotate/root", None), ("GET", "sys/rotate/config", None),
        ("POST", "sys/rotate/config", {"enabled": False}), ("GET", "sys/rotate/progress", None),
        ("GET", "sys/key-status", None), ("POST", "sys/compact", None),
        ("GET", "sys/rotation", None), ("GET", "sys/rotation/history", None)):
    reply = h.call(method, path, body, "billing")
    check("billing may not %s %s" % (method, path), reply.status == 403 and
          reply.json == {"errors": [DENIED]}, reply)
check("nothing rotated", h.get("sys/key-status").data["term"] == 1)

h.policy("rotator", 'path "sys/rotate" { capabilities = ["update"] }\n'
         'path "sys/compact" { capabilities = ["update"] }')
h.role("mailer", "svc/mailer", "rotator")
for path in "sys/rotate", "sys/compact":
    reply = h.post(path, None, "mailer")
    check("without sudo, update on %s is not enough" % path, reply.status == 403, reply)

for body in {"max_operations": 999999}, {"max_operations": 3865470567}, {"interval": "23h59m"}, \
        {"interval": "-1s"}, {"max_operations": "many"}, {"enabled": "perhaps"}:
    reply = h.post("sys/rotate/config", body)
    check("the schedule cannot be %r" % body, reply.status == 400, reply)
check("and is as it was", h.get("sys/rotate/config").data ==
      {"enabled": True, "interval": 0, "max_operations": 3865470566})

# -- a damaged record
h.post("secret/data/large", {"data": {"v": "x" * 9000}})
h.post("secret/data/small", {"data": {"v": "y"}})
h.stop()
with open(os.path.join(h.path("data"), "data.mdb"), "r+b") as f:
    pages = f.read()
    runs = [at for at in range(0, len(pages) - 2 * PAGE, PAGE) if pages[at + HEAD:at + HEAD + 4] ==
            b"VR\x01\x01" and pages[at + 12] >= 3]  # of three pages and more, old ones too
    assert runs, "no record on pages of its own"
    newest = max(runs, key=lambda at: pages[at + HEAD + 8:at + HEAD + 16])  # by generation
    f.seek(newest + 5000)
    f.write(bytes([pages[newest + 5000] ^ 1]))
h.start().unseal()
check("the damaged secret is not served", h.get("secret/data/large").status == 500)
check("the other one is", h.get("secret/data/small").data["data"] == {"v": "y"})
h.post("sys/rotate")
stuck = until(lambda: (lambda p: p["unreadable"] and not p["running"] and p)(h.get("sys/rotate/progress").data), 20)
check("it is counted, and its term kept", stuck and stuck["unreadable"] == 1 and
      stuck["oldest_term"] == 1 and stuck["finished"] == "", stuck)
check("the log says what to do about which", "does not open: it stays under its old term" in
      h.log() and "are not under term 2" in h.log(), h.log()[-800:])
check("all else is served", h.get("secret/data/small").data["data"] == {"v": "y"})
h.call("DELETE", "secret/metadata/large")
h.post("sys/seal")
h.unseal()
done = until(lambda: (lambda p: p["finished"] and p)(h.get("sys/rotate/progress").data), 20)
check("once it is deleted, the old term goes", done and done["oldest_term"] == 2 and
      done["unreadable"] == 0, done)
h.post("sys/seal")
reply = h.post("sys/rotate")
check("sealed, nothing rotates", reply.status == 503 and reply.errors == "Vault is sealed", reply)
