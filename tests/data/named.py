#!/usr/bin/env python3
"""What named keys make, made a second time by another implementation (pyca/cryptography).

    python3 tests/data/named.py

writes tests/data/named/*.txt.  Keys are drawn anew at each run; the files are data.
"""
import base64
import hashlib
import os

from cryptography.hazmat.primitives import hashes, hmac, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HERE = os.path.dirname(os.path.abspath(__file__))
formats = {}
with open(os.path.join(HERE, "formats.py")) as f:  # its XChaCha20-Poly1305, not its output
    exec(f.read().split('NONCE = bytes')[0], formats)

HASHES = {"sha1": hashes.SHA1, "sha2-224": hashes.SHA224, "sha2-256": hashes.SHA256,
          "sha2-384": hashes.SHA384, "sha2-512": hashes.SHA512, "sha3-224": hashes.SHA3_224,
          "sha3-256": hashes.SHA3_256, "sha3-384": hashes.SHA3_384, "sha3-512": hashes.SHA3_512}
SIZES = {"aes128-gcm96": 16, "aes256-gcm96": 32, "chacha20-poly1305": 32,
         "xchacha20-poly1305": 32}
INPUT = b"the quick brown fox"


def text(raw, version=1, url=False):
    b64 = base64.urlsafe_b64encode(raw).rstrip(b"=") if url else base64.b64encode(raw)
    return "vault:v%d:%s" % (version, b64.decode())


def hkdf(key, context, size):
    return HKDF(hashes.SHA256(), size, None, context).derive(key)


def mac(hash_name, key, data):
    h = hmac.HMAC(key, HASHES[hash_name]())
    h.update(data)
    return h.finalize()


def write(name, fields, lines):
    os.makedirs(os.path.join(HERE, "named"), exist_ok=True)
    with open(os.path.join(HERE, "named", name), "w") as out:
        print("# id result", fields, file=out)
        for i, line in enumerate(lines):
            cells = [x.hex() if isinstance(x, bytes) else str(x) for x in line]
            print(i + 1, *(c or "-" for c in cells), file=out)


def seal(kind, key, nonce, ad, plaintext):
    if kind == "xchacha20-poly1305":
        return formats["aead"](key, nonce, ad, plaintext)
    cipher = ChaCha20Poly1305 if kind == "chacha20-poly1305" else AESGCM
    return nonce + cipher(key).encrypt(nonce, plaintext, ad)


def seals():
    for kind, size in SIZES.items():
        length = 24 if kind.startswith("x") else 12
        for how in "plain", "derived", "convergent":
            for plaintext in b"", bytes(80), INPUT:
                key, context, ad = os.urandom(size), b"", b"for one"
                used, nonce = key, os.urandom(length)
                if how == "derived":
                    context = b"customer-1"
                    used = hkdf(key, context, size)
                elif how == "convergent":
                    context = bytes(range(200))
                    both = hkdf(key, context, size + 32)
                    used, nonce = both[:size], mac("sha2-256", both[size:], plaintext)[:length]
                made = seal(kind, used, nonce, ad, plaintext)
                yield "valid", kind, how, key, context, ad, plaintext, text(made)
                if plaintext != INPUT:
                    continue
                yield "invalid", kind, how, key, context, b"", plaintext, text(made)
                if how != "plain":
                    yield "invalid", kind, how, key, b"other", ad, plaintext, text(made)
                wrong = bytes([made[0] ^ 1]) + made[1:]
                yield "invalid", kind, how, key, context, ad, plaintext, text(wrong)


def pkcs8(key):
    return key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def public(key):
    return key.public_key().public_bytes(serialization.Encoding.DER,
                                         serialization.PublicFormat.SubjectPublicKeyInfo)


def raw(key):
    return (key.private_bytes_raw() + key.public_key().public_bytes_raw())


curves = {"ecdsa-p256": ec.SECP256R1(), "ecdsa-p384": ec.SECP384R1(), "ecdsa-p521": ec.SECP521R1()}
private = {kind: ec.generate_private_key(curve) for kind, curve in curves.items()}
private.update({"rsa-%d" % bits: rsa.generate_private_key(65537, bits)
                for bits in (2048, 3072, 4096)})
private["ed25519"] = ed25519.Ed25519PrivateKey.generate()


def shown(key):
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return base64.b64encode(key.public_key().public_bytes_raw())
    return key.public_key().public_bytes(serialization.Encoding.PEM,
                                         serialization.PublicFormat.SubjectPublicKeyInfo)


