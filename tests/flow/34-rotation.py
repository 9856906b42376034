#!/usr/bin/env python3
"""The password of a real PostgreSQL rotates by its plan while clients log in with what the vault
serves: none is ever refused; and whoever is killed at whichever boundary of a step, the value
served works afterwards, and nothing is stuck.

ROTATIONS=50 is the long form: then each of hook, vault and runner is killed at each boundary; in
the short one one of them at most boundaries.
"""
import atexit
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import Hublet, Refused, check, skip, until  # noqa: E402
import hooked  # noqa: E402
import postgres  # noqa: E402

ROTATIONS = int(os.environ.get("ROTATIONS", "8"))
CLIENTS = 2
GRACE = 3  # seconds from promote to retire: longer than from a read to the end of its log-in
PLAN = "sys/rotation/plans/secret/db/app"
HOOKED = ("create", "set", "test", "retire")

if os.geteuid() != 0:
    skip("rotation by a hook", "hooks run as another user, and only root can become one")
    sys.exit()
if not postgres.available():
    skip("rotation of a real log-in", "PostgreSQL cannot be installed here")
    sys.exit()

place = tempfile.mkdtemp(prefix="vaultd-rotation-", dir="/var/lib")
atexit.register(shutil.rmtree, place, True)
os.chmod(place, 0o755)
shutil.copy(os.path.join(hooked.HOOKS, "postgres"), place)
server = postgres.Server()
h = Hublet("dev1", lines="\nhooks {\n\tdirectory = \"%s\"\n\tuser = \"daemon\"\n"
           "\tprocesses = 500\n}\n" % place).start().init().unseal().furnish()
h.policy("planner", "".join("path \"%s\" { capabilities = [\"create\", \"read\", \"update\"] }\n" % p
                            for p in ("secret/*", "sys/rotation/*")))
h.issue("planner")
h.role("planner", "svc/planner", "planner")
h.policy("app", "path \"secret/data/db/app\" { capabilities = [\"read\"] }")
h.issue("app")
h.role("app", "svc/app", "app")
h.post("secret/data/db/admin", {"data": postgres.ADMIN}, who="planner")
h.post("secret/data/db/app", {"data": {"username": "app", "password": "first-password",
                                       "host": "db.example"}}, who="planner")


class Client(threading.Thread):
    """Reads the secret and logs in with it, again and again; waits while the vault is away."""

    def __init__(self):
        super().__init__(daemon=True)
        self.logged_in, self.refused, self.names = 0, [], set()
        self.ended = threading.Event()
        self.start()

    def run(self):
        while not self.ended.is_set():
            try:
                reply = h.get("secret/data/db/app", who="app")
            except (Refused, OSError):
                reply = None
            if reply is None or reply.status != 200:
                time.sleep(0.02)
                continue
            served = reply.data["data"]
            answer = server.log_in(served["username"], served["password"])
            self.names.add(served["username"])
            self.logged_in += answer == "42"
            if answer != "42":
                self.refused.append((time.time(), reply.data["metadata"]["version"], answer))


def show():
    return h.get(PLAN, who="planner").data


def version():
    return h.get("secret/data/db/app", who="app").data["metadata"]["version"]


def is_done(number):
    """Whether that version is served and its rotation over."""
    return version() == number and show()["state"] == "idle"


def finish(number, seconds=60):
    return until(lambda: is_done(number), seconds)


def events():
    """What the audit says of the plan, as texts."""
    with open(h.path("audit.log")) as f:
        return [json.loads(line)["text"] for line in f
                if "\"event\":\"plan\"" in line and line.endswith("\n")]


def served_works():
    served = h.get("secret/data/db/app", who="app").data["data"]
    return server.log_in(served["username"], served["password"]) == "42"


reply = h.post(PLAN, {"kind": "hook", "hook": "postgres", "with": "secret/db/admin", "period": "720h",
                      "grace": "%ds" % GRACE, "retries": 9, "backoff": "1s", "timeout": "30s",
                      "on_failure": "wait", "parameters": server.parameters(
                          role_a="app_a", role_b="app_b")}, who="planner")
if not check("a plan for a real log-in is written", reply.status == 204, reply):
    sys.exit()
clients = [Client() for _ in range(CLIENTS)]

# ---- rotations

for n in range(ROTATIONS):
    h.post(PLAN + "/run", who="planner")
    if not finish(n + 2):
        break
check("%d rotations come to their end" % ROTATIONS, version() == ROTATIONS + 1, show())
check("none of them was tried twice", not any("attempt 2" in e for e in events()), show())

# ---- kills

VICTIMS = ("hook", "vault", "runner")
boundaries = [(step, when) for step in HOOKED for when in (": hook postgres is run", ": done")]
boundaries.insert(6, ("promote", ": done"))
kills = [(*boundary, victim) for boundary in boundaries for victim in VICTIMS]
if ROTATIONS < 50:
    kills = [kill for i, kill in enumerate(kills) if i % 4 == 0]
runs = version()
for step, when, victim in kills:
    before = len(events())
    h.post(PLAN + "/run", who="planner")
    seen = until(lambda: any("step %s of" % step in e and e.endswith(when)
                             for e in events()[before:]), 30)
    if victim == "hook":
        for pid in hooked.below(h.children()["runner"]):
            os.kill(pid, signal.SIGKILL)
    elif victim == "runner":
        os.kill(h.children()["runner"][0], signal.SIGKILL)
    else:
        h.kill()
        h.start().unseal()
    runs += 1
    ended = finish(runs)
    check("%s killed at step %s%s: it ends, once, and what is served works" %
          (victim, step, when), seen and ended and served_works(), (show(), events()[-8:]))

# ---- what it came to

for c in clients:
    c.ended.set()
    c.join()
check("no client was ever refused", not any(c.refused for c in clients),
      [c.refused[:2] for c in clients])
check("though all of them came often, and as both roles", all(
    c.logged_in > ROTATIONS and {"app_a", "app_b"} <= c.names for c in clients),
    [(c.logged_in, c.names) for c in clients])
check("one role can log in, the other cannot", server.sql(
    "SELECT count(*) FROM pg_authid WHERE rolname LIKE 'app%' AND rolcanlogin") == "1")
check("no role was made but those two",
      [r for r in server.roles() if r.startswith("app")] == ["app", "app_a", "app_b"])
shown = json.dumps([show(), events()]) + h.log()
check("nothing waits, and no password is in log, audit or history", show()["state"] == "idle" and
      not show()["pending"] and postgres.ADMIN["password"] not in shown and
      h.get("secret/data/db/app", who="app").data["data"]["password"] not in shown)
