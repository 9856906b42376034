#!/usr/bin/env python3
"""Who has one version of a secret waits for the next: hundreds at once are answered as soon as it is
committed, by what they may do then; whoever waits in vain is told so when the time is over."""
import json
import os
import socket
import ssl
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready, until  # noqa: E402

WAITING = 200
h = ready()
h.issue("writer")
h.policy("writer", 'path "secret/*" { capabilities = ["create", "read", "update", "delete"] }')
h.role("writer", "svc/writer", "writer")


def write(path, value):
    return h.post("secret/data/" + path, {"data": {"value": value}}, who="writer")


def read(query, path="billing/key", who="writer"):
    began = time.monotonic()
    reply = h.get("secret/data/%s?%s" % (path, query), who=who)
    return reply, time.monotonic() - began


def later(seconds, work):
    timer = threading.Timer(seconds, work)
    timer.start()
    return timer


write("billing/key", "one")
reply, took = read("after_version=0&wait=30s")
check("a newer version is there: at once", reply.data["metadata"]["version"] == 1 and took < 5, took)
reply, took = read("after_version=1&wait=1s")
check("none comes: the current one, and a warning", reply.status == 200 and 0.9 < took < 10 and
      reply.data["data"] == {"value": "one"} and "no version after 1" in
      " ".join(reply.json["warnings"]), (took, reply))
reply, took = read("after_version=1")
check("without a time it does not wait", reply.status == 200 and took < 1)
later(0.5, lambda: write("billing/key", "two"))
reply, took = read("after_version=1&wait=60s")
check("it is answered when one is committed", reply.data["data"] == {"value": "two"} and took < 10, took)
later(0.5, lambda: write("billing/new", "first"))
reply, took = read("after_version=0&wait=60s", "billing/new")
check("also the first", reply.status == 200 and reply.data["metadata"]["version"] == 1)
reply, took = read("after_version=0&wait=1s", "billing/none")
check("what never comes is not found", reply.status == 404 and took > 0.9, (took, reply))
later(0.5, lambda: write("billing/key", "three"))
reply = h.get("secret/data/billing/key?after_version=2&wait=60s", who="writer",
              headers={"X-Vault-Wrap-TTL": "60s"})
check("also one that is kept until it is unwrapped", reply.status == 200 and
      reply.json["wrap_info"]["token"] and reply.data is None, reply)
for query in ("wait=5s", "after_version=-1&wait=5s", "after_version=x&wait=5s", "after_version=1&wait=-5s",
              "after_version=1&wait=soon"):
    reply, took = read(query)
    check("refused: " + query, reply.status == 400 and took < 2, reply)

# -- many at once, on connections of their own
REQUEST = ("GET /v1/secret/data/billing/key?after_version=3&wait=120s HTTP/1.1\r\nHost: x\r\n\r\n")


def memory():
    with open("/proc/%d/status" % h.children()["keeper"][0]) as f:
        return int(next(line for line in f if line.startswith("VmRSS")).split()[1])


before = memory()
context = h.context("billing")
crowd = []
for n in range(WAITING):
    s = context.wrap_socket(socket.create_connection(("127.0.0.1", h.port)), server_hostname="localhost")
    s.sendall(REQUEST.encode())
    crowd.append(s)
time.sleep(1)
began = time.monotonic()
check("others are served meanwhile", read("")[1] < 2 and read("", "billing/new")[1] < 2)
check("they cost little (KiB each: %d)" % ((memory() - before) / WAITING),
      (memory() - before) / WAITING < 64)
for s in crowd[:20]:
    s.close()
write("billing/new", "other")


def is_answered(s):
    s.settimeout(0.01)
    try:
        return s.recv(1)
    except TimeoutError:
        return False


check("what changes elsewhere wakes nobody", not any(map(is_answered, crowd[20:60])))
write("billing/key", "four")
began = time.monotonic()
texts = []
for s in crowd[20:]:
    s.settimeout(30)
    texts.append(s.recv(65536).decode())
took = time.monotonic() - began
check("all that are left are answered with it (%d ms)" % (took * 1000), took < 20 and all(
    '"value":"four"' in t for t in texts), texts[:1])

# -- what counts is what one may when it comes
answers = []
waiting = threading.Thread(target=lambda: answers.append(h.get(
    "secret/data/billing/key?after_version=4&wait=60s", who="billing")))
waiting.start()
time.sleep(0.5)
h.policy("billing", 'path "secret/data/other/*" { capabilities = ["read"] }')
write("billing/key", "five")
waiting.join(30)
check("who may no longer is not shown it", answers and answers[0].status == 403, answers)
h.policy("billing", 'path "secret/data/billing/*" { capabilities = ["read"] }')

for what, act, status in (("the vault is sealed", lambda: h.post("sys/seal"), 503),
                          ("vaultd stops", h.process.terminate, 200)):
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(h.get(
        "secret/data/billing/key?after_version=5&wait=120s", who="billing")))
    waiting.start()
    time.sleep(0.5)
    act()
    waiting.join(20)
    check("an answer when " + what, answers and answers[0].status == status, answers)
    if status == 503:
        h.unseal()
check("vaultd stopped at once", until(lambda: h.process.poll() is not None, 10))
