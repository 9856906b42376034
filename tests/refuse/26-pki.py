#!/usr/bin/env python3
"""Nobody gets a certificate that the rules do not give, nor a CA's key at all; who may not ask
learns nothing, and who may cannot become an operator."""
import base64
import glob
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import Hublet, check, ready  # noqa: E402


def openssl(*words, text=None):
    return subprocess.run(["openssl", *words], input=text, capture_output=True, text=True)


def request(names="", *more):
    """A CSR by openssl with these alternative names."""
    words = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-keyout", "/dev/null", "-subj", "/CN=a.example", *more]
    return openssl(*words, *(["-addext", "subjectAltName=" + names] if names else [])).stdout


def refused(sentence, path, body, why, who="operator", status=400, method="POST"):
    reply = h.call(method, path, body, who)
    check(sentence, reply.status == status and why in reply.text, reply)


def allowed(sentence, path, body):
    reply = h.post(path, body)
    check(sentence, reply.status in (200, 204), reply)
    return reply


h = ready()
OPERATOR = "spiffe://dev1.example/operator/dev"
with open(h.path("vaultd.hcl")) as f:
    assert OPERATOR in f.read()
h.policy("secrets", 'path "*" { capabilities = ["create", "read", "update", "delete", "list", '
         '"sudo"] }')
h.post("sys/mounts/pki", {"type": "pki"})
root = allowed("the control: a CA whose key stays inside", "pki/root/generate/internal",
               {"common_name": "root", "key_type": "ec", "ttl": "600h", "max_path_length": 0})
allowed("the control: a role for anything", "pki/roles/any",
        {"allow_any_name": True, "enforce_hostnames": False, "allowed_uri_sans": "*",
         "key_type": "any", "require_cn": False, "ttl": "1h", "allowed_other_sans": "*"})
h.post("pki/roles/ec", {"allow_any_name": True, "key_type": "ec", "allowed_uri_sans": "*",
                        "require_cn": False, "ttl": "1h"})

# ---- a CA's key has no way out
refused("a root with an exported key is not made", "pki/root/generate/exported",
        {"common_name": "x"}, "stays inside")
refused("nor an intermediate", "pki/intermediate/generate/exported", {"common_name": "x"},
        "stays inside")
refused("nor a key", "pki/keys/generate/exported", {}, "stays inside")
allowed("one that was made elsewhere is taken", "pki/keys/import", {
    "pem_bundle": openssl("genpkey", "-algorithm", "ED25519").stdout, "key_name": "other"})
reply = h.get("pki/key/other")
check("and not given back", sorted(reply.data) == ["key_id", "key_name", "key_type"], reply)

# ---- who may not ask
for method, path, body in (
        ("POST", "pki/issue/any", {"common_name": "a"}), ("POST", "pki/sign/any", {}),
        ("POST", "pki/sign-verbatim", {}), ("POST", "pki/root/sign-intermediate", {}),
        ("POST", "pki/root/generate/internal", {}), ("POST", "pki/roles/any", {}),
        ("GET", "pki/roles/any", None), ("LIST", "pki/roles", None), ("LIST", "pki/certs", None),
        ("POST", "pki/revoke", {"serial_number": root.data["serial_number"]}),
        ("GET", "pki/crl/rotate", None), ("POST", "pki/config/urls", {}),
        ("POST", "pki/issuers/import/bundle", {}), ("DELETE", "pki/root", None),
        ("DELETE", "pki/issuer/default", None), ("POST", "pki/tidy", {})):
    refused("a caller without permission: %s %s" % (method, path), path, body,
            "permission denied", "mailer", 403, method)
check("but it may see the CA", h.get("pki/ca/pem", "mailer").text == root.data["certificate"])
check("and what is revoked", h.get("pki/crl/pem", "mailer").status == 200)
check("the built-in operator's policy has no pki",
      "pki" not in h.get("sys/policies/acl/operator").data["policy"])

# ---- nobody becomes an operator
for path, body in (
        ("pki/issue/ec", {"uri_sans": OPERATOR}),
        ("pki/issue/ec", {"common_name": "a", "uri_sans": ["https://a.example", OPERATOR]}),
        ("pki/sign/any", {"csr": request("URI:" + OPERATOR)}),
        ("pki/sign-verbatim", {"csr": request("URI:" + OPERATOR), "ttl": "1h"}),
        ("pki/sign-verbatim/any", {"csr": request("URI:" + OPERATOR)}),
        ("pki/issuer/default/sign-verbatim",
         {"csr": request("URI:" + OPERATOR), "ttl": "1h"})):
    refused("an operator's ID by %s" % path, path, body, "operator of this vault")
