#!/usr/bin/env python3
"""No secret value, token or share is ever in logs, audit, error texts or the store, nor in a
gate's memory two seconds after its reply; the keeper's keys cannot be read at all."""
import base64
import ctypes
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import wire  # noqa: E402
from canaries import read_files, read_memory, search  # noqa: E402
from hublet import SLOW, check, ready, skip  # noqa: E402

h = ready()
with open(h.path("init.json")) as f:
    made = json.load(f)
canaries = {"a value": "canary-value-Zk3vQ9", "a long value": "canary-long-" + "Qx7" * 3000,
            "a number": "7391846205173948620517", "custom metadata": "canary-custom-Hw5tR1",
            "a patched value": "canary-patch-Lp8sD2", "a refused value": "canary-refused-Bn6yF4"}
tokens = {"the initial token": made["root_token"]}
shares = {"share %d" % (n + 1): base64.b64decode(share)
          for n, share in enumerate(made["unseal_keys_b64"])}

texts = []
live = h.connect()
body = json.dumps({"data": {"key": canaries["a value"], "long": canaries["a long value"],
                            "deep": {"list": [canaries["a value"]]}}})
body = body[:-2] + ', "number": %s}}' % canaries["a number"]
for method, path, text, headers in (
        ("POST", "secret/data/canary", body, {}),
        ("GET", "secret/data/canary", None, {}),
        ("GET", "secret/data/canary", None, {"X-Vault-Token": made["root_token"]}),
        ("LIST", "sys/policies/acl", None, {"X-Vault-Token": made["root_token"]}),
        ("LIST", "sys/policies/acl", None, {"Authorization": "Bearer " + made["root_token"]}),
        ("POST", "secret/metadata/canary",
         json.dumps({"custom_metadata": {"note": canaries["custom metadata"]}}), {}),
        ("GET", "secret/metadata/canary", None, {}),
        ("PATCH", "secret/data/canary",
         json.dumps({"data": {"key": canaries["a patched value"]}}),
         {"Content-Type": "application/merge-patch+json"})):
    h.call(method, path, text, connection=live, headers=headers)
refused = canaries["a refused value"]
for method, path, body in (
        ("POST", "secret/data/canary", '{"data": {"key": "%s"' % refused),
        ("POST", "secret/data/canary", '{"data": "%s"}' % refused),
        ("POST", "secret/data/canary", '{"data": {"a": "%s"}, "options": {"cas": 99}}' % refused),
        ("POST", "secret/data/canary", '{"data": {"%s": 1, "%s": 2}}' % (refused, refused)),
        ("POST", "secret/data/canary", '{"data": {"a": 1}, "options": {"cas": "%s"}}' % refused),
        ("POST", "secret/metadata/canary", '{"max_versions": "%s"}' % refused),
        ("POST", "sys/policies/acl/x", '{"policy": 7, "more": "%s"}' % refused),
        ("POST", "sys/unseal", '{"key": "%s"}' % refused),
        ("POST", "sys/init", '{"secret_shares": "%s"}' % refused)):
    texts.append(h.call(method, path, body, connection=live).text)
texts.append(h.get("secret/data/canary", "billing", headers={"X-Vault-Token": refused}).text)
texts.append(wire.say(h, b"GET /v1/sys/health HTTP/1.1\r\nHost: a\r\nX-Vault-Token: " +
                      refused.encode() + b"\x01\r\n\r\n")[0].decode())
h.post("sys/seal")
texts += [h.post("sys/unseal", {"key": share[:-5]}).text for share in h.shares]
h.unseal()
secrets = {**canaries, **tokens, **shares}
check("no error tells what was sent", not search("a reply", "\n".join(texts).encode(), secrets),
      search("a reply", "\n".join(texts).encode(), secrets))

time.sleep(2.3 * SLOW)
if os.geteuid() != 0:
    skip("memory", "only root can read that of another process")
else:
    control = ctypes.create_string_buffer(("control-canary-%d" % os.getpid()).encode())
    found = [name for name, data in read_memory(os.getpid()) if data and control.value in data]
    check("the control: a canary in this process is found", found)
    half = wire.dial(h)
    half.sendall(b"PUT /v1/secret/data/half HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n\r\n" +
                 control.value)
    time.sleep(0.2 * SLOW)
    holding = 0
    for pid in h.children()["gate"]:
        regions = [data for _, data in read_memory(pid) if data]
        found = [hit for data in regions for hit in search("gate", data, secrets)]
        check("a gate's memory holds none of it, %d KiB were read" % (
            sum(map(len, regions)) // 1024), not found and len(regions) > 10, found)
        holding += any(control.value in data for data in regions)
    check("the control: a request that is half there is found in one gate", holding == 1, holding)
    half.close()
    keeper = h.children()["keeper"][0]
    hidden = [(name, data) for name, data in read_memory(keeper) if "secretmem" in name]
    if hidden:
        check("the keeper's key region cannot be read, by root either",
              all(data is None for _, data in hidden), hidden)
    else:
        skip("the keeper's key region", "this kernel has no memfd_secret")
    found = [hit for _, data in read_memory(keeper) if data
             for hit in search("keeper", data, {**tokens, **shares})]
    check("what of the keeper can be read holds no token and no share", not found, found)
live.close()
h.stop()

for what, patterns in (("the log", ["vaultd.log"]), ("the audit", ["audit.log*"]),
                       ("the store", ["data/*"])):
    found, size = [], 0
    for name, data in read_files(*map(h.path, patterns)):
        found += search(name, data, secrets)
        size += len(data)
    check("%s: none in %d KiB" % (what, size // 1024), not found and size > 0, found)
found = []
for name, data in read_files(h.path("data/*")):
    found += search(name, data, {"a secret's name": "canary", "a path": "billing/",
                                 "a policy": "capabilities"})
check("the store: no names either", not found, found)
with open(h.path("init.json"), "rb") as f:
    check("the control: shares and token are found where they are",
          len(search("init.json", f.read(), {**tokens, **shares})) == 6)
