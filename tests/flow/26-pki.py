#!/usr/bin/env python3
"""The Hublet issues its own identities: by a CA whose key nobody has, for callers who keep
theirs; what the vault signs, openssl and the listener believe."""
import base64
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready, until  # noqa: E402


def openssl(*words, text=None):
    return subprocess.run(["openssl", *words], input=text, capture_output=True, text=True)


def save(name, text):
    with open(h.path(name), "w") as f:
        f.write(text)
    return h.path(name)


def write(path, body, **more):
    reply = h.post(path, body, **more)
    assert reply.status in (200, 204), reply
    return reply


def show(path):
    return openssl("x509", "-in", path, "-noout", "-text").stdout


h = ready()
h.policy("secrets", 'path "*" { capabilities = ["create", "read", "update", "delete", "list", '
         '"sudo"] }')
write("sys/mounts/pki", {"type": "pki"})

# ---- an intermediate below the Hublet's CA: its key is made inside, its certificate outside
made = write("pki/intermediate/generate/internal", {"common_name": "identities", "key_type": "ec"})
csr = save("identities.csr", made.data["csr"])
save("identities.cnf", "basicConstraints=critical,CA:TRUE,pathlen:0\n"
     "keyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n")
signed = openssl("x509", "-req", "-in", csr, "-CA", h.path("ca.pem"), "-CAkey", h.path("ca.key"),
                 "-days", "20", "-extfile", h.path("identities.cnf"),
                 "-out", h.path("identities.pem"))
check("openssl signs the request for an intermediate", signed.returncode == 0, signed.stderr)
with open(h.path("identities.pem")) as f:
    reply = write("pki/intermediate/set-signed", {"certificate": f.read()})
check("the vault finds the key that the certificate belongs to",
      list(reply.data["mapping"].values()) == [made.data["key_id"]], reply)
write("pki/roles/services", {"allowed_uri_sans": "spiffe://dev1.example/svc/*", "key_type": "any",
                             "require_cn": False, "max_ttl": "48h", "server_flag": False})

# ---- an identity by vaultctl, without any CA's key
ISSUE = ("identity", "issue", "-mount=pki", "-role=services", "-ttl=1h")
for kind in "p256", "p384", "ed25519", "rsa2048":
    got = h.ctl(*ISSUE, "-key-type=" + kind, "-replace", "-out=" + h.path("fresh"), "svc/fresh")
    check("vaultctl gets an identity with a key of type %s" % kind, got.returncode == 0,
          got.stdout + got.stderr)
    check("it is served", h.get("sys/health", "fresh").status == 200)
    h.context.cache_clear()
check("it is who it was to be", "spiffe://dev1.example/svc/fresh" in
      h.ctl("identity", "show", h.path("fresh.pem")).stdout)
check("a policy counts for it as for any identity", h.get("secret/data/x", "fresh").status == 403)
h.role("fresh", "svc/fresh", "secrets")
check("and a role", h.get("secret/data/x", "fresh").status == 404)
chain = openssl("verify", "-CAfile", h.path("ca.pem"), "-untrusted", h.path("fresh.pem"),
                "-purpose", "sslclient", "-x509_strict", h.path("fresh.pem"))
check("openssl verifies its chain", chain.returncode == 0, chain.stderr)
got = h.ctl(*ISSUE, "-out=" + h.path("fresh"), "svc/fresh")
check("without -replace files that exist are left alone", got.returncode == 1, got.stderr)

# ---- one role by which each renews its own
accessor = h.get("sys/auth").data["cert/"]["accessor"]
write("pki/roles/self", {"allowed_uri_sans": "{{identity.entity.aliases.%s.name}}" % accessor,
                         "allowed_uri_sans_template": True, "key_type": "any", "ttl": "1h",
                         "require_cn": False})
h.policy("renew", 'path "pki/sign/self" { capabilities = ["update"] }')
h.role("billing", "svc/billing", ["billing", "renew"])
RENEW = ("identity", "issue", "-mount=pki", "-role=self", "-ttl=1h", "-replace")
got = h.ctl(*RENEW, "-out=" + h.path("renewed"), "svc/billing", who="billing")
check("a service renews its own identity by a role with a template",
      got.returncode == 0 and h.get("sys/health", "renewed").status == 200,
      got.stdout + got.stderr)
