#!/usr/bin/env python3
"""Every request has its entry in the audit, refused ones and those of the seal too, and the whole
verifies, across a rotation of its file."""
import json
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import wire  # noqa: E402
from hublet import check, ready, until  # noqa: E402

VERIFIER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../audit_verify.py")


def entries(name="audit.log"):
    with open(h.path(name)) as f:
        return [json.loads(line) for line in f]


def find(kind, path, status=None, who="operator/dev"):
    """Entries of a request."""
    return [e for e in entries() if e["type"] == kind and e["request"]["path"] == path and
            e["auth"]["metadata"]["spiffe_id"] == "spiffe://dev1.example/" + who and
            (status is None or e["status"] == status)]


h = ready()
check("init: what was intended, then what came of it",
      len(find("request", "sys/init")) == 1 and len(find("response", "sys/init", 200)) == 1)
check("three shares, three entries", len(find("response", "sys/unseal", 200)) == 3)
starts = [e for e in entries() if e["type"] == "event" and e["event"] == "start"]
check("the start, with the operators of the configuration", len(starts) == 1 and
      "spiffe://dev1.example/operator/dev" in starts[0]["text"], starts)

h.post("secret/data/billing/stripe", {"data": {"key": "audited"}})
h.get("secret/data/billing/stripe", "billing")
h.get("secret/data/billing/stripe", "mailer")
h.get("secret/data/billing/absent", "billing")
h.post("secret/data/billing/stripe", {"data": 1})
h.call("LIST", "secret/metadata/")
path = "secret/data/billing/stripe"
intents, done = find("request", path), find("response", path, 200)
check("a write: intent and outcome, of one request", len(intents) == 2 and len(done) == 1 and
      done[0]["request"]["id"] == intents[0]["request"]["id"] and
      intents[0]["seq"] < done[0]["seq"], (intents, done))
check("who, from where, by which certificate", done[0]["request"]["remote_address"] ==
      "127.0.0.1" and done[0]["request"]["client_certificate_serial_number"].isdigit() and
      done[0]["auth"]["display_name"], done)
read = find("response", path, 200, "svc/billing")
check("a read", len(read) == 1 and read[0]["request"]["operation"] == "read", read)
value = read[0]["response"]["data"]["data"]["key"]
check("the value is hashed, and the same value alike", value.startswith("hmac-sha256:") and
      intents[0]["request"]["data"]["data"]["key"] == value, value)
denied = find("response", path, 403, "svc/mailer")
check("a caller without permission", len(denied) == 1 and
      denied[0]["auth"]["policy_results"]["allowed"] is False and
      "permission denied" in denied[0]["error"], denied)
check("what is not there", len(find("response", "secret/data/billing/absent", 404,
                                    "svc/billing")) == 1)
check("what makes no sense", len(find("response", path, 400)) == 1)
check("a list", len(find("response", "secret/metadata/", 200)) == 1)
wire.say(h, b"GET /v1/secret/../x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
check("a path that is none", any(
    e["type"] == "response" and e["status"] == 400 for e in entries()[-3:]))  # a checkpoint may follow

h.post("sys/seal", None, "mailer")
h.post("sys/seal")
h.get("secret/data/billing/stripe", "billing")
check("seal, allowed and not", len(find("response", "sys/seal", 403, "svc/mailer")) == 1 and
      len(find("response", "sys/seal", 204)) == 1)
sealed = find("response", path, 503, "svc/billing")
check("what was asked while it was sealed", len(sealed) == 1, sealed)
h.unseal()

numbers = [e["seq"] for e in entries()]
check("entries are numbered without a gap", numbers == list(range(1, len(numbers) + 1)))
os.rename(h.path("audit.log"), h.path("audit.log.1"))
until(lambda: False, 0.2)
h.get("secret/data/billing/stripe", "billing")
until(lambda: os.path.exists(h.path("audit.log")) and entries()[-1:] and
      entries()[-1]["type"] == "checkpoint")
moved = [e["open"]["why"] for e in entries() if e["type"] == "open"]
check("moved away, the file is begun anew", moved == ["moved"] and
      len(find("response", path, 200, "svc/billing")) == 1, entries())
h.stop()
files = [h.path("audit.log.1"), h.path("audit.log")]
verdict = h.ctl("audit", "verify", *files)
check("vaultctl audit verify finds it good", verdict.returncode == 0 and
      "good            true" in verdict.stdout, verdict.stdout + verdict.stderr)
verdict = subprocess.run([sys.executable, "-B", VERIFIER, *files], capture_output=True, text=True)
check("so does a verifier of another hand", verdict.returncode == 0, verdict)

# ---- moved and deleted while there is work

h.start().unseal()
ended, wrong, done = threading.Event(), [], []


def work(number):
    connection = h.connect()
    while not ended.is_set():
        for reply in (h.post(path + str(number), {"data": {"n": 1}}, connection=connection),
                      h.get(path + str(number), connection=connection)):
            (done if reply.status == 200 else wrong).append(reply)


workers = [threading.Thread(target=work, args=(n,)) for n in range(3)]
for worker in workers:
    worker.start()
for n in range(2, 8):
    time.sleep(0.25)
    os.rename(h.path("audit.log"), h.path("audit.log.%d" % n))
time.sleep(0.25)
os.link(h.path("audit.log"), h.path("deleted"))  # to look into it
os.unlink(h.path("audit.log"))
time.sleep(0.25)
ended.set()
for worker in workers:
    worker.join()
h.stop()
check("moved and deleted under load: every request is served", not wrong and len(done) > 100,
      wrong[:3])
files = ["audit.log.%d" % n for n in range(1, 8)]
told = [e["request"]["id"] for name in files + ["deleted", "audit.log"] for e in entries(name)
        if e["type"] == "response"]
check("each has its one entry, in one of the files", len(told) == len(set(told)) and
      {reply.json["request_id"] for reply in done} <= set(told))
verdict = h.ctl("audit", "verify", *map(h.path, files))
check("what was moved verifies as one", verdict.returncode == 0, verdict.stdout + verdict.stderr)
verdict = h.ctl("audit", "verify", *map(h.path, files), h.path("audit.log"))
gone = entries("deleted")
check("what was deleted is missed, with its numbers", verdict.returncode == 2 and
      "lines %d to %d are missing" % (gone[0]["seq"], gone[-1]["seq"]) in verdict.stdout,
      verdict.stdout)
