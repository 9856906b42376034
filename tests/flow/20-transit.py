#!/usr/bin/env python3
"""Named keys of every type do what their type does, with every flag it knows, and what they make
others can read: ciphertexts, signatures and HMACs are those of the formats."""
import concurrent.futures
import hashlib
import hmac
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready  # noqa: E402
from transit import (MOST, b64, bring, certify, ecdsa_der, ed25519_pem, files,  # noqa: E402
                     fingerprint, hkdf, is_signed, open_text, openssl, payload, pkcs8, seal_text,
                     unb64, verifies)

h = ready()
h.policy("secrets", MOST)
TEXT = b"the quick brown fox"
CONTEXT = b64("customer-1")

# ---- each type, each flag, each operation

# type: encrypts, signs, derives, converges, takes associated data
TYPES = {"aes128-gcm96": "EDCA", "aes256-gcm96": "EDCA", "chacha20-poly1305": "EDCA",
         "xchacha20-poly1305": "EDCA", "ed25519": "SD", "ecdsa-p256": "S", "ecdsa-p384": "S",
         "ecdsa-p521": "S", "rsa-2048": "ES", "rsa-3072": "ES", "rsa-4096": "ES", "hmac": ""}
NO_CONTEXT = "missing 'context' for key derivation; the key was created using a derived key, "


def create(name, kind, **flags):
    return h.post("transit/keys/" + name, {"type": kind, **flags,
                                           **({"key_size": 64} if kind == "hmac" else {})})


def told(what, reply, status, words=""):
    return check(what, reply.status == status and words in reply.errors, reply)


def try_ciphers(name, kind, can, derived):
    more = {"context": CONTEXT} if derived else {}
    sealed = h.post("transit/encrypt/" + name, {"plaintext": b64(TEXT), **more})
    if "E" not in can:
        told(name + " does not encrypt", sealed, 400,
             "message encryption not supported for key type " + kind)
        told(name + " makes no data key", h.post("transit/datakey/wrapped/" + name, more), 400,
             "message encryption not supported for key type " + kind)
        for what in "decrypt", "rewrap":
            told("%s does not %s" % (name, what), h.post("transit/%s/%s" % (what, name), {
                "ciphertext": "vault:v1:" + b64(b"x" * 60), **more}), 400,
                "message decryption not supported for key type " + kind)
        return
    text = sealed.data["ciphertext"]
    for what, path, body, key, value in (
            ("decrypts", "decrypt", {"ciphertext": text}, "plaintext", b64(TEXT)),
            ("rewraps", "rewrap", {"ciphertext": text}, "key_version", 1),
            ("makes a data key", "datakey/plaintext", {"bits": 512}, "key_version", 1)):
        reply = h.post("transit/%s/%s" % (path, name), {**body, **more})
        check("%s %s" % (name, what), reply.status == 200 and reply.data[key] == value, reply)
    made = h.post("transit/datakey/plaintext/" + name, more).data
    opened = h.post("transit/decrypt/" + name, {"ciphertext": made["ciphertext"], **more})
    check(name + " opens its data key", opened.data == {"plaintext": made["plaintext"]}, opened)
    reply = h.post("transit/encrypt/" + name, {"plaintext": b64(TEXT), "associated_data": b64("a"),
                                               **more})
    if "A" in can:
        bound = {"ciphertext": reply.data["ciphertext"], **more}
        check(name + " binds associated data", h.post("transit/decrypt/" + name, {
            **bound, "associated_data": b64("a")}).status == 200 and
            "message authentication failed" in h.post("transit/decrypt/" + name, {
                **bound, "associated_data": b64("b")}).errors)
    else:
        told(name + " takes no associated data", reply, 400,
             "'[0].associated_data' provided for non-AEAD cipher suite " + kind)
    if derived:
        told(name + " wants a context", h.post("transit/encrypt/" + name,
                                               {"plaintext": b64(TEXT)}), 400, NO_CONTEXT)
        told(name + " opens for that context alone", h.post("transit/decrypt/" + name, {
            "ciphertext": text, "context": b64("customer-2")}), 400, "authentication failed")


