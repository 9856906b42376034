"""What the callers of the stories compute with, from libsodium, which vaultd needs anyway."""
import ctypes

lib = ctypes.CDLL("libsodium.so.23")
if lib.sodium_init() < 0:
    raise RuntimeError("libsodium")


def room(size):
    return ctypes.create_string_buffer(size)


def x25519(secret, public=None):
    """The shared secret with public; without one, the public half."""
    out = room(32)
    rc = lib.crypto_scalarmult(out, secret, public) if public else \
        lib.crypto_scalarmult_base(out, secret)
    if rc != 0:
        raise ValueError("a weak public key")
    return out.raw


def ed25519_public(seed):
    public, secret = room(32), room(64)
    lib.crypto_sign_seed_keypair(public, secret, seed)
    return public.raw


def ed25519_sign(seed, text):
    public, secret, out = room(32), room(64), room(64)
    lib.crypto_sign_seed_keypair(public, secret, seed)
    lib.crypto_sign_detached(out, None, text, ctypes.c_ulonglong(len(text)), secret)
    return out.raw


def seal(key, nonce, text, more):
    """ChaCha20-Poly1305 of RFC 8439."""
    out = room(len(text) + 16)
    lib.crypto_aead_chacha20poly1305_ietf_encrypt(
        out, None, text, ctypes.c_ulonglong(len(text)), more, ctypes.c_ulonglong(len(more)), None,
        nonce, key)
    return out.raw


def unseal(key, nonce, text, more):
    out = room(max(len(text) - 16, 1))
    rc = lib.crypto_aead_chacha20poly1305_ietf_decrypt(
        out, None, None, text, ctypes.c_ulonglong(len(text)), more, ctypes.c_ulonglong(len(more)),
        nonce, key)
    if rc != 0:
        raise ValueError("a record that does not open")
    return out.raw[:len(text) - 16]
