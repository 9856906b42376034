#!/usr/bin/env python3
"""A gate that dies is started again and the vault stays open; main or keeper dead is all dead."""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import Refused, check, ready, until  # noqa: E402


def gone(pid):
    """Ended; a zombie that init has not buried is."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(") ", 1)[1][0] in "ZX"
    except OSError:
        return True


def serves():
    try:
        return h.get("secret/data/billing/stripe", who="billing").status == 200
    except (Refused, OSError):
        return False


h = ready()
h.post("secret/data/billing/stripe", {"data": {"key": "value"}})
before = h.children()
for pid in before["gate"]:
    os.kill(pid, signal.SIGKILL)
back = until(lambda: len(set(h.children()["gate"]) - set(before["gate"])) == len(before["gate"]))
check("every gate killed is started again", back, h.children())
check("clients that come again are served; the vault is still open", until(serves), h.log()[-800:])
check("by the same keeper", h.children()["keeper"] == before["keeper"])
check("the log names the signal", "was killed by signal 9" in h.log())

for round in range(3):
    victim = h.children()["gate"][0]
    os.kill(victim, signal.SIGKILL)
    until(lambda: victim not in h.children()["gate"] and
          len(h.children()["gate"]) == len(before["gate"]))
check("a gate killed again and again comes back", until(serves), h.log()[-800:])

pids = h.pids()
h.process.kill()
h.process.wait()
check("main killed: no process of it is left", until(lambda: all(map(gone, pids))),
      [pid for pid in pids if not gone(pid)])

h.start()
check("the store is whole after that", h.get("sys/health").status == 503)
h.unseal()
check("and holds what it held", serves())
pids = h.pids()
os.kill(h.children()["keeper"][0], signal.SIGKILL)
check("keeper killed: vaultd ends, and not with 0", h.process.wait(20) > 0, h.process.returncode)
check("and no process of it is left", until(lambda: all(map(gone, pids))))
check("the log says that the keeper was killed", "keeper (pid" in h.log())
