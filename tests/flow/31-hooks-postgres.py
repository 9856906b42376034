#!/usr/bin/env python3
"""The postgres hook rotates a log-in of a real server, and every log-in with the served password
succeeds meanwhile."""
import json
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, skip, until  # noqa: E402
import postgres  # noqa: E402
from hooked import Hook, failed  # noqa: E402

ROTATIONS = 10
KILLS = 12

if not postgres.available():
    skip("the postgres hook", "it takes root, and the package of PostgreSQL")
    sys.exit()
server = postgres.Server()


class Client(threading.Thread):
    """Logs in with what is served, again and again."""

    def __init__(self, served):
        super().__init__(daemon=True)
        self.served, self.of, self.logged_in, self.refused = served, None, 0, []
        self.ended = threading.Event()
        self.start()

    def run(self):
        while not self.ended.is_set():
            current = self.served[0]
            answer = server.log_in(current["username"], current["password"])
            if answer == "42":
                self.logged_in += 1
            else:
                self.refused.append(answer)
            self.of = current


def rotate_under_load(hook, served, clients):
    """One rotation, with a grace in which every client has read what is new."""
    hook.begin()
    old = served[0]
    told = [("create", hook.run("create", current=old))]
    new = told[0][1].pending
    told += [(step, hook.run(step, current=old, pending=new)) for step in ("set", "test")]
    if not failed(told):
        served[0] = new
        until(lambda: all(c.of is new for c in clients), 30)
        told.append(("retire", hook.run("retire", current=new, previous=old)))
    return failed(told)


# ---- two roles that take turns

hook = Hook("postgres", server.parameters(role_a="app_a", role_b="app_b"), postgres.ADMIN)
served = [{"username": "app", "password": "first-password", "host": "db.example"}]
clients = [Client(served) for _ in range(2)]
trouble, passwords = [], ["first-password"]
for _ in range(ROTATIONS):
    trouble += rotate_under_load(hook, served, clients)
    passwords.append(served[0]["password"])
for c in clients:
    c.ended.set()
    c.join()
check("%d rotations end well" % ROTATIONS, trouble == [], trouble)
check("each with a password of its own", len(set(passwords)) == ROTATIONS + 1)
check("no log-in with the served password fails", not any(c.refused for c in clients) and
      all(c.logged_in >= ROTATIONS for c in clients),
      [(c.logged_in, c.refused[:3]) for c in clients])
check("other fields of the secret stay", served[0]["host"] == "db.example")
check("the two roles are made once, with the memberships of the first",
      [r for r in server.roles() if r.startswith("app")] == ["app", "app_a", "app_b"],
      server.roles())
check("the first role has lost its log-in, and the other its password", server.sql(
    "SELECT count(*) FROM pg_authid WHERE rolname IN ('app', 'app_a') AND NOT rolcanlogin "
    "AND rolpassword IS NULL") == "2", served[0]["username"])
check("what is retired logs in no more",
      "42" != server.log_in(("app_a", "app_b")[served[0]["username"] == "app_a"], passwords[-2]))
log = server.read_log()
check("the server's log holds statements, and none of the passwords", "ALTER ROLE app_a" in log and
      not any(p in log for p in passwords[1:]))
check("nor does a command line or an environment, psql's too", b"psql" in hook.visible and
      hook.leaks(postgres.ADMIN["password"], *passwords) == [])

# ---- a reply that is lost, a step that runs again, a hook that is killed

hook.begin()
old = served[0]
first, second = (hook.run("create", current=old).pending for _ in range(2))
check("a create whose reply is lost has left nothing at the server",
      first["username"] == second["username"] and "42" != server.log_in(
          first["username"], first["password"]))
check("set again is as set once", all(
    hook.run("set", current=old, pending=second).status == 0 for _ in range(2)) and
    server.log_in(second["username"], second["password"]) == "42")
check("given up, the pending role is closed", hook.run(
    "abandon", current=old, pending=second).status == 0 and
    "42" != server.log_in(second["username"], second["password"]))
check("and the served one is as it was", server.log_in(old["username"], old["password"]) == "42")
check("with nothing pending there is nothing to give up",
      hook.run("abandon", current=old).status == 0)

for i in range(KILLS):
    child = hook.launch()
    text = json.dumps(hook.document("set", current=old, pending=second))
    child.stdin.write(text)
    child.stdin.close()
    time.sleep(0.04 * i)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if server.log_in(old["username"], old["password"]) != "42":
        break
check("killed at any moment of set, the hook leaves what is served", i == KILLS - 1, i)
check("and set again completes", hook.run("set", current=old, pending=second).status == 0 and
      hook.run("test", current=old, pending=second).status == 0)
hook.remove()

# ---- one role that changes its own password

for who, with_ in (("by itself", None), ("by the administrator", postgres.ADMIN)):
    server.sql("CREATE ROLE lone LOGIN PASSWORD 'lone-first' IN ROLE readers")
    hook = Hook("postgres", server.parameters(), with_)
    current, told = hook.rotate({"username": "lone", "password": "lone-first"})
    check("a single role changes its password " + who, failed(told) == [] and
          server.log_in("lone", current["password"]) == "42", told)
    check("the old one has ended", server.log_in("lone", "lone-first") != "42")
    hook.begin()
    pending = hook.run("create", current=current).pending
    check("set twice is no error", all(
        hook.run("set", current=current, pending=pending).status == 0 for _ in range(2)))
    check("given up, the served password is back", hook.run(
        "abandon", current=current, pending=pending).status == 0 and
        server.log_in("lone", current["password"]) == "42")
    check("giving up again changes nothing", hook.run(
        "abandon", current=current, pending=pending).status == 0 and
        server.log_in("lone", current["password"]) == "42")
    server.sql("DROP ROLE lone")
    hook.remove()

# ---- sessions

hook = Hook("postgres", server.parameters(role_a="app_a", role_b="app_b", end_sessions="true"),
            postgres.ADMIN)
server.sql("GRANT pg_signal_backend TO " + postgres.ADMIN["username"])
current, told = hook.rotate(second)
sleeper = threading.Thread(target=server.log_in, args=(
    current["username"], current["password"], "SELECT pg_sleep(300)"), daemon=True)
sleeper.start()
asleep = ("SELECT count(*) FROM pg_stat_activity WHERE usename = '%s'" % current["username"])
until(lambda: server.sql(asleep) == "1")
current, more = hook.rotate(current)
check("where the plan says so, sessions end with their role", failed(told + more) == [] and
      until(lambda: server.sql(asleep) == "0"), told + more)
hook.remove()
