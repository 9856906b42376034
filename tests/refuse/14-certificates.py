#!/usr/bin/env python3
"""Whoever holds no certificate of this Hublet, made as it must be, learns nothing but a TLS
alert."""
import http.client
import os
import socket
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import forge  # noqa: E402
from hublet import Hublet, Refused, check, ready, until  # noqa: E402

h = ready()
stranger = Hublet("stranger", domain=h.domain)
stranger.issue("billing")
ID = "spiffe://%s/svc/billing" % h.domain
BAD = "bad certificate"
seen = len(h.log())


def lax(who):
    """A caller whose own OpenSSL does not mind what it sends."""
    context = ssl.create_default_context(cafile=h.path("ca.pem"))
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    if who is not None:
        at = who if os.path.isabs(who) else h.path(who)
        context.load_cert_chain(at + ".pem", at + ".key")
    return http.client.HTTPSConnection("127.0.0.1", h.port, timeout=20, context=context)


def refused(name, who, alert, why):
    """Not even a health check is answered; the alert is TLS's own, the log says why."""
    global seen
    time.sleep(0.12)  # a gate logs ten refusals in a second, no more
    try:
        said = "an answer: %r" % h.get("sys/health", connection=lax(who))
    except (Refused, OSError) as e:
        said = str(e)
    logged = until(lambda: why in h.log()[seen:], 3)
    check("%s: %s" % (name, why), logged and "alert " + alert in said.lower().replace("_", " "),
          (said, h.log()[seen:]))
    seen = len(h.log())


def forged(name, who, why, alert=BAD, **changes):
    forge.leaf(h, who, **changes)
    refused(name, who, alert, why)


forge.leaf(h, "fine")
check("the control: a forged leaf that is as it must be is served",
      h.get("sys/health", connection=lax("fine")).status == 200)
refused("none", None, "certificate required", "peer did not return a certificate")
refused("a foreign CA, for the same trust domain", stranger.path("billing"), "unknown ca",
        "its issuer is not known here")
forged("end in the past", "old", "it has expired", "certificate expired", start=-9, end=-2)
forged("beginning in the future", "early", "it is not yet valid", "certificate expired",
       start=2, end=9)
forged("under our CA", "abroad", "it is of trust domain elsewhere.example", "unknown ca",
       uris=["spiffe://elsewhere.example/svc/billing"])
forged("two IDs", "double", "two URI names", uris=[ID, ID + "/other"])
forged("none of the names a URI", "host", "no URI name", uris=[], subjectAltName="DNS:billing")
forged("no names", "nameless", "no URI name", uris=[])
forged("only a trust domain", "bare", "it has no path", uris=["spiffe://%s" % h.domain])
forged("dots", "dots", "a segment '.' or '..'",
       uris=["spiffe://%s/svc/../operator/dev" % h.domain])
forged("capitals", "capitals", "a trust domain holds only a-z",
       uris=["spiffe://%s/svc/billing" % h.domain.upper()])
forged("a query", "query", "a path holds only", uris=[ID + "?a"])
forged("another scheme", "web", "it does not begin with spiffe://",
       uris=["https://%s/svc/billing" % h.domain])
forged("a CA with an ID", "authority", "it is a CA's", basicConstraints="critical,CA:TRUE")
forged("one that may sign certificates", "signer", "its keyUsage has keyCertSign",
       keyUsage="critical,digitalSignature,keyCertSign")
forged("key usage left out", "usage", "it has no keyUsage", keyUsage=None)
forged("a key that may not sign", "cipher", "its keyUsage lacks digitalSignature",
       keyUsage="critical,keyEncipherment")
forged("for servers only", "servers", "its extendedKeyUsage lacks clientAuth",
       extendedKeyUsage="serverAuth")
forged("for anything", "any", "its extendedKeyUsage lacks clientAuth",
       extendedKeyUsage="anyExtendedKeyUsage")
forged("RSA with 1024 bits", "weak", "its RSA key has not 2048", key="rsa1024")
refused("the Hublet's own CA", "ca", BAD, "it is a CA's")
refused("the listener's own", "server", BAD, "its extendedKeyUsage lacks clientAuth")

old = ssl.create_default_context(cafile=h.path("ca.pem"))
old.load_cert_chain(h.path("billing.pem"), h.path("billing.key"))
old.maximum_version = ssl.TLSVersion.TLSv1_2
try:
    with socket.create_connection(("127.0.0.1", h.port)) as plain:
        said = old.wrap_socket(plain, server_hostname="localhost").version()
except OSError as e:
    said = str(e)
check("TLS 1.2: protocol version", "protocol version" in said.lower().replace("_", " "), said)
with socket.create_connection(("127.0.0.1", h.port)) as plain:
    plain.settimeout(15)
    plain.sendall(b"GET /v1/sys/health HTTP/1.1\r\nHost: a\r\n\r\n")
    try:
        said = plain.recv(4096)
    except OSError:
        said = b""
check("no TLS at all gets no HTTP", b"HTTP" not in said, said)
with open(h.path("audit.log"), "rb") as f:
    audit = f.read()
check("the audit knows who was served, and none of the others", b"svc/fine" in audit and
      b"svc/billing/other" not in audit and b"svc/weak" not in audit)
check("callers of the Hublet are served as before", h.get("sys/health", "billing").status == 200)
