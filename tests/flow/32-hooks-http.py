#!/usr/bin/env python3
"""The http hook makes, tries and revokes keys as a description says, and a provider that loses
replies keeps no key of which nobody knows."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check  # noqa: E402
from hooked import Hook, failed  # noqa: E402
from provider import MASTER, Provider  # noqa: E402

BAD = ("fails", "answers late", "hangs", "babbles", "nests", "floods")
TELLING = ("fails late", "hangs up")  # tried too with a provider that tells a key again

provider = Provider()


def hook_of(**more):
    return Hook("http", {"provider": "acme", "scope": "read \"only\""}, {"key": MASTER},
                files={"acme.json": provider.description(**more)})


def last(command):
    return [r for r in provider.requests if r[0] == command][-1]


# ---- a provider that does what it is asked

hook = hook_of()
first = provider.make("by hand")
current = {"key": first["secret"], "key_id": first["id"], "note": "kept"}
for _ in range(3):
    old, (current, told) = current, hook.rotate(current)
    check("a rotation ends well", failed(told) == [] and dict(told)["set"].status == 64, told)
    check("with one key that is valid, the one served", [k["secret"] for k in provider.valid()] ==
          [current["key"]] and current["key"] != old["key"], provider.keys)
check("other fields of the secret stay", current["note"] == "kept")
_, _, headers, body = last("POST")
check("the call has its id, so that a provider can know it again",
      headers["Idempotency-Key"] == hook.ids["create"])
check("and its body as the description has it",
      b'"vaultd %s"' % hook.rotation.encode() in body and b'["read \\"only\\""]' in body, body)
check("no command line and no environment has a key", b"curl" in hook.visible and
      hook.leaks(MASTER, current["key"], first["secret"]) == [])
check("retired again, it is as retired once",
      hook.run("retire", current=current, previous=old).status == 0)
check("what is served is not retired", hook.run("retire", current=current,
                                                previous=current).status == 0 and
      len(provider.valid()) == 1)

# ---- one that does not

for how in BAD + TELLING:
    for tells in (False, True)[:1 + (how in TELLING)]:
        provider.tells = tells
        hook.begin()
        provider.next = [how]
        start = time.monotonic()
        bad = hook.run("create", current=current)
        check("a provider that %s: the try fails, in time" % how, bad.status == 1 and
              bad.pending is None and time.monotonic() - start < 10, bad)
        check("and names what the provider may hold", hook.ids["create"] in bad.error and
              hook.rotation in bad.error and "may hold" in bad.error, bad.error)
        check("but no key", not any(k["secret"] in bad.output + bad.complaint
                                    for k in provider.valid()), bad)
        if how.endswith("late") or how == "hangs":
            time.sleep(0.7)  # until the provider has done what it was asked
        made = [k for k in provider.valid() if hook.rotation in k["name"]]
        good = hook.run("create", current=current)
        now = [k for k in provider.valid() if hook.rotation in k["name"]]
        check("the next try leaves one key, and tells it", good.status == 0 and len(now) == 1 and
              good.pending["key"] == now[0]["secret"], (good, provider.valid()))
        check("the one that was made, where the provider tells it; else a new one",
              made == [] or (now == made) is tells, (made, now))
        check("the test proves it", hook.run("test", pending=good.pending).status == 0)
        check("given up, it is revoked", hook.run("abandon", current=current,
                                                  pending=good.pending).status == 0 and
              [k["secret"] for k in provider.valid()] == [current["key"]], provider.valid())
provider.tells = False

hook.begin()
provider.next = ["hangs up", "hangs up"]
hook.run("create", current=current)
check("given up before the reply has come, the key is found and revoked",
      len(provider.valid()) == 2 and hook.run("abandon", current=current).status == 0 and
      [k["secret"] for k in provider.valid()] == [current["key"]], provider.valid())
provider.next = ["refuses"]
hook.begin()
ran = hook.run("create", current=current)
check("a refusal holds no key, and claims none", "403" in ran.error and
      "may hold" not in ran.error, ran)

# ---- one that cannot be asked what it holds, but knows a call again

hook.remove()
hook = hook_of(find=None)
provider.remembers, provider.next = True, ["hangs up"]
hook.begin()
bad = hook.run("create", current=current)
good = hook.run("create", current=current)
check("without a way to find it the key is named", hook.ids["create"] in bad.error, bad)
check("and the same call gives the same key", good.status == 0 and len(provider.valid()) == 2 and
      good.pending["key"] == provider.valid()[-1]["secret"], good)
hook.remove()

# ---- how values are written

extra = {"test": {"method": "POST", "url": "%s/v1/me?q={{pending.odd}}&x=1",
                  "basic": "{{pending.odd}}:{{pending.key}}",
                  "form": {"a": "{{pending.odd}}", "b": "2"}}}
odd = "a b&c=d/e?f#g%h\"i\\j{{with.key}}k\n\u00e9"
hook = Hook("http", {"provider": "acme"}, {"key": MASTER}, files={
    "acme.json": provider.description(**extra)})
hook.run("test", pending={"odd": odd, "key": "x"})
_, path, headers, body = last("POST")
check("a value in a url is one word of it", path == "/v1/me?q=a%20b%26c%3Dd%2Fe%3Ff%23g%25h%22i"
      "%5Cj%7B%7Bwith.key%7D%7Dk%0A%C3%A9&x=1", path)
check("in a form likewise", body == b"a=a+b%26c%3Dd%2Fe%3Ff%23g%25h%22i%5Cj%7B%7Bwith.key%7D%7Dk"
      b"%0A%C3%A9&b=2", body)
hook.remove()
extra["test"].pop("form")
extra["test"]["json"] = {"a": ["{{pending.odd}}", 7, None]}
hook = Hook("http", {"provider": "acme"}, {"key": MASTER}, files={
    "acme.json": provider.description(**extra)})
hook.run("test", pending={"odd": odd, "key": "x"})
check("and in JSON a string", json.loads(last("POST")[3]) == {"a": [odd, 7, None]},
      last("POST")[3])
hook.remove()
provider.remove()
