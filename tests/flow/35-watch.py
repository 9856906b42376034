#!/usr/bin/env python3
"""A service has its secrets as they are now: in a file that follows them, whatever becomes of the
vault meanwhile, or from the program that starts it."""
import glob
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import SLOW, VAULTCTL, check, is_gone, ready, skip, until  # noqa: E402

AT = "secret/billing/db"
h = ready()
file, runs, template = h.path("db"), h.path("runs"), h.path("db.in")
shm = "/dev/shm/vaultd-test-%d" % os.getpid()
started = []


def write(data):
    reply = h.post("secret/data/billing/db", {"data": data})
    assert reply.status == 200, reply


def content(path):
    try:
        with open(path) as f:
            return f.read()
    except OSError:
        return None


def start(*words, who="billing"):
    """vaultctl in the background: its process; what it says is in the file .said."""
    said = h.path("said-%d" % len(started))
    with open(said, "w") as f:
        p = subprocess.Popen([VAULTCTL, *words], env=h.environment(who), stdin=subprocess.DEVNULL,
                             stdout=f, stderr=f)
    p.said = said
    started.append(p)
    return p


def says(p, word, seconds=15):
    return until(lambda: word in content(p.said), seconds)


def arguments():
    """Of all processes."""
    found = b""
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as f:
                found += f.read()
        except OSError:
            pass
    return found


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        return [int(p) for p in f.read().split()]


# ---- a file, once

write({"user": "app", "password": "first'1"})
said = h.ctl("watch", "-once", "-secret=" + AT, "-file=" + file, who="billing")
check("all fields are a JSON object", said.returncode == 0 and
      json.loads(content(file)) == {"user": "app", "password": "first'1"}, said)
check("for its owner alone", os.stat(file).st_mode & 0o7777 == 0o600)
with open(template, "w") as f:
    f.write("user={{user}}\npassword={{shell password}}\n")
os.unlink(file)
said = h.ctl("watch", "-once", "-secret=" + AT, "-file=" + file, "-template=" + template,
             "-mode=0640", "-owner=%d:%d" % (os.getuid(), os.getgid()), who="billing")
check("or what a template makes of them", said.returncode == 0 and
      content(file) == "user=app\npassword='first'\\''1'\n", said)
check("in the mode that was asked for", os.stat(file).st_mode & 0o7777 == 0o640)
inode = os.stat(file).st_ino
said = h.ctl("watch", "-once", "-secret=" + AT, "-file=" + file, "-template=" + template,
             "-mode=0640", "-command=touch " + runs, who="billing")
check("a file that is right is left alone, and no command runs", said.returncode == 0 and
      os.stat(file).st_ino == inode and content(runs) is None, said)

# ---- a file that follows

h.issue("billing", None, "-ttl=8s")
hurried = time.monotonic() + 8
os.unlink(file)
watch = start("watch", "-secret=" + AT, "-file=" + file, "-field=password", "-poll=1s",
              "-command=sh -c 'wc -c <%s >>%s'" % (file, runs))
check("one field, bare", until(lambda: content(file) == "first'1"), content(watch.said))
check("and the command has run, once", until(lambda: content(runs) == "7\n"), content(runs))
h.issue("billing")
write({"user": "app", "password": "second"})
check("a new version replaces it", until(lambda: content(file) == "second", 15),
      content(watch.said))
check("and the command has run again", until(lambda: content(runs) == "7\n6\n"), content(runs))
write({"user": "other", "password": "second"})
time.sleep(3)
check("a version that changes nothing in the file runs nothing", content(runs) == "7\n6\n",
      content(runs))
time.sleep(max(0, hurried + 1 - time.monotonic()))
write({"user": "app", "password": "third"})
check("a renewed certificate is used when the old one has expired",
      until(lambda: content(file) == "third", 15), content(watch.said))

assert h.ctl("operator", "seal").returncode == 0
check("a sealed vault is told of", says(watch, "sealed", 20), content(watch.said))
check("and the file stays", content(file) == "third")
h.unseal()
write({"user": "app", "password": "fourth"})
check("unsealed, the file follows again", until(lambda: content(file) == "fourth", 40),
      content(watch.said))

h.kill()
check("so does one that is dead", says(watch, "is vaultd running there?", 30), content(watch.said))
check("and the file stays", content(file) == "fourth")
h.start().unseal()
write({"user": "app", "password": "fifth"})
check("and comes back", until(lambda: content(file) == "fifth", 60), content(watch.said))
check("the command has run once for each change", until(lambda: content(runs).count("\n") == 5),
      content(runs))
check("what was said holds no value", not any(v in content(watch.said) for v in
      ("first", "second", "third", "fourth", "fifth")), content(watch.said))
check("nothing else lies beside the file", sorted(glob.glob(file + "*")) == [file, template])
watch.terminate()
watch.wait()

watch = start("watch", "-secret=" + AT, "-file=" + file, "-template=" + template, "-poll=1s")
check("a template follows", until(lambda: content(file) == "user=app\npassword='fifth'\n"),
      content(watch.said))
write({"user": "app"})
check("one that names a field that is gone is told of, by its line",
      says(watch, "line 2: the secret has no field password"), content(watch.said))
