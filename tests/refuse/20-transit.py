#!/usr/bin/env python3
"""Nobody takes a named key out of the vault, whatever they may do with it; and who may use one in
one way uses it in no other."""
import concurrent.futures
import json
import os
import sys
import textwrap
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from canaries import find_in, hides, read_files, search  # noqa: E402
from hublet import SLOW, Hublet, check, ready, skip, until  # noqa: E402
from transit import MOST, b64, bring, certify, files, openssl, pkcs8, wrapped, wrapping_key  # noqa: E402

DENIED = "1 error occurred:\n\t* permission denied\n\n"
h = ready()
h.policy("secrets", MOST)
h.policy("billing", 'path "transit/encrypt/orders" { capabilities = ["update"] }')
TEXT = b64("a plaintext")


def told(what, reply, status, words=""):
    return check(what, reply.status == status and words in reply.errors, reply)


h.post("transit/keys/orders", {})
h.post("transit/keys/others", {})
h.post("transit/keys/signer", {"type": "ed25519"})
text = h.post("transit/encrypt/orders", {"plaintext": TEXT}).data["ciphertext"]

# ---- who may not

told("billing may encrypt", h.post("transit/encrypt/orders", {"plaintext": TEXT}, "billing"), 200)
for method, path, body in (
        ("POST", "transit/decrypt/orders", {"ciphertext": text}),
        ("POST", "transit/rewrap/orders", {"ciphertext": text}),
        ("POST", "transit/datakey/plaintext/orders", None),
        ("POST", "transit/encrypt/others", {"plaintext": TEXT}),
        ("POST", "transit/encrypt/absent", {"plaintext": TEXT}),
        ("POST", "transit/encrypt/orders/x", {"plaintext": TEXT}),
        ("POST", "transit/hmac/orders", {"input": TEXT}),
        ("POST", "transit/sign/signer", {"input": TEXT}),
        ("POST", "transit/verify/signer", {"input": TEXT, "signature": "vault:v1:AAAA"}),
        ("GET", "transit/keys/orders", None),
        ("LIST", "transit/keys", None),
        ("POST", "transit/keys/mine", {}),
        ("POST", "transit/keys/orders/rotate", None),
        ("POST", "transit/keys/orders/config", {"deletion_allowed": True}),
        ("POST", "transit/keys/orders/trim", {"min_available_version": 1}),
        ("DELETE", "transit/keys/orders", None),
        ("DELETE", "transit/keys/orders/soft-delete", None),
        ("POST", "transit/keys/orders/versions/1/disable", None),
        ("POST", "transit/keys/orders/attest", {"nonce": "n"}),
        ("POST", "transit/keys/mine/import", {"ciphertext": "AAAA"}),
        ("GET", "transit/wrapping_key", None),
        ("GET", "transit/export/encryption-key/orders", None),
        ("GET", "transit/backup/orders", None),
        ("GET", "transit/export/nonsense/absent", None),
        ("POST", "transit/config/keys", {"disable_upsert": True}),
        ("GET", "sys/attest/csr", None),
        ("POST", "sys/attest/certificate", {"certificate": "x"})):
    for who in "billing", "mailer":
        reply = h.call(method, path, body, who)
        check("%s may not %s %s" % (who, method, path), reply.status == 403 and
              reply.json == {"errors": [DENIED]}, reply)
check("nothing of that was made", h.call("LIST", "transit/keys").data["keys"] ==
      ["orders", "others", "signer"])
other = Hublet("elsewhere", domain="dev1.example")
other.issue("billing")
check("one of another Hublet is not even heard", h.refusal(
    os.path.join(other.dir, "billing"), "POST", "transit/encrypt/orders") != "")
other.remove()

h.policy("billing", 'path "transit/encrypt/*" { capabilities = ["create"] }')
told("who may create encrypts with a new key", h.post("transit/encrypt/new", {"plaintext": TEXT},
                                                    "billing"), 200)
told("and not with it again: that is an update", h.post("transit/encrypt/new", {
    "plaintext": TEXT}, "billing"), 403)
h.policy("billing", 'path "transit/encrypt/*" { capabilities = ["update"] }')
told("who may update makes none", h.post("transit/encrypt/newer", {"plaintext": TEXT}, "billing"),
     403)

# ---- the ways out

for kind in "encryption-key", "signing-key", "hmac-key":
    for end in "orders", "orders/1", "orders/latest", "signer":
        told("%s/%s does not leave" % (kind, end), h.get("transit/export/%s/%s" % (kind, end)), 400,
             "private key material is not exportable")
told("nor does a backup", h.get("transit/backup/orders"), 400,
     "exporting is disallowed on the policy")
told("nor comes one in", h.post("transit/restore/orders", {"backup": "x", "force": True}), 400,
     "refused")
