"""What the stories of named keys share: the formats written down a second time, with OpenSSL's
command line and Python alone, and a key's way in (import)."""
import base64
import ctypes
import ctypes.util
import functools
import hashlib
import hmac
import os
import subprocess
import tempfile

crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
for name in ("EVP_CIPHER_CTX_new", "EVP_CIPHER_fetch"):
    getattr(crypto, name).restype = ctypes.c_void_p

MOST = """path "*" { capabilities = ["create", "read", "update", "patch", "delete", "list", "sudo"] }"""


def b64(data):
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


def unb64(text):
    return base64.b64decode(text, validate=True)


def payload(text, version=1):
    """The bytes of a vault:vN: text of that version."""
    start = "vault:v%d:" % version
    assert text.startswith(start), text
    return unb64(text[len(start):])


def openssl(*words, data=b""):
    done = subprocess.run(["openssl", *words], input=data, capture_output=True)
    return done.stdout if done.returncode == 0 else None


class files(tempfile.TemporaryDirectory):
    """with files(a=b"...") as at: at["a"] is the path of one that holds it."""
    def __init__(self, **contents):
        super().__init__()
        self.contents = contents

    def __enter__(self):
        at = {}
        for name, content in self.contents.items():
            at[name] = os.path.join(super().__enter__(), name)
            with open(at[name], "wb") as f:
                f.write(content)
        return at


# ---- ciphers

def aead(cipher, key, nonce, text, aad=b"", tag=None):
    """Open (tag given) or seal with OpenSSL's AEAD of that name; None: it does not open."""
    ctx = ctypes.c_void_p(crypto.EVP_CIPHER_CTX_new())
    kind = ctypes.c_void_p(crypto.EVP_CIPHER_fetch(None, cipher.encode(), None))
    out, n, seals = ctypes.create_string_buffer(len(text) + 32), ctypes.c_int(), tag is None
    crypto.EVP_CipherInit_ex(ctx, kind, None, key, nonce, int(seals))
    crypto.EVP_CipherUpdate(ctx, None, ctypes.byref(n), aad, len(aad))
    crypto.EVP_CipherUpdate(ctx, out, ctypes.byref(n), text, len(text))
    done = out.raw[:len(text)]
    if seals:
        crypto.EVP_CipherFinal_ex(ctx, out, ctypes.byref(n))
        crypto.EVP_CIPHER_CTX_ctrl(ctx, 0x10, 16, out)
        done += out.raw[:16]
    else:
        crypto.EVP_CIPHER_CTX_ctrl(ctx, 0x11, 16, tag)
        if crypto.EVP_CipherFinal_ex(ctx, out, ctypes.byref(n)) != 1:
            done = None
    crypto.EVP_CIPHER_CTX_free(ctx)
    return done


CIPHERS = {"aes128-gcm96": "AES-128-GCM", "aes256-gcm96": "AES-256-GCM",
           "chacha20-poly1305": "ChaCha20-Poly1305"}


def open_text(kind, key, text, aad=b"", version=1):
    sealed = payload(text, version)
    return aead(CIPHERS[kind], key, sealed[:12], sealed[12:-16], aad, sealed[-16:])


def seal_text(kind, key, plaintext, aad=b"", version=1):
    nonce = os.urandom(12)
    return "vault:v%d:%s" % (version, b64(nonce + aead(CIPHERS[kind], key, nonce, plaintext, aad)))


def hkdf(key, info, length):
    """RFC 5869, SHA-256, no salt."""
    prk = hmac.digest(b"\0" * 32, key, "sha256")
    out, block = b"", b""
    while len(out) < length:
        block = hmac.digest(prk, block + info + bytes([len(out) // 32 + 1]), "sha256")
        out += block
    return out[:length]


# ---- signatures

def verifies(public_pem, message, signature, *options, digest="sha256"):
    """By the command line.  digest None: Ed25519."""
    with files(key=public_pem.encode(), message=message, signature=signature) as at:
        if digest is None:
            return openssl("pkeyutl", "-verify", "-pubin", "-inkey", at["key"], "-rawin", "-in",
                           at["message"], "-sigfile", at["signature"]) is not None
        return openssl("dgst", "-" + digest, *options, "-verify", at["key"], "-signature",
                       at["signature"], at["message"]) is not None


def ed25519_pem(public):
    der = bytes.fromhex("302a300506032b6570032100") + public
    return "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n" % b64(der)


def ecdsa_der(rs):
    """r || s, as JWS has it, as the ASN.1 that OpenSSL reads."""
    def number(octets):
        octets = octets.lstrip(b"\0") or b"\0"
        octets = (b"\0" if octets[0] & 0x80 else b"") + octets
        return b"\2" + bytes([len(octets)]) + octets
    half = len(rs) // 2
    both = number(rs[:half]) + number(rs[half:])
    return b"\x30" + (bytes([len(both)]) if len(both) < 128 else bytes([0x81, len(both)])) + both


# ---- import

@functools.lru_cache(None)
def wrapping_key(h, mount):
    """Made when it is first asked for, which takes its time."""
    return h.get(mount + "/wrapping_key", connection=h.connect(timeout=200)).data["public_key"]


def wrapped(h, material, mount="transit", oaep="sha256"):
    """Key bytes as an import wants them: OAEP of an AES key, then AES-KWP (RFC 5649)."""
    public = wrapping_key(h, mount)
    ephemeral = os.urandom(32)
    with files(key=public.encode(), aes=ephemeral) as at:
        first = openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", at["key"], "-in", at["aes"],
                        "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:" + oaep,
                        "-pkeyopt", "rsa_mgf1_md:" + oaep)
    second = openssl("enc", "-id-aes256-wrap-pad", "-K", ephemeral.hex(), "-iv", "A65959A6",
                     data=material)
    assert first and second, "openssl cannot wrap"
    return b64(first + second)


def bring(h, name, kind, material, **more):
    return h.post("transit/keys/%s/import" % name,
                  {"ciphertext": wrapped(h, material), "type": kind, **more})


def pkcs8(kind, *options):
    """A new private key by the command line: (DER, public PEM)."""
    pem = openssl("genpkey", "-algorithm", kind, *sum((["-pkeyopt", o] for o in options), []))
    return (openssl("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", data=pem),
            openssl("pkey", "-pubout", data=pem).decode(), pem)


def fingerprint(public_pem):
    return hashlib.sha256(openssl("pkey", "-pubin", "-outform", "DER",
                                  data=public_pem.encode())).hexdigest()


# ---- attestation

def certify(h, csr, path="vault", ca=None):
    """The certificate that a Hublet's CA makes of a vault's request."""
    ca = ca or h
    names = "subjectAltName=URI:spiffe://%s/%s\n" % (h.domain, path)
    with files(csr=csr.encode(), names=(names + "keyUsage=critical,digitalSignature\n"
                                        "basicConstraints=critical,CA:FALSE\n").encode()) as at:
        return openssl("x509", "-req", "-in", at["csr"], "-CA", ca.path("ca.pem"), "-CAkey",
                       ca.path("ca.key"), "-days", "5", "-set_serial", "%d" % (1 << 64),
                       "-extfile", at["names"]).decode()


def is_signed(paper):
    """By the key of the certificate that came along."""
    public = openssl("x509", "-pubkey", "-noout", data=paper["certificate"].encode()).decode()
    message = b"vaultd key attestation 1\0" + paper["statement"].encode()
    return verifies(public, message, unb64(paper["signature"]), digest=None)
