#!/usr/bin/env python3
"""The wall clock jumps a year ahead, and back: whose time is over is refused, what is due is done
once, what expired stays so, nothing that was written is lost, and the log tells of each jump."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from crash import conclude  # noqa: E402
from faulty import PROGRAM, Faulty  # noqa: E402
from hublet import Refused, check, skip, until  # noqa: E402

DAY = 86400
BEGIN = 400 * DAY  # so that no certificate is from the future when the clock goes back

if not os.path.exists(PROGRAM):
    skip("a clock that jumps", "%s is not built: run `make check`" % PROGRAM)
    sys.exit(0)

h = Faulty(days=2000)
h.set_clock(BEGIN)
h.start().init().unseal().furnish()
h.issue("lasting", "svc/billing", "-days=2000")
h.issue("short", "svc/billing", "-days=500")
h.policy("all", 'path "*" { capabilities = ["create", "read", "update", "list", "sudo"] }')
h.role("operators", "operator/*", ["secrets", "operator", "all"])


def version():
    return h.get("transit/keys/turning").data["latest_version"]


def lookup(token):
    return h.get("auth/token/lookup-self", headers={"X-Vault-Token": token}).status


def token(ttl):
    return h.post("auth/token/create", {"ttl": ttl}).json["auth"]["client_token"]


def jump(days, word):
    """Set the clock, so many days from where it began; whether the log tells."""
    told = h.log().count(word)
    h.set_clock(BEGIN + days * DAY)
    h.refusal("operator")
    return until(lambda: h.log().count(word) > told)


def cut():
    """Whether the connection that was open before is no longer served."""
    try:
        return h.get("secret/data/billing/stripe", connection=kept).status == 403
    except Refused:
        return True


h.post("secret/data/billing/stripe", {"data": {"of": "before"}})
h.post("transit/keys/turning", {"auto_rotate_period": "24h"})
hour, long = token("1h"), token("700h")
kept = h.connect("short")
check("before: a token, and a certificate that ends in a hundred days", lookup(hour) == 200 and
      h.get("secret/data/billing/stripe", connection=kept).status == 200)

check("a year ahead: the log says so", jump(365, "the wall clock jumped ahead by 8760h0m0s"))
check("the vault is open, and what was written is there",
      h.get("secret/data/billing/stripe", "lasting").data["data"] == {"of": "before"})
check("a certificate that has ended is refused", h.refusal("short") != "")
check("on a connection that was open, too, within ten seconds", until(cut, 11))
check("a token that has ended, too", lookup(hour) == 403 and lookup(long) == 403)
check("the key is rotated, once for all the time", until(lambda: version() == 2, 90), version())
h.post("secret/data/billing/stripe", {"data": {"of": "the year"}})
fresh = token("1h")
check("who comes now gets a token of now", lookup(fresh) == 200)

check("back again: the log says so", jump(0, "the wall clock was set back by 8760h0m0s"))
check("what was written in that year is there",
      h.get("secret/data/billing/stripe", "lasting").data["data"] == {"of": "the year"})
check("the token of before stays ended, that of then is good", lookup(hour) == 403 and
      lookup(fresh) == 200)
check("the key waits its time", not until(lambda: version() != 2, 3), version())
h.stop()
told = h.log().count("was set back")
h.start().unseal()
check("a restart takes nothing of it back: it is told again", lookup(hour) == 403 and
      lookup(fresh) == 200 and version() == 2 and h.log().count("was set back") > told)
check("and a year before: no caller's certificate is good yet, and the log says why",
      jump(-800, "it is not yet valid") and h.refusal("operator") != "", h.log()[-500:])
h.set_clock(BEGIN)
check("the clock is put right: all is as it was", until(
    lambda: h.refusal("operator") == "") and h.get("secret/data/billing/stripe").status == 200)
conclude(h)
