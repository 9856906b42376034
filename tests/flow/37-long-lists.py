#!/usr/bin/env python3
"""A folder of thousands of names is listed whole, in order, by many at once, while others are served;
sealing and stopping end it."""
import concurrent.futures
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready  # noqa: E402

COUNT = 6000
h = ready()
h.policy("secrets", 'path "secret/*" { capabilities = ["create", "read", "list", "scan"] }')
NAMES = sorted("n%d" % n for n in range(COUNT))


def fill(part):
    connection = h.connect()
    return {h.call("POST", "secret/data/long/" + name, {"data": {"n": name}},
                   connection=connection).status for name in NAMES[part::16]}


def names(query="", operation="LIST"):
    return h.call(operation, "secret/metadata/long" + query)


with concurrent.futures.ThreadPoolExecutor(16) as pool:
    made = set().union(*pool.map(fill, range(16)))
check("%d secrets are written" % COUNT, made == {200}, made)
reply = names()
check("all are listed, in order", reply.status == 200 and reply.data["keys"] == NAMES)
check("some are, behind one", names("?after=n3999&limit=3").data["keys"] ==
      [n for n in NAMES if n > "n3999"][:3])
check("none behind the last", names("?after=" + NAMES[-1]).status in (200, 404) and
      not (names("?after=" + NAMES[-1]).data or {}).get("keys"))
check("a scan finds them too", names(operation="SCAN").data["keys"] == NAMES)
check("wrapped, they come later", h.post("sys/wrapping/unwrap", {"token": h.call(
    "LIST", "secret/metadata/long", headers={"X-Vault-Wrap-TTL": "60"}).json["wrap_info"]["token"]})
    .data["keys"] == NAMES)
with concurrent.futures.ThreadPoolExecutor(24) as pool:
    listing = [pool.submit(names) for _ in range(16)]
    reads = list(pool.map(lambda n: h.get("secret/data/long/" + n).status, NAMES[:200]))
    listed = [f.result().data["keys"] == NAMES for f in listing]
check("16 callers list at once, others read meanwhile", all(listed) and set(reads) == {200})


def leave(_):
    connection = h.connect()
    connection.request("LIST", "/v1/secret/metadata/long")
    connection.sock.close()


with concurrent.futures.ThreadPoolExecutor(16) as pool:
    list(pool.map(leave, range(64)))
check("who asks and leaves harms nobody", names().data["keys"] == NAMES)
with concurrent.futures.ThreadPoolExecutor(16) as pool:
    listing = [pool.submit(names) for _ in range(15)]
    sealed = h.post("sys/seal")
    ends = {f.result().status for f in listing}
check("sealed meanwhile, each is answered: with all, or that it is sealed",
      sealed.status == 204 and ends <= {200, 503}, ends)
h.unseal()
check("... and after it all are there", names().data["keys"] == NAMES)
with concurrent.futures.ThreadPoolExecutor(16) as pool:
    list(pool.map(leave, range(32)))
    check("it stops", h.stop() == 0)
