#!/usr/bin/env python3
"""Who may not cannot make, see or move a plan; a plan reaches no further than its own mount and
the directory of hooks; what is not served yet is shown to nobody who has not its own capability."""
import atexit
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import Hublet, check, until  # noqa: E402

PLANS = "sys/rotation/plans/"
MANAGE = '["create", "read", "update", "delete", "list"]'
GOOD = {"kind": "generate", "period": "24h", "fields": {"p": {"type": "password"}}}
root = os.geteuid() == 0
hooks = tempfile.mkdtemp(prefix="vaultd-hooks-", dir="/var/lib" if root else None)
atexit.register(shutil.rmtree, hooks, True)
os.chmod(hooks, 0o755)
h = Hublet("dev1", lines='\nhooks {\n\tdirectory = "%s"\n\tuser = "daemon"\n}\n' % hooks
           if root else "").start().init().unseal().furnish()
h.post("sys/mounts/other", {"type": "kv", "options": {"version": "2"}})
h.post("sys/mounts/old", {"type": "kv", "options": {"version": "1"}})
for who, text in {
        "planner": 'path "sys/rotation/plans/*" { capabilities = %s }\n'
                   'path "secret/*" { capabilities = %s }' % (MANAGE, MANAGE),
        "blind": 'path "sys/rotation/plans/*" { capabilities = %s }\n'
                 'path "secret/data/*" { capabilities = ["update"] }' % MANAGE,
        "reader": 'path "sys/rotation/plans/*" { capabilities = %s }\n'
                  'path "secret/data/*" { capabilities = ["read"] }' % MANAGE,
        "half": 'path "sys/rotation/plans/*" { capabilities = %s }\n'
                'path "secret/data/app" { capabilities = ["read", "update"] }' % MANAGE,
        "service": 'path "secret/data/*" { capabilities = ["read"] }'}.items():
    h.issue(who)
    h.policy(who, text)
    h.role(who, "svc/" + who, who)
h.post("secret/data/app", {"data": {"p": "one"}}, who="planner")


def plan(body, path="secret/app", who="planner"):
    return h.post(PLANS + path, body, who=who)


# -- who may
for who in ("blind", "reader", "service", "operator"):
    reply = plan(GOOD, who=who)
    check("%s cannot write a plan" % who, reply.status == 403, reply)
check("and is told what it would need", "needs read and update on secret/data/app" in
      plan(GOOD, who="reader").errors)
check("who may can", plan(GOOD).status == 204)
for word in ("run", "pause", "resume", "cancel", "supply"):
    reply = h.post(PLANS + "secret/app/" + word, {"data": {"p": "x"}}, who="service")
    check("a reader of the secret cannot %s it" % word, reply.status == 403, reply)
check("nor read it, nor delete it, nor list", {h.call(m, PLANS + "secret/" + p, who="service").status
      for m, p in (("GET", "app"), ("DELETE", "app"), ("LIST", ""))} == {403})
for who in ("service", "planner", "operator"):
    reply = h.get(PLANS + "secret/app/pending", who=who)
    check("pending is not for %s" % who, reply.status == 403, reply)

