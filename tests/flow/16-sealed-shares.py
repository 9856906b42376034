#!/usr/bin/env python3
"""A share that vaultctl seals to the vault's unseal key opens the vault, and who carries it, as
a gate does, sees nothing of it."""
import base64
import http.server
import json
import os
import pty
import ssl
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import VAULTCTL, Hublet, check  # noqa: E402

seen = []  # bodies that passed the carrier


class Carrier(http.server.BaseHTTPRequestHandler):
    """Has the listener's key, as a gate has, and keeps what it is given."""
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        seen.append(self.rfile.read(int(self.headers["Content-Length"])))
        status = json.dumps({"initialized": True, "sealed": True, "t": 3, "n": 5,
                             "progress": 1}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(status)))
        self.end_headers()
        self.wfile.write(status)

    def log_message(self, *_):
        pass


def carry():
    """A carrier's address."""
    server = http.server.HTTPServer(("127.0.0.1", 0), Carrier)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(h.path("server.pem"), h.path("server.key"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return "-address=https://127.0.0.1:%d" % server.server_port


def holds(body, share):
    raw = base64.b64decode(share)
    shapes = [raw, raw.hex().encode()] + [base64.b64encode(raw[i:])[:40] for i in range(3)]
    return any(shape in body for shape in shapes)


def unseal(*words, **more):
    return h.ctl("operator", "unseal", *words, **more)


def status():
    return h.get("sys/seal-status").json


def words_on_terminal(**more):
    """What vaultctl says on standard error when that is a terminal."""
    reader, writer = pty.openpty()
    env = {"VAULT_CACERT": h.path("ca.pem"), "VAULT_CLIENT_CERT": h.path("operator.pem"),
           "VAULT_CLIENT_KEY": h.path("operator.key"), **more}
    subprocess.run([VAULTCTL, "operator", "unseal", carrier, "-"], env=env,
                   input=h.shares[0].encode(), stdout=subprocess.DEVNULL, stderr=writer)
    os.write(writer, b"\n")
    said = os.read(reader, 4096).decode().strip()
    os.close(reader), os.close(writer)
    return said


h = Hublet().start().init()
with open(h.path("init.json")) as f:
    made = json.load(f)
public = made.get("unseal_public_key", "")
check("init gives out a public key, last", list(made)[-1] == "unseal_public_key" and
      len(base64.b64decode(public)) == 32, list(made))
file = os.stat(h.path("data/unseal.key"))
check("its private half lies beside the store, for the vault alone",
      file.st_mode & 0o7777 == 0o600 and file.st_uid == os.stat(h.path("data/data.mdb")).st_uid)

carrier = carry()
unseal(carrier, "-", text=h.shares[0])
check("a carrier sees a share that goes plain", holds(seen[-1], h.shares[0]), seen[-1])
unseal(carrier, "-", "-public-key=" + public, text=h.shares[0])
check("and none that goes sealed", list(json.loads(seen[-1])) == ["sealed_key"] and
      not holds(seen[-1], h.shares[0]), seen[-1])
carried = seen[-1]
count = len(seen)
said = unseal(carrier, "-", "-public-key=" + public, text=h.shares[0][:-4])
check("what is no share is not sent at all", said.returncode == 1 and len(seen) == count, said)
said = unseal(carrier, "-", "-public-key=" + public[4:], text=h.shares[0])
check("nor is any to what is no key", said.returncode == 1 and len(seen) == count and
      "unseal public key" in said.stderr, said)
said = words_on_terminal()
check("at a terminal vaultctl says that a plain share is seen", "the gate will see" in said, said)
said = words_on_terminal(VAULTCTL_UNSEAL_KEY=public)
check("and nothing of one sealed to the key in the environment", said == "" and
      list(json.loads(seen[-1])) == ["sealed_key"], said)
count = len(seen)
unseal(carrier, "-init-file=" + h.path("init.json"))
check("those of init's file go sealed to the key beside them", len(seen) == count + 5 and
      all(list(json.loads(body)) == ["sealed_key"] for body in seen[count:]))

reply = h.call("PUT", "sys/unseal", carried)
check("the vault takes what was carried: 1 of 3", reply.json["progress"] == 1, reply)
said = unseal("-", "-public-key=" + public, text=base64.b64decode(h.shares[1]).hex() + "\n")
check("a share in hex, sealed: 2 of 3", said.returncode == 0 and "2/3" in said.stdout, said)
reply = h.post("sys/unseal", {"key": h.shares[4]})
check("a plain one beside them opens it", reply.json["sealed"] is False, reply)

h.stop()
h.start()
for n in (3, 0, 2):
    with open(h.path("share"), "w") as f:
        f.write(h.shares[n])
    unseal("-share-file=" + h.path("share"), "-public-key=" + public)
check("after a start, three sealed shares open it", not status()["sealed"], status())
h.post("sys/seal")
said = unseal("-init-file=" + h.path("init.json"))
check("so do those of init's file", not status()["sealed"], said)

stock = Hublet("stock").start()
reply = stock.post("sys/init", {"secret_shares": 1, "secret_threshold": 1})
check("an init that does not ask for the key gets the reply it knows",
      set(reply.json) == {"keys", "keys_base64", "root_token"}, list(reply.json))
reply = stock.post("sys/unseal", {"key": reply.json["keys"][0]})
check("and its share opens the vault plain", reply.json["sealed"] is False, reply)