for flag in "exportable", "allow_plaintext_backup":
    told("no key is made with " + flag, h.post("transit/keys/out", {flag: True}), 400, "refused")
    told("or changed to it", h.post("transit/keys/orders/config", {flag: True}), 400, "refused")
    told("or brought with it", h.post("transit/keys/out/import", {
        "ciphertext": "AAAA", flag: True}), 400, "refused")
check("none has the flags", not any(h.get("transit/keys/orders").data[flag]
                                   for flag in ("exportable", "allow_plaintext_backup")))
told("there is no key out", h.get("transit/keys/out"), 404)

# ---- what is not this key's

foreign = h.post("transit/encrypt/others", {"plaintext": TEXT}).data["ciphertext"]
told("another key's ciphertext does not open", h.post("transit/decrypt/orders", {
    "ciphertext": foreign}), 400, "message authentication failed")
told("a flipped bit shows", h.post("transit/decrypt/orders", {
    "ciphertext": text[:-3] + ("A" if text[-3] != "A" else "B") + text[-2:]}), 400)
signed = h.post("transit/sign/signer", {"input": TEXT}).data["signature"]
check("a signature is of its input alone", h.post("transit/verify/signer", {
    "input": b64("another"), "signature": signed}).data == {"valid": False})
for length, status in (512, 200), (513, 400), (4000, 400):
    told("a name of %d bytes: %d" % (length, status), h.post("transit/keys/" + "k" * length, {
        "auto_rotate_period": "24h"}), status, "" if status == 200 else "at most 512 bytes")
    told("whatever it is to do", h.post("transit/encrypt/" + "k" * length, {"plaintext": TEXT}),
         status)
told("names stay names", h.post("transit/encrypt/a%20b", {"plaintext": TEXT}), 404, "unsupported path")
told("a key in use is not deleted", h.call("DELETE", "transit/keys/orders"), 400,
     "deletion is not allowed")

# ---- what is brought is not what it says it is

told("a wrapped key is for one mount", (
    h.post("sys/mounts/second", {"type": "transit"}), wrapping_key(h, "transit"),
    h.post("transit/keys/x/import", {"ciphertext": wrapped(h, os.urandom(32), "second")}))[2], 400,
    "decryption error")
told("an AES key has its length", bring(h, "x", "aes256-gcm96", os.urandom(31)), 400)
told("and a key pair its form", bring(h, "x", "rsa-2048", os.urandom(200)), 400)
told("and its type", bring(h, "x", "ecdsa-p256", pkcs8("ED25519")[0]), 400)
told("a name is taken once", bring(h, "orders", "aes256-gcm96", os.urandom(32)), 400,
     "cannot be used with an existing key")
told("what was not brought gets no version", h.post("transit/keys/orders/import_version", {
    "ciphertext": wrapped(h, os.urandom(32))}), 400, "only be used with an imported key")
told("none of that made a key", h.get("transit/keys/x"), 404)

# ---- a version that is off is off at once, also for those who wait for a worker

bring(h, "queue", "rsa-4096", pkcs8("RSA", "rsa_keygen_bits:4096")[0])
came = []


def sign(n):
    reply = h.post("transit/sign/queue", {"input": b64(str(n))})
    came.append((time.monotonic(), reply))


with concurrent.futures.ThreadPoolExecutor(32) as pool:
    for n in range(96):
        pool.submit(sign, n)
    until(lambda: came)
    h.post("transit/keys/queue/versions/1/disable")
    off = time.monotonic()
check("some of 96 signatures come too late", any(
    reply.status == 400 and "disabled" in reply.errors for _, reply in came), came[-1][1])
check("none is made a second later", not [reply for when, reply in came
                                          if when > off + 1 and reply.status == 200])

# ---- what OpenSSL would take into locked memory is short

long = b64(os.urandom(1 << 20))
for path, field in (("transit/keys/x/import", "ciphertext"), ("transit/keys/x/import", "public_key"),
                    ("sys/attest/certificate", "certificate"), ("auth/cert/certs/x", "certificate")):
    name = "CERTIFICATE" if field == "certificate" else "PUBLIC KEY"
    value = long if field == "ciphertext" else "-----BEGIN %s-----\n%s\n-----END %s-----\n" % (
        name, "\n".join(textwrap.wrap(long, 64)), name)
    if path.startswith("sys/"):
        h.get("sys/attest/csr")
    told("a mebibyte of %s is refused: %s" % (field, path), h.post(path, {field: value}), 400)
told("and hurts nobody", h.post("transit/encrypt/orders", {"plaintext": TEXT}), 200)

# ---- attestations are the vault's own

told("without a certificate there is none", h.post("transit/keys/orders/attest", {"nonce": "n"}),
     400, "GET sys/attest/csr")
csr = h.get("sys/attest/csr").data["csr"]
check("the request is always for the same key", h.get("sys/attest/csr").data["csr"] == csr)
elsewhere = Hublet("elsewhere", domain="dev1.example")
with open(h.path("billing.pem")) as f:
    billing = f.read()
