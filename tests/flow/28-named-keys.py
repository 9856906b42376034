#!/usr/bin/env python3
"""vaultctl does with named keys whatever the API does, files in and results out."""
import base64
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready  # noqa: E402

h = ready()
h.policy("keys", 'path "transit/*" { capabilities = ["create", "read", "update", "delete", "list"] }'
         'path "sys/attest/*" { capabilities = ["read", "update"] }')
h.role("operators", "operator/*", ["secrets", "keys"])


def transit(*words, text=None):
    return h.ctl("transit", *words, text=text)


def result(*words, text=None):
    """What a command printed; it must end well."""
    said = transit(*words, text=text)
    check("transit " + " ".join(w for w in words if "/" not in w and ":" not in w),
          said.returncode == 0, said)
    return said.stdout.rstrip("\n")


def openssl(*words, text=None):
    return subprocess.run(["openssl", *words], input=text, check=True, capture_output=True).stdout


# ---- encrypting

result("keys", "create", "billing")
made = result("encrypt", "billing", text="4111 1111")
check("a ciphertext alone, for a pipe", made.startswith("vault:v1:") and "\n" not in made, made)
check("what was encrypted comes back, byte by byte",
      transit("decrypt", "billing", text=made + "\n").stdout == "4111 1111")
with open(h.path("card"), "w") as f:
    f.write("4222\n")
result("encrypt", "-out=" + h.path("card.enc"), "billing", h.path("card"))
check("from file to file", transit("decrypt", "billing", h.path("card.enc")).stdout == "4222\n")
check("-format=json is the API's answer",
      "ciphertext" in json.loads(result("encrypt", "-format=json", "billing", text="x"))["data"])
check("-field is one of its fields", result("encrypt", "-field=key_version", "billing",
                                            text="x") == "1")
result("keys", "rotate", "billing")
check("rewrap brings it under the latest version",
      result("rewrap", "billing", text=made).startswith("vault:v2:"))
check("and an older version can be asked for",
      result("encrypt", "-key-version=1", "billing", text="x").startswith("vault:v1:"))
result("keys", "create", "-derived", "-convergent", "customers")
same = [result("encrypt", "-context=customer 7", "customers", text="x") for _ in range(2)]
check("a convergent key does the same twice", same[0] == same[1])
check("under the context as it was typed", h.post("transit/decrypt/customers", {
    "ciphertext": same[0], "context": base64.b64encode(b"customer 7").decode()}).status == 200)
sealed = result("encrypt", "-associated-data=@" + h.path("card"), "billing", text="x")
check("associated data can come from a file",
      transit("decrypt", "-associated-data=4222\n", "billing", text=sealed).stdout == "x")
check("a key is made by who may", result("encrypt", "-type=chacha20-poly1305", "fresh",
                                         text="x").startswith("vault:v1:"))
check("of the type that was asked for", result("keys", "read", "-field=type", "fresh")
      == "chacha20-poly1305")

# ---- many at once

cards = ["41%d" % i for i in range(1200)] + ["", "last, without newline"]
with open(h.path("cards"), "w") as f:
    f.write("\n".join(cards))
result("encrypt", "-lines", "-out=" + h.path("cards.enc"), "billing", h.path("cards"))
made = open(h.path("cards.enc")).read().splitlines()
check("-lines gives one ciphertext a line, of any number of them", len(made) == len(cards) and
      all(text.startswith("vault:v2:") for text in made), len(made))
check("and each comes back in its place",
      transit("decrypt", "-lines", "billing", h.path("cards.enc")).stdout.split("\n")[:-1] == cards)
check("rewrap takes lines too", transit("rewrap", "-lines", "billing", h.path("cards.enc"))
      .stdout.count("vault:v2:") == len(cards))
check("under one context", result("encrypt", "-lines", "-context=customer 7", "customers",
                                  text="x\ny\n").splitlines()[0] == same[0])
check("nothing has no lines", result("encrypt", "-lines", "billing", text="") == "")

# ---- signing

result("keys", "create", "-type=ecdsa-p256", "invoices")
with open(h.path("invoice"), "w") as f:
    f.write("100 EUR\n")
result("sign", "-out=" + h.path("invoice.sig"), "invoices", h.path("invoice"))
said = transit("verify", "-signature=@" + h.path("invoice.sig"), "invoices", h.path("invoice"))
check("a signature is right", said.returncode == 0 and said.stdout == "Valid\n", said)
result("keys", "public", "-out=" + h.path("invoices.pem"), "invoices")
with open(h.path("der"), "wb") as f:
    f.write(base64.b64decode(open(h.path("invoice.sig")).read().split(":")[2]))
check("openssl finds so too", b"OK" in openssl(
    "dgst", "-sha256", "-verify", h.path("invoices.pem"), "-signature", h.path("der"),
    h.path("invoice")))
with open(h.path("sum"), "wb") as f:
    f.write(openssl("dgst", "-sha256", "-binary", h.path("invoice")))
