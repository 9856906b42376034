"""A second opinion on keys/stream.h: its streams read and written with nothing but arithmetic.

HChaCha20, ChaCha20 and Poly1305 (RFC 8439, draft-irtf-cfrg-xchacha-03) and libsodium's
secretstream over them, after its documentation.  Slow, and for small files.
"""
import struct

OVERHEAD, MORE, LAST = 17, 0, 3


def rounds(state):
    x = list(state)

    def quarter(a, b, c, d):
        for one, other, third, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[one] = (x[one] + x[other]) & 0xffffffff
            mixed = x[third] ^ x[one]
            x[third] = ((mixed << turn) | (mixed >> (32 - turn))) & 0xffffffff

    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return x


def start(key, rest):
    return list(struct.unpack("<4I", b"expand 32-byte k") + struct.unpack("<8I", key) +
                struct.unpack("<4I", rest))


def hchacha20(key, nonce):
    x = rounds(start(key, nonce))
    return struct.pack("<8I", *x[:4], *x[12:])


def chacha20(key, nonce, block, text):
    out = b""
    for i in range(0, len(text), 64):
        state = start(key, struct.pack("<I", block + i // 64) + nonce)
        pad = struct.pack("<16I", *((a + b) & 0xffffffff for a, b in zip(rounds(state), state)))
        out += bytes(a ^ b for a, b in zip(text[i:i + 64], pad))
    return out


def poly1305(key, text):
    r = int.from_bytes(key[:16], "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff
    total = 0
    for i in range(0, len(text), 16):
        total = (total + int.from_bytes(text[i:i + 16] + b"\1", "little")) * r % (2**130 - 5)
    return ((total + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


class Stream:
    def __init__(self, key, nonce):
        self.key, self.nonce = hchacha20(key, nonce[:16]), struct.pack("<I", 1) + nonce[16:]

    def mac(self, ad, tag_block, text):
        # The padding behind the text is what libsodium does, and its documentation says so.
        said = (ad + bytes(-len(ad) % 16) + tag_block + text + bytes(len(text) % 16) +
                struct.pack("<QQ", len(ad), 64 + len(text)))
        return poly1305(chacha20(self.key, self.nonce, 0, bytes(32)), said)

    def move_on(self, mac):
        count, rest = struct.unpack("<I8s", self.nonce)
        self.nonce = struct.pack("<I", count + 1) + bytes(a ^ b for a, b in zip(rest, mac))

    def put(self, tag, text, ad=b""):
        block = chacha20(self.key, self.nonce, 1, bytes([tag]) + bytes(63))
        made = chacha20(self.key, self.nonce, 2, text)
        mac = self.mac(ad, block, made)
        self.move_on(mac)
        return block[:1] + made + mac

    def get(self, chunk, ad=b""):
        """(tag, text)"""
        pad = chacha20(self.key, self.nonce, 1, bytes(64))
        tag, mac = chunk[0] ^ pad[0], chunk[-16:]
        if self.mac(ad, chunk[:1] + pad[1:], chunk[1:-16]) != mac:
            raise ValueError("not authentic")
        text = chacha20(self.key, self.nonce, 2, chunk[1:-16])
        self.move_on(mac)
        return tag, text


def read_head(data):
    """(bytes of a chunk, named key, wrapped data key, nonce, length of the head)"""
    if data[:8] != b"vltstrm1":
        raise ValueError("no stream")
    chunk, name = struct.unpack(">IH", data[8:14])
    at = 14 + name
    wrapped, = struct.unpack(">H", data[at:at + 2])
    end = at + 2 + wrapped
    return chunk, data[14:at].decode(), data[at + 2:end].decode(), data[end:end + 24], end + 24


def write(key, name, wrapped, nonce, chunk, text):
    head = (b"vltstrm1" + struct.pack(">IH", chunk, len(name)) + name +
            struct.pack(">H", len(wrapped)) + wrapped + nonce)
    stream, out, ad = Stream(key, nonce), head, head
    for at in range(0, max(len(text), 1), chunk):
        tag = MORE if at + chunk < len(text) else LAST
        out, ad = out + stream.put(tag, text[at:at + chunk], ad), b""
    return out


def read(key, data):
    """All of the plaintext; ValueError when it is not a whole stream of that key."""
    chunk, _, _, nonce, at = read_head(data)
    stream, text, tag, ad = Stream(key, nonce), b"", MORE, data[:at]
    while at < len(data):
        if tag == LAST:
            raise ValueError("it goes on behind its end")
        tag, piece = stream.get(data[at:at + chunk + OVERHEAD], ad)
        text, ad, at = text + piece, b"", at + chunk + OVERHEAD
    if tag != LAST:
        raise ValueError("it has no end")
    return text