for odd, why in (("SPIFFE://dev1.example/operator/dev", "does not begin with spiffe://"),
                 ("spiffe://DEV1.example/operator/dev", "a trust domain holds only"),
                 ("spiffe://dev1.example/operator/./dev", "a segment"),
                 ("spiffe://dev1.example//operator/dev", "an empty segment"),
                 ("spiffe://dev1.example/operator/dev/", "an empty segment"),
                 ("spiffe://dev1.example/operator/d%65v", "a path holds only"),
                 ("spiffe://dev1.example", "it has no path"),
                 ("spiffe://dev1.example/operator/dev?x", "a path holds only")):
    refused("one that is spelt otherwise: %s" % odd, "pki/issue/ec", {"uri_sans": odd}, why)
VAULT = "spiffe://dev1.example/vault"
for path, body in (("pki/issue/ec", {"uri_sans": VAULT}),
                   ("pki/sign/any", {"csr": request("URI:" + VAULT)}),
                   ("pki/sign-verbatim", {"csr": request("URI:" + VAULT), "ttl": "1h"})):
    refused("the vault's own ID by %s" % path, path, body, "this vault itself")
allowed("the control: one below the vault's", "pki/issue/ec",
        {"uri_sans": VAULT + "/agent"})
allowed("the control: another's", "pki/issue/ec",
        {"uri_sans": "spiffe://dev1.example/operator/other"})
refused("two IDs in one certificate", "pki/issue/ec", {
    "uri_sans": "spiffe://dev1.example/svc/a,spiffe://dev1.example/svc/b"}, "two URI names")
h.post("pki/roles/odd", {"allow_any_name": True, "key_type": "ec", "allowed_uri_sans": "*",
                         "require_cn": False, "ttl": "1h", "key_usage": "KeyAgreement"})
refused("an ID whose key may not sign", "pki/issue/odd",
        {"uri_sans": "spiffe://dev1.example/svc/a"}, "digitalSignature")
h.post("pki/roles/servers", {"allow_any_name": True, "key_type": "ec", "allowed_uri_sans": "*",
                             "require_cn": False, "ttl": "1h", "client_flag": False})
refused("an ID for servers only", "pki/issue/servers",
        {"uri_sans": "spiffe://dev1.example/svc/a"}, "clientAuth")

# ---- a leaf is no CA, and no CA reaches farther than its own
for csr in (request("DNS:a.example", "-addext", "basicConstraints=critical,CA:TRUE",
                    "-addext", "keyUsage=critical,keyCertSign,digitalSignature"),):
    for path in "pki/sign/any", "pki/sign-verbatim":
        reply = allowed("a request for a CA is signed as a leaf's: %s" % path, path,
                        {"csr": csr, "ttl": "1h"})
        text = openssl("x509", "-noout", "-text", text=reply.data["certificate"]).stdout
        check("without CA and keyCertSign", "CA:TRUE" not in text and
              "Certificate Sign" not in text, text)
refused("a CA of path length 0 signs no other", "pki/root/sign-intermediate",
        {"csr": request(), "common_name": "x"}, "max path length of zero")
h.post("pki/root/generate/internal", {"common_name": "second", "key_type": "ec", "ttl": "100h",
                                      "issuer_name": "second"})
refused("a CA whose SPIFFE ID has a path", "pki/issuer/second/sign-intermediate",
        {"csr": request(), "common_name": "x", "uri_sans": "spiffe://dev1.example/svc/a"},
        "without a path")
refused("nothing outlives its CA", "pki/issuer/second/issue/ec", {"common_name": "a",
        "ttl": "101h"}, "beyond the expiration of the CA")
refused("by a time either", "pki/issuer/second/issue/ec",
        {"common_name": "a", "not_after": "2099-01-01T00:00:00Z"}, "beyond the expiration")
refused("and an issuer cannot be told to permit it", "pki/issuer/second",
        {"issuer_name": "second", "leaf_not_after_behavior": "permit"}, "no certificate outlives")
reply = allowed("an intermediate is cut to its CA's end", "pki/issuer/second/sign-intermediate",
                {"csr": request(), "common_name": "x", "ttl": "700h"})
check("with a warning", "it is cut" in str(reply.json["warnings"]), reply.json["warnings"])

# ---- rules hold for requests as for fields
h.post("pki/roles/named", {"allow_any_name": True, "enforce_hostnames": False, "key_type": "any",
                           "use_csr_common_name": False, "use_csr_sans": False, "ttl": "1h"})
h.post("pki/roles/net", {"allow_any_name": True, "key_type": "any",
                         "allowed_ip_sans_cidr": "10.0.0.0/8", "ttl": "1h"})
