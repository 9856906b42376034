#!/usr/bin/env python3
"""Every process killed at once, at any moment, loses no write that was answered and leaves none
half there.

ROUNDS=300 kills three hundred times.
"""
import hashlib
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import Refused, check, ready, until  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "15"))
WRITERS = 6
seed = int(os.environ.get("SEED", time.time()))
chance = random.Random(seed)
faults = []


def describe(writer, n):
    """A value that tells whether it is whole: a number, ballast of some length, their hash."""
    ballast = hashlib.sha256(b"%d %d" % (writer, n)).hexdigest() * (n * 7 % 40)
    return {"n": n, "ballast": ballast, "sum": digest(writer, n, ballast)}


def digest(writer, n, ballast):
    return hashlib.sha256(("%d %d %s" % (writer, n, ballast)).encode()).hexdigest()


def whole(writer, value):
    return set(value) == {"n", "ballast", "sum"} and \
        value["sum"] == digest(writer, value["n"], value["ballast"])


class Writer:
    """One secret, version after version, each only if the one before is the newest; and with
    each version a secret of its own."""

    def __init__(self, number):
        self.number, self.answered, self.single = number, 0, []

    def write(self, path, value, cas):
        reply = h.post("secret/data/" + path, {"data": value, "options": {"cas": cas}},
                       connection=self.connection)
        if reply.status == 503:  # the keeper is ending
            raise Refused("sealed")
        if reply.status != 200:
            faults.append("writer %d: %r" % (self.number, reply))
            raise Refused("fault")
        return reply.data["version"]

    def run(self, round):
        self.single = []
        try:
            self.connection = h.connect()
            while True:
                n = self.answered + 1
                value = describe(self.number, n)
                if self.write("chain/%d" % self.number, value, n - 1) != n:
                    faults.append("writer %d: version %d has another number" % (self.number, n))
                self.answered = n
                self.write("single/%d-%d-%d" % (round, self.number, n), value, 0)
                self.single.append(n)
        except (Refused, OSError):
            pass

    def look(self, round):
        """After the restart."""
        path = "chain/%d" % self.number
        top = h.get("secret/metadata/" + path, connection=reader)
        newest = top.data["current_version"] if top.status == 200 else 0
        if newest not in (self.answered, self.answered + 1):
            faults.append("round %d: %s: %d were answered, version %d is there" % (
                round, path, self.answered, newest))
        for n in range(max(1, newest - 3), newest + 1):
            self.check("%s?version=%d" % (path, n), n, round)
        for n in self.single:
            self.check("single/%d-%d-%d" % (round, self.number, n), n, round)
        self.answered = newest

    def check(self, path, n, round):
        reply = h.get("secret/data/" + path, connection=reader)
        value = (reply.data or {}).get("data")
        if reply.status != 200 or not whole(self.number, value) or value["n"] != n:
            faults.append("round %d: %s: %r" % (round, path, reply))


def kill_all():
    pids = h.pids()
    chance.shuffle(pids)
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    h.process.wait()


h = ready()
writers = [Writer(i) for i in range(WRITERS)]
kills, fruitless = 0, 0
for round in range(ROUNDS):
    threads = [threading.Thread(target=w.run, args=(round,)) for w in writers]
    before = sum(w.answered for w in writers)
    for t in threads:
        t.start()
    time.sleep(chance.uniform(0.02, 0.4))
    kill_all()
    for t in threads:
        t.join()
    kills += 1
    fruitless += sum(w.answered for w in writers) == before
    h.start().unseal()
    # Each start checks the whole store in slices; the next kill must not come before its verdict.
    until(lambda: h.log().count("the store is whole") > kills)
    reader = h.connect()
    for w in writers:
        w.look(round)
    reader.close()
    if faults:
        break

total = sum(w.answered for w in writers)
check("killed %d times under load: every answered write is there and whole" % kills,
      not faults, "SEED=%d: %s" % (seed, faults[:5]))
check("there was load: %d versions" % total, total > 3 * kills and fruitless < kills / 2,
      (total, fruitless))
check("the store was whole each time", h.log().count("the store is whole") > kills and
      "changed from outside" not in h.log())
verdict = h.ctl("audit", "verify", h.path("audit.log"))
check("and so is the audit", verdict.returncode == 0, verdict.stdout + verdict.stderr)
