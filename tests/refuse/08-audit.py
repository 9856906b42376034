#!/usr/bin/env python3
"""An audit that was changed, cut or reordered does not verify, and the place is named; a store that
was put back is known by it."""
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready, until  # noqa: E402


def tampered(name, lines, at, *flags):
    """These lines must not verify; at is the line that is named, None for any."""
    copy = h.path("tampered.log")
    with open(copy, "wb") as f:
        f.write(b"".join(lines))
    verdict = h.ctl("audit", "verify", *flags, copy)
    place = copy + ":" + ("" if at is None else "%d: " % at)
    check(name, verdict.returncode == 2 and any(
        line.startswith(place) for line in verdict.stdout.splitlines()),
        verdict.stdout + verdict.stderr)


h = ready()
for n in range(5):
    h.post("secret/data/billing/stripe", {"data": {"key": n}})
    h.get("secret/data/billing/stripe", "mailer")
until(lambda: False, 0.3)
h.stop()
with open(h.path("audit.log"), "rb") as f:
    good = f.readlines()
with open(h.path("copy.log"), "wb") as f:
    f.writelines(good)
verdict = h.ctl("audit", "verify", "-format=json", h.path("copy.log"))
check("a copy of it verifies: the control", verdict.returncode == 0, verdict)
totals = json.loads(verdict.stdout)

middle = next(n for n, line in enumerate(good) if b'"status":403' in line)
tampered("a refusal turned into a success",
         [line.replace(b'"status":403', b'"status":200') if n == middle else line
          for n, line in enumerate(good)], middle + 1)
tampered("another caller's name",
         good[:middle] + [good[middle].replace(b"svc/mailer", b"svc/nobody")] + good[middle + 1:],
         middle + 1)
tampered("a line taken out", good[:middle] + good[middle + 1:], middle + 1)
tampered("a line twice", good[:middle + 1] + good[middle:], middle + 2)
tampered("two lines exchanged",
         good[:middle] + [good[middle + 1], good[middle]] + good[middle + 2:], middle + 1)
tampered("a line put in", good[:middle] + [b'{"type":"event"}\n'] + good[middle:], middle + 1)
tampered("one space more",
         good[:middle] + [good[middle].replace(b",", b", ", 1)] + good[middle + 1:], middle + 1)
sign = next(n for n, line in enumerate(good) if b'"signature":"' in line)
left, right = good[sign].split(b'"signature":"')
flipped = b"0" if right[:1] != b"0" else b"1"
tampered("a signature with another digit",
         good[:sign] + [left + b'"signature":"' + flipped + right[1:]] + good[sign + 1:], None)
tampered("the beginning cut off", good[3:], 1)
tampered("the end cut off, against a place that was noted", good[:middle], None,
         "-place=" + totals["signed_place"])
tampered("signed by another key than ours", good, None, "-key=" + "ab" * 32)

# ---- a store that was put back


def warnings():
    return " ".join(h.get("sys/seal-status").json.get("warnings") or [])


h.start().unseal()
check("after a restart nothing is amiss: the control", warnings() == "", warnings())
h.stop()
shutil.copy(h.path("data/data.mdb"), h.path("older.mdb"))
h.start().unseal()
h.post("secret/data/billing/stripe", {"data": {"api_key": "of later"}})
h.stop()
shutil.copy(h.path("older.mdb"), h.path("data/data.mdb"))
h.start().unseal()
check("a store that was put back is known by the audit", "older than its audit" in warnings() and
      "older than its audit" in h.log(), warnings())
h.stop()
with open(h.path("audit.log")) as f:
    check("and the audit says so", '"event":"ahead"' in f.read())
