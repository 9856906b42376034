#!/usr/bin/env python3
"""Who may not, learns nothing of mounts and changes none; what is destroyed never opens again."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready  # noqa: E402

DENIED = "1 error occurred:\n\t* permission denied\n\n"
PREFLIGHT = ("preflight capability check returned 403, please ensure client's policies grant "
             "access to path \"%s/\"")
CANARY = "canary-of-a-destroyed-mount"

h = ready()
h.policy("secrets", 'path "secret/*" { capabilities = ["create", "read", "update", "list"] }\n'
         'path "hidden/*" { capabilities = ["create", "read", "update", "list"] }')
h.post("sys/mounts/hidden", {"type": "kv-v2", "description": "of billing"})
h.post("hidden/data/a", {"data": {"k": CANARY}})

for method, path, body in (
        ("GET", "sys/mounts", None), ("GET", "sys/mounts/hidden", None),
        ("GET", "sys/mounts/hidden/tune", None), ("GET", "sys/auth", None),
        ("GET", "sys/auth/cert", None), ("DELETE", "sys/mounts/hidden", None),
        ("DELETE", "sys/auth/cert", None), ("POST", "sys/mounts/mine", {"type": "kv"}),
        ("POST", "sys/auth/mine", {"type": "cert"}),
        ("POST", "sys/mounts/hidden/tune", {"listing_visibility": "unauth"}),
        ("POST", "sys/remount", {"from": "hidden", "to": "mine"}),
        ("GET", "sys/remount/status/x", None), ("GET", "sys/audit", None),
        ("GET", "hidden/data/a", None), ("GET", "never/data/a", None)):
    reply = h.call(method, path, body, "mailer")
    check("%s %s is refused to who may not" % (method, path),
          reply.status == 403 and reply.errors == DENIED, reply)
there, never = (h.get("sys/internal/ui/mounts/" + p, "mailer") for p in ("hidden/a", "never/a"))
check("the preflight tells a mount from none to nobody who may not",
      there.status == never.status == 403 and there.errors == PREFLIGHT % "hidden/a" and
      never.errors == PREFLIGHT % "never/a", (there, never))
reply = h.get("sys/internal/ui/mounts", "mailer")
check("nor does the list of those one can reach", "cubbyhole/" in reply.data["secret"] and
      "hidden" not in reply.text and "of billing" not in reply.text, reply)
reply = h.get("sys/internal/specs/openapi", "mailer")
check("nor the description of the API", reply.status == 200 and "hidden" not in reply.text)
check("nothing of that happened", h.get("hidden/data/a").data["data"] == {"k": CANARY})

h.policy("almost", 'path "sys/*" { capabilities = ["create", "read", "update", "delete"] }')
h.role("almost", "svc/mailer", "almost")
for method, path, body in (("DELETE", "sys/auth/cert", None), ("GET", "sys/audit", None),
                           ("POST", "sys/auth/mine", {"type": "cert"}),
                           ("POST", "sys/remount", {"from": "hidden", "to": "mine"})):
    reply = h.call(method, path, body, "mailer")
    check("%s %s needs sudo" % (method, path), reply.status == 403, reply)

h.post("sys/mounts/plain", {"type": "kv"})
h.policy("almost", 'path "plain/*" { capabilities = ["create"] }')
check("who may create in KV version 1 creates",
      h.post("plain/a", {"k": "first"}, "mailer").status == 204)
check("and does not overwrite", h.post("plain/a", {"k": "forged"}, "mailer").status == 403)
check("nor read, list or delete", all(h.call(method, "plain/" + path, None, "mailer").status == 403
                                      for method, path in (("GET", "a"), ("LIST", ""),
                                                           ("DELETE", "a"))))
check("nor upgrade the engine", h.post("sys/mounts/plain/tune", {"options": {"version": "2"}},
                                       "mailer").status == 403)

for path, text in (("sys", 'cannot unmount "sys/"'), ("cubbyhole", 'cannot unmount "cubbyhole/"'),
                   ("identity", 'cannot unmount "identity/"'),
                   ("auth/cert", 'cannot unmount "auth/cert/"')):
    reply = h.call("DELETE", "sys/mounts/" + path)
    check("%s is not unmounted" % path, reply.status == 400 and reply.errors == text, reply)
for to in ("sys/x", "cubbyhole", "auth/x", "a/../b", "a//b", "a/./b", "a\u0001b", "\u202eb", ""):
    reply = h.post("sys/remount", {"from": "hidden", "to": to})
    check("no mount moves to %r" % to, reply.status == 400 and reply.errors, reply)
check("the engine is where it was", h.get("hidden/data/a").status == 200)

for i in range(300):
    reply = h.post("sys/mounts/m/%d" % i, {"type": "kv"})
    if reply.status != 204:
        break
check("the table has an end, and says so", i < 300 and reply.status == 400 and
      reply.errors == "the mount table is full: it holds 256 mounts", (i, reply))
reply = h.post("sys/mounts/m/0/tune", {"audit_non_hmac_request_keys": ["k" * 20000]})
check("settings of any size are refused", reply.status == 400 and
      "at most 16384 bytes" in reply.errors, reply)
check("other mounts answer as before", h.get("hidden/data/a").status == 200)

check("a mount goes", h.call("DELETE", "sys/mounts/hidden").status == 204)
h.post("sys/mounts/hidden", {"type": "kv-v2"})
check("made anew it opens nothing of the old one", all(
    h.call(method, "hidden/" + path).status == 404 for method, path in
    (("GET", "data/a"), ("GET", "data/a?version=1"), ("GET", "metadata/a"),
     ("LIST", "metadata"), ("GET", "subkeys/a"))))
for operation in ("undelete", "delete"):
    h.post("hidden/%s/a" % operation, {"versions": [1]})
check("nor is it brought back", h.get("hidden/data/a?version=1").status == 404)
h.call("DELETE", "sys/mounts/hidden")
h.stop()
found = subprocess.run(["grep", "-rlF", CANARY, h.dir], stdout=subprocess.PIPE, text=True).stdout
check("and no file holds its value", found == "", found)
