#!/usr/bin/env python3
"""The keeper killed at any system call of a session of writes: what was answered is there, nothing
is half there, and the audit verifies.

FAULT=long kills at each call; usual is a sample of them.
"""
import os
import re
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from crash import Injector, Session, again, conclude, furnish, standing  # noqa: E402
from hublet import Refused, check, ready, skip, until  # noqa: E402

LONG = os.environ.get("FAULT") == "long"
# What makes a write durable, and what tells of it; how many of each are tried usually.
CALLS = {"pwrite64": 12, "fdatasync": 10, "write": 6, "sendmsg": 6}

if shutil.which("strace") is None or os.geteuid() != 0:
    skip("killed at each system call", "this needs strace, and root to attach it")
    sys.exit(0)

h = ready()
furnish(h)
faults, rounds = [], 0


def session():
    global rounds
    rounds += 1
    return Session(h, rounds, faults)


def count():
    """How often each call is made in an undisturbed session, by the thread that makes most."""
    with tempfile.NamedTemporaryFile("r") as out:
        strace = Injector(h, output=out.name)
        whole = session().run()
        strace.end()
        threads = {}
        for pid, call in re.findall(r"^(\d+) +(\w+)\(", out.read(), re.M):
            threads.setdefault(call, {}).setdefault(pid, 0)
            threads[call][pid] += 1
    check("a session comes to its end", whole and not faults, faults)
    return {call: max(threads.get(call, {"": 0}).values()) for call in CALLS}


def lives():
    try:
        return h.get("sys/health").status == 200
    except Refused:
        return False


def crash(call, n):
    """Kill at the n-th; whether it came to that: in the session, or in what it left to be done."""
    before, s = standing(h), session()
    verdicts = h.log().count("the store is whole")
    strace = Injector(h, "%s:signal=KILL:when=%d" % (call, n))
    whole = s.run()
    strace.end()
    if whole and lives():
        s.look(before)
        return False
    again(h)
    until(lambda: h.log().count("the store is whole") > verdicts)
    s.look(before)
    return True


for call, most in count().items():
    sample = CALLS[call]
    steps = range(1, most + 1) if LONG else sorted({1 + i * most // sample
                                                    for i in range(sample)})
    killed, known = 0, len(faults)
    for n in steps:
        killed += crash(call, n)
    check("killed at %d of %d times %s: what was answered is there, nothing is half" % (
        killed, most, call), len(faults) == known and killed > 0, faults[known:][:5])
deaths = re.findall(r"keeper \(pid \d+\) (.*)", h.log())
check("it died of nothing else", all("by signal 9" in how for how in deaths), deaths)
conclude(h)
