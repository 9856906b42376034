#!/usr/bin/env python3
"""An operator needs no tool but vaultctl: tokens, mounts, roles, entities, wrapped answers."""
import json
import os
import subprocess
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

# ---- mounts

ctl("secrets", "enable", "-path=team", "-version=2", "-description=of team A", "kv")
check("secrets list shows it", rows(ctl("secrets", "list"))["team/"][1] == "kv")
check("with more in detail", "2" in rows(ctl("secrets", "list", "-detailed"))["team/"])
ctl("kv", "put", "-allow-argv", "team/x", "a=b")
ctl("secrets", "tune", "-max-lease-ttl=24h", "team/")
check("secrets tune changes it", ctl("read", "-field=max_lease_ttl", "sys/mounts/team/tune")
      == "86400")
ctl("secrets", "move", "team/", "team-a/")
check("secrets move takes along what it holds", ctl("kv", "get", "-field=a", "team-a/x") == "b")
ctl("secrets", "disable", "team-a/")
check("secrets disable takes it away", "team-a/" not in ctl("secrets", "list"))
ctl("auth", "enable", "-path=machines", "cert")
check("auth list shows it", rows(ctl("auth", "list"))["machines/"][1] == "cert")
ctl("auth", "tune", "-max-lease-ttl=24h", "machines/")
ctl("auth", "disable", "machines/")
check("auth disable takes it away", "machines/" not in ctl("auth", "list"))

# ---- who is there

check("entity list names who has asked", len(ctl("identity", "entity", "list").split()) > 2)
name = ctl("identity", "entity", "list").split()[2]
check("entity read shows one", "spiffe://" in ctl("identity", "entity", "read", name,
                                                  sentence="identity entity read"))
ctl("write", "-allow-argv", "identity/group", "name=payments", "policies=billing")
check("group list and read", "payments" in ctl("identity", "group", "list") and
      "billing" in ctl("identity", "group", "read", "payments"))

# ---- roles, policies, the API's own words

check("roles that share no caller", "2 roles" in ctl("role", "check"))
h.role("a-wide-one", "svc/*", ["billing"])
said = h.ctl("role", "check")
check("role check names a caller that two fit, and which role counts", said.returncode == 2 and
      "a-wide-one and billing both fit spiffe://dev1.example/svc/billing: a-wide-one counts."
      in said.stdout, said)
with open(h.path("patch.json"), "w") as f:
    json.dump({"custom_metadata": {"owner": "team A"}}, f)
ctl("patch", "secret/metadata/app/stripe", "@" + h.path("patch.json"), sentence="patch")
check("patch changes what it names", "team A" in ctl("read", "secret/metadata/app/stripe"))
check("path-help explains a path", len(ctl("path-help", "sys/mounts")) > 20)

# ---- what vaultctl says of itself

names = [line[2:].split("  ")[0] for line in h.ctl("help").stdout.splitlines()
         if line.startswith("  ")]
unhelped = [name for name in names if "Examples:" not in h.ctl("help", *name.split()).stdout]
check("every command explains itself with examples", len(names) > 80 and not unhelped, (len(names), unhelped))
said = ctl("manual")
check("the manual has them all", all('.SS "%s"' % name.replace("-", "\\-") in said
                                     for name in names))
said = subprocess.run(["bash", "-c", """source /dev/stdin
COMP_WORDS=(vaultctl transit keys ''); COMP_CWORD=3; _vaultctl; echo "${COMPREPLY[*]}" """],
                      input=ctl("completion", "bash"), capture_output=True, text=True)
check("completion goes on where the words stop", "create" in said.stdout.split() and
      "import-version" in said.stdout.split() and "encrypt" not in said.stdout.split(), said)
