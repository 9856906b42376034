#!/usr/bin/env python3
"""A secret rotates by its plan: made by the vault, by an operator's hook or by a person; what
services read changes only once it was tested; a kill at any moment leaves nothing half done."""
import atexit
import json
import os
import signal
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import Hublet, check, skip, until  # noqa: E402

HOOK = """#!/bin/sh
# A provider in a directory: {provider}/<user> holds the password that works.
read -r document
field() {{ printf '%s' "$document" | sed -n "s/.*\\"$1\\":{{[^}}]*\\"$2\\":\\"\\([^\\"]*\\)\\".*/\\1/p"; }}
word() {{ printf '%s' "$document" | sed -n "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/p"; }}
step=$(word step) id=$(word id)
echo "$step $id" >>{provider}/calls
[ ! -e {provider}/$step.slow ] || sleep 2
[ ! -e {provider}/$step.hang ] || sleep 1000
[ ! -e {provider}/$step.flood ] || exec cat /dev/zero
[ ! -e {provider}/$step.garbage ] || {{ echo "no JSON at all"; exit 0; }}
[ ! -e {provider}/$step.fail ] || {{
	echo "the password is $(field pending password)$(field current password)" >&2
	echo '{{"error":"the provider says no to '"$(field pending password)"'"}}'; exit 3; }}
case $step in
create)	# the same id finds what was made before
	[ -e {provider}/made.$id ] || echo "key-$id" >{provider}/made.$id
	echo '{{"pending":{{"user":"app","password":"'$(cat {provider}/made.$id)'"}}}}' ;;
set)	echo "$(field pending password)" >{provider}/app.next ;;
test)	[ "$(cat {provider}/app.next)" = "$(field pending password)" ] ;;
retire)	echo "$(field previous password)" >>{provider}/retired ;;
abandon) echo "$(field pending password)" >>{provider}/abandoned ;;
*)	exit 64 ;;
esac
"""

PLANS = "sys/rotation/plans/secret/"
POLICY = """path "secret/*" { capabilities = ["create", "read", "update", "delete", "list"] }
path "sys/rotation/plans/*" { capabilities = ["create", "read", "update", "delete", "list"] }
path "sys/rotation/plans/secret/+/pending" { capabilities = ["read", "sudo"] }
path "sys/rotation" { capabilities = ["read"] }
path "sys/rotation/*" { capabilities = ["create", "read", "update", "delete", "list"] }
path "sys/mounts/*" { capabilities = ["create", "read", "update", "delete", "sudo"] }
path "sys/metrics" { capabilities = ["read"] }
"""

root = os.geteuid() == 0
place = tempfile.mkdtemp(prefix="vaultd-hooks-", dir="/var/lib" if root else None)
atexit.register(shutil.rmtree, place, True)
provider, hooks = os.path.join(place, "provider"), os.path.join(place, "hooks")
os.chmod(place, 0o755)
os.mkdir(provider)
os.chmod(provider, 0o777)
os.mkdir(hooks)


def set_up(name, text):
    path = os.path.join(hooks, name)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, 0o755)


set_up("shell", HOOK.format(provider=provider))
lines = '\nhooks {\n\tdirectory = "%s"\n\tuser = "daemon"\n\tprocesses = 500\n}\n' % hooks
h = Hublet("dev1", lines=lines if root else "").start().init().unseal().furnish()
h.policy("plans", POLICY)
h.issue("planner")
h.role("planner", "svc/planner", "plans")


def plan(name, **fields):
    return h.post(PLANS + name, fields, who="planner")


def show(name):
    return h.get(PLANS + name, who="planner").data


def order(name, word, body=None):
    return h.post(PLANS + name + "/" + word, body, who="planner")


def served(name):
    reply = h.get("secret/data/" + name, who="planner")
    return (reply.data or {}).get("data") or {}


def version(name):
    return h.get("secret/metadata/" + name, who="planner").data["current_version"]


def flag(name, on=True):
    path = os.path.join(provider, name)
    if on:
        open(path, "w").close()
    elif os.path.exists(path):
        os.unlink(path)


def says(name):
    try:
        with open(os.path.join(provider, name)) as f:
            return f.read().split("\n")[:-1]
    except FileNotFoundError:
        return []


# -- the vault makes it
h.post("secret/data/gen", {"data": {"host": "db", "password": "old"}}, who="planner")
reply = plan("gen", kind="generate", period="24h", fields={
    "password": {"type": "password", "length": 40}, "token": {"type": "hex", "bytes": 16}})
check("a plan is written", reply.status == 204, reply)
told = show("gen")
check("and read", told["kind"] == "generate" and told["state"] == "idle" and
      told["period"] == "24h0m0s" and told["due"] and not told["pending"], told)
check("it is listed", h.call("LIST", PLANS, who="planner").data == {"keys": ["gen"]} and
      h.call("LIST", "sys/rotation/plans", who="planner").data == {"keys": ["secret/"]})
