#!/usr/bin/env python3
"""Who wants a token gets one with vaultctl, keeps it, passes it on, and takes it back."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready  # noqa: E402

h = ready()
h.policy("all", 'path "*" { capabilities = ["create", "read", "update", "patch", "delete", "list", '
         '"sudo"] }')
h.role("operators", "operator/*", ["all", "billing"])
home = h.path("home")
os.mkdir(home)
saved = os.path.join(home, ".vault-token")


def ctl(*words, sentence=None, **more):
    said = h.ctl(*words, HOME=home, **more)
    check(sentence or " ".join(words), said.returncode == 0, said)
    return said.stdout


def rows(text):
    """The lines of a table: {first word: all words}."""
    return {line.split()[0]: line.split() for line in text.splitlines()[2:] if line}


# ---- logging in

said = ctl("login")
token = rows(said)["client_token"][1]
with open(saved) as f:
    check("login keeps the token in ~/.vault-token, as Vault's CLI does", f.read() == token)
check("for its owner alone", os.stat(saved).st_mode & 0o777 == 0o600)
check("and it is sent from then on", ctl("token", "lookup", "-field=id") == token)
other = ctl("login", "-token-only", "name=operators").strip()
check("-token-only prints another and keeps none", other != token and
      open(saved).read() == token, other)
check("VAULT_TOKEN comes first", ctl("token", "lookup", "-field=id", VAULT_TOKEN=other) == other)
check("-no-token sends none", h.ctl("token", "lookup", "-no-token", HOME=home).stdout.count(token)
      == 0)
os.unlink(saved)
ctl("login", "-no-store", sentence="login -no-store")
check("keeps none either", not os.path.exists(saved))
ctl("login", "-method=token", "-", text=other + "\n", sentence="a token that one has is kept")
check("as it was", open(saved).read() == other)

# ---- tokens

made = json.loads(ctl("token", "create", "-format=json", "-policy=billing", "-ttl=1h",
                      "-metadata=job=nightly", "-use-limit=5"))["auth"]
check("token create gives what was asked for", "billing" in made["policies"] and
      made["lease_duration"] == 3600 and made["num_uses"] == 5, made)
said = ctl("token", "lookup", "-", text=made["client_token"], sentence="token lookup -")
check("a token is looked up from standard input", "map[job:nightly]" in said, said)
check("or by its accessor", ctl("token", "lookup", "-accessor=" + made["accessor"], "-field=ttl",
                                sentence="token lookup -accessor").isdigit())
said = ctl("token", "renew", "-increment=2h", "-", text=made["client_token"],
           sentence="token renew -")
check("a token is renewed", "lease_duration" in said, said)
check("token capabilities of one path", ctl("token", "capabilities", "secret/data/x").strip() ==
      "create, delete, list, patch, read, sudo, update")
check("and of another's token", ctl("token", "capabilities", "-accessor=" + made["accessor"],
                                    "secret/data/billing/x", "secret/data/x",
                                    sentence="token capabilities -accessor").splitlines() ==
      ["secret/data/billing/x: read", "secret/data/x: deny"])
ctl("token", "revoke", "-", text=made["client_token"], sentence="token revoke -")
check("a revoked token is gone", h.ctl("token", "lookup", "-", text=made["client_token"],
                                       HOME=home).returncode == 2)
ctl("token", "revoke", sentence="token revoke of one's own")
check("which takes it from ~/.vault-token", not os.path.exists(saved))

# ---- wrapped answers

h.post("secret/data/app/stripe", {"data": {"key": "sk_live"}})
wrapped = ctl("read", "-wrap-ttl=60s", "-field=token", "secret/data/app/stripe")
check("unwrap gives the answer", "sk_live" in ctl("unwrap", "-", text=wrapped, sentence="unwrap -"))
check("once", h.ctl("unwrap", "-", text=wrapped).returncode == 2)
