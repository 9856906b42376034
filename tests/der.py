"""Certificates made byte by byte, signed with Ed25519: any field of them can be wrong."""
import base64
import os
import time

import sodium

SEQUENCE, SET, INTEGER, BITS, OCTETS, OID, BOOLEAN, UTF8, UTC, GENERALIZED = \
    0x30, 0x31, 2, 3, 4, 6, 1, 12, 23, 24
DAY = 86400


def tlv(tag, *parts):
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def sequence(*parts):
    return tlv(SEQUENCE, *parts)


def integer(value):
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid(text):
    first, second, *rest = map(int, text.split("."))
    out = b""
    for n in [first * 40 + second, *rest]:
        digits = [n & 127]
        while n > 127:
            n >>= 7
            digits.insert(0, n & 127 | 128)
        out += bytes(digits)
    return tlv(OID, out)


def moment(days):
    """A time so many days from now."""
    then = time.gmtime(time.time() + days * DAY)
    return tlv(UTC, time.strftime("%y%m%d%H%M%SZ", then).encode())


def name(text):
    return sequence(tlv(SET, sequence(oid("2.5.4.3"), tlv(UTF8, text.encode()))))


def extension(number, content, critical=True):
    return sequence(oid(number), tlv(BOOLEAN, b"\xff") if critical else b"", tlv(OCTETS, content))


def uri(text):
    return tlv(0x86, text if isinstance(text, bytes) else text.encode())


def names(*general, critical=False):
    return extension("2.5.29.17", sequence(*general), critical)


def usage(bits, critical=True):
    """keyUsage: digitalSignature is 0x80, keyCertSign 0x04, cRLSign 0x02."""
    unused = (bits & -bits).bit_length() - 1 if bits else 0
    return extension("2.5.29.15", tlv(BITS, bytes([unused, bits])), critical)


def constraints(ca, length=None, critical=True):
    return extension("2.5.29.19", sequence(tlv(BOOLEAN, b"\xff") if ca else b"",
                                           b"" if length is None else integer(length)), critical)


def purposes(*oids, critical=False):
    return extension("2.5.29.37", sequence(*map(oid, oids)), critical)


CLIENT, SERVER, ANY = "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1", "2.5.29.37.0"


def subtrees(permitted=(), excluded=(), critical=True):
    """nameConstraints, of general names."""
    return extension("2.5.29.30", sequence(*(
        tlv(tag, *(sequence(n) for n in trees))
        for tag, trees in ((0xa0, permitted), (0xa1, excluded)) if trees)), critical)


def key_info(seed):
    return sequence(sequence(oid("1.3.101.112")), tlv(BITS, b"\0", sodium.ed25519_public(seed)))


ED25519 = sequence(oid("1.3.101.112"))
VERSION_3 = tlv(0xa0, integer(2))


class Party:
    """Who has a key and a name: an authority, or the holder of a leaf."""

    def __init__(self, called):
        self.seed, self.name, self.issued = os.urandom(32), name(called), 0

    def sign(self, holder, extensions, **changes):
        """A certificate for holder.  changes are fields of it: version, serial, algorithm,
        issuer, start, end, subject, key, more (behind the extensions), outer (the algorithm
        outside), signature; None leaves out what may be."""
        field = {"version": VERSION_3, "serial": integer(int.from_bytes(os.urandom(8), "big") + 1),
                 "algorithm": ED25519, "issuer": self.name, "start": moment(-1),
                 "end": moment(7), "subject": holder.name, "key": key_info(holder.seed),
                 "list": tlv(0xa3, sequence(*extensions)), "more": b"", **changes}
        tbs = sequence(field["version"] or b"", field["serial"], field["algorithm"],
                       field["issuer"], sequence(field["start"], field["end"]), field["subject"],
                       field["key"], field["list"] or b"", field["more"])
        signature = field.get("signature", sodium.ed25519_sign(self.seed, tbs))
        return sequence(tbs, field.get("outer", field["algorithm"]), tlv(BITS, b"\0", signature))

    def authority(self, holder=None, *more, length=None, **changes):
        """A certificate of a CA; of its own when there is no holder."""
        return self.sign(holder or self, [constraints(True, length), usage(0x06), *more],
                         **changes)

    def leaf(self, holder, identity, *more, **changes):
        """One as an identity's has to be."""
        return self.sign(holder, [usage(0x80), purposes(CLIENT), names(uri(identity)), *more],
                         **changes)


def pem(der):
    return "-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----\n" % \
        base64.encodebytes(der).decode()
