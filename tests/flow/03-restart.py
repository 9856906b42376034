#!/usr/bin/env python3
"""What a vault held it serves again after a stop and a start, once it is unsealed."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready  # noqa: E402

h = ready()
h.post("secret/data/billing/stripe", {"data": {"key": "first"}})
h.post("secret/data/billing/stripe", {"data": {"key": "second"}})
before = h.get("secret/metadata/billing/stripe").data

check("SIGTERM ends it with status 0", h.stop() == 0)
h.start()
status = h.get("sys/seal-status").json
check("after a start it is initialised and sealed",
      status["initialized"] and status["sealed"], status)
refused = h.get("secret/data/billing/stripe")
check("sealed, it serves no secret", refused.status == 503 and
      refused.errors == "Vault is sealed", refused)
again = h.post("sys/init", {"secret_shares": 1, "secret_threshold": 1})
check("it is not initialised a second time", again.status == 400 and
      again.errors == "Vault is already initialized", again)

h.unseal()
reply = h.get("secret/data/billing/stripe", who="billing")
check("a service reads the newest version", reply.data["data"] == {"key": "second"}, reply)
reply = h.get("secret/data/billing/stripe?version=1", who="billing")
check("and the one before", reply.data["data"] == {"key": "first"}, reply)
after = h.get("secret/metadata/billing/stripe").data
check("versions, times and settings are what they were", before == after, after)
reply = h.get("secret/data/billing/stripe", who="mailer")
check("who might not read then may not now", reply.status == 403, reply)
reply = h.post("secret/data/billing/stripe", {"data": {"key": "third"}, "options": {"cas": 2}})
check("it goes on from the version it had", reply.data["version"] == 3, reply)

reply = h.post("sys/seal")
check("an operator seals it", reply.status == 204 and h.get("sys/health").status == 503, reply)
h.unseal()
reply = h.get("secret/data/billing/stripe")
check("and unseals it without a restart", reply.data["data"] == {"key": "third"}, reply)
