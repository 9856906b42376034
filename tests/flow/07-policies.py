#!/usr/bin/env python3
"""A change of policy or role counts from the next request on, also for who is connected."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready  # noqa: E402

h = ready()
h.post("secret/data/billing/stripe", {"data": {"key": "value"}})
h.post("secret/data/mail/smtp", {"data": {"key": "value"}})
mailer, billing = h.connect("mailer"), h.connect("billing")


def may(connection, path, method="GET", body=None):
    reply = h.call(method, "secret/data/" + path, body, connection=connection)
    assert reply.status in (200, 204, 403), reply
    return reply.status != 403


check("without a role a service reads nothing", not may(mailer, "mail/smtp"))
h.policy("mail", 'path "secret/data/mail/*" { capabilities = ["read"] }')
check("a policy that no role names changes nothing", not may(mailer, "mail/smtp"))
h.role("mail", "svc/mailer", "mail")
check("a new role counts at once", may(mailer, "mail/smtp"))
check("for what its policy says, no more", not may(mailer, "billing/stripe"))
check("it may read, and not write",
      not may(mailer, "mail/smtp", "POST", {"data": {"key": "forged"}}))
h.policy("mail", 'path "secret/data/mail/*" { capabilities = ["read", "update"] }')
check("a policy that grants more counts at once",
      may(mailer, "mail/smtp", "POST", {"data": {"key": "fresh"}}))
check("update alone does not create",
      not may(mailer, "mail/other", "POST", {"data": {"key": "x"}}))
h.policy("mail", 'path "secret/data/mail/*" { capabilities = ["read"] }\n'
         'path "secret/data/mail/smtp" { capabilities = ["deny"] }')
check("a policy that denies counts at once", not may(mailer, "mail/smtp"))
h.policy("mail", 'path "secret/data/{{identity.entity.name}}/*" { capabilities = ["read"] }')
check("one that grants other things takes away the old", not may(mailer, "mail/smtp"))

h.role("mail", "svc/*", ["mail", "billing"])
check("a role by pattern counts for all that fit", may(mailer, "billing/stripe"))
reply = h.post("sys/capabilities-self", {"paths": ["secret/data/billing/stripe"]}, "mailer")
check("capabilities-self says so", reply.data.get("capabilities") == ["read"], reply)
check("deleting a role counts at once",
      h.call("DELETE", "auth/cert/certs/mail").status == 204 and
      not may(mailer, "billing/stripe"))
check("others keep theirs", may(billing, "billing/stripe"))
check("deleting a policy counts at once",
      h.call("DELETE", "sys/policies/acl/billing").status == 204 and
      not may(billing, "billing/stripe"))
for s in mailer, billing:
    s.close()
