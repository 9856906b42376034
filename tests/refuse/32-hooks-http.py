#!/usr/bin/env python3
"""The http hook speaks only to the provider that its description names, and neither a value nor a
reply makes it say or send anything else."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check  # noqa: E402
from hooked import Hook  # noqa: E402
from provider import DESCRIPTION, MASTER, Provider, describe  # noqa: E402

CANARY = "canary-of-a-pending-key"
KEY = {"key": CANARY, "key_id": "k1"}

provider, stranger = Provider(), Provider(names="DNS:stranger.example")


def hook_of(text=None):
    return Hook("http", {"provider": "acme", "scope": "s"}, {"key": MASTER},
                files={"acme.json": text or provider.description()})


def get(url, **more):
    return {"method": "GET", "url": url, "headers": {"Authorization": "Bearer {{pending.key}}"},
            **more}


def refused(sentence, ran, *words, asked=0):
    """Not done, said so without a value, and the providers were asked that often."""
    check(sentence, ran.status == 1 and ran.error != "" and all(w in ran.error for w in words) and
          CANARY not in ran.output + ran.complaint and MASTER not in ran.output + ran.complaint and
          len(provider.requests + stranger.requests) == asked, ran)
    del provider.requests[:], stranger.requests[:]


def tried(sentence, text, *words, asked=0, pending=None):
    """The test of a key, with such a description."""
    hook = hook_of(text)
    ran = hook.run("test", pending=pending or KEY)
    if hook.leaks(CANARY, MASTER):
        check("nobody sees a key", False, sentence)
    refused(sentence, ran, *words, asked=asked)
    hook.remove()


# ---- addresses

for host in ("127.0.0.1", "localhost", "0.0.0.0", "127.1", "0x7f.0.0.1", "2130706433", "10.1.2.3",
             "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
             "255.255.255.255", "[::1]", "[::]", "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]",
             "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]"):
    tried("a provider at %s is refused" % host,
          describe("https://%s:%d" % (host, provider.port), networks=None), "no public address")
tried("what one network allows, another is not",
      describe("https://127.0.0.1:%d" % provider.port, networks=["10.0.0.0/8"]), "127.0.0.1")

# ---- certificates

tried("a certificate of nobody is refused", describe(provider.base), "not trusted")
tried("one of another name too", describe(stranger.base, ca=stranger.ca), "not trusted")
tried("one by another authority too", describe(provider.base, ca=stranger.ca), "test:")

# ---- urls

for url in ("http://127.0.0.1:%d/" % provider.port, "https://{{parameters.scope}}/", "file:///etc",
            "https://127.0.0.1{{parameters.scope}}/", "https://good@127.0.0.1/",
            "https://127.0.0.1",
            "https://127.0.0.1\\@x/", "https://127.0.0.1:99999999/", "//127.0.0.1/", "", "-o x",
            "https://127.0.0.1?/"):
    tried("%r is no url of a description" % url, provider.description(test=get(url)), "url")
for word, path in (("..", None), (".", None), ("../..", "..%2F.."), ("%2e%2e", "%252e%252e")):
    hook = hook_of()
    ran = hook.run("retire", previous={"key_id": word, "key": CANARY})
    check("an id %r does not climb" % word, [r[1] for r in provider.requests] == (
        ["/v1/keys/" + path] if path else []) and (path or "climb" in ran.error), ran)
    del provider.requests[:]
    hook.remove()

# ---- values in headers, in templates

for value in ("a\r\nX-Evil: 1", "a\nb", "a" + chr(0) + "b", "a" + chr(127)):
    tried("%r is not written into a header" % value, None, pending={"key": value + CANARY})
tried("a value that looks like a template stays a value", None, "401", asked=1,
      pending={"key": "{{with.key}}"})
for template in ("{{", "{{with}}", "{{nobody.key}}", "{{pending.nothing}}", "{{ with.key", "{{}}",
                 "{{pending.key.x}}", "{{step.x}}"):
    tried("%r names nothing" % template, provider.description(test=get(
        provider.base + "/v1/me", headers={"X-Key": template})))
for name in ("X Key", "X:Key", "", "X\nKey", "@/etc/passwd"):
    tried("%r is no header" % name, provider.description(test=get(
        provider.base + "/v1/me", headers={name: "v"})), "header")
for method in ("TRACE", "GET\"\nurl = \"file:///etc/passwd", "-X", "get"):
    tried("%r is no method" % method, provider.description(test=get(
        provider.base + "/v1/me", method=method)), "method")
for value in ("@/etc/passwd", "\"\nurl = \"https://evil.example/", "\\", "\\\"", "-K /etc/passwd"):
    tried("%r is a value, and nothing else" % value, provider.description(test=get(
        provider.base + "/v1/me", method="POST", form={"f": "{{pending.key}}"})), "test:",
          asked=0 if "\n" in value else 1, pending={"key": value})

# ---- redirects

at = "https://127.0.0.1:%d/v1/me" % stranger.port
for redirects, to, word, asked in (
        (None, "/v1/me", "redirects", 1), (3, at, "host", 1),
        (3, at.replace("https", "http"), "host", 1), (3, "file:///etc/passwd", "", 1),
        (2, "/loop", "redirects", 3), (3, "https://u:p@127.0.0.1:%d/" % provider.port, "host", 1)):
    provider.redirect = to
    tried("a redirect to %s is refused where %s are allowed" % (to, redirects),
          provider.description(redirects=redirects, test=get(provider.base + "/loop")),
          word, asked=asked)
tried("a redirect that would lose the method too", provider.description(redirects=3, test=get(
    provider.base + "/loop", method="POST", json={})), "method", asked=1)
key = provider.make("by hand")
provider.redirect = "/v1/me"
hook = hook_of(provider.description(redirects=1, test=get(provider.base + "/loop")))
check("one within the same host that the description allows is followed",
      hook.run("test", pending={"key": key["secret"]}).status == 0 and len(provider.requests) == 2)
del provider.requests[:]

# ---- descriptions

for name in ("../acme", "/etc/passwd", "acme.json/..", ".acme", "", "a" * 99, "acme" + chr(0),
             "acm\u00e9"):
    hook.parameters["provider"] = name
    refused("%.20r names no description" % name, hook.run("test", pending=KEY), "provider")
hook.parameters["provider"] = "other"
refused("one that is not there is asked for", hook.run("test", pending=KEY), "other.json")
hook.parameters["provider"] = "acme"
path = os.path.join(hook.root, "acme.json")
os.chmod(path, 0o666)
refused("one that others can write is not read", hook.run("test", pending=KEY), "chmod go-w")
os.chmod(path, 0o644)
os.rename(path, path + ".old")
os.symlink(path + ".old", path)
refused("nor one behind a link", hook.run("test", pending=KEY))
hook.remove()
for text in (" ", "[]", "7", "{}", "{\"test\": 7}", "{\"test\": {}}", "[" * 100000):
    tried("%.20r is no description" % text, text)
tried("without a test no key is served", provider.description(test=None), "no call \"test\"")
hook = hook_of(provider.description(revoke=None))
check("without a call to revoke, retire is not supported",
      hook.run("retire", previous=KEY).status == 64 and hook.run("abandon").status == 64)
check("nor is a step of no name", hook.run("explode").status == 64)
for text in ("", "[]", "{}", "\"test\"", "{\"step\": \"test\"}"):
    refused("%r is no document" % text, hook.feed(text))

# ---- replies

told = {"url": provider.base + "/told"}
for reply, word in (({"keys": "none"}, "nothing at"), ({"keys": None}, "nothing at"),
                    ([], "nothing at"), (None, "nothing at"),
                    ({"keys": [{"name": "vaultd " + hook.rotation, "id": ["x"]}]}, "may hold")):
    provider.reply = reply
    ours = hook_of(provider.description(find={**DESCRIPTION["find"], **told}))
    ours.rotation = hook.rotation
    refused("%.40r hides no key" % (reply,), ours.run("create"), word, asked=1)
    ours.remove()
for where in ({}, {"/name": "vaultd"}, {"/name": "{{parameters.scope}}"}):
    ours = hook_of(provider.description(find={**DESCRIPTION["find"], "where": where}))
    refused("a find that could find others' keys is not asked: %r" % where, ours.run("create"),
            "others' keys")
    ours.remove()
hook.remove()
for secret in (None, "", [], {}, True, "a" + chr(0) + "b", 1.5):
    provider.reply = {"key": {"id": "x", "secret": secret}}
    hook = hook_of(provider.description(find=None, create={**DESCRIPTION["create"], **told}))
    refused("%r is no key" % (secret,), hook.run("create"), "lacks key", "may hold", asked=1)
    hook.remove()
for p in provider, stranger:
    p.remove()