def derived(context):
    return ed25519.Ed25519PrivateKey.from_private_bytes(hkdf(raw(private["ed25519"]), context, 32))


def signatures():
    def each(result, kind, how, marshaling, scheme, hash_name, salt, context, data, made):
        return (result, kind, how, marshaling, scheme, hash_name, salt, context, data,
                text(made, url=marshaling == "jws"))

    for kind, curve in curves.items():
        for hash_name, algorithm in HASHES.items():
            made = private[kind].sign(INPUT, ec.ECDSA(algorithm()))
            yield each("valid", kind, "plain", "asn1", "pss", hash_name, "auto", b"", INPUT, made)
            yield each("invalid", kind, "plain", "asn1", "pss", hash_name, "auto", b"", b"x", made)
            size = (curve.key_size + 7) // 8
            fixed = b"".join(n.to_bytes(size, "big") for n in utils.decode_dss_signature(made))
            yield each("valid", kind, "plain", "jws", "pss", hash_name, "auto", b"", INPUT, fixed)
            digest = hashlib.new(hash_name.replace("sha2-", "sha").replace("sha3-", "sha3_"),
                                 INPUT).digest()
            yield each("valid", kind, "prehashed", "asn1", "pss", hash_name, "auto", b"", digest,
                       made)
    for bits in (2048, 3072, 4096):
        kind = "rsa-%d" % bits
        for hash_name, algorithm in list(HASHES.items())[::2 if bits == 2048 else 5]:
            made = private[kind].sign(INPUT, padding.PKCS1v15(), algorithm())
            yield each("valid", kind, "plain", "asn1", "pkcs1v15", hash_name, "auto", b"", INPUT,
                       made)
            yield each("invalid", kind, "plain", "asn1", "pss", hash_name, "auto", b"", INPUT, made)
            for salt, length in (("auto", padding.PSS.MAX_LENGTH), ("hash", algorithm.digest_size),
                                 (11, 11)):
                made = private[kind].sign(INPUT, padding.PSS(padding.MGF1(algorithm()), length),
                                          algorithm())
                for asked in {salt, "auto"}:
                    yield each("valid", kind, "plain", "asn1", "pss", hash_name, asked, b"", INPUT,
                               made)
                yield each("invalid", kind, "plain", "jws", "pss", hash_name, 12, b"", INPUT, made)
        made = raw_pkcs1(kind)
        yield each("valid", kind, "prehashed", "asn1", "pkcs1v15", "none", "auto", b"", INPUT, made)
    for marshaling in "asn1", "jws":
        made = private["ed25519"].sign(INPUT)
        yield each("valid", "ed25519", "plain", marshaling, "pss", "sha2-256", "auto", b"", INPUT,
                   made)
        made = derived(b"customer-1").sign(INPUT)
        yield each("valid", "ed25519", "derived", marshaling, "pss", "sha2-256", "auto",
                   b"customer-1", INPUT, made)
        yield each("invalid", "ed25519", "derived", marshaling, "pss", "sha2-256", "auto",
                   b"customer-2", INPUT, made)


def raw_pkcs1(kind):
    """PKCS #1 1.5 of the input itself, by hand (RFC 8017, 8.2.1 without the DigestInfo)."""
    n = private[kind].private_numbers()
    size = private[kind].key_size // 8
    block = b"\0\1" + b"\xff" * (size - 3 - len(INPUT)) + b"\0" + INPUT
    return pow(int.from_bytes(block, "big"), n.d, n.public_numbers.n).to_bytes(size, "big")


def hmacs():
    for kind, size in ("hmac", 32), ("hmac", 512), ("aes256-gcm96", 32), ("rsa-2048", 32):
        for hash_name in HASHES:
            key = os.urandom(size)
            yield "valid", kind, hash_name, key, INPUT, text(mac(hash_name, key, INPUT))
        yield "invalid", kind, "sha2-256", key, b"x", text(mac("sha2-256", key, INPUT))


def publics():
    for kind, key in private.items():
        yield "valid", kind, "plain", b"", shown(key), hashlib.sha256(public(key)).digest()
    for context in b"customer-1", bytes(300):
        yield "valid", "ed25519", "derived", context, shown(derived(context)), b""


wrapping = rsa.generate_private_key(65537, 4096)


def wrap(data, algorithm, size=32):
    ephemeral = os.urandom(size)
    return (wrapping.public_key().encrypt(
        ephemeral, padding.OAEP(padding.MGF1(algorithm()), algorithm(), None)) +
            keywrap.aes_key_wrap_with_padding(ephemeral, data))


