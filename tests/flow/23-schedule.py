#!/usr/bin/env python3
"""What rotates by itself is told, kept through restarts and seals; new shares are made by the old
ones, verified before they count; operators who lost their policy put it back with a quorum."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready, until  # noqa: E402

h = ready()


def rotation(path="", **query):
    return h.get("sys/rotation%s?%s" % (path, "&".join("%s=%s" % q for q in query.items()))).data


# -- the keyring's schedule
reply = h.post("sys/rotate/config", {"interval": "48h", "max_operations": 2000000})
check("the keyring gets an interval", reply.status == 204, reply)
item = rotation()["items"][0]
check("it is told when it rotates", item["kind"] == "keyring" and item["period"] == 172800 and
      item["next"] > rotation()["now"] and not item["overdue"], item)
check("nothing is due yet", rotation("/due")["items"] == [])
check("in three days it will be", rotation("/due", within="72h")["items"][0] == item)
h.kill()
h.start().unseal()
check("a kill forgets nothing of it", rotation()["items"][0] == item and
      h.get("sys/rotate/keyring/config").data ==
      {"enabled": True, "interval": "48h0m0s", "max_operations": 2000000})
h.post("sys/rotate")
event = until(lambda: rotation("/history", kind="keyring")["events"])
check("a rotation is in the history", event and event[0]["success"] and
      event[0]["message"] == "term 2", event)
item = rotation()["items"][0]
check("and moves the next one", item["next"] > event[0]["time"] and
      item["last_success"] == event[0]["time"] == item["last_attempt"], item)
h.post("sys/rotate/config", {"enabled": False})
check("switched off, nothing rotates", rotation()["items"] == [])
status = h.get("sys/key-status").data
h.post("sys/seal")
h.unseal()
again = h.get("sys/key-status").data
check("the counter goes on after a seal", again["term"] == 2 and
      again["install_time"] == status["install_time"], (status, again))

# -- named keys: when they rotate, how they are used
h.policy("keys", 'path "transit/*" { capabilities = ["create", "read", "update", "delete", "list"] }')
h.role("keys", "operator/*", ["keys", "secrets"])
h.call("DELETE", "auth/cert/certs/operators")
for n in range(5):
    h.post("transit/keys/hourly-%d" % n, {"auto_rotate_period": "1h"})
h.post("transit/keys/monthly", {"auto_rotate_period": "720h"})
h.post("transit/keys/never")
items = rotation(kind="key")["items"]
check("keys with a period are told, soonest first", len(items) == 6 and
      items[-1]["name"] == "monthly" and items[0]["period"] == 3600 and
      [i["next"] for i in items] == sorted(i["next"] for i in items), items)
check("each an hour from now at most, no two at once", len({i["next"] for i in items}) == 6 and
      not any(i["overdue"] for i in items))
pages, after = [], ""
while len(pages) < 10:
    page = rotation(kind="key", limit=2, after=after)
    pages.append([i["name"] for i in page["items"]])
    after = page["after"]
    if not after:
        break
check("they can be read in pages", sum(pages, []) == [i["name"] for i in items], pages)
check("by mount, and by name", rotation(mount="transit/", name="monthly")["items"] == items[-1:] and
      rotation(mount="secret/")["items"] == [])
h.post("transit/keys/monthly/config", {"auto_rotate_period": "0"})
h.post("transit/keys/hourly-0/config", {"deletion_allowed": True})
h.call("DELETE", "transit/keys/hourly-0")
check("without a period, or deleted, they are not", sorted(
    i["name"] for i in rotation(kind="key")["items"]) == ["hourly-%d" % n for n in range(1, 5)])

old_text = h.post("transit/encrypt/never", {"plaintext": "aGVsbG8="}).data["ciphertext"]
h.post("transit/keys/never/rotate")
h.post("transit/encrypt/never", {"batch_input": [{"plaintext": "aGVsbG8="}] * 3})
h.post("transit/decrypt/never", {"ciphertext": old_text})
h.post("transit/decrypt/never", {"ciphertext": "vault:v1:AAAA"})
used = h.get("transit/keys/never/usage").data
check("use is counted by version, failures are not", {
    n: (v["encrypt"], v["decrypt"], v["sign"], v["verify"]) for n, v in used["versions"].items()} ==
    {"1": (1, 1, 0, 0), "2": (3, 0, 0, 0)} and used["latest_version"] == 2, used)
h.post("sys/seal")
h.unseal()
check("a seal forgets none of it", h.get("transit/keys/never/usage").data == used)
h.post("transit/rewrap/never", {"ciphertext": old_text})
check("a stop neither", h.stop() == 0)
h.start().unseal()
again = h.get("transit/keys/never/usage").data["versions"]
check("both ends of a rewrap count", again["1"]["decrypt"] == 2 and again["2"]["encrypt"] == 4, again)
h.kill()
h.start().unseal()
check("what was written survives a kill", h.get("transit/keys/never/usage").data["versions"] == again)

# -- new shares by the old ones
old = h.shares
begun = h.post("sys/rotate/root/init", {"secret_shares": 3, "secret_threshold": 2,
                                        "require_verification": True})
nonce = begun.data["nonce"]
check("new shares are asked for", begun.data["started"] and begun.data["n"] == 3 and
      begun.data["required"] == 3 and begun.data["verification_required"], begun)
for share in old[1:4]:
    reply = h.post("sys/rotate/root/update", {"key": share, "nonce": nonce})
new = reply.data["keys_base64"]
check("three old ones make them", reply.data["complete"] and len(new) == 3 and
      reply.data["verification_required"], reply)
verify = {"nonce": reply.data["verification_nonce"]}
check("they are to be given back", h.get("sys/rotate/root/verify").data ==
      {"nonce": verify["nonce"], "started": True, "t": 2, "n": 3, "progress": 0})
reply = h.post("sys/rotate/root/verify", {"key": new[2], **verify})
check("one came back", reply.data["progress"] == 1, reply)
h.post("sys/seal")
h.unseal()
check("until both came back the old ones open, and a seal ends it",
      h.get("sys/rotate/root/init").data["started"] is False)

begun = h.post("sys/rotate/root/init", {"secret_shares": 3, "secret_threshold": 2})
check("given up", h.call("DELETE", "sys/rotate/root/init").status == 204)
check("it is not under way", h.get("sys/rotate/root/init").data ==
      {"n": 0, "t": 0, "started": False, "required": 3})
begun = h.post("sys/rotate/root/init", {"secret_shares": 3, "secret_threshold": 2})
for share in old[:3]:
    reply = h.post("sys/rotate/root/update", {"key": share, "nonce": begun.data["nonce"]})
new = reply.data["keys_base64"]
check("without verification they count at once", reply.data["complete"] and
      not reply.data["verification_required"], reply)
check("the vault stayed open", h.get("sys/seal-status").json["sealed"] is False)
h.kill()
h.start()
reply = h.post("sys/unseal", {"key": old[0]})
check("an old share is none any more", reply.status == 400 and "not a share" in reply.errors, reply)
h.shares, h.threshold = new, 2
h.unseal()
check("two new ones open it", h.get("sys/seal-status").json["t"] == 2)

# -- the policy of operators
h.policy("operator", 'path "secret/*" { capabilities = ["read"] }')
check("operators locked themselves out", h.get("sys/key-status").status == 403)
reply = h.post("sys/restore-policy", {"key": new[0]})
check("one share is not enough", reply.data["progress"] == 1 and not reply.data["complete"] and
      h.get("sys/key-status").status == 403, reply)
reply = h.post("sys/restore-policy", {"key": new[1]})
check("two put the policy back", reply.data["complete"] and
      h.get("sys/key-status").status == 200, reply)

# -- the older form, where the configuration has it
h.stop()
h.edit('hublet ', 'rekey_paths = "on"\nhublet ')
h.start().unseal()
idle = h.get("sys/rekey/init")
check("the older form answers without an envelope", idle.json == {
      "started": False, "n": 0, "t": 0, "required": 2, "nonce": "", "progress": 0,
      "verification_required": False, "verification_nonce": "", "pgp_fingerprints": None,
      "backup": False}, idle)
nonce = h.post("sys/rekey/init", {"secret_shares": 1, "secret_threshold": 1}).json["nonce"]
for share in new[:2]:
    reply = h.call("PUT", "sys/rekey/update", {"key": share, "nonce": nonce})
check("and makes new shares", reply.json["complete"] and len(reply.json["keys"]) == 1 and
      reply.json["nonce"] == nonce, reply)
h.shares, h.threshold = reply.json["keys_base64"], 1
h.post("sys/seal")
h.unseal()
check("which open the vault", h.get("sys/seal-status").json["n"] == 1)
