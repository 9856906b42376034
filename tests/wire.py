"""Bytes over TLS, for callers that do not speak HTTP as they should."""
import socket

import hublet


def dial(h, who="operator", timeout=20, room=None):
    """A TLS connection without HTTP on it; room is how much the kernel takes in for it."""
    plain = socket.socket()
    if room:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    plain.settimeout(timeout * hublet.SLOW)
    plain.connect(("127.0.0.1", h.port))
    try:
        return h.context(who).wrap_socket(plain, server_hostname="localhost")
    except OSError:
        plain.close()
        raise


def read_all(s):
    """What comes until the server closes: (bytes, whether it closed)."""
    got = b""
    try:
        while True:
            some = s.recv(65536)
            if not some:
                return got, True
            got += some
    except TimeoutError:
        return got, False
    except OSError:  # a reset is an end too
        return got, True


def say(h, what, who="operator", timeout=20):
    """Send bytes, take what comes until the server closes: (bytes, whether it closed)."""
    with dial(h, who, timeout) as s:
        try:
            s.sendall(what)
        except OSError:
            pass
        return read_all(s)


def status(answer):
    """Of the first reply in it; 0 when there is none."""
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[0] == b"HTTP/1.1" else 0


def ended(s, seconds):
    """The server ends this connection within so many seconds."""
    s.settimeout(seconds * hublet.SLOW)
    return read_all(s)[1]


def replies(answer, heads=()):
    """The replies in what a server sent, read as strictly as RFC 9112 lets a client: a list of
    (status, fields with lower-case names, body).  heads says which of them (from 0, without
    those of 1xx) answer a HEAD.  ValueError: it is not a row of whole replies."""
    found = []
    while answer:
        head, end, answer = answer.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        words = lines[0].split(b" ", 2)
        if not end or len(words) != 3 or words[0] != b"HTTP/1.1" or len(words[1]) != 3:
            raise ValueError("no reply: %r" % head[:100])
        names = [line.partition(b":")[0].lower() for line in lines[1:]]
        fields = {n: line.partition(b":")[2].strip() for n, line in zip(names, lines[1:])}
        code = int(words[1])
        if len(fields) != len(names) or b"" in names or b"transfer-encoding" in fields:
            raise ValueError("odd fields: %r" % head)
        final = sum(c >= 200 for c, _, _ in found)
        bare = code < 200 or code in (204, 304)
        if bare == (b"content-length" in fields):
            raise ValueError("%d with a length, or without: %r" % (code, head))
        if code >= 200 and b"date" not in fields:
            raise ValueError("no Date: %r" % head)
        length = 0 if bare or final in heads else int(fields[b"content-length"])
        if length > len(answer):
            raise ValueError("a body cut short: %r" % head)
        found.append((code, fields, answer[:length]))
        answer = answer[length:]
    return found
