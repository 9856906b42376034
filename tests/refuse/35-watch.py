#!/usr/bin/env python3
"""Who may not read a secret gets no file and no program; what cannot be right touches nothing."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import VAULTCTL, check, ready, until  # noqa: E402

AT = "secret/billing/db"
VALUE = "hunter2"
h = ready()
place = h.path("place")
os.mkdir(place)
file = os.path.join(place, "db")
shm = "/dev/shm/vaultd-test-%d" % os.getpid()
h.post("secret/data/billing/db", {"data": {"password": VALUE, "user": "app"}})
h.post("secret/data/billing/more", {"data": {"password": "other"}})
h.post("secret/data/billing/odd", {"data": {"path": VALUE, "../x": VALUE, "nul": "a\0b"}})


def write(name, text):
    with open(h.path(name), "w") as f:
        f.write(text)
    return h.path(name)


def refused(sentence, why, *words, status, who="billing", **env):
    said = h.ctl(*words, who=who, **env)
    check(sentence, said.returncode == status and why in said.stderr and
          VALUE not in said.stderr + said.stdout and os.listdir(place) == [], said)


def watch(sentence, why, *words, status=1, **more):
    refused(sentence, why, "watch", *words, status=status, **more)
    refused(sentence + " (-once)", why, "watch", "-once", *words, status=status, **more)


# ---- who may not

NEEDS = "svc/mailer needs read on secret/data/billing/db"
watch("a caller without permission", NEEDS, "-secret=" + AT, "-file=" + file, who="mailer", status=2)
refused("nor does a program start", NEEDS, "exec", "-secret=" + AT, "--", "touch", file,
        who="mailer", status=2)
watch("a secret that there is none of", "nothing at secret/data/billing/none",
      "-secret=secret/billing/none", "-file=" + file, status=2)
refused("a program with one it may have and one it may not", "mailer/x: permission denied", "exec",
        "-secret=" + AT, "-secret=secret/mailer/x", "--", "touch", file, status=2)
watch("nobody's certificate", "no client certificate", "-secret=" + AT, "-file=" + file, who=None)
refused("a vault that is not there, asked once", "is vaultd running there?", "watch", "-once",
        "-secret=" + AT, "-file=" + file, status=2, VAULT_ADDR="https://127.0.0.1:1")

watch("a secret that comes wrapped", "-wrap-ttl", "-secret=" + AT, "-file=" + file, status=2,
      VAULT_WRAP_TTL="60s")

# ---- where no file can be

os.symlink(h.path("ca.pem"), h.path("link"))
for path, why in ((h.path("link"), "symbolic link"), (place, "directory"),
                  (place + "/none/db", "No such file"), ("/proc/db", "/proc/db")):
    watch("no file can be at " + os.path.basename(path), why, "-secret=" + AT, "-file=" + path)
with open(h.path("ca.pem")) as f:
    check("what a link points to is untouched", "BEGIN CERTIFICATE" in f.read())
watch("an owner that there is none of", "no user nobody-there", "-secret=" + AT, "-file=" + file,
      "-owner=nobody-there")
watch("a mode that is none", "octal", "-secret=" + AT, "-file=" + file, "-mode=rw")

# ---- what makes no file

watch("a template with a field that is not there", "line 2: the secret has no field pasword",
      "-secret=" + AT, "-file=" + file, "-template=" + write("bad.in", "{{user}}\n{{pasword}}\n"))
watch("one that is not there", "none.in", "-secret=" + AT, "-file=" + file,
      "-template=" + h.path("none.in"))
watch("a template and a field", "exclude", "-secret=" + AT, "-file=" + file, "-field=user",
      "-template=x")
watch("a field that is not there", "no field nobody", "-secret=" + AT, "-file=" + file,
      "-field=nobody")
watch("no secret", "-secret=PATH", "-file=" + file)
watch("no file", "-file=FILE", "-secret=" + AT)
watch("a command with an open quote", "not closed", "-secret=" + AT, "-file=" + file,
      "-command=sh -c 'x")
said = h.ctl("watch", "-once", "-secret=" + AT, "-file=" + h.path("out"),
             "-command=touch %s" % h.path("$(id);"), who="billing")
check("no shell reads a command", os.path.exists(h.path("$(id);")), said)
said = h.ctl("watch", "-once", "-secret=" + AT, "-file=" + h.path("out"), "-mode=0640",
             "-field=user", "-command=sh -c 'sleep 60 & sleep 60'", "-command-timeout=1s",
             who="billing")
check("a command that hangs is killed and told of", said.returncode == 1 and
      "more than 1 s" in said.stderr, said)
said = h.ctl("watch", "-once", "-secret=" + AT, "-file=" + h.path("out"), "-command=false",
             who="billing")
check("so is one that fails", said.returncode == 1 and "ended with status 1" in said.stderr, said)

# ---- a file that is there stays

os.rename(h.path("out"), file)
said = h.ctl("watch", "-secret=" + AT, "-file=" + file, who="mailer")
check("without permission the file that is there stays as it was", said.returncode == 2 and
      VALUE in open(file).read(), said)
os.unlink(file)

# ---- programs


def no_program(sentence, why, *words, status=1, at=AT):
    refused(sentence, why, "exec", "-secret=" + at, *words, "--", "touch", file, status=status)


no_program("two secrets with one field", "both secret/billing/db and secret/billing/more have a "
           "field password", "-secret=secret/billing/more")
no_program("a secret does not decide where programs are found", "PATH",
           at="secret/billing/odd")
no_program("nor what is loaded", "steers", "-prefix=LD_")
refused("nor replaces a variable", "has PASSWORD already", "exec", "-secret=" + AT, "--", "touch",
        file, status=1, PASSWORD="mine")
no_program("a field that would be a file elsewhere", "no file is here", "-files=" + shm,
           at="secret/billing/odd")
check("leaves no directory", not os.path.exists(shm))
no_program("files on a disk", "on a disk", "-files=" + h.path("files"))
check("are not even begun", not os.path.exists(h.path("files")))
no_program("a directory with something in it", "not an empty directory", "-files=" + h.dir)
no_program("two ways at once", "exclude", "-env", "-stdin")
no_program("a signal to a program that could see nothing new", "needs -files",
           "-on-change=signal:HUP")
no_program("a signal that there is none of", "signal:NAME", "-files=" + shm,
           "-on-change=signal:KILL")
no_program("another thing to do", "restart, signal:NAME", "-on-change=pray")
refused("no secret for a program", "-secret=PATH", "exec", "--", "touch", file, status=1)
refused("no program", "it takes", "exec", "-secret=" + AT, status=1)

with open(h.path("said"), "w") as f:
    p = subprocess.Popen([VAULTCTL, "exec", "-secret=" + AT, "-secret=secret/billing/more",
                          "-on-change=restart", "-poll=1s", "--", "sleep", "60"],
                         env=h.environment("billing"), stdout=f, stderr=f)
check("such a program does not run", p.wait(20) == 1)
h.post("secret/data/billing/more", {"data": {"api": "other"}})
with open(h.path("said"), "w") as f:
    p = subprocess.Popen([VAULTCTL, "exec", "-secret=" + AT, "-secret=secret/billing/more",
                          "-on-change=restart", "-poll=1s", "--", "sh", "-c",
                          "echo up; exec sleep 60"],
                         env=h.environment("billing"), stdout=f, stderr=f)
until(lambda: "up" in open(h.path("said")).read())
h.post("secret/data/billing/more", {"data": {"password": "other"}})
check("a version that cannot be handed over leaves the program as it is",
      until(lambda: "left as it is" in open(h.path("said")).read(), 15) and p.poll() is None and
      open(h.path("said")).read().count("up") == 1, open(h.path("said")).read())
h.post("secret/data/billing/db", {"data": {"user": "app"}})
check("until they fit together", until(lambda: open(h.path("said")).read().count("up") == 2, 15),
      open(h.path("said")).read())
p.terminate()
p.wait()