made = openssl("genpkey", "-algorithm", "ED25519")
with files(key=made) as at:
    another = openssl("req", "-new", "-key", at["key"], "-subj", "/CN=vault").decode()
for what, chain, words in (
        ("a service's", billing, "not of a vault"),
        ("one for a service", certify(h, csr, "svc/vault"), "not of a vault"),
        ("another CA's", certify(h, csr, ca=elsewhere), "certificate"),
        ("one for another key", certify(h, another), "not for the key"),
        ("none", "nonsense", "no certificate")):
    told("a certificate is refused: " + what, h.post("sys/attest/certificate", {
        "certificate": chain}), 400, words)
elsewhere.remove()
told("still there is none", h.post("transit/keys/orders/attest", {"nonce": "n"}), 400,
     "no certificate of its own")
told("the right one is taken", h.post("sys/attest/certificate", {"certificate": certify(h, csr)}),
     204)
told("then there is", h.post("transit/keys/orders/attest", {"nonce": "n"}), 200)
told("for a nonce", h.post("transit/keys/orders/attest", {}), 400, "'nonce' must have")
told("and a key", h.post("transit/keys/absent/attest", {"nonce": "n"}), 400, "key not found")

# ---- no byte of a key is anywhere

secrets = {"aes256-gcm96": os.urandom(32), "aes128-gcm96": os.urandom(16),
           "chacha20-poly1305": os.urandom(32), "xchacha20-poly1305": os.urandom(32),
           "hmac": os.urandom(64)}
for kind, words in (("ed25519", ("ED25519",)), ("ecdsa-p256", ("EC", "ec_paramgen_curve:P-256")),
                    ("rsa-2048", ("RSA", "rsa_keygen_bits:2048"))):
    secrets[kind] = pkcs8(*words)[0]
replies = []
live = h.connect()


def ask(path, body=None, method="POST"):
    replies.append(h.call(method, "transit/" + path, body, connection=live).text)
    return (json.loads(replies[-1] or "null") or {}).get("data") or {}


for kind, material in secrets.items():
    bring(h, "c-" + kind, kind, material, allow_rotation=True)
    told("c-%s is there" % kind, h.get("transit/keys/c-" + kind), 200)
    sealed = ask("encrypt/c-" + kind, {"plaintext": TEXT}).get("ciphertext", text)
    made = ask("sign/c-" + kind, {"input": TEXT}).get("signature", text)
    for path, body in (("decrypt/c-", {"ciphertext": sealed}), ("rewrap/c-", {"ciphertext": sealed}),
                       ("datakey/plaintext/c-", None), ("datakey/wrapped/c-", None),
                       ("hmac/c-", {"input": TEXT}), ("verify/c-", {"input": TEXT, "signature": made}),
                       ("encrypt/c-", {"batch_input": [{"plaintext": TEXT}] * 3}),
                       ("sign/c-", {"batch_input": [{"input": TEXT}] * 20})):
        ask(path + kind, body)
    for path in "rotate", "trim", "config", "attest", "import", "import_version":
        ask("keys/c-%s/%s" % (kind, path), {"min_available_version": 1, "nonce": "n"})
    for path in ("keys/c-", "export/encryption-key/c-", "export/signing-key/c-",
                 "export/hmac-key/c-", "export/public-key/c-", "backup/c-"):
        ask(path + kind, method="GET")
# The secret part of a key pair's encoding stands behind its head and before its public part.
needles = {kind: material if len(material) <= 64 else
           material[16:48] if kind == "ed25519" else
           material[36:68] if kind == "ecdsa-p256" else material[-100:-36]
           for kind, material in secrets.items()}
found = search("a reply", "\n".join(replies).encode(), needles)
check("no reply holds a byte of them", not found, found)
live.close()
time.sleep(2.3 * SLOW)
if os.geteuid() != 0:
    skip("memory", "only root can read that of another process")
else:
    needles.update({kind + ", reversed": needles[kind][::-1] for kind in ("ecdsa-p256", "rsa-2048")})
    found, size = find_in(h.children()["gate"], needles)
    check("no gate's memory does, %d KiB were read" % (size // 1024), not found and size > 0, found)
    keeper = h.children()["keeper"]
    if hides(keeper[0]):
        found, size = find_in(keeper, needles)
        check("nor what can be read of the keeper's, %d KiB" % (size // 1024), not found, found)
    else:
        skip("the keeper's memory", "this kernel has no memfd_secret")
h.stop()
for what, pattern in (("the log", "vaultd.log"), ("the audit", "audit.log*"),
                      ("the store", "data/*")):
    found, size = [], 0
    for name, data in read_files(h.path(pattern)):
        found += search(name, data, needles)
        size += len(data)
    check("%s: none in %d KiB" % (what, size // 1024), not found and size > 0, found)
check("the control: a key is found where it is", search(
    "here", b"x" + secrets["hmac"], needles) == ["hmac in here"])