def imports():
    for oaep, algorithm in (("SHA1", hashes.SHA1), ("SHA224", hashes.SHA224),
                            ("SHA256", hashes.SHA256), ("SHA384", hashes.SHA384),
                            ("SHA512", hashes.SHA512)):
        for kind, size in list(SIZES.items())[:4 if oaep == "SHA256" else 1]:
            key = os.urandom(size)
            nonce = os.urandom(24 if kind.startswith("x") else 12)
            yield "valid", kind, oaep, wrap(key, algorithm), text(seal(kind, key, nonce, b"", INPUT))
    for size in 32, 33, 512:
        key = os.urandom(size)
        yield ("valid", "hmac", "SHA256", wrap(key, hashes.SHA256),
               text(mac("sha2-256", key, INPUT)))
    for kind, key in private.items():
        if kind == "rsa-3072":
            continue  # as the others, and long
        yield "valid", kind, "SHA256", wrap(pkcs8(key), hashes.SHA256), shown(key)
    good = wrap(os.urandom(32), hashes.SHA256)
    for kind, oaep, wrong in (
            ("aes256-gcm96", "SHA1", good),                              # another hash
            ("aes128-gcm96", "SHA256", good),                            # another size
            ("aes256-gcm96", "SHA256", good[:512]),                      # nothing behind
            ("aes256-gcm96", "SHA256", good[:-8]),
            ("aes256-gcm96", "SHA256", good[:-1]),
            ("aes256-gcm96", "SHA256", good[:-1] + bytes([good[-1] ^ 1])),
            ("aes256-gcm96", "SHA256", bytes([good[0] ^ 1]) + good[1:]),
            ("aes256-gcm96", "SHA256", good[:20]),
            ("aes256-gcm96", "SHA256", wrap(os.urandom(32), hashes.SHA256, 16)),
            ("hmac", "SHA256", wrap(os.urandom(31), hashes.SHA256)),
            ("hmac", "SHA256", wrap(os.urandom(513), hashes.SHA256)),
            ("rsa-2048", "SHA256", wrap(pkcs8(private["rsa-3072"]), hashes.SHA256)),
            ("rsa-2048", "SHA256", wrap(pkcs8(private["ecdsa-p256"]), hashes.SHA256)),
            ("rsa-2048", "SHA256", wrap(pkcs8(private["rsa-2048"])[:-1], hashes.SHA256)),
            ("rsa-2048", "SHA256", wrap(pkcs8(private["rsa-2048"]) + b"\0", hashes.SHA256)),
            ("ecdsa-p256", "SHA256", wrap(pkcs8(private["ecdsa-p384"]), hashes.SHA256)),
            ("ecdsa-p256", "SHA256", wrap(pkcs8(private["ed25519"]), hashes.SHA256)),
            ("ed25519", "SHA256", wrap(pkcs8(private["ecdsa-p256"]), hashes.SHA256)),
            ("ed25519", "SHA256", wrap(os.urandom(32), hashes.SHA256)),
            ("ecdsa-p521", "SHA256", wrap(unsound(private["ecdsa-p521"]), hashes.SHA256)),
            ("rsa-2048", "SHA256", wrap(unsound(private["rsa-2048"]), hashes.SHA256))):
        yield "invalid", kind, oaep, wrong, "-"


def unsound(key):
    """The private half of another key under the public half of this one: flips a byte of it."""
    der = bytearray(pkcs8(key))
    if isinstance(key, rsa.RSAPrivateKey):
        at = bytes(der).index(key.private_numbers().d.to_bytes(key.key_size // 8, "big")) + 20
    else:
        size = (key.key_size + 7) // 8
        at = bytes(der).index(key.private_numbers().private_value.to_bytes(size, "big")) + 20
    der[at] ^= 1
    return bytes(der)


write("seals.txt", "type how key context ad plaintext text", seals())
write("keys.txt", "type key", [("valid", kind, raw(key) if kind == "ed25519" else pkcs8(key))
                               for kind, key in private.items()] +
      [("valid", "wrapping", pkcs8(wrapping))])
write("signatures.txt", "type how marshaling scheme hash salt context input text", signatures())
write("hmacs.txt", "type hash key input text", hmacs())
write("publics.txt", "type how context shown fingerprint", publics())
write("imports.txt", "type oaep ciphertext shows", imports())
