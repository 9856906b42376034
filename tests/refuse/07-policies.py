#!/usr/bin/env python3
"""Who may not is told so in the words that clients know, and learns nothing else; no role and no
policy makes more of a caller than the Hublet allows."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import Hublet, check, ready  # noqa: E402

DENIED = "1 error occurred:\n\t* permission denied\n\n"
h = ready()
h.post("secret/data/billing/stripe", {"data": {"key": "value"}})

for method, path, body in (
        ("GET", "secret/data/billing/stripe", None),
        ("GET", "secret/data/billing/absent", None),
        ("LIST", "secret/metadata/", None),
        ("POST", "secret/data/billing/stripe", {"data": {"key": "forged"}}),
        ("PATCH", "secret/data/billing/stripe", {"data": {"key": "forged"}}),
        ("DELETE", "secret/metadata/billing/stripe", None),
        ("PUT", "secret/destroy/billing/stripe", {"versions": [1]}),
        ("POST", "sys/policies/acl/mine", {"policy": 'path "*" { capabilities = ["read"] }'}),
        ("DELETE", "sys/policies/acl/billing", None),
        ("POST", "auth/cert/certs/mine", {"policies": "operator"}),
        ("GET", "auth/cert/certs/billing", None),
        ("GET", "nowhere/at/all", None),
        ("PUT", "sys/seal", None)):
    reply = h.call(method, path, body, "mailer", headers={
        "Content-Type": "application/merge-patch+json"} if method == "PATCH" else None)
    check("mailer may not %s %s" % (method, path), reply.status == 403 and
          reply.json == {"errors": [DENIED]}, reply)
for token in "hvs.forged", "s.AAAAAAAAAAAAAAAAAAAAAAAA", "root":
    reply = h.get("secret/data/billing/stripe", "billing", headers={"X-Vault-Token": token})
    check("a token that is none (%s) is worse than none" % token, reply.status == 403 and
          reply.errors == "permission denied", reply)
with open(h.path("init.json")) as f:
    token = json.load(f)["root_token"]
reply = h.call("LIST", "sys/policies/acl", who="mailer", headers={"X-Vault-Token": token})
check("the initial token in other hands is none", reply.status == 403 and
      reply.errors == "permission denied", reply)
reply = h.call("LIST", "sys/policies/acl", headers={"X-Vault-Token": token})
check("in those of its operator it is one", reply.status == 200, reply)
reply = h.get("secret/data/billing/stripe", headers={"X-Vault-Token": token})
check("and reaches no secret: a token decides alone", reply.status == 403, reply)
check("nothing of that happened", h.get("secret/data/billing/stripe").data["data"] ==
      {"key": "value"} and h.get("sys/policies/acl/mine").status == 404)

operator = h.get("sys/policies/acl/operator").data["policy"]
check("the policy operator names no secret", 'path "secret' not in operator and
      'path "*"' not in operator, operator)
reply = h.call("DELETE", "sys/policies/acl/operator")
check("it cannot be deleted", reply.status == 400 and "operator" in reply.errors, reply)
reply = h.call("DELETE", "sys/policies/acl/default")
check("nor can default", reply.status == 400 and
      reply.errors == "cannot delete default policy", reply)
reply = h.post("sys/policies/acl/root", {"policy": 'path "*" { capabilities = ["sudo"] }'})
check("there is no root to write", reply.status == 400 and
      reply.errors == 'cannot update "root" policy', reply)
reply = h.post("sys/policies/acl/odd", {"policy": 'path "a" { capabilites = ["read"] }'})
check("a policy with an unknown key, by line", reply.status == 400 and
      "capabilites" in reply.errors and "line 1" in reply.errors, reply)

other = Hublet("dev1")
with open(other.path("ca.pem")) as f:
    foreign = f.read()
with open(h.path("ca.pem")) as f:
    ours = f.read()
uri = "spiffe://dev1.example/svc/mailer"
for name, fields in (
        ("with a foreign CA", {"certificate": foreign, "allowed_uri_sans": uri}),
        ("with a foreign CA beside ours", {"certificate": ours + foreign,
                                           "allowed_uri_sans": uri}),
        ("with a CA that is none", {"certificate": "no PEM", "allowed_uri_sans": uri}),
        ("that gives root", {"certificate": ours, "allowed_uri_sans": uri,
                             "token_policies": "Root "})):
    reply = h.post("auth/cert/certs/odd", {"token_policies": "billing", **fields})
    check("a role %s is refused" % name, reply.status == 400 and reply.errors, reply)
check("and is not there", h.get("auth/cert/certs/odd").status == 404)
check("mailer has nothing from all that",
      h.get("secret/data/billing/stripe", "mailer").status == 403)
