#!/usr/bin/env python3
"""When the keyring rotates, every record comes under the new term while the vault is read and
written, a kill half-way costs nothing, and in the end the old term is gone from the file."""
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import Refused, check, ready, until  # noqa: E402

SECRETS, WRITERS = 4000, 8
h = ready()


def fill(writer):
    connection = h.connect()
    for n in range(writer, SECRETS, WRITERS):
        reply = h.post("secret/data/dir-%d/secret-%d" % (n % 13, n), {"data": {"n": n}},
                       connection=connection)
        assert reply.status == 200, reply


def parallel(work):
    threads = [threading.Thread(target=work, args=(i,)) for i in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def progress(connection=None):
    return h.get("sys/rotate/progress", connection=connection).data


def records_of_term(term):
    """Records in the store's file whose head names a term, in use or left behind."""
    with open(os.path.join(h.path("data"), "data.mdb"), "rb") as f:
        return len(re.findall(re.escape(b"VR\x01\x01" + term.to_bytes(4, "big")), f.read()))


def finished():
    now = progress()
    return now if not now["running"] and now["finished"] else None


def read_times(seconds, until_true=lambda: False):
    """How long reads took, in ms, sorted."""
    connection, times, end = h.connect(), [], time.monotonic() + seconds
    while time.monotonic() < end and not until_true():
        begin = time.monotonic()
        reply = h.get("secret/data/dir-5/secret-5", connection=connection)
        times.append(1000 * (time.monotonic() - begin))
        assert reply.status == 200, reply
    return sorted(times)


def at(times, part):
    return times[min(len(times) - 1, int(len(times) * part))]


parallel(fill)
before = progress()
check("nothing runs before", not before["running"] and before["term"] == before["oldest_term"] == 1
      and before["records_total"] > 2 * SECRETS, before)
idle = read_times(1)

# -- reads and writes go on
size = os.path.getsize(os.path.join(h.path("data"), "data.mdb"))
check("the keyring rotates", h.post("sys/rotate").status == 204)
check("the new term wraps at once", h.get("sys/key-status").data["term"] == 2)
done = []
watch = threading.Thread(target=lambda: done.append(until(finished, 60)))
watch.start()
busy = read_times(60, lambda: done)
watch.join()
check("all records are done, with none left out", done[0] and
      done[0]["records_done"] == done[0]["records_total"] > 2 * SECRETS and
      done[0]["unreadable"] == 0 and done[0]["oldest_term"] == 2, done)
print("# %d records; reads p50 %.1f ms, p99 %.1f ms; idle %.1f, %.1f" % (
    done[0]["records_done"], at(busy, .5), at(busy, .99), at(idle, .5), at(idle, .99)))
check("nothing of the old term is left in the file", until(lambda: records_of_term(1) == 0))
check("reads went on meanwhile", len(busy) > 5 and at(busy, .5) < 100, busy[-5:])
grown = os.path.getsize(os.path.join(h.path("data"), "data.mdb")) / size
check("the store did not double", grown < 2, grown)

# -- killed half-way
halfway = False
for attempt in range(10):
    h.post("sys/rotate")
    term = h.get("sys/key-status").data["term"]
    connection = h.connect()
    try:
        until(lambda: 0 < progress(connection)["records_done"], 5)
    except Refused:
        pass
    h.kill()
    h.start().unseal()
    then = progress()
    halfway = then["running"] and 0 < then["records_done"] < then["records_total"]
    if halfway:
        break
    until(finished, 60)
check("a kill finds it half-way", halfway, then)
after = until(finished, 60)
check("it goes on where it was", after and after["started"] == then["started"] and
      after["records_done"] >= then["records_done"] and after["unreadable"] == 0, (then, after))
check("the store is whole", until(lambda: h.log().rstrip().count(
    "the store is whole") >= h.log().count("keeper: unsealed"), 20), h.log()[-600:])

# -- what is left of old terms
reply = h.post("sys/compact")
check("the store's file is to be written anew", reply.status == 200 and reply.data["running"],
      reply)
told = until(lambda: (lambda c: not c["running"] and c)(h.get("sys/compact").data))
check("it is", told and told["failure"] == "" and
      0 < told["bytes_after"] <= told["bytes_before"], told)
left = {t: records_of_term(t) for t in range(1, after["term"])}
check("no record of an old term is in it", not any(left.values()), left)
check("and those of the new one are", records_of_term(after["term"]) >= after["records_done"])
connection = h.connect()
check("every secret is there", all(
    h.get("secret/data/dir-%d/secret-%d" % (n % 13, n), connection=connection).data["data"] ==
    {"n": n} for n in range(0, SECRETS, 7)))
h.post("sys/seal")
h.unseal()
check("and after the next unseal", h.get("secret/data/dir-5/secret-5").data["data"] == {"n": 5})
check("under one term", progress()["oldest_term"] == after["term"], progress())

# -- the master key, under the same shares
check("the master key rotates", h.post("sys/rotate/root").status == 204)
check("the secrets are still served", h.get("secret/data/dir-5/secret-5").status == 200)
h.kill()
h.start().unseal()
check("the same shares open it", h.get("secret/data/dir-5/secret-5").status == 200)
check("the history knows of the terms", [e["message"] for e in
      h.get("sys/rotation/history?kind=keyring&limit=2").data["events"]] ==
      ["term %d" % t for t in (after["term"], after["term"] - 1)],
      h.get("sys/rotation/history").text)