made = result("sign", "-prehashed", "invoices", h.path("sum"))
check("a hash is signed as the file is",
      transit("verify", "-signature=" + made, "invoices", h.path("invoice")).returncode == 0)
signed = result("sign", "-lines", "invoices", text="100 EUR\n200 EUR\n").splitlines()
check("lines are signed one by one", len(signed) == 2 and all(
    transit("verify", "-signature=" + made, "invoices", text=text).returncode == 0
    for made, text in zip(signed, ("100 EUR", "200 EUR"))), signed)
made = result("hmac", "-algorithm=sha2-512", "billing", h.path("invoice"))
check("an HMAC is right", transit("verify", "-hmac=" + made, "-hash-algorithm=sha2-512", "billing",
                                  h.path("invoice")).stdout == "Valid\n")
check("a hash is that of openssl", result("hash", "-algorithm=sha3-256", h.path("invoice"))
      == openssl("dgst", "-sha3-256", "-r", h.path("invoice")).decode().split()[0])
check("random bytes are as many as were asked for", len(result("random", "-encoding=hex", "8"))
      == 16)
check("a data key in the clear has its ciphertext",
      {"ciphertext", "plaintext"} <= set(json.loads(result(
          "datakey", "-format=json", "-bits=128", "plaintext", "billing"))["data"]))
check("a wrapped one has no more",
      "plaintext" not in json.loads(result("datakey", "-format=json", "wrapped",
                                           "billing"))["data"])

# ---- what holds for a key

said = result("usage", "invoices").splitlines()
check("usage tells what each version did", said[0].split()[:4] == ["Version", "Encrypt", "Decrypt",
                                                                   "Sign"] and
      said[2].split()[:5] == ["1", "0", "0", "4", "4"], said)

result("keys", "config", "-min-decryption-version=2", "-deletion-allowed", "billing")
said = result("keys", "read", "billing")
check("keys read shows it version by version", "min_decryption_version    2" in said and
      "\n2          20" in said and "\n1          20" not in said, said)
result("keys", "create", "-type=ed25519", "-derived", "signers")
signers = [json.loads(result("keys", "read", "-format=json", "-context=" + who, "signers"))["data"]
           ["keys"]["1"]["public_key"] for who in ("7", "8")]
check("a derived key has a public key for each context", len(set(signers)) == 2, signers)
result("keys", "disable", "invoices", "1")
check("and which are disabled", "    true" in result("keys", "read", "invoices").splitlines()[-1])
result("keys", "enable", "invoices", "1")
result("keys", "config", "-min-encryption-version=2", "billing")
result("keys", "trim", "-min-available-version=2", "billing")
check("keys list names them", set(result("keys", "list").split()[2:]) == {
    "billing", "customers", "fresh", "invoices", "signers"})
result("keys", "soft-delete", "billing")
check("a soft-deleted key is not used", transit("encrypt", "billing", text="x").returncode == 2)
result("keys", "restore", "billing")
result("keys", "delete", "billing")
check("a deleted one is gone", transit("keys", "read", "billing").returncode == 2)

# ---- keys from outside

openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out",
        h.path("own.pem"))
openssl("pkey", "-in", h.path("own.pem"), "-pubout", "-out", h.path("own.pub"))
result("keys", "import", "-type=ecdsa-p384", "own", h.path("own.pem"))
check("an imported key is the one that was sent",
      result("keys", "public", "own") == open(h.path("own.pub")).read().rstrip("\n"))
raw = os.urandom(32)
result("keys", "import", "-base64", "raw", "-", text=base64.b64encode(raw).decode() + "\n")
made = base64.b64decode(result("encrypt", "raw", text="x").split(":")[2])
check("a symmetric one too, as it came in base64", len(made) == 12 + 1 + 16)
with open(h.path("next"), "wb") as f:
    f.write(os.urandom(32))
result("keys", "import-version", "raw", h.path("next"))
check("and a further version", result("encrypt", "raw", text="x").startswith("vault:v2:"))
result("keys", "import", "-public", "-type=ecdsa-p384", "theirs", h.path("own.pub"))
made = result("sign", "-hash-algorithm=sha2-384", "own", h.path("invoice"))
check("a public key verifies what its other half signed",
      transit("verify", "-hash-algorithm=sha2-384", "-signature=" + made, "theirs",
              h.path("invoice")).stdout == "Valid\n")

# ---- the paper that says where a key lives

said = h.ctl("attest", "enrol", "-ca=" + h.path("ca.pem"), "-ca-key=" + h.path("ca.key"))
check("the vault is enrolled with the Hublet's CA", said.returncode == 0, said)
result("attest", "-nonce=8609694a", "-out=" + h.path("own.paper"), "own")
said = h.ctl("attest", "verify", "-ca=" + h.path("ca.pem"), "-nonce=8609694a", h.path("own.paper"),
             VAULT_ADDR="https://127.0.0.1:1")
check("its paper is right, and no vault is asked", said.returncode == 0 and
      "exportable      false" in said.stdout and "imported" in said.stdout, said)
