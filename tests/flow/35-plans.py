#!/usr/bin/env python3
"""A person has secrets rotate, and sees with vaultctl how that goes and who still reads what; a
file follows at once, without asking again and again."""
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import VAULTCTL, check, ready, until  # noqa: E402

h = ready()
h.policy("secrets", 'path "secret/*" { capabilities = ["create", "read", "update", "delete", "list"] }\n'
         'path "sys/rotation/*" { capabilities = ["create", "read", "update", "delete", "list"] }\n'
         'path "sys/readers/*" { capabilities = ["read"] }')
AT = "secret/billing/db"


def ctl(*words, sentence=None, **more):
    said = h.ctl(*words, **more)
    check(sentence or " ".join(words[:3]), said.returncode == 0, said)
    return said.stdout


def show(at, field):
    return h.ctl("rotation", "show", "-field=" + field, at).stdout.strip()


def value(at):
    return h.ctl("kv", "get", "-format=json", at).stdout


h.post("secret/data/billing/db", {"data": {"password": "by hand", "user": "app"}})
h.get("secret/data/billing/db", who="billing")

# ---- generated

ctl("rotation", "plan", AT, "kind=generate", "period=30d", "grace=1h",
    "fields.password.type=password", "fields.password.length=40", sentence="rotation plan")
said = ctl("rotation", "show", AT)
check("show tells what it says and how it fares", "generate" in said and "idle" in said, said)
check("plans are listed", "billing/" in ctl("rotation", "plans", "secret/"))
check("and each in its directory", "db" in ctl("rotation", "plans", "secret/billing/"))
check("beside what else rotates", "billing/db" in ctl("rotation", "list", "-kind=plan"))
check("none is overdue", "Nothing" in ctl("rotation", "overdue", "-kind=plan"))

file = h.path("db")
with open(h.path("said"), "w") as f:
    watch = subprocess.Popen([VAULTCTL, "watch", "-secret=" + AT, "-file=" + file,
                              "-field=password", "-poll=1h"], env=h.environment("billing"),
                             stderr=f)
check("a file holds it", until(lambda: os.path.exists(file) and open(file).read() == "by hand"))
ctl("rotation", "run", AT)
begun = time.monotonic()
check("once it rotates, the file follows without asking again",
      until(lambda: len(open(file).read()) == 40, 10) and time.monotonic() - begun < 10,
      open(h.path("said")).read())
watch.terminate()
watch.wait()
check("the other fields stay", json.loads(value(AT))["data"]["data"]["user"] == "app")
said = ctl("rotation", "show", AT, sentence="rotation show, afterwards")
check("what happened is told, step by step", "promote" in said and "retiring" in said, said)
ctl("rotation", "cancel", AT)
ctl("rotation", "pause", AT)
check("a paused plan says so", show(AT, "state") == "paused")
ctl("rotation", "resume", AT)
check("and goes on", show(AT, "state") == "idle", show(AT, "state"))

# ---- supplied

ctl("rotation", "plan", "secret/billing/pay", "-", sentence="a plan out of a JSON object",
    text=json.dumps({"kind": "manual", "period": "90d"}))
with open(h.path("new"), "w") as f:
    f.write("sk_live_2")
said = ctl("rotation", "supply", "secret/billing/pay", "key=@" + h.path("new"),
           sentence="a person supplies a value from a file")
check("which is not repeated", "sk_live_2" not in said, said)
check("and served", until(lambda: "sk_live_2" in value("secret/billing/pay")))
ctl("rotation", "delete", "secret/billing/pay")
check("then there is no plan", h.ctl("rotation", "show", "secret/billing/pay").returncode == 2)

# ---- who reads

said = ctl("kv", "readers", AT)
check("who read it is told, by version", "svc/billing" in said and "Version" in said, said)
h.post("secret/data/billing/quiet", {"data": {"k": "v"}})
said = ctl("kv", "unused", "-days=1", "secret/")
check("unused secrets are listed as columns or not at all", "Path" in said or "Nothing" in said, said)
said = ctl("kv", "unused", "-format=json", sentence="kv unused, as JSON")
check("whole, for programs", json.loads(said)["data"]["unused"] == [], said)
