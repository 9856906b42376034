#!/usr/bin/env python3
"""A value that a person supplies never stands in the arguments; who may not touch a plan does not."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready  # noqa: E402

VALUE = "hunter2"
AT = "secret/billing/pay"
h = ready()
h.policy("secrets", 'path "secret/*" { capabilities = ["create", "read", "update", "delete", "list"] }\n'
         'path "sys/rotation/*" { capabilities = ["create", "read", "update", "delete", "list"] }\n'
         'path "sys/readers/*" { capabilities = ["read"] }')


def refused(sentence, why, *words, status=2, who="operator", text=None):
    said = h.ctl(*words, who=who, text=text)
    check(sentence, said.returncode == status and why in said.stderr and
          VALUE not in said.stdout + said.stderr, said)
    return said


made = h.ctl("rotation", "plan", AT, "kind=manual", "period=90d")
check("there is a plan", made.returncode == 0, made)
said = refused("a value in the arguments", "stands in the command line", "rotation", "supply", AT,
               "key=" + VALUE, status=1)
check("and no flag is offered that would take it", "-allow-argv" not in said.stderr, said)
refused("nor is there one", "no flag -allow-argv", "rotation", "supply", "-allow-argv", AT,
        "key=" + VALUE, status=1)
refused("a value without a terminal to ask at", "terminal", "rotation", "supply", AT, "key", status=1)
check("nothing was supplied", h.get("secret/data/billing/pay").status == 404)

for word in ("show", "run", "pause", "resume", "cancel", "delete"):
    refused(word + " of a plan that there is none of", "No value found" if word == "show" else "",
            "rotation", word, "secret/billing/none")
    refused("one who may read the secret may not " + word, "permission denied", "rotation", word, AT,
            who="billing")
refused("nor supply", "permission denied", "rotation", "supply", AT, "-", who="billing",
        text='{"key": "%s"}' % VALUE)
refused("nor write one", "permission denied", "rotation", "plan", AT, "kind=manual", "period=1d",
        who="billing")
refused("nor see who reads", "permission denied", "kv", "readers", AT, who="billing")
refused("a manual plan is not run", "supply", "rotation", "run", AT)
refused("a plan of no kind", "kind must be", "rotation", "plan", AT, "kind=magic", "period=1d")
refused("a plan without a value", "no key", "rotation", "plan", AT, "=x", status=1)
refused("a path that leaves its mount", "", "rotation", "plan", "secret/../sys", "kind=manual",
        "period=1d")