check("and the last good file stays", content(file) == "user=app\npassword='fifth'\n")
write({"user": "app", "password": "sixth"})
check("until the field is back", until(lambda: content(file) ==
      "user=app\npassword='sixth'\n", 40), content(watch.said))
watch.terminate()
watch.wait()

h.policy("plain", 'path "plain/*" { capabilities = ["create", "update", "read"] }\n'
         'path "sys/mounts/*" { capabilities = ["create", "update", "sudo"] }')
h.role("operators", "operator/*", ["secrets", "plain"])
made = h.post("sys/mounts/plain", {"type": "kv", "options": {"version": "1"}})
h.post("plain/app/key", {"key": "one"})
watch = start("watch", "-secret=plain/app/key", "-file=" + h.path("key"), "-field=key", "-poll=1s",
              who="operator")
check("where no versions are kept the file follows too", until(lambda: content(h.path("key")) ==
      "one"), (made, content(watch.said)))
h.post("plain/app/key", {"key": "two"})
check("by asking now and then", until(lambda: content(h.path("key")) == "two"), content(watch.said))
watch.terminate()
watch.wait()

# ---- a program with secrets

said = h.ctl("exec", "-secret=" + AT, "-env", "--", "echo", "-n", "one", "two words",
             who="billing")
check("a program has its own arguments, and no others", said.stdout == "one two words", said)

SHOW = ("import json,os,sys; print(json.dumps([os.environ.get('PASSWORD'), "
        "os.environ.get('DB_PASSWORD'), sys.stdin.read()]))")


def run(*words, text=None):
    said = h.ctl("exec", "-secret=" + AT, *words, who="billing", text=text)
    return said, json.loads(said.stdout) if said.stdout.startswith("[") else None


said, got = run("--", "python3", "-c", SHOW, text="mine")
check("fields are variables, standard input is its own", got == ["sixth", None, "mine"], said)
said, got = run("-prefix=DB_", "--", "python3", "-c", SHOW, text="")
check("with a prefix, when it is asked for", got == [None, "sixth", ""], said)
said, got = run("-stdin", "--", "python3", "-c", SHOW)
check("or one object on standard input", got and got[:2] == [None, None] and
      json.loads(got[2]) == {"user": "app", "password": "sixth"}, said)
said = h.ctl("exec", "-secret=" + AT, "-files=" + shm, "--", "sh", "-c",
             "stat -c %%a %s %s/password; cat %s/password" % (shm, shm, shm), who="billing")
check("or files for nobody else", said.stdout == "700\n600\nsixth", said)
check("which are gone when it has ended", not os.path.exists(shm))
if os.getuid() == 0:
    private = h.path("private")
    os.mkdir(private)
    said = h.ctl("exec", "-secret=" + AT, "-files=" + private, "--", "sh", "-c",
                 "cat %s/password; ls /proc/%d/root%s" % (private, os.getpid(), private),
                 who="billing")
    if "needs root" in said.stderr:
        skip("a tmpfs over a directory", said.stderr)
    else:
        check("or in a tmpfs that others do not see", said.stdout == "sixth" and
              os.listdir(private) == [], said)
for words, code in ((["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -9 $$"], 137), (["true"], 0),
                    (["/no/such"], 127), (["/etc/passwd"], 126)):
    said, got = run("--", *words)
    check("the exit code is the program's: %d" % code, said.returncode == code, said)

for way in (["-env"], ["-stdin"], ["-files=" + shm]):
    p = start("exec", "-secret=" + AT, *way, "--", "sh", "-c",
              "trap 'echo told; exit 9' TERM; echo up; while :; do sleep 0.1; done")
    up = says(p, "up")
    check("no value stands in anybody's arguments with " + way[0], up and
          b"sixth" not in arguments() and b"exec" in arguments(), content(p.said))
    p.terminate()
    check("a signal is passed on", p.wait(10 * SLOW) == 9 and says(p, "told"), content(p.said))

# ---- a program that is told of changes

WAIT = "trap 'cat %s/password; echo' HUP; echo up; while :; do sleep 0.1; done" % shm
p = start("exec", "-secret=" + AT, "-files=" + shm, "-on-change=signal:HUP", "-poll=1s", "--",
          "sh", "-c", WAIT)
says(p, "up")
write({"user": "app", "password": "seventh"})
check("on a change the files are new when the signal comes", says(p, "seventh\n"), content(p.said))
check("and it was not started anew", content(p.said).count("up") == 1, content(p.said))
family = children(p.pid)
p.kill()
p.wait()
check("kill -9 of vaultctl leaves no program",
      until(lambda: all(map(is_gone, family))), family)
check("and no file", until(lambda: not os.path.exists(shm)))

p = start("exec", "-secret=" + AT, "-on-change=restart", "-poll=1s", "--", "sh", "-c",
          "echo is $PASSWORD; exec sleep 60")
says(p, "is seventh")
write({"user": "app", "password": "eighth"})
check("or it begins anew with the new values", says(p, "is eighth"), content(p.said))
p.send_signal(signal.SIGTERM)
check("and ends when it is told to", p.wait(10 * SLOW) == 143, content(p.said))

for p in started:
    if p.poll() is None:
        p.kill()
