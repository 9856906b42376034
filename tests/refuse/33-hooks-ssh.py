#!/usr/bin/env python3
"""The ssh-keypair hook logs in at no host but the one of the plan, leaves no file without a key,
and runs nothing that a parameter or a key smuggles in."""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, skip  # noqa: E402
import sshd  # noqa: E402
from hooked import Hook  # noqa: E402

if not sshd.available():
    skip("the ssh-keypair hook", "OpenSSH's server cannot be installed here")
    sys.exit()
server = sshd.Server()
current, stranger = (sshd.make_pair(server.root, name) for name in ("first", "stranger"))
touched = os.path.join(server.root, "touched")
server.write("# mine", current["public_key"])
before = server.read()
pending = None


def refused(sentence, ran, *words):
    """Not done, said so, nothing of a private key in it, the file as it was."""
    secret = [p["private_key"].split("\n")[3] for p in (current, stranger)]
    check(sentence, ran.status == 1 and ran.error != "" and all(w in ran.error for w in words) and
          not any(s in ran.output + ran.complaint for s in secret) and server.read() == before and
          not os.path.exists(touched), ran)


def tried(sentence, *words, step="set", parameters=None, with_=None, **fields):
    hook = Hook("ssh-keypair", server.parameters(**(parameters or {})), with_)
    refused(sentence, hook.run(step, **{"current": current, "pending": pending, **fields}), *words)
    hook.remove()


hook = Hook("ssh-keypair", server.parameters())
pending = hook.run("create", current=current).pending

# ---- hosts

tried("a host with another key is not logged in at", "Host key verification failed",
      parameters={"host_key": " ".join(stranger["public_key"].split()[:2])})
tried("without the host's key no host is", "host_key", parameters={"host_key": ""})
for key in ("ssh-ed25519", "ssh-ed25519 AAAA\n* ssh-ed25519 BBBB", "* ssh-ed25519 AAAA",
            "@cert-authority ssh-ed25519 AAAA"):
    tried("%r is no host's key" % key, "host_key", parameters={"host_key": key})
tried("a host that takes no connection", "not in", parameters={"port": "1"})

# ---- keys

tried("a key that is not let in changes nothing", "Permission denied", current=stranger)
tried("nor does an administrator's", "\"with\" not in", with_=stranger)
tried("a pending key that is not in the file passes no test", "Permission denied", step="test")
for key in ("", "x", "-----BEGIN OPENSSH PRIVATE KEY-----\n", current["public_key"], 7, None,
            current["private_key"][:200], "/etc/ssh/ssh_host_ed25519_key", "a" + chr(0)):
    tried("%.24r is no private key" % (key,), "pending", pending={"private_key": key})

# ---- what parameters smuggle in

command = "touch " + touched
for name, values in (
        ("host", ("-oProxyCommand=" + command, "127.0.0.1 " + command, "$(%s)" % command, "a@b", "",
                  "127.0.0.1\n")),
        ("user", ("-oProxyCommand=x", "a;" + command, "a b", "", "$(id)", "root\n")),
        ("port", ("-1", "22 -oProxyCommand=x", "x", "", "999999", "22\n")),
        ("file", ("a';%s;'" % command, "$(%s)" % command, "a b", "", "a\nb", "-a", "a\"b",
                  "a\\b"))):
    for value in values:
        tried("%r is no %s" % (value, name), name, parameters={name: value})
tried("an administrator's user is looked at too", "user", with_=dict(current, user="-oX=y"))
tried("a file that is not there is not made", "no file", parameters={"file": touched})
hook.rotation = "x\nssh-ed25519 AAAA"
refused("a rotation's id is one", hook.run("set", current=current, pending=pending), "rotation")
hook.begin()

# ---- the file

refused("the last key of the file is not taken out", hook.run(
    "retire", current=pending, previous=current), "not in")
ran = Hook("ssh-keypair", server.parameters(), current).run(
    "retire", current=pending, previous=current)
refused("not even by an administrator", ran, "no key in")
server.write(current["public_key"], "# " + pending["public_key"],
             "ssh-ed25519 %sA x" % pending["public_key"].split()[1],
             "ssh-ed25519 x%s x" % pending["public_key"].split()[1])
before = server.read()
check("a line that only looks like the key stays",
      hook.run("retire", current=current, previous=pending).status == 0 and server.read() == before)
server.write(current["public_key"], "x" * (1 << 20))
before = server.read()
refused("a file without an end is not read", hook.run("set", current=current, pending=pending),
        "too long")

# Somebody else writes, in the moment between reading and writing.
server.write(current["public_key"])
ended = threading.Event()


def scribble():
    n = 0
    while not ended.is_set():
        n += 1
        text = current["public_key"] + "# %d\n" % n
        with open(server.keys + ".new", "w") as f:
            f.write(text)
        os.rename(server.keys + ".new", server.keys)
        time.sleep(0.002)


writer = threading.Thread(target=scribble)
writer.start()
ran = hook.run("set", current=current, pending=pending)
ended.set()
writer.join()
before = server.read()
refused("what somebody else writes meanwhile is not written over", ran, "meanwhile")

# ---- documents

check("an unknown step is not supported", hook.run("explode").status == 64)
for text in ("", "[]", "{}", "\"set\"", "{\"step\": \"set\"}", "[" * 100000):
    refused("%.20r is no document" % text, hook.feed(text))
check("and nobody saw a key", hook.leaks(*(
    line for pair in (current, pending, stranger)
    for line in pair["private_key"].split("\n")[1:5])) == [])
hook.remove()
