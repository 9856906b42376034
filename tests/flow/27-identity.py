#!/usr/bin/env python3
"""Every caller has an entity from its first request on; what is done to it, and to the groups that
hold it, counts at the next request, also for who is connected."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import SLOW, check, ready  # noqa: E402

h = ready()
mailer = h.connect("mailer")
h.post("secret/data/mail/smtp", {"data": {"key": "value"}})
for name, path in ("mail", "secret/data/mail/*"), ("ops", "secret/data/ops/*"):
    h.policy(name, 'path "%s" { capabilities = ["read"] }' % path)


def may(path="mail/smtp", connection=mailer):
    reply = h.call("GET", "secret/data/" + path, connection=connection)
    assert reply.status in (200, 404, 403), reply
    return reply.status != 403


def write(path, body=None, status=204):
    reply = h.post("identity/" + path, body)
    return check("identity/%s answers %d" % (path, status), reply.status == status, reply)


def entity_of(who):
    return h.post("identity/lookup/entity", {
        "alias_name": "spiffe://dev1.example/svc/" + who,
        "alias_mount_accessor": accessor}).data


# ---- it comes to be by itself

mine = h.call("LIST", "identity/entity/id").data["key_info"]
accessor = [a["mount_accessor"] for e in mine.values() for a in e["aliases"]][0]
check("the operator's own is there", any(
    a["name"] == "spiffe://dev1.example/operator/dev" for e in mine.values()
    for a in e["aliases"]), mine)
check("who never came has none", entity_of("mailer") is None)
check("mailer may do nothing", not may())
e = entity_of("mailer")
check("once it came it has one", e and e["policies"] == [] and len(e["aliases"]) == 1, e)
by_id = "entity/id/" + e["id"]
reply = h.get("identity/" + by_id, connection=mailer)
check("it reads its own, by id", reply.status == 200 and reply.data["id"] == e["id"], reply)
reply = h.get("identity/entity/name/" + e["name"], connection=mailer)
check("and by name", reply.status == 200 and reply.data["id"] == e["id"], reply)
alias = e["aliases"][0]
reply = h.get("identity/entity-alias/id/" + alias["id"])
check("its alias is its SPIFFE ID", reply.data["canonical_id"] == e["id"] and
      reply.data["name"] == "spiffe://dev1.example/svc/mailer", reply)
h.issue("mailer")
h.context.cache_clear()
h.get("sys/health", "mailer")
check("a renewed certificate has the same", entity_of("mailer")["id"] == e["id"])
check("nothing was written for it but a place in the ring: it is gone when it is deleted",
      h.call("DELETE", "identity/" + by_id).status == 204 and
      h.get("identity/" + by_id).status == 404)
check("and there again at the next request", not may() and
      h.get("identity/" + by_id).status == 200)

# ---- policies of the entity

write(by_id, {"policies": ["mail"]})
check("a policy of the entity counts at once, while connected", may())
check("metadata is text", h.post("identity/" + by_id, {"metadata": ["team=mail", "n=1"]}).status
      == 204 and h.get("identity/" + by_id).data["metadata"] == {"team": "mail", "n": "1"})
check("what is not sent stays", h.get("identity/" + by_id).data["policies"] == ["mail"])
write(by_id, {"disabled": True})
reply = h.get("secret/data/mail/smtp", connection=mailer)
check("a disabled one is refused at once, while connected", reply.status == 403, reply)
reply = h.get("identity/" + by_id, connection=mailer)
check("everywhere", reply.status == 403, reply)
write(by_id, {"disabled": False})
check("and allowed again", may())
write(by_id, {"policies": []})
check("a policy that is taken away is gone at once", not may())

# ---- templates

h.policy("default", 'path "secret/data/{{identity.entity.metadata.team}}/*" '
         '{ capabilities = ["read"] }\n'
         'path "secret/data/{{identity.groups.names.staff.metadata.region}}/*" '
         '{ capabilities = ["read"] }')
check("metadata stands in a policy's path", may("mail/smtp") and not may("eu1/x"))
write(by_id, {"metadata": {"team": "ops"}})
check("its change counts at once", not may("mail/smtp") and may("ops/x"))
for bad in "a/b", "+", "*", "a,b", "":
    write(by_id, {"metadata": {"team": bad}})
    check("a value %r opens nothing" % bad, not may("a/b") and not may("mail/smtp"))

# ---- groups

staff = h.post("identity/group", {"name": "staff", "policies": ["mail"], "metadata":
                                  {"region": "eu1"}}).data["id"]
check("a group that does not hold it lends nothing", not may() and not may("eu1/x"))
write("group/id/" + staff, {"member_entity_ids": [e["id"]]})
check("one that does lends its policies at once", may())
check("and its metadata", may("eu1/x"))
everybody = h.post("identity/group", {"name": "Everybody", "policies": "ops",
                                      "member_group_ids": [staff]}).data["id"]
check("so does one that holds the group", may("ops/x"))
seen = h.get("identity/" + by_id).data
check("the entity tells", seen["direct_group_ids"] == [staff] and
      seen["inherited_group_ids"] == [everybody] and
      seen["group_ids"] == [staff, everybody], seen)
seen = h.get("identity/group/name/everybody").data
check("groups are found whatever their case", seen["id"] == everybody and
      seen["member_group_ids"] == [staff], seen)
check("and tell of their parents",
      h.get("identity/group/id/" + staff).data["parent_group_ids"] == [everybody])
for members, text in ((staff, "is same as the ID"), (everybody, "cyclic relationship")):
    reply = h.post("identity/group/id/" + staff, {"member_group_ids": [members]})
    check("no group holds itself: " + text, reply.status == 400 and text in reply.errors, reply)
write("group/name/everybody", {"policies": []})
check("what a group no longer lends is gone at once", not may("ops/x"))
check("deleting a group as well", h.call("DELETE", "identity/group/id/" + staff).status == 204 and
      not may())
check("and it is in no group that held it",
      h.get("identity/group/name/everybody").data["member_group_ids"] is None)

external = h.post("identity/group", {"name": "ldap", "type": "external"}).data["id"]
reply = h.get("identity/group/id/" + external)
check("it has no list of members, an internal group an empty one",
      reply.data["member_entity_ids"] is None and
      h.get("identity/group/id/" + h.post("identity/group", {"name": "none"}).data["id"]).data[
          "member_entity_ids"] == [], reply)
reply = h.post("identity/group/id/" + external, {"member_entity_ids": [e["id"]]})
check("an external group's members are not set", reply.status == 400 and
      reply.errors == "member entities can't be set manually for external groups", reply)
reply = h.post("identity/group-alias", {"name": "cn=ops", "mount_accessor": accessor,
                                        "canonical_id": external})
check("it has an alias", reply.status == 200 and reply.data["canonical_id"] == external, reply)
ga = reply.data["id"]
check("which finds it", h.post("identity/lookup/group", {
    "alias_name": "CN=ops", "alias_mount_accessor": accessor}).data["id"] == external)
reply = h.post("identity/group-alias/id/" + ga, {"name": "x"})
check("and is not changed without its mount", reply.status == 400 and
      reply.errors == "missing mount_accessor", reply)
check("deleting it", h.call("DELETE", "identity/group-alias/id/" + ga).status == 204 and
      h.get("identity/group-alias/id/" + ga).status == 404)

# ---- one entity for two callers

h.get("sys/health", "billing")
h.get("secret/data/x", "billing")
billing = entity_of("billing")
bid = billing["id"]
both = h.post("identity/entity", {"name": "both", "policies": ["mail"]}).data["id"]
write("group", {"name": "money", "policies": "ops", "member_entity_ids": [e["id"]]}, 200)
write("entity/merge", {"to_entity_id": both, "from_entity_ids": [e["id"]]})
check("a merged entity is gone", h.get("identity/" + by_id).status == 404)
check("its caller is the other's", entity_of("mailer")["id"] == both and may())
check("in the groups that held it", may("ops/x") and
      h.get("identity/group/name/money").data["member_entity_ids"] == [both])
seen = h.get("identity/entity/id/" + both).data
check("which tells", seen["merged_entity_ids"] == [e["id"]] and
      seen["aliases"][0]["merged_from_canonical_ids"] == [e["id"]], seen)
reply = h.post("identity/entity/merge", {"to_entity_id": both, "from_entity_ids": [bid]})
check("two aliases at one mount do not go together", reply.status == 400 and
      "same mount accessor" in reply.errors, reply)
check("and nothing of it happened", entity_of("billing")["id"] == bid and may())
write("entity/merge", {"to_entity_id": both, "from_entity_ids": [bid],
                       "conflicting_alias_ids_to_keep": [billing["aliases"][0]["id"]]})
check("unless it is said which stays", entity_of("billing")["id"] == both)
check("the other's caller has lost what it had", not may())
back = entity_of("mailer")
check("and has an entity of its own", back["id"] != both and back["policies"] == [], back)
reply = h.post("identity/entity-alias", {"name": "spiffe://dev1.example/svc/mailer",
                                         "mount_accessor": accessor, "canonical_id": both})
check("an entity has one alias at a mount", reply.status == 400 and "already has" in
      reply.errors, reply)
third = h.post("identity/entity", {"policies": "mail"}).data
check("a name is made up", third["name"], third)
reply = h.post("identity/entity-alias", {"name": "spiffe://dev1.example/svc/mailer",
                                         "mount_accessor": accessor,
                                         "canonical_id": third["id"]})
check("an alias goes to another", reply.status == 200 and
      reply.data["canonical_id"] == third["id"], reply)
check("with what that may, at once", may())
reply = h.post("identity/entity-alias", {"name": "spiffe://dev1.example/svc/mailer",
                                         "mount_accessor": accessor,
                                         "canonical_id": third["id"]})
check("the same again changes nothing", reply.status == 204, reply)
check("without the alias it is gone", h.call(
    "DELETE", "identity/entity-alias/id/" + entity_of("mailer")["aliases"][0]["id"]).status
    == 204 and not may())
write("entity/batch-delete", {"entity_ids": [both, third["id"], "none"]})
check("many are deleted at once", h.get("identity/entity/id/" + both).status == 404 and
      h.get("identity/entity/name/both").status == 404)

# ---- it stays

write("entity", {"name": "Kept", "metadata": {"a": "b"}}, 200)
known = entity_of("mailer")["id"]
time.sleep(0.5 * SLOW)  # what was noted is written
h.stop()
h.start().unseal()
check("a new start finds it", h.get("identity/entity/name/kept").data["metadata"] == {"a": "b"})
check("and who came before", h.get("identity/entity/id/" + known).status == 200)
