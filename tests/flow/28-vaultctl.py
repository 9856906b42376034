#!/usr/bin/env python3
"""An operator needs no tool but vaultctl: mounts, roles, entities, policies, help."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready  # noqa: E402

h = ready()
h.policy("all", 'path "*" { capabilities = ["create", "read", "update", "patch", "delete", "list", '
         '"sudo"] }')
h.role("operators", "operator/*", ["all"])


def ctl(*words, sentence=None, **more):
    said = h.ctl(*words, **more)
    check(sentence or " ".join(words), said.returncode == 0, said)
    return said.stdout


def rows(text):
    """The lines of a table: {first word: all words}."""
    return {line.split()[0]: line.split() for line in text.splitlines()[2:] if line}


h.post("secret/data/app/stripe", {"data": {"key": "sk_live"}})

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
