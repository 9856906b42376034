#!/usr/bin/env python3
"""Two Hublets run side by side, and neither notices what becomes of the other."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready  # noqa: E402

na1, eu1 = ready("na1"), ready("eu1")
for h in na1, eu1:
    h.post("secret/data/billing/stripe", {"data": {"key": "of " + h.name}})
for h in na1, eu1:
    reply = h.get("secret/data/billing/stripe", "billing")
    check("%s serves what is its own" % h.name, reply.data["data"] == {"key": "of " + h.name}, reply)
one, two = (h.get("sys/health").json for h in (na1, eu1))
check("each is a vault of its own", one["cluster_id"] != two["cluster_id"] and
      one["cluster_name"] != two["cluster_name"], (one, two))
na1.post("sys/seal")
check("one sealed, the other serves", na1.get("sys/health").status == 503 and
      eu1.get("secret/data/billing/stripe", "billing").status == 200)
na1.kill()
check("one killed, the other serves",
      eu1.get("secret/data/billing/stripe", "billing").status == 200)
na1.start().unseal()
check("and the first comes back by itself",
      na1.get("secret/data/billing/stripe", "billing").data["data"] == {"key": "of na1"})
