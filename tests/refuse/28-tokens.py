#!/usr/bin/env python3
"""vaultctl takes no token from its arguments, sends none that is no token."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready  # noqa: E402

TOKEN = "hvs.AAAAAAAAAAAAAAAAAAAAAAAA"

h = ready()
h.policy("all", 'path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }')
h.role("operators", "operator/*", ["all"])
home = h.path("home")
os.mkdir(home)
saved = os.path.join(home, ".vault-token")


def refused(sentence, why, *words, status=2, text=None, **env):
    said = h.ctl(*words, text=text, HOME=home, **env)
    check(sentence, said.returncode == status and why in said.stderr and
          TOKEN not in said.stderr + said.stdout, said)


for words in (["token", "lookup"], ["token", "renew"], ["token", "revoke"], ["unwrap"],
              ["login", "-method=token"]):
    refused("a token in the command line: " + " ".join(words), "read by others", *words, TOKEN,
            status=1)
refused("a token with a newline in it goes nowhere", "no token has", "kv", "get", "secret/x",
        status=1, VAULT_TOKEN="a\nX-Vault-Namespace: b")
refused("nor is it kept", "no token", "login", "-method=token", "-", text="a b", status=1)
refused("no token at all", "there is no token", "login", "-method=token", "-", text="\n", status=1)
refused("a token that the vault does not know is not kept", "permission denied", "login",
        "-method=token", "-", text=TOKEN)
refused("a login as a role that there is none of", "Code: 400", "login", "name=nobody")
refused("a login that says who one is", "the certificate says", "login", "username=alice", status=1)
refused("another method", "cert or token", "login", "-method=userpass", status=1)
check("none of that left a token", not os.path.exists(saved))

with open(saved, "w") as f:
    f.write(TOKEN + "\n")
refused("a stale token is refused, and one is told where it came from", "~/.vault-token", "kv",
        "get", "secret/x")
check("-no-token does without, or VAULTCTL_NO_TOKEN",
      h.ctl("status", "-no-token", HOME=home).returncode == 0 and
      h.ctl("role", "list", "-no-token", HOME=home).returncode == 0 and
      h.ctl("role", "list", HOME=home, VAULTCTL_NO_TOKEN="true").returncode == 0)
with open(saved, "w") as f:
    f.write("two lines\n" + TOKEN)
refused("a file that holds no token", "~/.vault-token holds a byte", "kv", "get", "secret/x",
        status=1)
os.unlink(saved)
said = h.ctl("login", who="billing")
check("without a home there is nowhere to keep one", said.returncode == 1 and "-no-store" in
      said.stderr, said)
refused("a wrapping token that there is none of", "wrapping token", "unwrap", "-", text=TOKEN)
refused("metadata without a value", "KEY=VALUE", "token", "create", "-metadata=job", status=1)
