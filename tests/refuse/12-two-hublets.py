#!/usr/bin/env python3
"""Nothing of one Hublet is good at another: no certificate, token, share, secret or store, though
both are of one name."""
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import SLOW, VAULTD, check, ready  # noqa: E402


def initial_token(h):
    with open(h.path("init.json")) as f:
        return json.load(f)["root_token"]


def move_store(here, there):
    shutil.rmtree(there.path("data"))
    shutil.copytree(here.path("data"), there.path("data"))


na1, eu1 = ready("na1"), ready("eu1")
twin = ready("na1")  # the same name and trust domain, another CA, another vault
na1.post("secret/data/billing/stripe", {"data": {"key": "of na1"}})
for h, what in (eu1, "another Hublet"), (twin, "a Hublet of the same name"):
    for who in "operator", "billing":
        said = h.refusal(na1.path(who))
        check("%s refuses na1's %s" % (what, who), said != "", said)
    reply = h.post("sys/unseal", {"key": na1.shares[0]})
    check("%s, open, does not look at a share of na1's" % what, not reply.json["sealed"], reply)
    h.post("sys/seal")
    reply = h.post("sys/unseal", {"key": na1.shares[0]})
    check("%s, sealed, names it as foreign" % what, reply.status == 400 and
          "not a share of this vault" in reply.errors, reply)
    h.unseal()
    reply = h.call("LIST", "sys/policies/acl", headers={"X-Vault-Token": initial_token(na1)})
    check("%s takes no token of na1's" % what, reply.status == 403 and
          reply.errors == "permission denied", reply)
    reply = h.get("secret/data/billing/stripe")
    check("%s has none of its secrets" % what, reply.status == 404, reply)
check("the logs say why: another trust domain, another CA",
      "it is of trust domain na1.example" in eu1.log() and
      "its issuer is not known here" in twin.log(), eu1.log()[-2000:])
check("na1 does not notice", na1.get("secret/data/billing/stripe", "billing").status == 200)

for h in na1, eu1, twin:
    h.stop()
move_store(na1, eu1)
tried = subprocess.run([VAULTD, "-config", eu1.path("vaultd.hcl")], capture_output=True, text=True,
                       timeout=20 * SLOW)
said = tried.stderr.replace(eu1.dir, "")
check("a store carried to another Hublet: refused, with both names", tried.returncode > 0 and
      "na1" in said and "eu1" in said, tried)
twins = twin.shares
move_store(na1, twin)
twin.start()
reply = twin.post("sys/unseal", {"key": twins[0]})
check("carried to one of the same name, its shares do not open it", reply.status == 400 and
      "not a share of this vault" in reply.errors, reply)
check("and it stays sealed", twin.get("sys/health").status == 503)
