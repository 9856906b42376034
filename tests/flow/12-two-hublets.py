#!/usr/bin/env python3
"""Two Hublets run side by side, and nothing of one is of any use at the other."""
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready, until  # noqa: E402

one, two = ready("dev1"), ready("eu1")
for h in (one, two):
    h.post("secret/data/billing/stripe", {"data": {"of": h.name}})
for h in (one, two):
    check("%s serves its own secret" % h.name,
          h.get("secret/data/billing/stripe", who="billing").data["data"] == {"of": h.name})

for h, other in ((one, two), (two, one)):
    seen = len(h.log())
    for who in ("billing", "operator"):
        check("%s of %s is refused by %s in the handshake" % (who, other.name, h.name),
              h.refusal(other.path(who), path="secret/data/billing/stripe") != "")
    check("... and %s says why" % h.name, until(lambda: "refus" in h.log()[seen:], 3))

# Same trust domain, same names, another CA and another vault.
twin = ready("na1", domain="dev1.example")
check("an identity of the same name and another CA is refused",
      one.refusal(twin.path("operator")) != "")

for h in (one, two):
    h.post("sys/seal")
reply = one.post("sys/unseal", {"key": two.shares[0]})
check("a share of the other vault is refused as that",
      reply.status == 400 and "not a share of this vault" in reply.errors, reply)
check("... and does not count", one.get("sys/seal-status").json["progress"] == 0)

# The store of one under the other's configuration.
for h in (one, two):
    h.stop()
shutil.copy2(two.path("data/data.mdb"), one.path("data/data.mdb"))
one.launch()
check("with the other's store it does not start", one.process.wait(20) != 0)
said = [line for line in one.log().splitlines() if "dev1" in line and "eu1" in line]
check("... and says both names", said, one.log()[-500:])

two.start().unseal()
check("the other is none the worse",
      two.get("secret/data/billing/stripe", who="billing").data["data"] == {"of": "eu1"})
