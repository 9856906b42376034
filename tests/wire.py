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
