#!/usr/bin/env python3
"""vaultctl does for nobody what the vault would not, and sends no policy that is none."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready  # noqa: E402

h = ready()
h.policy("all", 'path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }')
h.role("operators", "operator/*", ["all"])


def refused(sentence, why, *words, who="operator"):
    said = h.ctl(*words, who=who)
    check(sentence, said.returncode == 2 and why in said.stderr, said)


# ---- what a service may not

for words in (["secrets", "enable", "kv-v2"], ["secrets", "disable", "secret/"],
              ["secrets", "move", "secret/", "mine/"], ["secrets", "tune", "-description=x",
                                                         "secret/"],
              ["auth", "enable", "cert"], ["auth", "disable", "cert/"], ["role", "check"],
              ["identity", "entity", "list"], ["identity", "group", "read", "x"]):
    refused("a service may not: " + " ".join(words), "permission denied", *words, who="mailer")

# ---- what makes no sense

refused("moving what is not there", "no matching mount", "secrets", "move", "nothing/", "else/")
refused("an engine that there is none of", "not found in the catalog", "secrets", "enable", "aws")
with open(h.path("bad.hcl"), "w") as f:
    f.write('path "a" {\n\tcapabilities = ["read", "fly"]\n}\npath "b" {\n\tpolicy = "own"\n}\n')
said = h.ctl("policy", "check", h.path("bad.hcl"))
check("policy check names all that is wrong, by line", said.returncode == 1 and
      said.stderr.splitlines() == [
          h.path("bad.hcl") + ': line 2: path "a": invalid capability "fly"',
          h.path("bad.hcl") + ': line 5: path "b": invalid policy "own"',
          h.path("bad.hcl") + ": 2 complaints"], said.stderr)
said = h.ctl("policy", "write", "bad", h.path("bad.hcl"))
check("and nothing of it is sent", said.returncode == 1 and
      h.get("sys/policies/acl/bad").status == 404, said)