got = h.ctl(*RENEW, "-out=" + h.path("taken"), "svc/mailer", who="billing")
check("and nobody else's", got.returncode == 2 and "not valid for this role" in got.stderr,
      got.stdout + got.stderr)

# ---- revoked: closed at once, refused from then on
live = h.connect("fresh")
assert h.get("sys/health", connection=live).status == 200
got = h.ctl("identity", "revoke", h.path("fresh.pem"))
check("vaultctl revokes it by its file", got.returncode == 0 and "revoked" in got.stdout,
      got.stdout + got.stderr)
check("its live connection is closed", until(lambda: live.sock is None or live.sock.recv(1) == b""))
check("it is refused in the handshake", "revoked" in h.refusal("fresh"), h.refusal("fresh"))
got = h.ctl(*ISSUE, "-replace", "-out=" + h.path("fresh"), "svc/fresh")
h.context.cache_clear()
check("a new one of the same name is served", h.get("sys/health", "fresh").status == 200)
serial = openssl("x509", "-in", h.path("fresh.pem"), "-noout", "-serial").stdout.strip()[7:].lower()
serial = ":".join(serial[i:i + 2] for i in range(0, len(serial), 2))
check("vaultctl revokes it by its serial number",
      h.ctl("identity", "revoke", serial).returncode == 0)
check("it is refused too", h.refusal("fresh") != "")
crl = h.get("pki/crl/pem", "mailer")
save("pki.crl", crl.text)
listed = openssl("crl", "-in", h.path("pki.crl"), "-CAfile", h.path("identities.pem"), "-noout",
                 "-text")
check("openssl verifies the list of what is revoked, and finds both",
      "verify OK" in listed.stderr and listed.stdout.count("Serial Number:") == 2 and
      serial.replace(":", "").upper() in listed.stdout, listed.stderr + listed.stdout)
save("both.pem", open(h.path("ca.pem")).read() + open(h.path("identities.pem")).read() +
     crl.text)
checked = openssl("verify", "-CAfile", h.path("both.pem"), "-crl_check", h.path("fresh.pem"))
check("by that list openssl refuses it as well", "certificate revoked" in checked.stderr,
      checked.stderr)
h.stop()
h.start()
check("sealed, the vault does not know whom it has revoked", h.refusal("fresh") == "")
waiting = h.connect("fresh")
h.get("sys/health", connection=waiting)
h.unseal()
check("unsealed, it closes their connections",
      until(lambda: waiting.sock is None or waiting.sock.recv(1) == b""))
check("and refuses them", h.refusal("fresh") != "")

# ---- a root of the mount's own, trusted beside the other
write("sys/mounts/own", {"type": "pki"})
for kind, bits in ("rsa", 2048), ("ec", 384), ("ed25519", 0):
    root = write("own/root/generate/internal", {"common_name": "own " + kind, "key_type": kind,
                                                "key_bits": bits, "issuer_name": kind})
    path = save(kind + ".pem", root.data["certificate"])
    check("openssl verifies a root of %s" % kind,
          openssl("verify", "-x509_strict", "-CAfile", path, path).returncode == 0)
    write("own/roles/" + kind, {"allow_any_name": True, "key_type": kind, "ttl": "1h",
                                "issuer_ref": kind, "allowed_uri_sans": "*",
                                "policy_identifiers": "1.2.3.4", "ou": "Ops"})
    write("own/config/urls", {"issuing_certificates": "http://127.0.0.1/ca",
                              "crl_distribution_points": "http://127.0.0.1/crl",
                              "ocsp_servers": "http://127.0.0.1/ocsp"})
    leaf = write("own/issue/" + kind, {"common_name": "a.example", "ip_sans": "10.0.0.1,::1",
                                       "uri_sans": "https://a.example/x", "ttl": "30m",
                                       "alt_names": "*.b.example,me@a.example"})
    at = save("leaf.pem", leaf.data["certificate"])
    key = save("leaf.key", leaf.data["private_key"])
    good = openssl("verify", "-x509_strict", "-CAfile", path, at)
    check("openssl verifies a leaf of it", good.returncode == 0, good.stderr)
    check("the key is that of the leaf",
          openssl("pkey", "-in", key, "-pubout").stdout ==
          openssl("x509", "-in", at, "-noout", "-pubkey").stdout)
    text = show(at)
    check("openssl finds every name and URL in it", all(t in text for t in (
        "CN = a.example", "OU = Ops", "DNS:a.example", "DNS:*.b.example", "email:me@a.example",
        "IP Address:10.0.0.1", "IP Address:0:0:0:0:0:0:0:1", "URI:https://a.example/x",
        "CA Issuers - URI:http://127.0.0.1/ca", "OCSP - URI:http://127.0.0.1/ocsp",
        "URI:http://127.0.0.1/crl", "Policy: 1.2.3.4")), text)
