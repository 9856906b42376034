#!/usr/bin/env python3
"""Each process holds what it needs and no more: no root, no new privileges, a filter of system
calls, no core, no other descriptors; and keys are in locked memory or nowhere."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import BUILD, VAULTD, Hublet, check, ready, skip, until  # noqa: E402

ROOT = os.geteuid() == 0
HOOKS = 'hooks {\n\tdirectory = "/usr/bin"\n\tuser = "daemon"\n}\n'
h = ready(lines="gates = 2\n" + (HOOKS if ROOT else ""))
until(lambda: h.children()["runner"] or not ROOT, 10)
children = h.children()
check("there are main, one keeper and two gates",
      len(children["keeper"]) == 1 and len(children["gate"]) == 2, children)


def status(pid):
    with open("/proc/%d/status" % pid) as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def descriptors(pid):
    """What each one is: socket, /dev/null, the names of files."""
    kinds = []
    for fd in os.listdir("/proc/%d/fd" % pid):
        at = os.readlink("/proc/%d/fd/%s" % (pid, fd))
        kinds.append(at.split(":")[0] if ":[" in at or at.startswith("anon_inode") else at)
    return sorted(kinds)


named = [("main", h.process.pid)] + [("keeper", pid) for pid in children["keeper"]] + \
    [("gate", pid) for pid in children["gate"]] + \
    [(role, pid) for role in ("starter", "runner") for pid in children[role]]
check("there are a starter and a runner of hooks, where there are hooks",
      len(children["starter"]) == len(children["runner"]) == ROOT, children)
MAY = ("main", "starter", "runner")  # become another user
for name, pid in named:
    s = status(pid)
    check("%s is not root" % name, "0" not in s["Uid"].split() or not ROOT, s["Uid"])
    check("%s has %s" % (name, "four capabilities at most" if name in MAY else "no capability"),
          bin(int(s["CapEff"], 16)).count("1") <= (4 if name in MAY else 0), s["CapEff"])
    if name != "starter":
        check("%s passes none on" % name, int(s["CapAmb"], 16) == 0, s["CapAmb"])
    check("%s gains no privileges" % name, s["NoNewPrivs"].strip() == "1")
    check("%s has a filter of system calls" % name, s["Seccomp"].strip() == "2")
    with open("/proc/%d/limits" % pid) as f:
        limits = {line[:25].strip(): line[25:].split()[:2] for line in f}
    check("%s writes no core" % name, limits["Max core file size"] == ["0", "0"], limits)
    if name == "gate":
        files = limits["Max open files"]
        check("a gate has all descriptors that it may have", files[0] == files[1], files)
    if ROOT and name != "main":
        with open("/proc/%d/environ" % pid, "rb") as f:
            words = [word.split(b"=")[0] for word in f.read().split(b"\0") if word]
        check("%s knows two words of the environment at most" % name,
              set(words) <= {b"LOG_FORMAT", b"JOURNAL_STREAM"}, words)
    if ROOT:
        owner = os.stat("/proc/%d/mem" % pid).st_uid
        check("%s is not dumpable: its memory is root's to look at" % name, owner == 0, owner)

if ROOT:
    for name, pid in named[1:]:
        open_ = descriptors(pid)
        files = [at for at in open_ if at.startswith("/")]
        here = [at for at in files if at.startswith(h.dir) and at != h.path("vaultd.log")]
        other = [at for at in files if not at.startswith(h.dir) and at != "/dev/null" and
                 not at.startswith(("/memfd", "/dev/shm")) and "secretmem" not in at]
        if name == "keeper":
            allowed = [h.path("data"), h.path("data/data.mdb"), h.path("data/lock.mdb"),
                       h.path("data/lock"), h.dir, h.path("audit.log")]
            check("the keeper has its store and its audit open, nothing else of the Hublet",
                  h.path("data/data.mdb") in here and set(here) <= set(allowed), here)
        else:
            check("%s has no file of the Hublet open" % name, not here, here)
        check("%s has no other file open" % name,
              set(other) <= {"/usr/bin"} if name in MAY else not other, other)
else:
    skip("open descriptors", "only root may look")

# A child does not serve a stranger, and the program does not start twice on one store.
run = subprocess.run([VAULTD, "-child", "keeper", "0", "1"], stdin=subprocess.DEVNULL,
                     capture_output=True, timeout=20)
check("started by hand a child ends at once", run.returncode != 0)
run = subprocess.run([VAULTD, "-config", h.path("vaultd.hcl")], stdin=subprocess.DEVNULL,
                     capture_output=True, text=True, timeout=30)
check("a second vaultd on the same store does not start", run.returncode != 0, run.stderr)
check("... and the first serves on", h.get("sys/health").status == 200)
h.remove()

if not ROOT:
    skip("refusing to start without locked memory", "only root may become somebody else")
elif "sanitize" in BUILD:
    skip("refusing to start without locked memory", "sanitizers need more memory than that")
else:
    poor = Hublet("poor")
    vaultd = os.path.join(poor.root, "vaultd")
    shutil.copy(VAULTD, vaultd)
    os.chmod(vaultd, 0o755)
    subprocess.run(["chown", "-R", "nobody", poor.dir], check=True)
    as_nobody = ["prlimit", "--memlock=65536:65536", "setpriv", "--reuid=nobody", "--regid=nogroup",
                 "--clear-groups", vaultd, "-config", poor.path("vaultd.hcl")]
    run = subprocess.run(as_nobody, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         timeout=30)
    check("without memory to lock it does not start", run.returncode != 0)
    check("... and says what to do about it",
          any(word in run.stderr for word in ("MEMLOCK", "memlock", "lock")), run.stderr)
    with open(poor.path("vaultd.log"), "w") as log:
        poor.process = subprocess.Popen(as_nobody + ["-dev"], stdin=subprocess.DEVNULL, stdout=log,
                                        stderr=log)
    check("for development it does", until(poor.answers, 10))
    check("... and warns", "warn" in poor.log() and "lock" in poor.log(), poor.log())