allowed("the control: an address within", "pki/sign/net", {"csr": request("IP:10.1.2.3")})
refused("an address without, in a request", "pki/sign/net", {"csr": request("IP:11.1.2.3")},
        "IP Subject Alternative Names")
h.post("pki/roles/net-ec", {"allow_any_name": True, "key_type": "ec",
                            "allowed_ip_sans_cidr": "10.0.0.0/8"})
refused("an address without, in a field", "pki/issue/net-ec",
        {"common_name": "a", "ip_sans": "11.1.2.3"}, "IP Subject Alternative Names")
h.post("pki/roles/bare", {"allowed_domains": "example.com", "allow_bare_domains": True,
                          "key_type": "ec"})
refused("a wildcard by a bare domain", "pki/issue/bare", {"common_name": "*.example.com"},
        "not allowed by this role")
refused("a wildcard hidden among others", "pki/issue/bare",
        {"common_name": "example.com", "alt_names": "*.example.com"}, "not allowed by this role")
lines = request("DNS:a.example").split("\n")
lines[1] = lines[1].replace("M", "N", 1)
refused("a request that is no DER", "pki/sign/any", {"csr": "\n".join(lines)},
        "could not be parsed")
der = bytearray(base64.b64decode("".join(request("DNS:a.example").split("\n")[1:-2])))
der[-1] ^= 1
refused("a request that its key did not sign", "pki/sign/any", {
    "csr": "-----BEGIN CERTIFICATE REQUEST-----\n%s\n-----END CERTIFICATE REQUEST-----" %
    base64.b64encode(der).decode()}, "not that of its key")
refused("a weak key", "pki/sign/any", {"csr": openssl(
    "req", "-new", "-newkey", "rsa:1024", "-nodes", "-keyout", "/dev/null", "-subj",
    "/CN=a").stdout}, "RSA keys < 2048 bits")
for bad in "a\u0000.example", "a\nb", "a\u202eb":
    refused("a subject that is not printable: %r" % bad, "pki/sign/named",
            {"csr": request(), "common_name": bad}, "not printable")
refused("an address that is not", "pki/sign/named",
        {"csr": request(), "common_name": "a", "alt_names": "a\nb@example.com"}, "not allowed")
refused("a weak digest", "pki/sign/any", {"csr": openssl(
    "req", "-new", "-sha1", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj",
    "/CN=a").stdout}, "signature algorithm is not allowed")

# ---- nobody shuts out another's callers with a mount of his own
h.post("sys/mounts/mine", {"type": "pki"})
with open(h.path("ca.pem")) as ca, open(h.path("billing.pem")) as victim:
    h.post("mine/issuers/import/cert", {"pem_bundle": ca.read()})
    refused("a CA without its key revokes nothing", "mine/revoke",
            {"certificate": victim.read()}, "whose key is in this mount")
check("the caller is served", h.get("sys/health", "billing").status == 200)
stranger = Hublet("stranger", domain=h.domain)
stranger.issue("billing")
with open(stranger.path("ca.pem")) as ca, open(stranger.path("ca.key")) as key:
    h.post("mine/issuers/import/bundle", {"pem_bundle": ca.read() + key.read()})
with open(h.path("billing.pem")) as victim:
    refused("nor does a CA of the same name with another key", "mine/revoke",
            {"certificate": victim.read()}, "whose key is in this mount")

# ---- no byte of a CA's key in store, log, audit
made = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256").stdout
allowed("a key that we know", "pki/keys/import", {"pem_bundle": made, "key_name": "known"})
leaf = allowed("a leaf's key that we know", "pki/issue/ec", {"common_name": "canary.example"})


def scalar(pem):
    """The private number of an EC key."""
    text = openssl("pkey", "-noout", "-text", text=pem).stdout
    lines = text.split("priv:\n")[1].split("pub:")[0]
    return bytes.fromhex(lines.replace(":", "").replace("\n", "").replace(" ", "").zfill(64))[-32:]


h.stop()
found = []
for name, number in ("CA", scalar(made)), ("leaf", scalar(leaf.data["private_key"])):
    spellings = [number, number.hex().encode(), base64.b64encode(number)[:40]] + [
        base64.b64encode(b"\0" * n + number)[4:40] for n in (1, 2)]
    for path in glob.glob(h.dir + "/**", recursive=True):
        if os.path.isfile(path):
            with open(path, "rb") as f:
                data = f.read()
            found += [(name, path) for s in spellings if s in data]
check("no byte of a CA's or a leaf's key is in store, log or audit", not found, found)
