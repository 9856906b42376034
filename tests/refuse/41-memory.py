#!/usr/bin/env python3
"""An allocation that gets no memory, whichever it is, ends in a refusal or in a process that says
why it ends: none dies of it otherwise, what was answered is there, and nothing is half there.

FAULT=long fails each of a session's, and four thousand of a start's; usual is a sample of them.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from crash import Session, again, conclude, furnish, standing, state  # noqa: E402
from faulty import PROGRAM, Faulty  # noqa: E402
from hublet import Refused, check, skip, until  # noqa: E402

LONG, MOST = os.environ.get("FAULT") == "long", 4100

if not os.path.exists(PROGRAM):
    skip("no memory", "%s is not built: run `make check`" % PROGRAM)
    sys.exit(0)
if os.geteuid() != 0:
    skip("no memory", "hooks run as another user, and only root can become one")
    sys.exit(0)

h = Faulty(lines='hooks {\n\tdirectory = "/usr/bin"\n\tuser = "daemon"\n}\n')
h.start().init().unseal().furnish()
furnish(h)
faults, rounds = [], 0


def steps(most, sample):
    sample = MOST if LONG else sample
    return sorted({1 + i * most // sample for i in range(sample)})


def session():
    global rounds
    rounds += 1
    return Session(h, rounds, faults)


def recover():
    """How it is after the session; then it is open."""
    until(lambda: state(h) != "open", 0.2)
    until(lambda: state(h) != "dead" or h.process.poll() is not None, 5)
    became = state(h)
    if became == "sealed":
        h.unseal()
    elif became == "dead":
        again(h)
    return became


def starve(role, n):
    """In a session, the n-th allocation of a role's process; what came of it."""
    before, s = standing(h), session()
    h.starve(role, n)
    whole = s.run()
    h.starve(role, 0)
    became = "untouched" if whole and state(h) == "open" else recover()
    s.look(before)
    return became


def starve_start(role, n):
    """The same at a start, from the program's first step to an open vault."""
    h.stop()
    h.starve(role, n)
    h.launch()
    told = until(lambda: state(h) != "dead" or h.process.poll() is not None, 20)
    ended = h.process.poll()
    became = "silent" if not told else "started" if ended is None else "ended with %s" % ended
    try:
        h.unseal()
        h.starve(role, 0)
    except (Refused, OSError, RuntimeError):  # in the midst of it
        h.starve(role, 0)
        again(h)
    return became


def tell(ends):
    return ", ".join("%d %s" % (ends.count(e), e) for e in sorted(set(ends)))


def deaths():
    """Processes that ended otherwise than by their own word."""
    return [line for line in h.log().splitlines() if " by signal " in line]


counts = {role: h.taken(role) for role in ("keeper", "gate")}
session().run()
counts = {role: h.taken(role) - begun for role, begun in counts.items()}
for role, most in counts.items():
    known = len(faults)
    ends = [starve(role, n) for n in steps(most, {"keeper": 20, "gate": 60}[role])]
    check("no memory for one of %d allocations of the %s in a session: nothing is lost or half "
          "(%s)" % (most, role, tell(ends)), len(faults) == known and most > 500, faults[known:][:5])
check("no process died of it without a word", not deaths(), deaths()[:5])
check("and the words name it", re.search("error keeper: (out of memory|no room for)", h.log()))
# libseccomp crashes then (6, 11), or leaves rows out: a call without a row ends the process (31).
ENDS = {"started", *("ended with %d" % status for status in (1, 70, -6, -11, -31))}
for role in "main", "keeper", "gate", "other":
    before = h.taken(role)
    h.stop()
    h.start().unseal()
    most = h.taken(role) - before
    ends = [starve_start(role, n) for n in steps(most, 12)]
    check("for one of %d of the %s at a start: it starts, or ends with an error (%s)" % (
        most, {"other": "starter and runner"}.get(role, role), tell(ends)), set(ends) <= ENDS)
check("no hook runs behind a filter with a hole", "hooks cannot be run until vaultd is restarted: "
      "the seccomp filter does not refuse" in h.log())
conclude(h)
