#!/usr/bin/env python3
"""SIGHUP brings certificate, client CA and revocation list anew without a pause; SIGTERM lets
those finish who have begun."""
import os
import signal
import ssl
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import forge  # noqa: E402
import wire  # noqa: E402
from hublet import Hublet, check, ready, until  # noqa: E402


def serial():
    with wire.dial(h) as s:
        return s.getpeercert()["serialNumber"]


h = ready()
h.post("secret/data/billing/stripe", {"data": {"key": "value"}})
live = h.connect("billing")
check("a caller is there", h.get("sys/health", connection=live).status == 200)
old = serial()

forge.leaf(h, "fresh", uris=[], subjectAltName="DNS:localhost,IP:127.0.0.1",
           extendedKeyUsage="serverAuth")
for ending in ".pem", ".key":
    os.replace(h.path("fresh" + ending), h.path("server" + ending))
h.process.send_signal(signal.SIGHUP)
check("a new server certificate is shown to whoever comes",
      until(lambda: serial() != old), h.log()[-500:])
check("who was there stays, and is served",
      h.get("secret/data/billing/stripe", connection=live).status == 200)
check("and the vault is open", h.get("sys/health").status == 200)

other = Hublet("second", domain=h.domain)
other.issue("courier")
check("before a reload a second CA is not trusted", h.refusal(other.path("courier")) != "")
with open(other.path("ca.pem")) as more, open(h.path("ca.pem"), "a") as f:
    f.write(more.read())
h.process.send_signal(signal.SIGHUP)
check("after it, it is", until(lambda: h.refusal(other.path("courier")) == ""), h.log()[-500:])
check("and the first one still", h.refusal("billing") == "")

forge.revoke(h, "mailer")
h.edit('client_ca   = "ca.pem"', 'client_ca   = "ca.pem"\n\tcrl = "crl.pem"')
check("nobody is revoked yet", h.refusal("mailer") == "")
h.process.send_signal(signal.SIGHUP)
check("a revocation list counts from its reload on", until(lambda: h.refusal("mailer") != ""),
      h.log()[-500:])
check("for whom it names, nobody else", h.refusal("billing") == "" and h.refusal("operator") == "")
check("who was there before all that is still there",
      h.get("secret/data/billing/stripe", connection=live).status == 200)
live.close()

slow = wire.dial(h)
body = b'{"data": {"key": "drained"}}'
slow.sendall(b"PUT /v1/secret/data/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
             % len(body) + body[:5])
idle = h.connect()
h.get("sys/health", connection=idle)
until(lambda: False, 0.1)
ending = []
h.process.terminate()
waiting = threading.Thread(target=lambda: ending.append(h.process.wait(40)))
waiting.start()
until(lambda: "stopping" in h.log())
until(lambda: False, 0.2)
try:
    refused = not wire.dial(h).recv(1)
except (OSError, ssl.SSLError):
    refused = True
check("after SIGTERM nobody is let in", refused)
slow.sendall(body[5:])
answer, closed = wire.read_all(slow)
slow.close()
check("a request that had begun is answered", wire.status(answer) == 200 and closed, answer[:200])
waiting.join()
check("then it ends with status 0", ending == [0], ending)
h.start().unseal()
reply = h.get("secret/data/slow")
check("and what it answered is stored", reply.data["data"] == {"key": "drained"}, reply)
