#!/usr/bin/env python3
"""Who still reads what is told: by version and day, through seals and stops; a plan names who has not
read its new version; secrets that nobody reads are found."""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready, until  # noqa: E402

h = ready()
for name in ("writer", "one", "two"):
    h.issue(name)
h.policy("writer", 'path "secret/*" { capabilities = ["create", "read", "update", "delete", "list"] }\n'
         'path "sys/rotation/*" { capabilities = ["create", "read", "update"] }\n'
         'path "sys/readers/*" { capabilities = ["read"] }')
h.policy("reader", 'path "secret/data/*" { capabilities = ["read"] }')
h.role("writer", "svc/writer", "writer")
h.role("one", "svc/one", "reader")
h.role("two", "svc/two", "reader")


def readers(path, who="writer"):
    reply = h.get("sys/readers/" + path, who=who)
    return [(r["identity"].rsplit("/", 1)[1], r["version"]) for r in reply.data["readers"]]


def write(path, value="x"):
    h.post("secret/data/" + path, {"data": {"value": value}}, who="writer")


def read(path, who):
    return h.get("secret/data/" + path, who=who)


for path in ("app/key", "app/never", "app/x/deep", "app-x", "b"):
    write(path)
check("nobody has read it", readers("secret/app/key") == [])
read("app/key", "one")
read("app/key", "two")
read("app/key", "two")
check("two have", readers("secret/app/key") == [("one", 1), ("two", 1)], readers("secret/app/key"))
write("app/key")
read("app/key", "two")
check("by version", readers("secret/app/key") == [("two", 2), ("one", 1), ("two", 1)])
told = h.get("sys/readers/secret/app/key", who="writer").data
check("with the day", told["current_version"] == 2 and told["dropped"] == 0 and
      len(told["readers"][0]["last_read"]) == 10 and
      told["readers"][0]["identity"].startswith("spiffe://"), told)
read("app/none", "one")
check("what is not there has no readers", h.get("sys/readers/secret/app/none", who="writer").status
      == 404)
check("who may not read it does not count, nor who is refused", h.get(
    "secret/data/app/key", who="operator").status in (200, 403))
h.post("sys/seal")
h.unseal()
check("a seal forgets none", ("one", 1) in readers("secret/app/key"))
read("app/never", "one")
check("a stop neither", h.stop() == 0)
h.start().unseal()
check("of all", ("one", 1) in readers("secret/app/never") and ("two", 2) in readers("secret/app/key"))
h.post("sys/rotation/plans/secret/app/key", {"kind": "generate", "period": "24h", "grace": "1h",
                                             "fields": {"value": {"type": "uuid"}}}, who="writer")
h.post("sys/rotation/plans/secret/app/key/run", who="writer")
while h.get("secret/metadata/app/key", who="writer").data["current_version"] != 3:
    pass
read("app/key", "one")
plan = h.get("sys/rotation/plans/secret/app/key", who="writer").data
check("a plan names who has not read its new version", [i.rsplit("/", 1)[1] for i in plan["not_read"]
                                                        if "operator" not in i] == ["two"], plan)

reply = h.get("sys/readers/secret?unused_days=1", who="writer")
check("what was made today is not unused", reply.data == {"unused": [], "after": ""}, reply)
for query in ("", "?unused_days=0", "?unused_days=x", "?unused_days=5&limit=0"):
    reply = h.get("sys/readers/secret" + query, who="writer")
    check("refused: %r" % query, reply.status == 400, reply)
h.call("DELETE", "secret/metadata/app/key", who="writer")
write("app/key")
check("deleted and made anew, it has no readers", readers("secret/app/key") == [])
for n in range(70):
    h.post("secret/data/app/key", {"data": {"n": n}}, who="writer")
    read("app/key", "one")
told = h.get("sys/readers/secret/app/key", who="writer").data
check("so many are kept, and the others told", len(told["readers"]) == 64 and told["dropped"] == 6,
      (len(told["readers"]), told["dropped"]))
check("a reader of secrets is not told who else reads", h.get("sys/readers/secret/app/key",
                                                               who="one").status == 403)
check("version 1 is not counted", h.get("sys/readers/sys/x", who="writer").status == 400)

write("app/quiet")
read("app/quiet", "one")
for old, new, kept in (("hublet ", 'readers = "off"\nhublet ', False),
                       ('readers = "off"', 'readers = "on"', True)):
    h.edit(old, new)
    told = h.log().count("unsealed, 2 gates")
    h.process.send_signal(signal.SIGHUP)
    until(lambda: h.log().count("unsealed, 2 gates") > told, 10)
    read("app/quiet", "two")
    check("after a reload a reading is %skept" % ("" if kept else "not "),
          ("two", 1) in readers("secret/app/quiet") if kept else readers("secret/app/quiet") == [("one", 1)],
          readers("secret/app/quiet"))
