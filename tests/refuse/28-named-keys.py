#!/usr/bin/env python3
"""vaultctl takes no key material or plaintext from its arguments, and lets no key out."""
import base64
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import Hublet, check, ready  # noqa: E402

h = ready()
h.policy("keys", 'path "transit/*" { capabilities = ["create", "read", "update", "delete", "list"] }'
         'path "sys/attest/*" { capabilities = ["read", "update"] }')
h.role("operators", "operator/*", ["secrets", "keys"])
h.policy("user", 'path "transit/encrypt/billing" { capabilities = ["update"] }')
h.role("mailer", "svc/mailer", ["user"])


def refused(sentence, why, *words, status=2, text=None, who="operator"):
    said = h.ctl(*words, text=text, who=who)
    check(sentence, said.returncode == status and why in said.stderr and said.stdout == "", said)


def put(name, data):
    with open(h.path(name), "wb") as f:
        f.write(data)
    return h.path(name)


for key, kind in (("billing", "aes256-gcm96"), ("invoices", "ed25519")):
    h.ctl("transit", "keys", "create", "-type=" + kind, key)
made = h.ctl("transit", "encrypt", "billing", text="4111").stdout

# ---- what a caller may not

refused("who may encrypt may not decrypt", "permission denied", "transit", "decrypt", "billing",
        text=made, who="mailer")
refused("nor make keys", "permission denied", "transit", "keys", "create", "mine", who="mailer")
refused("nor look at one", "permission denied", "transit", "keys", "read", "billing", who="mailer")
refused("nor does encrypting make one", "permission denied", "transit", "encrypt", "mine", text="x",
        who="mailer")

# ---- what does not fit

refused("a changed ciphertext", "authentication failed", "transit", "decrypt", "billing",
        text=made.strip()[:-8] + "AAAAAAA=")
refused("another key's", "Code: 400", "transit", "decrypt", "invoices", text=made)
refused("a binary file where a ciphertext should be", "-stream", "transit", "decrypt", "billing",
        put("binary", b"\xff\xfe\x00"), status=1)
refused("a file that is too large for a request", "-stream", "transit", "encrypt", "billing",
        put("large", bytes(1024 * 1024 + 1)), status=1)
refused("a file that is not there", "No such file", "transit", "encrypt", "billing",
        h.path("nothing"), status=1)
refused("deleting what may not be deleted", "deletion is not allowed", "transit", "keys", "delete",
        "billing")
refused("an unknown key", "No value found", "transit", "keys", "read", "nobody")
signature = h.ctl("transit", "sign", "invoices", text="100 EUR").stdout
said = h.ctl("transit", "verify", "-signature=" + signature, "invoices", text="900 EUR")
check("a signature of something else is not valid, and the exit code says so",
      said.returncode == 2 and said.stdout == "Not valid\n", said)
refused("verify without anything to verify", "-signature or -hmac", "transit", "verify", "invoices",
        status=1, text="x")

# ---- line by line

good = h.ctl("transit", "encrypt", "-lines", "billing", text="one\ntwo\n").stdout.splitlines()
said = h.ctl("transit", "decrypt", "-lines", "billing",
             text="\n".join([good[0], "vault:v1:AAAA", good[1], "nonsense"]))
check("of a batch the lines that fail are named, and the others come", said.returncode == 2 and
      said.stdout == "one\n\ntwo\n\n" and "line 2: invalid ciphertext" in said.stderr and
      "line 4: invalid ciphertext: no prefix" in said.stderr, said)
refused("a batch under another key", "Code: ", "transit", "encrypt", "-lines", "nobody", text="x\n",
        who="mailer")
refused("a line that is too long for a request", "line 2 has more", "transit", "encrypt", "-lines",
        "-out=" + h.path("lines.enc"), "billing", put("lines", b"x\n" + b"y" * 300000), status=1)
check("nothing is left of a batch that was broken off", not os.path.exists(h.path("lines.enc")))
refused("as lines and as a stream", "-stream takes", "transit", "encrypt", "-lines", "-stream",
        "billing", text="x", status=1)

# ---- what stands in the command line

refused("plaintext is no argument", "No such file", "transit", "encrypt", "billing", "4111",
        status=1)
refused("nor is a key", "No such file", "transit", "keys", "import", "mine",
        base64.b64encode(bytes(32)).decode(), status=1)

# ---- keys in, never out

for flag in ("-exportable", "-allow-plaintext-backup"):
    refused("there is no flag " + flag, "there is no flag", "transit", "keys", "create", flag, "x",
            status=1)
said = h.ctl("read", "transit/export/encryption-key/billing")
check("what the API refuses, it refuses vaultctl", said.returncode == 2 and
      "not exportable" in said.stderr, said)
secret = os.urandom(32)
before = secret.hex(), base64.b64encode(secret).decode()
h.ctl("transit", "keys", "import", "mine", put("mine", secret))
said = h.ctl("transit", "keys", "read", "-format=json", "mine")
check("nothing of an imported key is shown", said.returncode == 0 and
      not any(form in said.stdout for form in before), said)
refused("a PEM that holds no private key", "no private key", "transit", "keys", "import",
        "-type=ed25519", "other", put("pem", b"-----BEGIN PRIVATE KEY-----\nAAAA\n"), status=1)
subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-aes256", "-pass", "pass:x", "-out", h.path("locked")], check=True,
               capture_output=True)
refused("one under a passphrase", "no private key", "transit", "keys", "import",
        "-type=ecdsa-p256", "other", h.path("locked"), status=1)
refused("key material of no key's size", "at most", "transit", "keys", "import", "other",
        put("long", bytes(20000)), status=1)
refused("a key of another type than it says", "Code: 400", "transit", "keys", "import",
        "-type=rsa-2048", "other", h.path("mine"))

# ---- papers

h.ctl("attest", "enrol", "-ca=" + h.path("ca.pem"), "-ca-key=" + h.path("ca.key"))
h.ctl("transit", "attest", "-nonce=8609694a", "-out=" + h.path("paper"), "billing")
verify = ["attest", "verify", "-ca=" + h.path("ca.pem")]
refused("a paper that answers another nonce", "nonce", *verify, "-nonce=8609694b", h.path("paper"))
with open(h.path("paper")) as f:
    paper = json.load(f)
paper["statement"] = paper["statement"].replace("billing", "treasury")
refused("a paper whose statement was changed", "does not verify", *verify,
        put("changed", json.dumps(paper).encode()))
other = Hublet("eu1")
refused("a paper of another Hublet", "trust domain", "attest", "verify",
        "-ca=" + other.path("ca.pem"), h.path("paper"))
refused("no paper at all", "no paper", *verify, put("none", b"{}"), status=1)
said = h.ctl("attest", "enrol", "-ca=" + other.path("ca.pem"), "-ca-key=" + other.path("ca.key"))
check("another Hublet's CA cannot enrol the vault", said.returncode == 2 and
      "Code: 400" in said.stderr, said)
refused("a certificate for no time", "at least 1", "attest", "enrol", "-days=0", status=1)
refused("nor can who may not", "permission denied", "attest", "enrol", "-ca=" + h.path("ca.pem"),
        "-ca-key=" + h.path("ca.key"), who="mailer")
