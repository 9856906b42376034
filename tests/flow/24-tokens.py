#!/usr/bin/env python3
"""A certificate is worth a token that goes on working: through a renewed certificate, a seal, a
kill; what it makes is known by hash alone, and ends with it."""
import concurrent.futures
import glob
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import SLOW, Refused, check, ready, until  # noqa: E402

CLIENTS = 400 // SLOW
h = ready()
h.post("secret/data/billing/stripe", {"data": {"key": "value"}})
h.policy("maker", 'path "auth/token/create" { capabilities = ["update"] }\n'
         'path "secret/data/billing/*" { capabilities = ["read"] }')
h.role("billing", "svc/billing", ["billing", "maker"])


def login(who="billing", **body):
    reply = h.post("auth/cert/login", body, who)
    assert reply.status == 200, reply
    return reply.json["auth"]


def with_token(token, method, path, body=None, who="billing", **more):
    return h.call(method, path, body, who, headers={"X-Vault-Token": token, **more})


def reads(token, who="billing", connection=None):
    reply = h.call("GET", "secret/data/billing/stripe", None, who, connection=connection,
                   headers={"X-Vault-Token": token})
    return reply.status == 200


def used():
    """Bytes that the store's file holds."""
    return os.stat(glob.glob(h.path("data/*.mdb"))[0]).st_blocks * 512


# ---- logging in

auth = login()
token = auth["client_token"]
check("a login gives a token of its role", auth["policies"] == ["billing", "default", "maker"] and
      auth["metadata"]["cert_name"] == "billing" and auth["renewable"] and auth["orphan"], auth)
check("with it the service reads", reads(token))
check("so it does without", h.get("secret/data/billing/stripe", "billing").status == 200)
h.issue("billing")
h.context.cache_clear()
check("a renewed certificate keeps the token", reads(token))
seen = with_token(token, "GET", "auth/token/lookup-self").data
check("and it can be looked up", seen["id"] == token and seen["type"] == "service" and
      seen["path"] == "auth/cert/login" and 0 < seen["ttl"] <= seen["creation_ttl"], seen)

own = with_token(token, "POST", "auth/token/lookup-accessor", {"accessor": auth["accessor"]},
                 "billing")
check("by its accessor, which needs a right of its own", own.status == 403)
h.policy("looks", 'path "auth/token/lookup-accessor" { capabilities = ["update"] }')
h.role("billing", "svc/billing", ["billing", "maker", "looks"])
own = with_token(token, "POST", "auth/token/lookup-accessor", {"accessor": auth["accessor"]})
check("it finds itself", own.status == 200 and own.data["id"] == "" and
      own.data["accessor"] == auth["accessor"], own)
h.role("billing", "svc/billing", ["billing", "maker"])

# ---- a service that polls through seal and unseal

poll = h.connect("billing")
check("a service polls", reads(token, connection=poll))
h.call("PUT", "sys/seal")
reply = h.call("GET", "secret/data/billing/stripe", connection=poll,
               headers={"X-Vault-Token": token})
check("while the vault is sealed it is told so", reply.status == 503 and
      reply.errors == "Vault is sealed", reply)
h.unseal()
check("and goes on with the same token, on the same connection", reads(token, connection=poll))
h.stop()
h.start().unseal()
check("through a restart too", reads(token))

# ---- renewing, revoking

renewed = with_token(token, "POST", "auth/token/renew-self", {"increment": "20m"}).json["auth"]
check("renewing keeps the string", renewed["client_token"] == token and
      renewed["lease_duration"] == 1200, renewed)
seen = with_token(token, "GET", "auth/token/lookup-self").data
check("and shows", "last_renewal" in seen and seen["ttl"] <= 1200, seen)
reply = h.call("LIST", "auth/token/accessors")
check("a renewed one is among the accessors, for those with sudo", auth["accessor"] in
      reply.data["keys"], reply)
child = with_token(token, "POST", "auth/token/create", {"policies": ["billing"], "ttl": "10m"})
child = child.json["auth"]["client_token"]
grandchild = with_token(token, "POST", "auth/token/create", {"ttl": "10m"})
grandchild = grandchild.json["auth"]["client_token"]
check("its children work", reads(child) and reads(grandchild))
mid = h.connect("billing")
check("on a connection that stays open", reads(child, connection=mid))
check("a token revokes itself", with_token(token, "POST", "auth/token/revoke-self").status == 204)
check("at once", not reads(token))
check("and its children with it, also mid-connection", not reads(child, connection=mid) and
      not reads(grandchild))
check("another login is another token", reads(login()["client_token"]))

# ---- stored ones survive a kill

token = login()["client_token"]
child = with_token(token, "POST", "auth/token/create", {"policies": ["billing"], "ttl": "10m",
                                                        "num_uses": 3})
child = child.json["auth"]["client_token"]
check("a counted token works", reads(child))
h.kill()
h.start().unseal()
check("what it was used is not forgotten in a kill", reads(child) and reads(child) and
      not reads(child))
with open(glob.glob(h.path("data/*.mdb"))[0], "rb") as f:
    store = f.read()
check("no token stands in the store", child.encode() not in store and
      child[4:].encode() not in store and token.encode() not in store)