item = h.get("sys/rotation?kind=plan").data["items"][0]
check("and among all that rotates", item["name"] == "gen" and item["mount"] == "secret/" and
      item["next"] == told["due"] and item["period"] == 86400, item)
check("it is told to run", order("gen", "run").status == 204)
until(lambda: version("gen") == 2)
now = served("gen")
check("the new value is served, other fields stay", len(now.get("password", "")) == 40 and
      len(now.get("token", "")) == 32 and now["host"] == "db", list(now))
told = show("gen")
check("it succeeded", told["last_success"] and told["version"] == 2 and told["state"] == "idle" and
      [e["step"] for e in told["history"]] == ["retire", "promote", "test", "set", "create"], told)
check("which all lists tell", h.get("sys/rotation?kind=plan").data["items"][0]["last_success"] ==
      told["last_success"] and h.get("sys/rotation/history").data["events"][0]["message"] ==
      "version 2")
plan("pair", kind="generate", cron="0 3 * * sun", grace="1h",
     fields={"key": {"type": "rsa-3072", "format": "openssh"}})
order("pair", "run")
until(lambda: served("pair"), 30)
check("a slow key pair too, and its secret comes to be", served("pair").get("key", "").startswith(
    "-----BEGIN OPENSSH") and served("pair")["key_public"].startswith("ssh-rsa "))
check("in its grace", show("pair")["state"] == "retiring" and show("pair")["retires"])
check("which is not to be run over", order("pair", "run").status == 400)
order("pair", "cancel")
check("but may be given up", show("pair")["state"] == "idle")

# -- a person supplies it
h.post("secret/data/man", {"data": {"key": "one", "url": "u"}}, who="planner")
plan("man", kind="manual", period="720h")
check("a person's plan cannot be run", order("man", "run").status == 400)
reply = order("man", "supply", {"data": {"key": "two"}})
check("the value is supplied", reply.status == 200 and reply.data["rotation"], reply)
until(lambda: version("man") == 2)
check("and served", served("man") == {"key": "two", "url": "u"}, served("man"))

# -- paused, resumed, deleted
order("gen", "pause")
check("paused, it stands nowhere", show("gen")["state"] == "paused" and "gen" not in [
    i["name"] for i in h.get("sys/rotation?kind=plan").data["items"]])
check("and is not run", order("gen", "run").status == 400)
order("gen", "resume")
check("resumed, it does", show("gen")["state"] == "idle" and "gen" in [
    i["name"] for i in h.get("sys/rotation?kind=plan").data["items"]])
h.kill()
h.start().unseal()
check("a kill forgets no plan", show("gen")["due"] == told["due"])
h.call("DELETE", "secret/metadata/gen", who="planner")
check("with the secret goes its plan", h.get(PLANS + "gen", who="planner").status == 404 and
      "gen" not in [i["name"] for i in h.get("sys/rotation?kind=plan").data["items"]])
check("deleted by itself it leaves the secret", h.call("DELETE", PLANS + "man", who="planner").status
      == 204 and served("man") and h.get(PLANS + "man", who="planner").status == 404)

if not root:
    skip("hooks", "they run as another user, and only root can become one")
    sys.exit()

# -- a hook
h.post("secret/data/app", {"data": {"user": "app", "password": "first", "host": "db"}}, who="planner")
reply = plan("app", kind="hook", hook="shell", period="24h", backoff="1s", retries=2, timeout="10s",
             on_failure="wait", parameters={"role": "app"})
check("a plan with a hook", reply.status == 204, reply)
order("app", "run")
until(lambda: show("app")["state"] == "idle" and version("app") == 2, 20)
now = served("app")
check("create, set, test, promote, retire", now["password"].startswith("key-") and
      now["host"] == "db" and [c.split()[0] for c in says("calls")] ==
      ["create", "set", "test", "retire"] and says("retired") == ["first"], (now, says("calls")))
check("each with an id of its own", len({c.split()[1] for c in says("calls")}) == 4)

# -- a test that fails changes nothing
before = version("app")
flag("test.fail")
order("app", "run")
until(lambda: show("app")["state"] == "waiting", 90)
told = show("app")
check("a failed test serves nothing", version("app") == before and told["step"] == "test" and
      told["pending"] and told["attempt"] == 3, told)
check("it waits for a person, in the list of those", [i["name"] for i in h.get(
    "sys/rotation?kind=waiting").data["items"]] == ["app"])
check("the same id in every try", len({c.split()[1] for c in says("calls")[-3:]}) == 1 and
      [c.split()[0] for c in says("calls")[-3:]] == ["test"] * 3, says("calls"))
pending = h.get(PLANS + "app/pending", who="planner").data
check("pending is read by who may", pending["data"]["password"].startswith("key-"), pending)
text = json.dumps(told) + h.log() + json.dumps(h.get("sys/rotation/history").data)
check("what the hook complained of is kept, masked", "the password is [masked][masked]" in
      told["history"][0]["complaint"] and "says no to [masked]" in told["last_error"] and
      pending["data"]["password"] not in text, told["history"][0])