def try_signatures(name, kind, can, derived):
    more = {"context": CONTEXT} if derived else {}
    signed = h.post("transit/sign/" + name, {"input": b64(TEXT), **more})
    if "S" not in can:
        told(name + " does not sign", signed, 400, "key type %s does not support signing" % kind)
        told(name + " does not verify", h.post("transit/verify/" + name, {
            "input": b64(TEXT), "signature": "vault:v1:AAAA"}), 400,
            "key type %s does not support verification" % kind)
        told(name + " has no public key", h.get("transit/export/public-key/" + name), 400)
        return
    for message, valid in (TEXT, True), (b"another", False):
        reply = h.post("transit/verify/" + name, {
            "input": b64(message), "signature": signed.data["signature"], **more})
        check("%s says %s of its signature" % (name, valid), reply.data == {"valid": valid}, reply)
    if derived:
        told(name + " wants a context to sign", h.post("transit/sign/" + name,
                                                       {"input": b64(TEXT)}), 400, NO_CONTEXT)
        check(name + " shows the derived public key", verifies(ed25519_pem(unb64(
            signed.data["public_key"])), TEXT, payload(signed.data["signature"]), digest=None))
    elif kind != "ed25519":
        public = h.get("transit/export/public-key/" + name).data["keys"]["1"]
        options = ["-sigopt", "rsa_padding_mode:pss"] if kind.startswith("rsa") else []
        check("OpenSSL takes the signature of " + name, verifies(
            public, TEXT, payload(signed.data["signature"]), *options))


def try_key(name, kind, can, flags):
    derived = flags.get("derived", False)
    try_ciphers(name, kind, can, derived)
    try_signatures(name, kind, can, derived)
    made = h.post("transit/hmac/" + name, {"input": b64(TEXT)})
    for message, valid in (TEXT, True), (b"another", False):
        reply = h.post("transit/verify/" + name, {"input": b64(message),
                                                  "hmac": made.data["hmac"]})
        check("%s says %s of its HMAC" % (name, valid), reply.data == {"valid": valid}, reply)
    told(name + " rotates", h.post("transit/keys/%s/rotate" % name), 200)
    check("and the HMAC of version 1 stays", h.post("transit/hmac/" + name, {
        "input": b64(TEXT), "key_version": 1}).data == made.data)


with concurrent.futures.ThreadPoolExecutor(4) as pool:
    for kind, can in TYPES.items():
        for flags in {}, {"derived": True}, {"derived": True, "convergent_encryption": True}:
            name = "-".join([kind, *(f[0] for f in flags)])
            reply = create(name, kind, **flags)
            if "derived" in flags and "D" not in can:
                told(name + " is not made", reply, 400, "not supported for keys of type " + kind)
            elif "convergent_encryption" in flags and "C" not in can:
                told(name + " is not made", reply, 400, "convergent encryption not supported")
            elif told(name + " is made", reply, 200):
                pool.submit(try_key, name, kind, can, flags).result()
        told(kind + " is not convergent by itself", create("none", kind, convergent_encryption=True),
             400, "convergent encryption requires derivation to be enabled")

# ---- the formats, with keys that are known outside

keys = {"aes128-gcm96": os.urandom(16), "aes256-gcm96": os.urandom(32),
        "chacha20-poly1305": os.urandom(32)}
for kind, key in keys.items():
    told(kind + " is brought", bring(h, "known-" + kind, kind, key), 204)
    text = h.post("transit/encrypt/known-" + kind, {"plaintext": b64(TEXT),
                                                   "associated_data": b64("a")}).data["ciphertext"]
    check("its ciphertext is that of the format", open_text(kind, key, text, b"a") == TEXT)
    reply = h.post("transit/decrypt/known-" + kind, {
        "ciphertext": seal_text(kind, key, TEXT, b"b"), "associated_data": b64("b")})
    check("and it opens one made outside", reply.data == {"plaintext": b64(TEXT)}, reply)
    told("a derived %s is brought" % kind, bring(h, "known-derived-" + kind, kind, key,
                                                  derived=True), 204)
    text = h.post("transit/encrypt/known-derived-" + kind, {
        "plaintext": b64(TEXT), "context": CONTEXT}).data["ciphertext"]
    check("its key is HKDF of the context",
          open_text(kind, hkdf(key, b"customer-1", len(key)), text) == TEXT)
key = os.urandom(48)
told("a key for HMACs is brought", bring(h, "known-hmac", "hmac", key), 204)
for name, digest in (("sha2-256", "sha256"), ("sha2-512", "sha512"), ("sha3-384", "sha3_384"),
                     ("sha1", "sha1")):
    made = h.post("transit/hmac/known-hmac/" + name, {"input": b64(TEXT)}).data["hmac"]
    check("its HMAC with %s is the one" % name, payload(made) == hmac.digest(key, TEXT, digest))