# ---- cubbyhole and wrapping

other = login()["client_token"]
check("a token has a place of its own",
      with_token(token, "POST", "cubbyhole/a/b", {"k": "v"}).status == 204 and
      with_token(token, "GET", "cubbyhole/a/b").data == {"k": "v"} and
      with_token(other, "GET", "cubbyhole/a/b").status == 404)
large = {"k": "v" * 400000}
put = [with_token(token, "POST", "cubbyhole/large/%d" % n, large).status for n in range(3)]
full = with_token(token, "POST", "cubbyhole/large/2", large)
check("which holds so much and no more", put == [204, 204, 413] and
      "delete some of it" in full.errors, (put, full))
check("... what was there stays, and may be replaced",
      with_token(token, "GET", "cubbyhole/large/1").data == large and
      with_token(token, "POST", "cubbyhole/large/1", large).status == 204 and
      with_token(token, "GET", "cubbyhole/large/2").status == 404)
check("... others have room", with_token(other, "POST", "cubbyhole/x", large).status == 204)
check("... and what is deleted makes room",
      with_token(token, "DELETE", "cubbyhole/large/0").status == 204 and
      with_token(token, "POST", "cubbyhole/large/2", large).status == 204)
reply = with_token(token, "GET", "secret/data/billing/stripe", **{"X-Vault-Wrap-TTL": "5m"})
wrapped = reply.json["wrap_info"]
check("a reply is wrapped", reply.data is None and wrapped["ttl"] == 300 and
      wrapped["creation_path"] == "secret/data/billing/stripe", reply)
reply = h.post("sys/wrapping/unwrap", {"token": wrapped["token"]}, "mailer")
check("and unwrapped by another identity of the Hublet", reply.status == 200 and
      reply.data["data"] == {"key": "value"}, reply)
wrapped = h.get("secret/data/billing/stripe", headers={"X-Vault-Wrap-TTL": "60"})
one = wrapped.json["wrap_info"]["token"]
other = with_token(one, "GET", "cubbyhole/other")
check("a wrapping token opens no place in cubbyhole but the one that older clients unwrap by",
      other.status == 403, other)
wrapped = h.get("secret/data/billing/stripe", headers={"X-Vault-Wrap-TTL": "60"})
one = wrapped.json["wrap_info"]["token"]
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    got = list(pool.map(lambda _: with_token(one, "GET", "cubbyhole/response"), range(8)))
right = [reply for reply in got if reply.status == 200]
check("... where one of eight gets it, as a text", len(right) == 1 and json.loads(
    right[0].data["response"])["data"]["data"] == {"key": "value"}, got)
check("... and the others a refusal", all(reply.status in (400, 403) for reply in got
                                          if reply not in right), got)
wrapped = h.get("secret/data/billing/stripe", headers={"X-Vault-Wrap-TTL": "60"})
one = wrapped.json["wrap_info"]["token"]
reply = with_token(one, "GET", "cubbyhole/response?token=another")
check("... and it is the token that asks which counts, whatever the query names",
      reply.status == 200, reply)
check("for every other token it is a secret like others",
      with_token(token, "GET", "cubbyhole/response").status == 404 and
      with_token(token, "POST", "cubbyhole/response", {"a": "b"}).status == 204 and
      with_token(token, "GET", "cubbyhole/response").data == {"a": "b"})
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    wrapped = h.get("secret/data/billing/stripe", headers={"X-Vault-Wrap-TTL": "60"})
    one = wrapped.json["wrap_info"]["token"]
    got = list(pool.map(lambda _: h.post("sys/wrapping/unwrap", {"token": one}).status, range(8)))
check("of eight at once one gets it", sorted(got) == [200] + [400] * 7, got)

# ---- many

before = used()
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    def reconnect(_):
        connection = h.connect("billing")
        made = h.call("POST", "auth/cert/login", {}, connection=connection)
        good = made.status == 200 and reads(made.json["auth"]["client_token"],
                                            connection=connection)
        connection.close()
        return good
    good = sum(pool.map(reconnect, range(CLIENTS)))
check("all of %d clients that reconnect at once are served" % CLIENTS, good == CLIENTS, good)
check("and nothing is stored for a login", used() == before, (before, used()))


def memory(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(next(l for l in f if l.startswith("VmRSS")).split()[1])


keeper = h.children()["keeper"][0]
line = h.connect("billing")
for _ in range(2000 // SLOW):
    h.call("POST", "auth/cert/login", {}, connection=line)
before = memory(keeper)
for _ in range(2000 // SLOW):
    h.call("POST", "auth/cert/login", {}, connection=line)
check("thousands more logins take no memory", memory(keeper) - before < 1024,
      (before, memory(keeper)))

# ---- expiry

short = h.post("auth/token/create", {"policies": ["default"], "ttl": "1s"}, "billing")
short = short.json["auth"]
time.sleep(1.2)
reply = with_token(short["client_token"], "GET", "auth/token/lookup-self")
check("what has expired is over", reply.status == 403, reply)
check("and its record is erased", until(lambda: short["accessor"] not in (h.call(
    "LIST", "auth/token/accessors").data or {"keys": []})["keys"], 40))