warned = until(lambda: h.get("sys/health").json.get("warnings"), 15)
check("health and seal-status tell of it", warned and "rotations that wait" in warned[0] and
      h.get("sys/seal-status").json.get("warnings") == warned, warned)
flag("test.fail", False)
order("app", "resume")
until(lambda: version("app") == before + 1, 20)
check("resumed, it is promoted", served("app")["password"] == pending["data"]["password"])

# -- cancelled
until(lambda: show("app")["state"] == "idle", 20)
flag("test.fail")
before = version("app")
order("app", "run")
until(lambda: show("app")["step"] == "test" and show("app")["attempt"], 20)
made = h.get(PLANS + "app/pending", who="planner").data["data"]["password"]
check("a plan under way is not deleted", h.call("DELETE", PLANS + "app", who="planner").status == 400)
check("it is cancelled", order("app", "cancel").status == 204)
until(lambda: show("app")["state"] == "idle", 40)
check("what was made is abandoned, what is served stays", says("abandoned") == [made] and
      version("app") == before and not show("app")["pending"], (says("abandoned"), made))
flag("test.fail", False)

# -- hooks that misbehave
plan("app", kind="hook", hook="shell", period="24h", backoff="1s", retries=0, timeout="2s",
     on_failure="wait")
for how, sentence in (("hang", "longer than its timeout"), ("flood", "more than hooks.output"),
                      ("garbage", "something else than a JSON object")):
    flag("create." + how)
    order("app", "run")
    until(lambda: show("app")["state"] == "waiting", 40)
    check("create: " + how, sentence in show("app")["last_error"] and version("app") == before,
          show("app")["last_error"])
    flag("create." + how, False)
    order("app", "cancel")
    until(lambda: show("app")["state"] == "idle", 40)
check("none of it harms others", h.get("secret/data/app", who="planner").status == 200)

# -- kill -9 of everything, of the runner, of the hook, in each step in turn
plan("app", kind="hook", hook="shell", period="24h", backoff="1s", retries=5, timeout="20s",
     on_failure="wait")


def running_hooks():
    """Processes below this Hublet's runner."""
    parents = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid) as f:
                parents[int(pid)] = int(f.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    found = list(h.children()["runner"])
    for parent in found:
        found += [p for p, above in parents.items() if above == parent]
    return found[len(h.children()["runner"]):]


for step in ("create", "set", "test", "retire"):
    for victim in ("vault", "hook"):
        before = version("app")
        flag(step + ".slow")
        count = len(says("calls"))
        order("app", "run")
        until(lambda: any(c.startswith(step) for c in says("calls")[count:]), 40)
        if victim == "vault":
            h.kill()
            flag(step + ".slow", False)
            h.start().unseal()
        else:
            for pid in running_hooks():
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            flag(step + ".slow", False)
        until(lambda: show("app")["state"] == "idle" and version("app") == before + 1, 60)
        calls = [c.split() for c in says("calls")[count:]]
        check("%s killed in %s: it goes on, once" % (victim, step), version("app") == before + 1 and
              show("app")["state"] == "idle" and len({i for s, i in calls if s == step}) == 1 and
              served("app")["password"] == says("app.next")[0], (calls, show("app")))
for step in ("create", "test"):
    before = version("app")
    runner = h.children()["runner"]
    flag(step + ".slow")
    count = len(says("calls"))
    order("app", "run")
    until(lambda: any(c.startswith(step) for c in says("calls")[count:]), 40)
    os.kill(runner[0], signal.SIGKILL)
    flag(step + ".slow", False)
    check("the runner killed in %s: the attempt fails, and says why" % step, until(
        lambda: "the runner died" in json.dumps(show("app")), 20), show("app"))
    until(lambda: show("app")["state"] == "idle" and version("app") == before + 1, 60)
    check("another is started, and it goes on", version("app") == before + 1 and
          h.children()["runner"] not in ([], runner), show("app"))
before = version("app")
os.kill(h.children()["runner"][0], signal.SIGKILL)
order("app", "run")
until(lambda: show("app")["state"] == "idle" and version("app") == before + 1, 30)
check("a rotation waits for the next runner", version("app") == before + 1 and
      not show("app")["last_error"], show("app"))
before = version("app")
os.kill(h.children()["starter"][0], signal.SIGKILL)
until(lambda: "no hook can run until vaultd is restarted" in h.log(), 10)
check("without the starter too, all else goes on", not h.children()["runner"] and
      h.get("secret/data/app", who="planner").status == 200)
order("app", "run")
h.stop()
h.start().unseal()
until(lambda: show("app")["state"] == "idle" and version("app") == before + 1, 60)
check("after a restart it goes on", version("app") == before + 1, show("app"))
created = {c.split()[1] for c in says("calls") if c.startswith("create ")}
made = {n[len("made."):] for n in os.listdir(provider) if n.startswith("made.")}
check("nothing was made twice, what was made is served, retired or abandoned", made <= created and
      {"key-" + m for m in made} == set(says("retired") + says("abandoned") + says("app.next")) -
      {"first", ""}, (made, says("retired"), says("abandoned")))