h.edit('client_ca   = "ca.pem"', 'client_ca   = "cas.pem"')
save("cas.pem", open(h.path("ca.pem")).read() + open(h.path("ec.pem")).read())
h.process.send_signal(signal.SIGHUP)
leaf = write("own/issue/ec", {"common_name": "b", "uri_sans": "spiffe://dev1.example/svc/own"})
save("own.pem", leaf.data["certificate"] + "\n")
save("own.key", leaf.data["private_key"] + "\n")
check("an identity of a root of the vault's own is served, once the listener trusts it",
      until(lambda: h.refusal("own") == ""), h.refusal("own"))
check("who was revoked stays so after the reload", h.refusal("fresh") != "")
live = h.connect("own")
h.get("sys/health", connection=live)
write("own/revoke", {"serial_number": leaf.data["serial_number"]})
check("and revoked at once", "revoked" in h.refusal("own") and
      until(lambda: live.sock is None or live.sock.recv(1) == b""))

# ---- below: SPIRE's way
upstream = openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                   "-keyout", h.path("spire.key"), "-subj", "/CN=spire")
reply = write("own/root/sign-intermediate", {
    "csr": upstream.stdout, "common_name": "spire", "organization": "SPIFFE", "country": "US",
    "uri_sans": "spiffe://dev1.example", "ttl": "30h", "use_csr_values": False})
spire = save("spire.pem", reply.data["certificate"])
check("another's intermediate is signed, with its trust domain",
      openssl("verify", "-x509_strict", "-CAfile", h.path("rsa.pem"), spire).returncode == 0 and
      "URI:spiffe://dev1.example" in show(spire) and "CA:TRUE" in show(spire), reply)
check("with what SPIRE reads", reply.data["issuing_ca"] == reply.data["ca_chain"][0] and
      isinstance(reply.data["ca_chain"], list))

# ---- RSA takes its time elsewhere
for kind in "rsa", "ec":
    write("own/roles/slow-" + kind, {"allow_any_name": True, "key_type": kind, "ttl": "1h",
                                     "issuer_ref": "rsa"})
    slow = write("own/issue/slow-" + kind, {"common_name": "slow.example"})
    path = save("slow.pem", slow.data["certificate"])
    good = openssl("verify", "-x509_strict", "-CAfile", h.path("rsa.pem"), path)
    check("a leaf of %s by an RSA CA verifies, and has its key" % kind, good.returncode == 0 and
          openssl("pkey", "-in", save("slow.key", slow.data["private_key"]), "-pubout").stdout ==
          openssl("x509", "-in", path, "-noout", "-pubkey").stdout, good.stderr)
asked = openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", h.path("asked.key"), "-subj", "/CN=slow.example").stdout
write("own/roles/slow-any", {"allow_any_name": True, "key_type": "any", "ttl": "1h",
                             "issuer_ref": "rsa"})
for at in "own/sign/slow-any", "own/sign-verbatim/slow-any":
    path = save("slow.pem", write(at, {"csr": asked}).data["certificate"])
    check("a request signed by an RSA CA verifies: " + at, openssl(
        "verify", "-x509_strict", "-CAfile", h.path("rsa.pem"), path).returncode == 0)

# ---- a CA that has gone
write("own/root/generate/internal", {"common_name": "passing", "key_type": "ec",
                                     "issuer_name": "passing"})
write("own/roles/passing", {"allow_any_name": True, "key_type": "ec", "issuer_ref": "passing",
                            "ttl": "1h"})
