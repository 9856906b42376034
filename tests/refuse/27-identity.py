#!/usr/bin/env python3
"""Who may not manage identity sees only its own entity and changes none: it gives itself no policy,
no group, no alias and nobody else's place."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready  # noqa: E402

DENIED = "1 error occurred:\n\t* permission denied\n\n"
h = ready()
h.post("secret/data/billing/stripe", {"data": {"key": "value"}})
for who in "mailer", "billing":
    h.get("secret/data/x", who)
info = h.call("LIST", "identity/entity/id").data["key_info"]
ids = {e["aliases"][0]["name"].rsplit("/", 1)[1]: i for i, e in info.items()}
accessor = info[ids["mailer"]]["aliases"][0]["mount_accessor"]
aliases = {who: info[ids[who]]["aliases"][0]["id"] for who in ("mailer", "billing")}
group = h.post("identity/group", {"name": "money", "policies": "billing"}).data["id"]
mine, other = ids["mailer"], ids["billing"]
spiffe = "spiffe://dev1.example/svc/mailer"

for method, path, body in (
        ("GET", "entity/id/" + other, None),
        ("GET", "entity/name/entity_" + other, None),
        ("GET", "entity/id/00000000-0000-4000-8000-000000000000", None),
        ("LIST", "entity/id", None),
        ("LIST", "entity/name", None),
        ("POST", "entity/id/" + mine, {"policies": ["billing"]}),
        ("POST", "entity/name/entity_" + mine, {"policies": ["billing"]}),
        ("POST", "entity", {"id": mine, "policies": ["billing"]}),
        ("POST", "entity/id/" + other, {"disabled": True}),
        ("DELETE", "entity/id/" + other, None),
        ("DELETE", "entity/id/" + mine, None),
        ("POST", "entity/batch-delete", {"entity_ids": [other]}),
        ("POST", "entity/merge", {"to_entity_id": other, "from_entity_ids": [mine]}),
        ("POST", "entity-alias", {"name": spiffe, "mount_accessor": accessor,
                                  "canonical_id": other}),
        ("POST", "entity-alias/id/" + aliases["mailer"], {"canonical_id": other}),
        ("GET", "entity-alias/id/" + aliases["mailer"], None),
        ("DELETE", "entity-alias/id/" + aliases["billing"], None),
        ("LIST", "entity-alias/id", None),
        ("POST", "group", {"name": "money", "member_entity_ids": [mine]}),
        ("POST", "group/id/" + group, {"member_entity_ids": [mine]}),
        ("POST", "group/name/money", {"member_entity_ids": [mine]}),
        ("GET", "group/id/" + group, None),
        ("LIST", "group/id", None),
        ("DELETE", "group/id/" + group, None),
        ("POST", "group-alias", {"name": "x", "mount_accessor": accessor}),
        ("LIST", "group-alias/id", None),
        ("POST", "lookup/entity", {"id": other}),
        ("POST", "lookup/entity", {"id": mine}),
        ("POST", "lookup/group", {"id": group})):
    reply = h.call(method, "identity/" + path, body, "mailer")
    check("mailer may not %s identity/%s" % (method, path.replace(other, "OTHER").replace(
        mine, "MINE").replace(group, "GROUP")), reply.status == 403 and
        reply.json == {"errors": [DENIED]}, reply)
check("its own it reads", h.get("identity/entity/id/" + mine, "mailer").status == 200)
check("nothing of that happened", h.get("secret/data/billing/stripe", "mailer").status == 403 and
      h.get("secret/data/billing/stripe", "billing").status == 200 and
      h.get("identity/group/id/" + group).data["member_entity_ids"] == [])

# ---- merging takes sudo, beside the right to write

h.policy("managers", 'path "identity/*" { capabilities = ["create", "update", "read", "list", '
         '"delete"] }')
h.role("managers", "svc/mailer", "managers")
reply = h.post("identity/entity/merge", {"to_entity_id": other, "from_entity_ids": [mine]},
               "mailer")
check("who manages identity merges nobody", reply.status == 403 and
      reply.errors == DENIED, reply)
check("but manages", h.post("identity/entity", {"name": "x"}, "mailer").status == 200)
check("an operator merges: its policy says sudo", h.post("identity/entity/merge", {
    "to_entity_id": other, "from_entity_ids": [mine],
    "conflicting_alias_ids_to_keep": [aliases["billing"]]}).status == 204)
h.call("DELETE", "auth/cert/certs/managers")

# ---- what cannot be kept is refused (what the reference refuses: tests/conformance)

for what, fields in (
        ("a key that is too long", {"metadata": {"k" * 129: "v"}}),
        ("a key that is empty", {"metadata": {"": "v"}}),
        ("a value that is too long", {"metadata": {"k": "v" * 513}}),
        ("a value that does not print", {"metadata": {"k": "a\nb"}}),
        ("too many pairs", {"metadata": {str(i): "v" for i in range(65)}}),
        ("a name that is too long", {"name": "n" * 2049}),
        ("a name that does not print", {"name": "a\0b"})):
    for path in "entity", "group":
        reply = h.post("identity/" + path, {"name": "y", **fields})
        check("%s: %s is refused" % (path, what), reply.status == 400 and reply.errors, reply)
check("none of it left anything", h.get("identity/entity/name/y").status == 404 and
      h.get("identity/group/name/y").status == 404)

# ---- what a policy denies is denied, whoever lends the others

h.policy("closed", 'path "secret/data/billing/*" { capabilities = ["deny"] }')
h.post("identity/group/id/" + group, {"policies": "closed", "member_entity_ids": [other]})
check("a group's deny outweighs a role's policy",
      h.get("secret/data/billing/stripe", "billing").status == 403)
h.post("identity/group/id/" + group, {"policies": ["closed"] + ["p%d" % i for i in range(300)]})
check("among however many",
      h.get("secret/data/billing/stripe", "billing").status == 403)
h.post("identity/group/id/" + group, {"policies": []})

# ---- disabled, while requests are under way

stream = h.connect("billing")
check("billing reads", h.get("secret/data/billing/stripe", connection=stream).status == 200)
h.post("identity/entity/id/" + other, {"disabled": True})
for path in "secret/data/billing/stripe", "identity/entity/id/" + other, "nowhere":
    reply = h.get(path, connection=stream)
    check("disabled, it gets no answer to %s" % path.replace(other, "OTHER"),
          reply.status == 403 and reply.json == {"errors": [DENIED]}, reply)
check("nor on a new connection", h.get("secret/data/billing/stripe", "billing").status == 403)
h.stop()
h.start().unseal()
check("nor after a new start", h.get("secret/data/billing/stripe", "billing").status == 403)
h.call("DELETE", "identity/entity/id/" + other)
reply = h.post("identity/entity/id/" + ids["dev"], {"policies": "x"})
check("an operator's own entity is the default policy's to tell: it is read by path",
      reply.status == 403, reply)
check("an operator whom the configuration names is not locked out", h.post(
    "identity/entity", {"id": ids["dev"], "disabled": True}).status == 204 and
    h.get("sys/policies/acl/default").status == 200)
