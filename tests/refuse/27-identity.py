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

# ---- what is no sense is refused, in the words of the reference

e = h.post("identity/entity", {"name": "Known"}).data["id"]
for path, body, text in (
        ("entity/id/none", {}, "entity not found from id"),
        ("entity", {"name": "y", "policies": "default,Root"}, "policies cannot contain root"),
        ("entity", {"name": "entity_" + e}, "entity name is already in use"),
        ("entity/id/" + e, {"name": "X"}, "entity name is already in use"),
        ("entity", {"name": "y", "metadata": 5}, 'field "metadata"'),
        ("entity", {"name": "y", "metadata": ["novalue"]}, 'field "metadata"'),
        ("entity", {"name": "y", "metadata": {"k": {"deep": 1}}}, 'field "metadata"'),
        ("entity", {"name": "y", "metadata": {"k" * 200: "v"}}, "invalid metadata"),
        ("entity", {"name": "y", "metadata": {str(i): "v" for i in range(65)}},
         "invalid metadata"),
        ("entity/batch-delete", {}, "missing entity ids to delete"),
        ("entity/merge", {}, "missing entity id to merge to"),
        ("entity/merge", {"to_entity_id": e}, "missing entity ids to merge from"),
        ("entity/merge", {"to_entity_id": "none", "from_entity_ids": [e]},
         "entity id to merge to is invalid"),
        ("entity/merge", {"to_entity_id": e, "from_entity_ids": ["none"]},
         "entity id to merge from is invalid"),
        ("entity/merge", {"to_entity_id": e, "from_entity_ids": [e]},
         "to_entity_id should not be present in from_entity_ids"),
        ("entity-alias", {}, "'id' or 'mount_accessor' and 'name' must be provided"),
        ("entity-alias", {"name": "a", "mount_accessor": "x"}, 'invalid mount accessor "x"'),
        ("entity-alias", {"name": "a", "mount_accessor": accessor, "canonical_id": "none"},
         "invalid canonical ID"),
        ("entity-alias/id/none", {"name": "a"}, "invalid alias ID provided"),
        ("group", {"id": "none"}, "invalid group ID"),
        ("group", {"name": ""}, "empty group name"),
        ("group", {"name": "z", "type": "odd"}, 'invalid group type "odd"'),
        ("group/id/" + group, {"type": "external"}, "group type cannot be changed"),
        ("group/id/" + group, {"policies": ["root"]}, "policies cannot contain root"),
        ("group/id/" + group, {"member_entity_ids": ["none"]}, 'invalid entity ID "none"'),
        ("group/id/" + group, {"member_group_ids": ["none"]}, 'invalid group ID "none"'),
        ("group-alias", {}, "missing alias name"),
        ("group-alias", {"name": "a"}, "missing mount_accessor"),
        ("group-alias", {"name": "a", "mount_accessor": accessor, "canonical_id": "none"},
         "invalid group ID given in 'canonical_id'"),
        ("group-alias", {"name": "a", "mount_accessor": accessor, "canonical_id": group},
         "alias can't be set on an internal group"),
        ("group-alias", {"name": "a", "mount_accessor": "x"}, 'invalid mount accessor "x"'),
        ("group-alias/id/none", {"name": "a"}, "invalid group alias ID"),
        ("lookup/entity", {}, "query parameter not supplied"),
        ("lookup/group", {"id": "a", "name": "b"}, "query parameter conflict"),
        ("lookup/group", {"alias_name": "a"}, "both 'alias_name'")):
    reply = h.post("identity/" + path, body)
    check("identity/%s says %s" % (path.replace(e, "E").replace(group, "G"), text),
          reply.status == 400 and text in reply.errors, reply)
check("none of it left anything", h.get("identity/entity/name/y").status == 404 and
      h.get("identity/group/name/z").status == 404)
for path, body in ("entity", {"id": "none"}), ("entity", {"alias_id": "none"}), (
        "group", {"name": "none"}), ("entity", {"alias_name": "a",
                                                "alias_mount_accessor": accessor}):
    reply = h.post("identity/lookup/" + path, body)
    check("nothing is found by %s" % body, reply.status == 204, reply)
for path in "entity/id/none", "entity/name/none", "group/id/none", "entity-alias/id/none", \
        "group-alias/id/none", "group/name/none":
    check("identity/%s is not there, and deleted as if it were" % path,
          h.get("identity/" + path).status == 404 and
          h.call("DELETE", "identity/" + path).status == 204)

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
