#!/usr/bin/env python3
"""Every format of keys/, written down a second time and independently of the C code.

    python3 tests/data/formats.py >tests/unit/known.h

The tests must read these bytes and write them again; a store made by any version holds them.
"""
import base64
import hmac
import struct
from hashlib import blake2b, sha256

MASK = 0xffffffff


def quarter(s, a, b, c, d):
    for x, y, z, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        s[x] = (s[x] + s[y]) & MASK
        s[z] = ((s[z] ^ s[x]) << by | (s[z] ^ s[x]) >> (32 - by)) & MASK


def rounds(key, last16):
    s = list(struct.unpack("<16I", b"expand 32-byte k" + key + last16))
    w = s[:]
    for _ in range(10):
        for i in range(4):
            quarter(w, i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(w, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return s, w


def hchacha20(key, nonce16):
    w = rounds(key, nonce16)[1]
    return struct.pack("<8I", *w[:4], *w[12:])


def chacha20(key, nonce12, counter, length):
    out = b""
    while len(out) < length:
        s, w = rounds(key, struct.pack("<I", counter) + nonce12)
        out += struct.pack("<16I", *((a + b) & MASK for a, b in zip(s, w)))
        counter += 1
    return out[:length]


def poly1305(key, text):
    r = int.from_bytes(key[:16], "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff
    acc = 0
    for i in range(0, len(text), 16):
        acc = (acc + int.from_bytes(text[i:i + 16] + b"\1", "little")) * r % (2**130 - 5)
    return ((acc + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


def aead(key, nonce, ad, text):
    sub, n = hchacha20(key, nonce[:16]), b"\0" * 4 + nonce[16:]
    sealed = bytes(a ^ b for a, b in zip(text, chacha20(sub, n, 1, len(text))))
    pad = lambda b: b + b"\0" * (-len(b) % 16)
    mac = poly1305(chacha20(sub, n, 0, 32),
                   pad(ad) + pad(sealed) + struct.pack("<QQ", len(ad), len(sealed)))
    return nonce + sealed + mac


def parts(*all_parts):
    return b"".join(struct.pack(">I", len(p)) + p for p in all_parts)


def gf_multiply(a, b):
    product = 0
    for bit in range(8):
        if b >> bit & 1:
            product ^= a << bit
    for bit in range(14, 7, -1):
        if product >> bit & 1:
            product ^= 0x11b << (bit - 8)
    return product


def share(coefficients, x):
    y = bytearray(32)
    power = 1
    for c in coefficients:
        y = bytearray(a ^ gf_multiply(b, power) for a, b in zip(y, c))
        power = gf_multiply(power, x)
    return bytes(y) + bytes([x])


def some(label, length=32):
    return blake2b(label.encode(), digest_size=length).digest()


# The published vector of draft-irtf-cfrg-xchacha-03, A.3.1: is this file itself right?
assert aead(bytes(range(0x80, 0xa0)), bytes(range(0x40, 0x58)),
            bytes.fromhex("50515253c0c1c2c3c4c5c6c7"),
            b"Ladies and Gentlemen of the class of '99: If I could offer you only one "
            b"tip for the future, sunscreen would be it.").hex().endswith(
                "c0875924c1c7987947deafd8780acf49")

NONCE = bytes(range(0x40, 0x58))
vault, hublet, slot, master = some("vault", 16), b"eu1", some("slot", 16), some("master")
known = {"MASTER": master, "NONCE": NONCE}

kek = some("kek")
polynomial = [kek, some("c1"), some("c2")]
shares = [share(polynomial, x) for x in range(1, 6)]
known["KEK"] = kek
for s in shares:
    known["SHARE_%d" % s[32]] = s
known["SHARE_255"] = share(polynomial, 255)

checks = [blake2b(b"vaultd share 1" + slot + s[32:] + s[:32], digest_size=32).digest()
          for s in shares]
header = (b"VAULTD" + b"\0\1" + vault + parts(hublet) + b"\1" +
          b"\1" + slot + b"\5\3" + b"".join(checks) +
          aead(kek, NONCE, parts(b"vaultd slot 1", vault, hublet, slot), master))
known["HEADER"] = header + blake2b(header, digest_size=32).digest()

terms = {1: some("term 1"), 3: some("term 3")}
own = {name: some(name) for name in ("index", "sum", "audit", "token")}
ring = struct.pack(">I", len(terms))
for number, key in terms.items():
    known["TERM_%d" % number] = key
    ring += struct.pack(">Iq", number, 1000 + number) + key
for name, key in own.items():
    known["%s_KEY" % name.upper()] = key
    ring += key
for name, label in ("NAMED", b"vaultd named keys 1"), ("ATTEST", b"vaultd attestation 1"):
    known[name + "_KEY"] = blake2b(parts(label), digest_size=32, key=own["index"]).digest()
known["KEYRING"] = b"VK\1" + aead(master, NONCE, parts(b"vaultd keyring 1", vault, hublet), ring)

mount = some("mount", 16)
KIND, VERSION, GENERATION, TERM = 7, 2, 0x0102030405060708, 3


def half(label, *more):
    return blake2b(parts(label, bytes([KIND]), mount, b"billing/", *more), digest_size=16,
                   key=own["index"]).digest()


ident = half(b"dir") + half(b"name", b"stripe")
big = lambda n: struct.pack(">Q", n)
record = (b"VR\1\1" + struct.pack(">I", TERM) + big(GENERATION) + big(VERSION) +
          aead(terms[TERM], NONCE,
               parts(b"\1", b"\1", struct.pack(">I", TERM), vault, hublet, bytes([KIND]), mount,
                     ident, big(VERSION), big(GENERATION)), b"sk_live_1"))
weight = blake2b(parts(ident, big(GENERATION), record[-16:]), digest_size=32, key=own["sum"])
known.update(MOUNT=mount, ID=ident, RECORD=record, WEIGHT=weight.digest())

AES256 = 2  # the type's number
name_id = sha256(mount + b"name").digest()


def named_version(number, flags, key, mac_key):
    known["NAMED_%d" % number] = key
    where = parts(b"vaultd named key 1", vault, hublet, name_id, bytes([AES256]),
                  struct.pack(">I", number))
    fingerprint = hmac.new(known["ATTEST_KEY"], b"vaultd fingerprint 1\0" + bytes([AES256]) + key,
                           sha256).digest()
    return (struct.pack(">Iq", number, 2000 + number) + bytes([flags]) + fingerprint + parts(b"") +
            parts(aead(known["NAMED_KEY"], NONCE, where, mac_key + key)))


DISABLED, BROUGHT, ALLOW_ROTATION, DELETION = 1, 2, 8, 16
named = (b"NK\1" + bytes([AES256]) + struct.pack(">H", ALLOW_ROTATION | DELETION) +
         struct.pack(">5I3qI", 0, 2, 1, 2, 0, 3600 * 10**9, 1000, 5000, 2) +
         named_version(1, DISABLED | BROUGHT, some("named 1"), some("mac 1")) +
         named_version(2, 0, some("named 2"), some("mac 2")))
known["NAMED_RECORD"] = named

claims = b"claims"
token = "hvs." + base64.urlsafe_b64encode(
    b"\1" + aead(own["token"], NONCE, parts(b"vaultd token 1", vault), claims)).decode().strip("=")
h = blake2b(b"vaultd accessor 1" + token.encode(), digest_size=48, key=own["token"]).digest()
base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
accessor = "".join(base62[(h[i] << 8 | h[i + 1]) % 62] for i in range(0, 48, 2))

print("/*\n * Made by tests/data/formats.py: the formats of keys/ as bytes (hexadecimal).\n */")
print("#ifndef TESTS_KNOWN_H\n#define TESTS_KNOWN_H\n")
for name, value in known.items():
    text = value.hex()
    lines = [text[i:i + 80] for i in range(0, len(text), 80)]
    print("#define KNOWN_%s \\\n\t%s" % (name, " \\\n\t".join('"%s"' % t for t in lines)))
lines = [token[i:i + 80] for i in range(0, len(token), 80)]
print("#define KNOWN_TOKEN \\\n\t%s" % " \\\n\t".join('"%s"' % t for t in lines))
print('#define KNOWN_ACCESSOR "%s"' % accessor)
print("\n#endif")
