#!/usr/bin/env python3
"""The page that teaches hooks is true: its two hooks of twenty lines rotate a password, and its
description serves a provider."""
import json
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, skip  # noqa: E402
import hooked  # noqa: E402
from hooked import HOOKS, Hook, failed  # noqa: E402
from provider import MASTER, Provider  # noqa: E402

OLD = "canary-of-the-old-password"

# A broker in a directory: one file a user, which holds the password that works.
BROKER = {"broker-passwd": "#!/bin/sh\ncat >\"{at}/$1\"\n",
          "broker-login": "#!/bin/sh\n[ \"$(cat)\" = \"$(cat \"{at}/$1\")\" ]\n"}

with open(os.path.join(HOOKS, "README.md")) as f:
    page = f.read()
examples = {kind: re.findall("```%s\n(.*?)```" % kind, page, re.S)
            for kind in ("sh", "python", "json")}


def write(path, text):
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, 0o755)


def tell(name, text):
    """A hook of the page, against the broker."""
    at = hooked.scratch()
    os.chmod(at, 0o777)
    for program, body in BROKER.items():
        write(os.path.join(at, program), body.replace("{at}", at))
    hook = Hook("postgres", {})  # for its directory: the file becomes the example
    write(hook.path, text.replace("/usr/local/bin/broker-", at + "/broker-"))
    new, told = hook.rotate({"user": "jo", "password": OLD})
    with open(os.path.join(at, "jo")) as f:
        check("the hook in %s rotates a password" % name, failed(told) == [] and
              new["user"] == "jo" and f.read().rstrip("\n") == new["password"], told)
    check("a wrong one passes no test", hook.run(
        "test", pending=dict(new, password="wrong")).status not in (0, 64))
    check("other steps are passed over", dict(told)["retire"].status == 64)
    check("nobody sees a password", hook.leaks(OLD, new["password"]) == [])
    check("it is of about twenty lines", 12 <= text.count("\n") <= 24, text.count("\n"))
    hook.remove()
    shutil.rmtree(at)


tell("Python", examples["python"][0])
if hooked.install("jq"):
    tell("shell", next(e for e in examples["sh"] if e.startswith("#!")))
else:
    skip("the hook in shell", "jq cannot be installed here")

provider = Provider()
description = json.loads(examples["json"][1].replace("https://api.example.com", provider.base))
description.update(ca=provider.ca, networks=["127.0.0.0/8"], seconds=1)
hook = Hook("http", {"provider": "acme", "scope": "read"}, {"key": MASTER},
            files={"acme.json": json.dumps(description)})
first = provider.make("by hand")
current, told = hook.rotate({"key": first["secret"], "key_id": first["id"]})
check("the description serves a provider", failed(told) == [] and
      [k["secret"] for k in provider.valid()] == [current["key"]], told)
provider.next = ["hangs up"]
hook.begin()
bad, good = (hook.run("create", current=current) for _ in range(2))
check("and finds what a lost reply has left", "may hold" in bad.error and good.status == 0 and
      len(provider.valid()) == 2, (bad, good))
hook.remove()
provider.remove()