orphan = write("own/issue/passing", {"common_name": "a"}).data["serial_number"]
assert h.call("DELETE", "own/issuer/passing").status in (200, 204)
check("what a CA has issued can be revoked when the CA is gone",
      write("own/revoke", {"serial_number": orphan}).data["state"] == "revoked")

# ---- asked one by one
def ocsp(path, issuer, *certificates):
    words = ["ocsp", "-issuer", h.path(issuer), "-reqout", h.path("ocsp.req"), "-no_nonce"]
    for name in certificates:
        words += ["-cert", h.path(name)]
    openssl(*words)
    with open(h.path("ocsp.req"), "rb") as f:
        body = f.read()
    connection = h.connect("mailer")
    connection.request("POST", "/v1/%s" % path, body,
                       {"Content-Type": "application/ocsp-request"})
    got = connection.getresponse()
    with open(h.path("ocsp.resp"), "wb") as f:
        f.write(got.read())
    return got, openssl("ocsp", "-issuer", h.path(issuer), "-CAfile", h.path(issuer), *words[5:],
                        "-respin", h.path("ocsp.resp"))


def fetch(path):
    connection = h.connect("mailer")
    connection.request("GET", "/v1/" + path)
    return connection.getresponse().status


other = write("own/issue/ec", {"common_name": "good"})
save("good.pem", other.data["certificate"])
got, said = ocsp("own/ocsp", "ec.pem", "good.pem", "own.pem")
check("openssl asks by OCSP about one that is good and one that is revoked",
      got.status == 200 and got.headers["Content-Type"] == "application/ocsp-response" and
      "Response verify OK" in said.stderr and "good.pem: good" in said.stdout and
      "own.pem: revoked" in said.stdout, (got.status, said.stderr, said.stdout))
save("rsa-leaf.pem", write("own/issue/rsa", {"common_name": "good"}).data["certificate"])
got, said = ocsp("own/ocsp", "rsa.pem", "rsa-leaf.pem")
check("the answer of an RSA CA verifies too", "Response verify OK" in said.stderr,
      (got.status, said.stderr, said.stdout))
got, said = ocsp("pki/ocsp", "ec.pem", "good.pem")
check("a mount that has not this issuer does not answer for it",
      got.status == 401 and "unauthorized" in said.stdout, (got.status, said.stdout))
with open(h.path("ocsp.req"), "rb") as f:
    asked = base64.b64encode(f.read()).decode()
check("asked by GET it answers as well, unless the request has two slashes", "//" in asked or
      fetch("own/ocsp/" + asked) == 200)

# ---- forgetting what has expired
brief = write("own/issue/ec", {"common_name": "brief", "ttl": "1s"}).data["serial_number"]
gone = write("own/issue/ec", {"common_name": "gone", "ttl": "2s"}).data["serial_number"]
write("own/revoke", {"serial_number": gone})
time.sleep(5)
check("tidying begins", h.post("own/tidy", {
    "tidy_cert_store": True, "tidy_revoked_certs": True, "safety_buffer": "1s"}).status == 202)
check("and ends", until(lambda: h.get("own/tidy-status").data["state"] == "Finished", 30),
      h.get("own/tidy-status"))
check("what has expired is forgotten", h.get("own/cert/" + brief).status == 404 and
      h.get("own/cert/" + gone).status == 404)
listed = h.call("LIST", "own/certs/revoked").data["keys"]
check("what is revoked and has not expired is not", sorted(listed) == sorted([
    leaf.data["serial_number"], orphan]) and h.get("own/cert/" + listed[0]).data["revocation_time"] > 0, listed)

# ---- what it was made with stays
h.stop()
h.start()
h.unseal()
check("after a restart all is there: issuers, roles, certificates",
      h.call("LIST", "own/issuers").status == 200 and
      write("own/issue/ec", {"common_name": "c"}).status == 200 and
      h.get("own/cert/" + leaf.data["serial_number"]).data["revocation_time"] > 0)
check("taking the mount away is no way back for whom it has revoked",
      h.call("DELETE", "sys/mounts/own").status == 204 and h.refusal("own") != "")
h.stop()
h.start()
h.unseal()
check("nor is a restart after it", h.refusal("own") != "" and h.refusal("billing") == "")
check("the audit holds no certificate's key",
      json.dumps(leaf.data["private_key"])[1:40] not in open(h.path("audit.log")).read())
