#!/usr/bin/env python3
"""The power fails at any moment of a session of writes: every change of the store and of the audit
is recorded, and the vault is opened on what a disk may then hold. What was answered is there,
nothing is half there, and the audit verifies.

FAULT=long opens each moment's; usual is a sample of them.
"""
import hashlib
import os
import random
import shutil
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from crash import Session, furnish, standing, value_of  # noqa: E402
from hublet import Refused, check, ready, skip, until  # noqa: E402
from powercut import Disk, Recorder  # noqa: E402

LONG = os.environ.get("FAULT") == "long"
SAMPLE, PARTS = 60, 5 if LONG else 1
seed = int(os.environ.get("SEED", time.time()))
chance = random.Random(seed)

if shutil.which("strace") is None or os.geteuid() != 0:
    skip("the power fails", "this needs strace, and root to attach it")
    sys.exit(0)


class Timed(Session):
    """One that knows when each step was asked and answered."""

    def __init__(self, *more):
        super().__init__(*more)
        self.begun, self.ended = {}, {}

    def ask(self, step, *words, **more):
        self.begun[step] = time.time()
        reply = super().ask(step, *words, **more)
        self.ended[step] = time.time()
        return reply

    def at(self, moment):
        """As it was known then."""
        known = Session(self.h, self.n, self.faults)
        known.token, known.wrapped = self.token, self.wrapped
        known.asked = {s for s, when in self.begun.items() if when <= moment}
        known.answered = {s: self.answered[s] for s, when in self.ended.items() if when <= moment}
        return known


class Writer(threading.Thread):
    """One secret, version after version, beside the session: its batches are theirs, too."""

    def __init__(self, number):
        super().__init__(daemon=True)
        self.path, self.ended = "secret/data/w/%d" % number, []
        self.start()

    def run(self):
        connection = h.connect()
        while not finished.is_set():
            n = len(self.ended) + 1
            reply = h.post(self.path, {"data": value_of("%d" % n), "options": {"cas": n - 1}},
                           connection=connection)
            if reply.status != 200:
                faults.append(repr(reply))
                return
            self.ended.append(time.time())
            time.sleep(0.02)

    def look(self, moment):
        answered = sum(when <= moment for when in self.ended)
        reply = h.get(self.path)
        newest = reply.data["metadata"]["version"] if reply.status == 200 else 0
        if newest not in (answered, answered + 1):
            faults.append("%s: %d were answered, %d are there" % (self.path, answered, newest))
        if newest and reply.data["data"] != value_of("%d" % newest):
            faults.append("%s: %r" % (self.path, reply))


def put(state):
    """The files as the disk had them."""
    for path in PATHS:
        if os.path.exists(path):
            os.unlink(path)
        if path in state:
            with open(path, "wb") as f:
                f.write(state[path])
            shutil.chown(path, OWNER.st_uid, OWNER.st_gid)


def look(state, moment):
    """Open the vault on it; a word on what is not as it must be goes to faults."""
    put(state)
    wholes = h.log().count("the store is whole")
    try:
        h.start().unseal()
    except (Refused, OSError, RuntimeError) as e:
        faults.append("it does not open: %s" % e)
        return
    session.at(moment).look(before)
    for w in writers:
        w.look(moment)
    if not until(lambda: h.log().count("the store is whole") > wholes):
        faults.append("the store is not whole")
    warnings = h.get("sys/seal-status").json.get("warnings")
    if warnings:
        faults.append("warned: %s" % warnings)
    h.stop()
    verdict = h.ctl("audit", "verify", h.path("audit.log"))
    if verdict.returncode != 0:
        faults.append("the audit: " + verdict.stdout + verdict.stderr)


h = ready()
furnish(h)
faults, finished = [], threading.Event()
PATHS = [h.path(name) for name in ("data/data.mdb", "data/data.new", "audit.log")]
OWNER = os.stat(PATHS[0])
before, session = standing(h), Timed(h, 1, faults)
time.sleep(0.5)  # its chores are done
recorder = Recorder(h)
disk = Disk(PATHS, recorder)
writers = [Writer(n) for n in range(2)]
whole = session.run()
h.post("sys/compact")
until(lambda: not h.get("sys/compact").data["running"])
time.sleep(0.3)  # what is answered now is in a file whose name is new
finished.set()
for w in writers:
    w.join()
time.sleep(0.3)
recorder.end()
there = {p: open(p, "rb").read() for p in PATHS if os.path.exists(p)}
h.stop()
check("a session comes to its end", whole and not faults and all(w.ended for w in writers), faults)

moments, seen = [], set()
for when in disk.play(recorder):
    for state in disk.states(chance, PARTS):
        mark = hashlib.sha256(b"".join(k.encode() + v for k, v in sorted(state.items()))).digest()
        if mark not in seen:
            moments.append((when, state))
        seen.add(mark)
last = {p: f.state(lambda w: [w]) for p, f in disk.files.items()}
check("the record is all that came to the disk", last == there, {p: len(last[p]) for p in last})
tried = moments if LONG else chance.sample(moments, min(SAMPLE, len(moments)))
for when, state in tried:
    look(state, when)
    if len(faults) > 5:
        break
check("%d of %d states of the disk, %d writes beside: what was answered is there, nothing is half" % (
    len(tried), len(moments), sum(len(w.ended) for w in writers)), len(tried) > 30 and not faults,
    "SEED=%d: %s" % (seed, faults[:5]))