# -- what is no plan
WRONG = (
    ({}, "kind must be"), ({"kind": "magic", "period": "1h"}, "kind must be"),
    ({**GOOD, "period": None}, "either period"), ({**GOOD, "cron": "0 0 * * *"}, "either period"),
    ({**GOOD, "period": "5s"}, "period must be from"), ({**GOOD, "period": "0"}, "period must be from"),
    ({**GOOD, "period": "-1h"}, "period must be from"),
    ({**GOOD, "period": "87601h"}, "period must be from"),
    ({**GOOD, "period": None, "cron": "0 0 30 2 *"}, "never fires"),
    ({**GOOD, "period": None, "cron": "0 0 * *"}, "five fields"),
    ({**GOOD, "windows": ["always"]}, "a window is"), ({**GOOD, "spread": "25h"}, "spread must be"),
    ({**GOOD, "grace": "25h"}, "grace must be"), ({**GOOD, "grace": "-1s"}, "grace must be"),
    ({**GOOD, "retries": 1000}, "retries must be"), ({**GOOD, "on_failure": "panic"}, "on_failure"),
    ({**GOOD, "backoff": "0"}, "backoff must be"), ({**GOOD, "timeout": "2h"}, "timeout must be"),
    ({**GOOD, "fields": {}}, "fields must be"), ({**GOOD, "fields": {"p": {"type": "x"}}}, "type"),
    ({"kind": "manual", "period": "1h", "fields": GOOD["fields"]}, "generate"),
    ({"kind": "hook", "period": "1h"}, "hook must name"),
    ({**GOOD, "parameters": {"a": "b"}}, "for a hook"), ({**GOOD, "with": "secret/x"}, "for a hook"),
)
for body, sentence in WRONG:
    reply = plan(body)
    check("refused: " + sentence, reply.status == 400 and sentence in reply.errors, (body, reply))
HOOKED = {"kind": "hook", "period": "1h", "hook": "shell"}
for name in ("../x", "a/b", "/bin/sh", ".hidden", "a b", "a\nb", "", "x" * 65, "é"):
    reply = plan({**HOOKED, "hook": name})
    check("a hook is not called %r" % name, reply.status == 400, reply)
for path in ("other/x", "secret", "secret/", "x", "secret/../other/x", "secret/a\nb", "secretx/y"):
    reply = plan({**HOOKED, "with": path})
    check("with is not %r" % path, reply.status == 400, reply)
for parameters in ([], "x", {"a": 1}, {"a": {"b": "c"}}, {"a": "x" * 5000},
                   {str(n): "x" for n in range(40)}):
    check("parameters are texts, few and short", plan({**HOOKED, "parameters": parameters}).status ==
          400)
if not root:
    check("without hooks there are none", "hooks.directory" in plan(HOOKED).errors)
else:
    check("with needs read on it", plan({**HOOKED, "with": "secret/admin"}, who="half").status == 403)
    check("which who has gets", plan({**HOOKED, "with": "secret/app2"}).status == 204)
    h.post(PLANS + "secret/app/run", who="planner")
    told = until(lambda: [e for e in h.get(PLANS + "secret/app", who="planner").data["history"]
                          if not e["success"]], 20)
    check("a hook that is not there fails, and says so", told and "shell" in told[0]["message"] and
          h.get("secret/data/app", who="planner").data["data"] == {"p": "one"}, told)
    check("its plan's kind stays meanwhile", plan(GOOD).status == 400)
for path in ("", "secret", "secret/", "old/a", "none/a", "sys/x", "secret/" + "x" * 1100):
    reply = plan(GOOD, path=path)
    check("no plan for %r" % path[:20], reply.status in (400, 404, 405), reply)
for path in ("secret/../app", "secret/a%00b", "secret/a%0ab", "secret//a", "secret/%2e%2e/app"):
    check("no plan at %s" % path, plan(GOOD, path=path).status in (400, 404))
plan(GOOD, path="secret/gone")
check("there is no such plan", h.get(PLANS + "secret/none", who="planner").status == 404 and
      h.post(PLANS + "secret/none/run", who="planner").status == 404)
check("no rotation to cancel", h.post(PLANS + "secret/gone/cancel", who="planner").status == 400)
check("a generated value is not supplied", h.post(PLANS + "secret/gone/supply", {"data": {"p": "x"}},
                                                  who="planner").status == 400)

# -- the mount goes
h.call("DELETE", "sys/mounts/secret")
check("with its mount a plan is gone", until(lambda: h.get("sys/rotation?kind=plan").data["items"]
                                             == [], 10))
h.post("sys/mounts/secret", {"type": "kv", "options": {"version": "2"}})
check("another mount there has none", h.get(PLANS + "secret/app", who="planner").status == 404)
