#!/usr/bin/env python3
"""Published vectors come out of the API as they were published: keys go in by import, and each
text, signature and HMAC is taken or refused as its authors say."""
import base64
import collections
import concurrent.futures
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready  # noqa: E402
from transit import MOST, b64, bring, ed25519_pem, wrapping_key  # noqa: E402

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../data/wycheproof")
SAMPLE = 15  # keys of one file
h = ready()
h.policy("secrets", MOST)
names = ("v%d" % n for n in range(1 << 30))
wrapping_key(h, "transit")


def cases(name):
    """Each line as a dictionary; hexadecimal fields stay as they are, '-' is empty."""
    with open(os.path.join(DATA, name + ".txt")) as f:
        fields = f.readline()[1:].split()
        for line in f:
            yield dict(zip(fields, (word if word != "-" else "" for word in line.split())))


def raw(text):
    return bytes.fromhex(text)


def grouped(rows, *by):
    groups = collections.defaultdict(list)
    for row in rows:
        groups[tuple(row[field] for field in by)].append(row)
    return list(groups.items())


def pem(der):
    return "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n" % b64(der)


def imported(kind, material=None, public=None):
    """The name of a new key; None: it is not taken."""
    name = next(names)
    reply = bring(h, name, kind, material) if material is not None else h.post(
        "transit/keys/%s/import" % name, {"public_key": public, "type": kind})
    return name if reply.status == 204 else None


def tell(what, results):
    """results: (case, whether it went as it must)"""
    wrong = ["%s %s" % (row["tcId"], row["result"]) for row, good in results if not good]
    check("%s: all %d" % (what, len(results)), results and not wrong, wrong[:10])


def each(work, groups):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return [result for results in pool.map(work, groups) for result in results]


# ---- ciphers

def open_all(kind):
    def work(group):
        (key,), rows = group
        name = imported(kind, raw(key))
        reply = h.post("transit/decrypt/" + name, {"batch_input": [
            {"ciphertext": "vault:v1:" + b64(raw(row["nonce"] + row["ciphertext"] + row["tag"])),
             "associated_data": b64(raw(row["ad"]))} for row in rows]})
        return [(row, r.get("error") is None and r["plaintext"] == b64(raw(row["text"]))
                 if row["result"] == "valid" else "message authentication failed" in r["error"])
                for row, r in zip(rows, reply.data["batch_results"])]
    return work


gcm = grouped(cases("aes_gcm"), "key")
for kind, groups in (
        ("aes128-gcm96", [g for g in gcm if len(g[0][0]) == 32]),
        ("aes256-gcm96", [g for g in gcm if len(g[0][0]) == 64]),
        ("chacha20-poly1305", grouped(cases("chacha20_poly1305"), "key")),
        ("xchacha20-poly1305", grouped(cases("xchacha20_poly1305"), "key"))):
    tell(kind, each(open_all(kind), groups[:SAMPLE]))

# ---- HMACs

def hash_all(group):
    (key,), rows = group
    name = imported("hmac", raw(key))
    out = []
    for row in rows:
        made = h.post("transit/hmac/%s/%s" % (name, row.get("hash", "sha2-256")),
                      {"input": b64(raw(row["message"]))}).data["hmac"]
        same = base64.b64decode(made[len("vault:v1:"):]) == raw(row["tag"])
        out.append((row, same == (row["result"] == "valid")))
    return out


WHOLE = {"sha2-256": 64, "sha2-384": 96, "sha2-512": 128}  # digits of a tag that is not cut
for name in "hmac_sha256", "hmac":
    fit = [row for row in cases(name) if len(row["key"]) >= 64 and
           len(row["tag"]) == WHOLE.get(row.get("hash", "sha2-256"))]
    tell(name, each(hash_all, grouped(fit, "key")[:SAMPLE]))

# ---- signatures

keys = {row["id"]: row for row in cases("keys")}


def verify_all(group):
    (kind, marshaling, scheme, digest, salt, key), rows = group
    name = imported(kind, public=pem(raw(keys[key]["der"])))
    encode = base64.urlsafe_b64encode if marshaling == "jws" else base64.b64encode
    reply = h.post("transit/verify/" + name, {
        "signature_algorithm": scheme, "marshaling_algorithm": marshaling, "hash_algorithm": digest,
        "salt_length": salt, "batch_input": [
            {"input": b64(raw(row["message"])), "signature": "vault:v1:" + (
                encode(raw(row["signature"])).decode().rstrip("=" if marshaling == "jws" else ""))}
            for row in rows]})
    return [(row, r["valid"] == (row["result"] == "valid"))
            for row, r in zip(rows, reply.data["batch_results"])]


tell("ECDSA", each(verify_all, grouped(
    [row for row in cases("signatures") if row["type"].startswith("ecdsa")],
    "type", "marshaling", "scheme", "hash", "salt", "key")))
tell("RSA", each(verify_all, grouped(
    [row for row in cases("signatures") if row["type"].startswith("rsa")],
    "type", "marshaling", "scheme", "hash", "salt", "key")))


def verify_ed25519(group):
    (public,), rows = group
    name = imported("ed25519", public=ed25519_pem(raw(public)))
    reply = h.post("transit/verify/" + name, {"batch_input": [
        {"input": b64(raw(row["message"])), "signature": "vault:v1:" + b64(raw(row["signature"]))}
        for row in rows]})
    return [(row, r["valid"] == (row["result"] == "valid"))
            for row, r in zip(rows, reply.data["batch_results"])]


tell("Ed25519", each(verify_ed25519, grouped(cases("ed25519"), "public")[:SAMPLE]))

# ---- RSA-OAEP

def decrypt_all(group):
    (key,), rows = group
    name = imported(keys[key]["type"], raw(keys[key]["der"]))
    reply = h.post("transit/decrypt/" + name, {"batch_input": [
        {"ciphertext": "vault:v1:" + b64(raw(row["ciphertext"]))} for row in rows]})
    return [(row, r.get("error") is None and r["plaintext"] == b64(raw(row["text"]))
             if row["result"] == "valid" else "error" in r)
            for row, r in zip(rows, reply.data["batch_results"])]


tell("RSA-OAEP", each(decrypt_all, grouped(cases("oaep"), "key")))