for kind, words, digest in (
        ("rsa-2048", ("RSA", "rsa_keygen_bits:2048"), "sha384"),
        ("ecdsa-p256", ("EC", "ec_paramgen_curve:P-256"), "sha256"),
        ("ecdsa-p384", ("EC", "ec_paramgen_curve:P-384"), "sha512"),
        ("ed25519", ("ED25519",), None)):
    private, public, pem = pkcs8(*words)
    told(kind + " is brought", bring(h, "known-" + kind, kind, private), 204)
    with files(key=pem, message=TEXT) as at:
        signature = openssl("dgst", "-" + digest, "-sign", at["key"], at["message"]) if digest else \
            openssl("pkeyutl", "-sign", "-inkey", at["key"], "-rawin", "-in", at["message"])
    options = {"hash_algorithm": "sha2-" + digest[3:]} if digest else {}
    options.update(signature_algorithm="pkcs1v15")
    reply = h.post("transit/verify/known-" + kind, {
        "input": b64(TEXT), "signature": "vault:v1:" + b64(signature), **options})
    check("it takes OpenSSL's signature", reply.data == {"valid": True}, reply)
    signed = payload(h.post("transit/sign/known-" + kind, {"input": b64(TEXT), **options})
                     .data["signature"])
    check("and OpenSSL takes its", verifies(public, TEXT, signed, digest=digest))
    if digest:
        summed = b64(hashlib.new(digest, TEXT).digest())
        signed = h.post("transit/sign/known-" + kind, {"input": summed, "prehashed": True,
                                                       **options}).data["signature"]
        check("also of a sum made outside", verifies(public, TEXT, payload(signed), digest=digest))
    if kind.startswith("ecdsa"):
        text = h.post("transit/sign/known-" + kind, {
            "input": b64(TEXT), "marshaling_algorithm": "jws", **options}).data["signature"]
        text = text[len("vault:v1:"):].replace("-", "+").replace("_", "/")
        rs = unb64(text + "=" * (-len(text) % 4))
        check("JWS has r and s", verifies(public, TEXT, ecdsa_der(rs), digest=digest))
    if kind.startswith("rsa"):
        with files(key=public.encode(), message=TEXT) as at:
            sealed = openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", at["key"], "-in",
                             at["message"], "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt",
                             "rsa_oaep_md:sha256")
        reply = h.post("transit/decrypt/known-" + kind, {"ciphertext": "vault:v1:" + b64(sealed)})
        check("it opens what OpenSSL encrypted", reply.data == {"plaintext": b64(TEXT)}, reply)

# ---- versions

h.post("transit/keys/old", {})
texts = []
for version in 1, 2, 3:
    texts.append(h.post("transit/encrypt/old", {"plaintext": b64("v%d" % version)}).data["ciphertext"])
    h.post("transit/keys/old/rotate")
told("a version is disabled", h.post("transit/keys/old/versions/2/disable"), 200)
check("which the key shows", h.get("transit/keys/old").data["disabled_versions"] == [2])
told("it decrypts no more", h.post("transit/decrypt/old", {"ciphertext": texts[1]}), 400, "disabled")
told("nor encrypts", h.post("transit/encrypt/old", {"plaintext": "", "key_version": 2}), 400,
     "disabled")
told("the others do", h.post("transit/decrypt/old", {"ciphertext": texts[0]}), 200)
told("until it is enabled", h.post("transit/keys/old/versions/2/enable"), 200)
told("again", h.post("transit/decrypt/old", {"ciphertext": texts[1]}), 200)
told("there is no version 9", h.post("transit/keys/old/versions/9/disable"), 400)
h.post("transit/keys/old/config", {"min_decryption_version": 3, "min_encryption_version": 3})
told("versions are trimmed", h.post("transit/keys/old/trim", {"min_available_version": 3}), 200)

# ---- many at once

with concurrent.futures.ThreadPoolExecutor(16) as pool:
    made = list(pool.map(lambda n: h.post("transit/encrypt/together", {"plaintext": b64(str(n))}),
                         range(64)))
check("64 who encrypt with a key that is not there make one",
      all(r.status == 200 and r.data["key_version"] == 1 for r in made) and
      all(h.post("transit/decrypt/together", {"ciphertext": r.data["ciphertext"]}).data ==
          {"plaintext": b64(str(n))} for n, r in enumerate(made)))
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    made = list(pool.map(lambda n: h.post("transit/keys/together/rotate"), range(32)))
check("32 rotations are 32 versions", h.get("transit/keys/together").data["latest_version"] == 33 and
      sorted(r.data["latest_version"] for r in made) == list(range(2, 34)))
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    made = list(pool.map(lambda n: h.post("transit/keys/known-rsa/rotate") if n else create(
        "known-rsa", "rsa-2048"), range(5)))
