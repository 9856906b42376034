#!/usr/bin/env python3
"""A token is nothing in other hands, when it was changed, when its time, its role, its parent or its
one use is over; and nobody makes more of it than he has."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import forge  # noqa: E402
from hublet import Hublet, check, ready  # noqa: E402

DENIED = "1 error occurred:\n\t* permission denied\n\n"
WRAPPING = "wrapping token is not valid or does not exist"
h = ready()
h.post("secret/data/billing/stripe", {"data": {"key": "value"}})
h.policy("maker", 'path "auth/token/create*" { capabilities = ["update"] }\n'
         'path "secret/data/billing/*" { capabilities = ["read"] }')
h.role("billing", "svc/billing", ["billing", "maker"])
h.role("mailer", "svc/mailer", [])


def login(who="billing", **body):
    reply = h.post("auth/cert/login", body, who)
    assert reply.status == 200, reply
    return reply.json["auth"]


def ask(token, who="billing", method="GET", path="secret/data/billing/stripe", body=None,
        connection=None, **more):
    return h.call(method, path, body, who, connection, headers={"X-Vault-Token": token, **more})


def is_none(reply):
    """The one answer to every bad token."""
    return reply.status == 403 and reply.json == {"errors": ["permission denied"]}


def make(token=None, who="billing", path="auth/token/create", **body):
    reply = h.call("POST", path, body, who, headers={"X-Vault-Token": token} if token else None)
    return reply if reply.status != 200 else reply.json["auth"]["client_token"]


# ---- other hands, other bytes

token = login()["client_token"]
check("its owner reads with it", ask(token).status == 200)
check("a stolen token is none with another certificate", is_none(ask(token, "mailer")) and
      is_none(ask(token, "operator")))
check("not even to look at itself", is_none(ask(token, "mailer", path="auth/token/lookup-self")))
h.policy("looker", 'path "auth/token/lookup" { capabilities = ["update"] }')
h.role("mailer", "svc/mailer", ["looker"])
check("unless for those who may look tokens up", ask(
    token, "mailer", path="auth/token/lookup-self").status == 200 and
    is_none(ask(token, "mailer")))
h.role("mailer", "svc/mailer", [])
child = make(token, ttl="10m")
check("nor is a stored one", ask(child).status == 200 and is_none(ask(child, "mailer")))
check("nor does it revoke itself for a thief", is_none(
    ask(child, "mailer", "POST", "auth/token/revoke-self")) and ask(child).status == 200)
check("every change of a byte makes it none", all(
    is_none(ask(token[:i] + ("A" if token[i] != "A" else "B") + token[i + 1:]))
    for i in range(4, len(token), 17)))
check("and every cut", all(is_none(ask(token[:i])) for i in range(1, len(token), 23)))
check("and every addition", is_none(ask(token + "A")) and is_none(ask(child + "A")))
other = Hublet("dev1").start().init().unseal().furnish()
foreign = other.post("auth/cert/login", {}, "billing").json["auth"]["client_token"]
check("one of another vault, of the same names, is none", is_none(ask(foreign)))
other.remove()
check("an empty token is no token", ask("").status == 200)
check("and logging in looks at none", h.call("POST", "auth/cert/login", {}, "billing", headers={
    "X-Vault-Token": "hvs.forged"}).status == 200)
reply = h.post("auth/cert/login", {"name": "operators"}, "billing")
check("a role of others is not had by its name", reply.status == 400 and reply.errors ==
      "no chain matching all constraints could be found for this login certificate", reply)

# ---- withdrawn

line = h.connect("billing")
check("on an open connection it works", h.call(
    "GET", "secret/data/billing/stripe", connection=line,
    headers={"X-Vault-Token": token}).status == 200)
h.call("DELETE", "auth/cert/certs/billing")
check("when its role is gone, so is it, and its children, mid-connection", is_none(h.call(
    "GET", "secret/data/billing/stripe", connection=line, headers={"X-Vault-Token": token})) and
    is_none(ask(child)))
h.role("billing", "svc/billing", ["billing", "maker"])
check("a new role of that name is another", is_none(ask(token)) and is_none(ask(child)))
token = login()["client_token"]
check("a new login is good", ask(token).status == 200)
h.role("billing", "svc/billing2", ["billing", "maker"])
check("a role that is for others now ends it", is_none(ask(token)))
h.role("billing", "svc/billing", ["billing", "maker"])
check("until it is for its owner again", ask(token).status == 200)
h.role("billing", "svc/billing", ["maker"])
reply = ask(token, method="POST", path="auth/token/renew-self", body={})
check("a role that gives other policies does not renew it", reply.status == 400 and
      reply.errors == "failed to renew entry: policies have changed, not renewing", reply)
h.role("billing", "svc/billing", ["billing", "maker"])

# ---- over

accessor = login()["accessor"]
reply = h.call("PUT", "auth/token/renew-self", {"increment": "1s"}, "billing",
               headers={"X-Vault-Token": token})
child = make(token, ttl="10m")
time.sleep(1.5)
check("what was renewed for a second is over, sealed time or not", is_none(ask(token)))
check("and so are its children", is_none(ask(child)))
time.sleep(17)
check("when its record could be gone too", is_none(ask(token)))
token = login()
check("an operator revokes a login by its accessor alone",
      h.post("auth/token/revoke-accessor", {"accessor": token["accessor"]}).status in (200, 204)
      and is_none(ask(token["client_token"])))
token = login()["client_token"]
ask(token, method="POST", path="auth/token/revoke-self")
h.kill()
h.start().unseal()
check("what was revoked stays so through a kill", is_none(ask(token)))
counted = make(num_uses=2, ttl="10m")
check("a refused request is a use", ask(counted, path="secret/data/other").status == 403 and
      ask(counted, path="secret/data/other", **{"X-Vault-Wrap-TTL": "60"}).status == 403 and
      is_none(ask(counted)))
counted = make(num_uses=1, ttl="10m")
reply = ask(counted, method="POST", path="auth/token/create", body={})
check("a counted token has no children", reply.status == 400 and
      reply.errors == "restricted use token cannot generate child tokens", reply)

# ---- no more than one has

token = login()["client_token"]
for body, text in (({"policies": ["operator"]}, "child policies must be subset of parent"),
                   ({"policies": [" Operator "]}, "child policies must be subset of parent"),
                   ({"policies": ["root"]}, "root tokens may not be created without parent token "
                    "being root"),
                   ({"policies": ["ROOT "]}, "root tokens may not be created without parent token "
                    "being root"),
                   ({"policies": ["response-wrapping"]},
                    'cannot assign policy "response-wrapping"'),
                   ({"no_parent": True}, "root or sudo privileges required to create orphan "
                    "token"),
                   ({"id": "chosen"}, "root or sudo privileges required to specify token id"),
                   ({"period": "1h"}, "root or sudo privileges required to create periodic "
                    "token")):
    reply = make(token, **body)
    check("it may not ask for %s" % json.dumps(body), not isinstance(reply, str) and
          reply.status == 400 and reply.errors == text, reply)
line = [token]
while len(line) < 20:
    made = make(line[-1], ttl="1h")
    if not isinstance(made, str):
        break
    line.append(made)
check("a line of children has an end", made.status == 400 and 10 < len(line) < 20, len(line))
check("revoking one in the middle ends those below", ask(line[-1]).status == 200 and
      ask(line[5], method="POST", path="auth/token/revoke-self").status == 204 and
      is_none(ask(line[-1])) and is_none(ask(line[6])) and ask(line[4]).status == 200)
check("revoking the first ends them all",
      ask(line[0], method="POST", path="auth/token/revoke-self").status == 204 and
      is_none(ask(line[4])) and is_none(ask(line[1])))

# ---- revoked

forge.leaf(h, "thief", ["spiffe://dev1.example/svc/thief"])
forge.leaf(h, "honest", ["spiffe://dev1.example/svc/thief"])
h.role("thief", "svc/thief", ["billing"])
token = login("thief")["client_token"]
line = h.connect("thief")
check("before its certificate is revoked it reads", ask(
    token, "thief", connection=line).status == 200)
forge.revoke(h, "thief")
with open(h.path("crl.pem")) as f:
    crl = f.read()
check("a revocation list is taken",
      h.post("auth/cert/crls/ours", {"crl": crl}).status == 204 and
      len(h.get("auth/cert/crls/ours").data["serials"]) == 1)
reply = h.post("auth/cert/login", {}, "thief")
check("whom it names does not log in", reply.status == 400 and reply.errors ==
      "no chain matching all constraints could be found for this login certificate", reply)
check("nor use what he has, nor his certificate alone, on the connection he has",
      ask(token, "thief", connection=line).status == 403 and h.call(
          "GET", "secret/data/billing/stripe", connection=line).status == 403)
check("another certificate of the same identity goes on", ask(token, "honest").status == 200)
other = Hublet("dev1")
forge.leaf(other, "thief", ["spiffe://dev1.example/svc/thief"])
forge.revoke(other, "thief")
with open(other.path("crl.pem")) as f:
    foreign = f.read()
for what, body, text in (("of a foreign CA", {"crl": foreign}, "failed to parse CRL: "),
                         ("that is none", {"crl": "none"}, "failed to parse CRL: "),
                         ("by its address", {"url": "https://x.example"}, "invalid CRL url: "),
                         ("that is not there", {}, "one of 'crl' or 'url' must be provided")):
    reply = h.post("auth/cert/crls/other", body)
    check("a list %s is refused" % what, reply.status == 400 and reply.errors.startswith(text),
          reply)
reply = h.get("auth/cert/crls/other")
check("and is not there", reply.status == 400 and reply.errors == "no such CRL other", reply)
h.call("DELETE", "auth/cert/crls/ours")
check("without the list he is let in again", ask(token, "thief", connection=line).status == 200)

# ---- wrapped once

reply = h.get("secret/data/billing/stripe", "billing", headers={"X-Vault-Wrap-TTL": "60"})
one = reply.json["wrap_info"]["token"]
check("what is wrapped is not told", "value" not in reply.text, reply)
check("a wrapping token is good for nothing else", ask(one).status == 403)
reply = h.post("sys/wrapping/unwrap", {"token": one}, "billing")
check("and that was its use", reply.status == 400 and reply.errors == WRAPPING, reply)
one = h.get("secret/data/billing/stripe", "billing",
            headers={"X-Vault-Wrap-TTL": "60"}).json["wrap_info"]["token"]
check("it is unwrapped once",
      h.post("sys/wrapping/unwrap", {"token": one}, "billing").status == 200)
h.kill()
h.start().unseal()
reply = h.post("sys/wrapping/unwrap", {"token": one}, "billing")
check("a replay after a kill finds nothing", reply.status == 400 and reply.errors == WRAPPING,
      reply)
one = h.get("secret/data/billing/stripe", "billing",
            headers={"X-Vault-Wrap-TTL": "1"}).json["wrap_info"]["token"]
time.sleep(1.5)
reply = h.post("sys/wrapping/unwrap", {"token": one}, "billing")
check("nor does one whose time is over", reply.status == 400 and reply.errors == WRAPPING, reply)
one = h.get("secret/data/billing/stripe", "billing",
            headers={"X-Vault-Wrap-TTL": "60"}).json["wrap_info"]["token"]
asking = h.connect("billing")
asking.request("POST", "/v1/sys/wrapping/unwrap", json.dumps({"token": one}))
h.kill()
h.start().unseal()
tries = [h.post("sys/wrapping/unwrap", {"token": one}, "billing").status for _ in range(2)]
check("killed between unwrap and answer, it is there at most once", tries in ([200, 400],
                                                                             [400, 400]), tries)

# ---- all of them

token, child = login()["client_token"], make(ttl="10m")
check("nobody but who has sudo ends all tokens", ask(
    token, method="PUT", path="sys/leases/revoke-prefix/auth").status == 403)
check("an operator does, at once", h.call("PUT", "sys/leases/revoke-prefix/auth").status == 204 and
      is_none(ask(token)) and is_none(ask(child)))
check("what is made afterwards is good", ask(login()["client_token"]).status == 200)

# ---- a place of one's own

token, second = login()["client_token"], login()["client_token"]
ask(token, method="POST", path="cubbyhole/mine", body={"k": "v"})
check("nobody else finds a cubbyhole", ask(second, path="cubbyhole/mine").status == 404 and
      h.get("cubbyhole/mine").status != 200 and
      ask(second, method="LIST", path="cubbyhole/").status == 404)
with open(h.path("audit.log")) as f:
    audit = f.read()
check("and no token stands in the audit", all(t not in audit for t in (token, second, one, child)))
check("a default caller sees no accessors",
      h.call("LIST", "auth/token/accessors", who="mailer").json == {"errors": [DENIED]})
