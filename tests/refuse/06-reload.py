#!/usr/bin/env python3
"""A peer that a new list revokes is cut off at once; a reload that makes no sense changes
nothing."""
import os
import shutil
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import forge  # noqa: E402
import wire  # noqa: E402
from hublet import Hublet, Refused, check, ready, until  # noqa: E402

ASK = b"GET /v1/sys/health HTTP/1.1\r\nHost: localhost\r\n\r\n"


def reload():
    h.process.send_signal(signal.SIGHUP)


def refused_reload(name, why):
    """It says no, and all is as it was."""
    before = h.log().count("reload refused, all stays as it was")
    reload()
    said = until(lambda: h.log().count("reload refused, all stays as it was") > before)
    last = [line for line in h.log().splitlines() if "reload refused" in line][-1:]
    check("%s: refused, and said why" % name, said and why in str(last), last)
    check("%s: the old one serves" % name, h.get("sys/health").status == 200 and
          h.refusal("billing") == "" and h.refusal("mailer") != "", h.log()[-500:])


h = ready()
forge.revoke(h)
h.edit('client_ca   = "ca.pem"', 'client_ca   = "ca.pem"\n\tcrl = "crl.pem"')
reload()
until(lambda: False, 0.3)
connections = [wire.dial(h, "mailer") for _ in range(4)]
for s in connections:
    s.sendall(ASK)
    s.recv(4096)
other = h.connect("billing")
h.get("sys/health", connection=other)
forge.revoke(h, "mailer")
reload()
check("every live connection of a peer that is now revoked is closed",
      all(wire.ended(s, 5) for s in connections), h.log()[-500:])
check("it cannot come back", h.refusal("mailer") != "")
check("others stay", h.get("sys/health", connection=other).status == 200)
check("the log says why", "revoked" in h.log(), h.log()[-800:])

for name in "server.pem", "server.key", "ca.pem", "crl.pem", "vaultd.hcl":
    shutil.copy(h.path(name), h.path(name + ".good"))


def broken(name, text, why):
    with open(h.path(name), "w") as f:
        f.write(text)
    refused_reload(name, why)
    shutil.copy(h.path(name + ".good"), h.path(name))


stranger = Hublet("stranger", domain=h.domain)
forge.revoke(stranger)


def text_of(who, name):
    with open(who.path(name)) as f:
        return f.read()


broken("server.pem", "no certificate", "server.pem")
broken("server.key", text_of(stranger, "server.key"), "key")
broken("ca.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "client_ca")
broken("ca.pem", text_of(h, "billing.pem"), "client_ca")
broken("crl.pem", text_of(stranger, "crl.pem"), "crl")
broken("vaultd.hcl", text_of(h, "vaultd.hcl") + "colour = 1\n", "colour")
broken("vaultd.hcl", text_of(h, "vaultd.hcl").replace('"dev1"', '"na1"'), "hublet")
os.unlink(h.path("crl.pem"))
refused_reload("a list that is gone", "crl.pem")
shutil.copy(h.path("crl.pem.good"), h.path("crl.pem"))

try:
    reply = h.get("sys/health", connection=other)
    check("a connection outlives all of that", reply.status == 200, reply)
except Refused as e:
    check("a connection outlives all of that", False, e)
