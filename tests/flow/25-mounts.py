#!/usr/bin/env python3
"""Engines come, change, move and go with all they hold, also when the vault is killed meanwhile."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready, until  # noqa: E402

UPGRADING = ("Upgrading from non-versioned to versioned data. This backend will be unavailable "
             "for a brief period and will resume service shortly.")
ALL = ["create", "read", "update", "patch", "delete", "list", "scan", "sudo"]

h = ready()
h.policy("secrets", "".join('path "%s*" { capabilities = %s }\n' % (p, str(ALL).replace("'", '"'))
                            for p in ("secret/", "old/", "new/", "deep/", "big/", "plain/")))


def mount(path, **fields):
    reply = h.post("sys/mounts/" + path, fields)
    assert reply.status == 204, reply


def records():
    """How many records the store holds, as its metrics say."""
    gauges = h.get("sys/metrics").json["Gauges"]
    return next(g["Value"] for g in gauges if g["Name"] == "vault.store.records")


# -- KV version 1, and the way to version 2

mount("plain", type="kv")
check("an engine answers from the next request on",
      h.post("plain/a/b", {"user": "u", "ttl": "5m"}).status == 204)
reply = h.get("plain/a/b")
check("KV version 1 gives back the object, and its ttl as lease",
      reply.data == {"user": "u", "ttl": "5m"} and reply.json["lease_duration"] == 300, reply)
for i in range(600):
    h.post("plain/many/%d" % i, {"n": i})
reply = h.post("sys/mounts/plain/tune", {"options": {"version": "2"}})
check("an upgrade is told in a warning",
      reply.status == 200 and "Upgrading" in reply.json["warnings"][0], reply)
h.kill()
h.start().unseal()
reply = until(lambda: (lambda r: r.errors != UPGRADING and r)(h.get("plain/data/a/b")))
check("then, killed or not, the object is the secret's first version", reply.status == 200 and
      reply.data["data"] == {"user": "u", "ttl": "5m"} and
      reply.data["metadata"]["version"] == 1, reply)
check("each of them", len(h.call("LIST", "plain/metadata/many").data["keys"]) == 600 and
      h.get("plain/data/many/599").data["data"] == {"n": 599})
check("the old paths are no more", h.get("plain/a/b").status == 404)
reply = h.post("sys/mounts/plain/tune", {"options": {"version": "1"}})
check("there is no way back", reply.status == 400 and
      reply.errors == "cannot downgrade mount from version 2", reply)

# -- moving

mount("old", type="kv-v2", description="moves")
h.post("old/data/x", {"data": {"k": "v"}})
reply = h.post("sys/remount", {"from": "old", "to": "new/place"})
check("a mount moves", reply.status == 200 and reply.data["migration_id"], reply)
status = h.get("sys/remount/status/" + reply.data["migration_id"])
check("and the move can be asked about", status.data["migration_info"] ==
      {"source_mount": "old/", "target_mount": "new/place/", "status": "success"}, status)
check("what it holds is at the new place",
      h.get("new/place/data/x").data["data"] == {"k": "v"})
check("and not at the old one", h.get("old/data/x").status == 404)
check("its description came along", h.get("sys/mounts/new/place").data["description"] == "moves")

# -- going

path = "/".join("d" * 3500)
h.post("sys/seal")  # who read what so far is written now, not in between
h.unseal()
before = records()
mount("deep", type="kv-v2")
reply = h.post("deep/data/" + path, {"data": {"k": "v"}})
check("directories may be deep", reply.status == 200 and records() > before + 3500, reply)
accessor = h.get("sys/mounts/deep").data["accessor"]
check("an engine goes", h.call("DELETE", "sys/mounts/deep").status == 204 and
      h.get("deep/data/" + path).status == 404)
mount("deep", type="kv-v2")
check("with all its directories", until(lambda: records() == before + 1, 60),
      (before, records()))
check("a new one in its place is another", h.get("sys/mounts/deep").data["accessor"] != accessor)
check("and holds nothing of the old one", h.get("deep/data/" + path).status == 404 and
      h.call("LIST", "deep/metadata").status == 404)
check("what is below a mount, beside it or above it has no room", all(
    h.post("sys/mounts/" + p, {"type": "kv"}).errors == "path is already in use at new/place/"
    for p in ("new", "new/place", "new/place/below")))

# -- whatever an engine keeps goes with it

h.policy("secrets", 'path "*" { capabilities = %s }' % str(ALL).replace("'", '"'))
with open(h.path("ca.pem")) as f:
    ca = f.read()
for path, body, requests in (
        ("sys/mounts/gone", {"type": "kv"}, [("gone/a/b", {"k": "v"})]),
        ("sys/mounts/gone", {"type": "kv-v2"}, [
            ("gone/config", {"max_versions": 3}), ("gone/data/a/b", {"data": {"k": "v"}}),
            ("gone/data/a/b", {"data": {"k": "w"}}), ("gone/metadata/c", {"max_versions": 2})]),
        ("sys/mounts/gone", {"type": "transit"}, [
            ("gone/keys/a", {"auto_rotate_period": "24h"}), ("gone/keys/a/rotate", {}),
            ("gone/encrypt/a", {"plaintext": "aGVsbG8="}), ("gone/keys/b", {"type": "ed25519"})]),
        ("sys/mounts/gone", {"type": "pki"}, [
            ("gone/root/generate/internal", {"common_name": "root", "key_type": "ec"}),
            ("gone/roles/r", {"allow_any_name": True, "key_type": "ec"}),
            ("gone/issue/r", {"common_name": "a.example.org", "ttl": "1h"}),
            ("gone/config/urls", {"issuing_certificates": "http://a.example.org/ca"})]),
        ("sys/auth/gone", {"type": "cert"}, [
            ("auth/gone/certs/r", {"certificate": ca, "allowed_uri_sans": "spiffe://*"})])):
    before = records()
    reply = h.post(path, body)
    assert reply.status == 204, reply
    for request in requests:
        reply = h.post(*request)
        assert reply.status in (200, 204), (request, reply)
    filled = records()
    h.call("DELETE", path)
    check("all that %s keeps is erased" % body["type"], until(lambda: records() == before, 30) and
          filled > before + 1, (before, filled, records()))

# -- destroying much, killed meanwhile

before = records()
mount("big", type="kv-v2")
connection = h.connect()
for i in range(1500):
    reply = h.post("big/data/%d/%d" % (i % 7, i), {"data": {"i": i}}, connection=connection)
    assert reply.status == 200, reply
full = records()
check("many secrets take many records", full >= before + 3000, (before, full))
check("they are removed at once", h.call("DELETE", "sys/mounts/big").status == 204)
h.kill()
h.start().unseal()
check("after a kill nothing of them opens", h.get("big/data/0/0").status == 404)
check("and erasing goes on until nothing is left",
      until(lambda: records() == before, 60), (before, records()))
h.stop()
