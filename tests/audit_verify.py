#!/usr/bin/env python3
"""An independent verifier of vaultd's audit, written from the format alone.

    audit_verify.py [--each] FILE...

The files are one log, oldest first; with --each every file is a log of its own and gets a line
"good FILE" or "bad FILE: why".  Exit code 0: good; 2: not.
"""
import hashlib
import json
import re
import struct
import sys

# ---- Ed25519 verification, RFC 8032 section 5.1.7 ----
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def decompress(octets):
    y = int.from_bytes(octets, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or y >= P:
        raise ValueError("no point")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(n, point):
    total = (0, 1, 1, 0)
    while n:
        total = add(total, point) if n & 1 else total
        point, n = add(point, point), n >> 1
    return total


BASE = decompress((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def signed(key, message, signature):
    r, s = decompress(signature[:32]), int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % Q
    a, b = multiply(s, BASE), add(r, multiply(k, decompress(key)))
    return s < Q and not ((a[0] * b[2] - b[0] * a[2]) % P or (a[1] * b[2] - b[1] * a[2]) % P)


# ---- the log ----
LINE = re.compile(rb'(\{"time":"[^"]*","type":"([a-z]+)".*,"seq":([1-9][0-9]*)),"chain":"([0-9a-f]{64})"\}',
                  re.DOTALL)


class Log:
    def __init__(self):
        self.at = None        # (seq, chain)
        self.file = self.key = self.vault = self.odd = None

    def feed(self, data):
        offset, first = 0, True
        while offset < len(data):
            end = data.find(b"\n", offset)
            text = data[offset:end if end >= 0 else len(data)]
            line = LINE.fullmatch(text) if end >= 0 else None
            if line:
                self.line(line, first)
            else:
                start = self.odd[0] if self.odd else offset
                self.odd = start, data[start:offset + len(text)]
                self.closed = end >= 0
            first, offset = False, offset + len(text) + 1

    def torn(self, torn, here):
        offset, octets = self.odd or (None, b"")
        if (here and torn["offset"] != offset) or (torn["length"], torn["sha256"]) != (
                len(octets), hashlib.sha256(octets).hexdigest()):
            raise ValueError("torn bytes are not those named")
        self.odd = None

    def line(self, line, first):
        covered, kind, seq, chain = line[1], line[2], int(line[3]), line[4].decode()
        said = json.loads(line[0]) if kind in (b"open", b"recovered", b"checkpoint") else None
        if kind == b"open":
            self.open(said["open"], first)
        if kind == b"recovered":
            self.torn(said["torn"], True)
        if self.odd:
            raise ValueError("a line that is none")
        if self.at is None and seq == 1:
            self.at = (0, "0" * 64)
        if self.at is None or seq != self.at[0] + 1:
            raise ValueError(f"line {seq} does not follow {self.at and self.at[0]}")
        if hashlib.sha256(bytes.fromhex(self.at[1]) + covered).hexdigest() != chain:
            raise ValueError(f"line {seq} is not what the chain says")
        if kind == b"checkpoint":
            self.checkpoint(said["checkpoint"])
        self.at = (seq, chain)

    def open(self, said, first):
        if "left" in said:
            self.torn(said["left"], False)
        if self.at not in (None, (said["seq"], said["chain"])) or first and said["offset"]:
            raise ValueError(f"a file that does not go on from line {self.at and self.at[0]}")
        self.file, self.at = said["file"], (said["seq"], said["chain"])

    def checkpoint(self, said):
        self.key, self.vault = self.key or said["key"], self.vault or said["vault"]
        if (said["key"], said["vault"], said["file"]) != (self.key, self.vault, self.file):
            raise ValueError("a checkpoint of another key, vault or file")
        if (said["seq"], said["chain"]) != self.at:
            raise ValueError("a checkpoint of other lines")
        parts = [b"vaultd audit checkpoint 1", bytes.fromhex(said["vault"]), bytes.fromhex(said["file"]),
                 struct.pack(">Q", said["seq"]), bytes.fromhex(said["chain"])]
        message = b"".join(struct.pack(">I", len(part)) + part for part in parts)
        if not signed(bytes.fromhex(self.key), message, bytes.fromhex(said["signature"])):
            raise ValueError("a checkpoint's signature is wrong")


def verify(paths):
    log = Log()
    try:
        for path in paths:
            with open(path, "rb") as file:
                log.feed(file.read())
        if log.odd and log.closed:
            raise ValueError("a line that is none, at the end")
    except (ValueError, KeyError, TypeError) as why:
        return str(why)
    return None


def main(arguments):
    each = arguments[:1] == ["--each"]
    logs = [[path] for path in arguments[1:]] if each else [arguments]
    bad = False
    for paths in logs:
        why = verify(paths)
        bad = bad or why is not None
        print(f"bad {paths[-1]}: {why}" if why else f"good {paths[-1]}")
    return 2 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