check("slow ones too, in whatever order", h.get("transit/keys/known-rsa").data["latest_version"] ==
      1 + sum(r.status == 200 for r in made[1:]), made)

items = [{"plaintext": b64("item %d" % n), "reference": str(n)} for n in range(4096)]
reply = h.post("transit/encrypt/together", {"batch_input": items})
check("a batch has 4096 items", reply.status == 200 and
      [r["reference"] for r in reply.data["batch_results"]] == [str(n) for n in range(4096)], reply)
reply = h.post("transit/decrypt/together", {"batch_input": [
    {"ciphertext": r["ciphertext"]} for r in reply.data["batch_results"]]})
check("which all come back", [r["plaintext"] for r in reply.data["batch_results"]] ==
      [item["plaintext"] for item in items])
told("and no more", h.post("transit/encrypt/together", {"batch_input": items + items[:1]}), 400,
     "batch_input has 4097 items: at most 4096 are taken at once")
signed = h.post("transit/sign/rsa-2048", {"batch_input": [
    {"input": b64(str(n)), "reference": str(n)} for n in range(20)] + [{"input": "***"}, {}]})
check("a batch of slow ones has errors of its own", signed.status == 200 and
      [r["reference"] for r in signed.data["batch_results"]] == [str(n) for n in range(20)] + [""] * 2
      and [r.get("error", "") != "" for r in signed.data["batch_results"]] == [False] * 20 + [True] * 2,
      signed)
checked = h.post("transit/verify/rsa-2048", {"batch_input": [
    {"input": b64(str(n)), "signature": r["signature"]}
    for n, r in enumerate(signed.data["batch_results"][:20])]})
check("and verifies", all(r["valid"] for r in checked.data["batch_results"]), checked)

# ---- what holds for the mount

told("keys by use can be switched off", h.post("transit/config/keys", {"disable_upsert": True}), 200)
told("then none is made", h.post("transit/encrypt/nobody", {"plaintext": ""}), 400,
     "encryption key not found")
check("as is shown", h.get("transit/config/keys").data == {"disable_upsert": True})
h.post("transit/config/keys", {"disable_upsert": False})
told("and on", h.post("transit/encrypt/somebody", {"plaintext": "", "type": "rsa-2048"}), 200)

# ---- attestation

h.post("sys/attest/certificate", {"certificate": certify(h, h.get("sys/attest/csr").data["csr"])})
for name, kind, origin in (("rsa-2048", "rsa-2048", "generated"),
                           ("known-ed25519", "ed25519", "imported"),
                           ("known-aes256-gcm96", "aes256-gcm96", "imported")):
    reply = h.post("transit/keys/%s/attest" % name, {"nonce": "of " + name})
    told(name + " is attested", reply, 200)
    check("under the vault's key", is_signed(reply.data))
    said = json.loads(reply.data["statement"])
    check("as what it is, where it is", said["key"] == name and said["type"] == kind and
          said["hublet"] == "dev1" and said["trust_domain"] == h.domain and
          said["mount"] == "transit/" and said["nonce"] == "of " + name and
          said["exportable"] is False and
          {v["origin"] for v in said["versions"]} == {origin}, said)
    if kind != "aes256-gcm96":
        public = h.get("transit/export/public-key/%s/1" % name).data["keys"]["1"]
        pem = ed25519_pem(unb64(public)) if kind == "ed25519" else public
        check("by the fingerprint of its public key", said["versions"][0]["fingerprint"] ==
              {"kind": "sha256-spki", "value": fingerprint(pem)}, said)

# ---- what stays

before = h.post("transit/encrypt/known-aes256-gcm96", {"plaintext": b64(TEXT)}).data["ciphertext"]
wrapping = h.get("transit/wrapping_key").data
h.post("sys/seal")
told("a sealed vault uses no key", h.post("transit/decrypt/known-aes256-gcm96", {
    "ciphertext": before}), 503)
h.unseal()
check("an unsealed one all of them", h.post("transit/decrypt/known-aes256-gcm96", {
    "ciphertext": before}).data == {"plaintext": b64(TEXT)})
h.kill()
h.start().unseal()
check("a killed one too", h.post("transit/decrypt/known-aes256-gcm96", {
    "ciphertext": before}).data == {"plaintext": b64(TEXT)})
check("and its wrapping key is the same", h.get("transit/wrapping_key").data == wrapping)
listed = h.call("LIST", "transit/keys").data["keys"]
check("all keys are listed, in order", "somebody" in listed and listed == sorted(listed))
