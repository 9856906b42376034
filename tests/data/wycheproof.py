#!/usr/bin/env python3
"""A fair sample of Wycheproof's vectors for what named keys do, one case a line.

    python3 tests/data/wycheproof.py .../testvectors_v1

writes tests/data/wycheproof/{aes_gcm,chacha20_poly1305,hkdf_sha256,hmac,kwp,oaep,keys,signatures}.txt.
Of each group's cases that bear the same flags and result, the first few are taken, so that every
kind of wrong one is among them.  "acceptable" is left out: each implementation decides that.
"""
import json
import os
import sys

SOURCE = sys.argv[1]
TARGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "wycheproof")
HASHES = {"SHA-1": "sha1", "SHA-224": "sha2-224", "SHA-256": "sha2-256", "SHA-384": "sha2-384",
          "SHA-512": "sha2-512", "SHA3-256": "sha3-256", "SHA3-384": "sha3-384",
          "SHA3-512": "sha3-512"}


def groups(name):
    with open(os.path.join(SOURCE, name + "_test.json")) as f:
        return json.load(f)["testGroups"]


def sample(name, most, wanted=lambda group, case: True):
    """(group, case): at most `most` of each result and set of flags in the file."""
    seen = {}
    for group in groups(name):
        for case in group["tests"]:
            if case["result"] == "acceptable" or not wanted(group, case):
                continue
            kind = case["result"], tuple(case["flags"])
            seen[kind] = seen.get(kind, 0) + 1
            if seen[kind] <= most:
                yield group, case


def write(name, fields, lines):
    with open(os.path.join(TARGET, name), "w") as f:
        print("#", fields, file=f)
        for line in lines:
            print(*(x if x != "" else "-" for x in line), file=f)


def aead(name, most):
    for group, c in sample(name, most, lambda g, c: g["ivSize"] == 96 and
                           g["keySize"] in (128, 256) and g["tagSize"] == 128):
        yield c["tcId"], c["result"], c["key"], c["iv"], c["aad"], c["msg"], c["ct"], c["tag"]


def hkdf():
    for group, c in sample("hkdf_sha256", 20, lambda g, c: c["salt"] == ""):
        if c["result"] == "valid":
            yield c["tcId"], "valid", c["ikm"], c["info"], c["okm"]


def hmac():
    for name, bits, hash_name in (("hmac_sha384", 384, "sha2-384"),
                                  ("hmac_sha512", 512, "sha2-512")):
        for group, c in sample(name, 20, lambda g, c: g["tagSize"] == bits):
            yield c["tcId"], c["result"], hash_name, c["key"], c["msg"], c["tag"]


def kwp():
    for group, c in sample("aes_kwp", 30, lambda g, c: g["keySize"] == 256):
        yield c["tcId"], c["result"], c["key"], c["msg"], c["ct"]


keys = {}


def key(kind, der):
    return keys.setdefault((kind, der), "k%d" % len(keys))


def oaep():
    for bits in 2048, 3072, 4096:
        for group, c in sample("rsa_oaep_%d_sha256_mgf1sha256" % bits, 3,
                               lambda g, c: c.get("label", "") == ""):
            yield (c["tcId"], c["result"], key("rsa-%d" % bits, group["privateKeyPkcs8"]),
                   c["msg"], c["ct"])


def signatures():
    for curve, kind, hash_name in (("secp256r1", "ecdsa-p256", "sha256"),
                                   ("secp256r1", "ecdsa-p256", "sha3_256"),
                                   ("secp384r1", "ecdsa-p384", "sha384"),
                                   ("secp521r1", "ecdsa-p521", "sha512")):
        for form, marshaling in ("", "asn1"), ("_p1363", "jws"):
            name = "ecdsa_%s_%s%s" % (curve, hash_name, form)
            if name == "ecdsa_secp256r1_sha3_256_p1363":
                continue  # there is no such file
            for group, c in sample(name, 3):
                yield (c["tcId"], c["result"], kind, marshaling, "pss", HASHES[group["sha"]],
                       "auto", key(kind, group["publicKeyDer"]), c["msg"], c["sig"])
    for bits, hash_name in (2048, "sha256"), (2048, "sha3_256"), (3072, "sha384"), (4096, "sha512"):
        for group, c in sample("rsa_signature_%d_%s" % (bits, hash_name), 3,
                               lambda g, c: g["keySize"] == bits):
            kind = "rsa-%d" % bits
            yield (c["tcId"], c["result"], kind, "asn1", "pkcs1v15", HASHES[group["sha"]], "auto",
                   key(kind, group["publicKeyDer"]), c["msg"], c["sig"])
    for name in ("2048_sha256_mgf1_32", "3072_sha256_mgf1_32", "4096_sha512_mgf1_64", "misc"):
        for group, c in sample("rsa_pss_" + name, 8, lambda g, c: g["mgfSha"] == g["sha"] and
                               g["sha"] in HASHES and g["sLen"] > 0 and
                               g["keySize"] in (2048, 3072, 4096)):
            kind = "rsa-%d" % group["keySize"]
            yield (c["tcId"], c["result"], kind, "asn1", "pss", HASHES[group["sha"]],
                   group["sLen"], key(kind, group["publicKeyDer"]), c["msg"], c["sig"])


sealed = "tcId result key nonce ad text ciphertext tag"
write("aes_gcm.txt", sealed, aead("aes_gcm", 20))
write("chacha20_poly1305.txt", sealed, aead("chacha20_poly1305", 15))
write("hkdf_sha256.txt", "tcId result key info out", hkdf())
write("hmac.txt", "tcId result hash key message tag", hmac())
write("kwp.txt", "tcId result key text wrapped", kwp())
write("oaep.txt", "tcId result key text ciphertext", oaep())
write("signatures.txt", "tcId result type marshaling scheme hash salt key message signature",
      signatures())
write("keys.txt", "id result type der", ((n, "valid", *k) for k, n in keys.items()))
