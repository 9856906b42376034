#!/usr/bin/env python3
"""Not even the user as whom they run may look into keeper and gates, the keeper has no way to the
network, and without locked memory there is no vault."""
import ctypes
import errno
import os
import pwd
import re
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import possess  # noqa: E402
from hublet import BUILD, SLOW, VAULTD, Hublet, check, ready, skip, until  # noqa: E402

PTRACE_SEIZE = 0x4206

if os.geteuid() != 0:
    skip("(all of it)", "only root starts it as somebody else")
    sys.exit()

h = ready()
h.post("secret/data/billing/stripe", {"data": {"key": "value"}})
children = h.children()
keeper = children["keeper"][0]
with open(h.path("vaultd.hcl")) as f:
    user = pwd.getpwnam(re.search(r'user *= "(\w+)"', f.read())[1])
AS_USER = ["setpriv", "--reuid=%d" % user.pw_uid, "--regid=%d" % user.pw_gid, "--clear-groups"]


def attempt(*words):
    return subprocess.run([*AS_USER, *words], capture_output=True, stdin=subprocess.DEVNULL)


def trace(pid):
    """Attach to a process as the user: the error of ptrace(2), 0 when it worked."""
    libc = ctypes.CDLL(None, use_errno=True)
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setresgid(*[user.pw_gid] * 3)
        os.setresuid(*[user.pw_uid] * 3)
        os._exit(ctypes.get_errno() if libc.ptrace(PTRACE_SEIZE, pid, 0, 0) != 0 else 0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


bystander = subprocess.Popen([*AS_USER, "sleep", "60"])
until(lambda: os.stat("/proc/%d" % bystander.pid).st_uid == user.pw_uid)
if trace(bystander.pid) == 0:
    check("%s may trace another process of its own: the control" % user.pw_name, True)
else:
    skip("the control of tracing", "this kernel lets nobody trace his own")
bystander.kill()
bystander.wait()
with open("/proc/%d/status" % keeper) as f:
    check("the keeper runs as %s: the control" % user.pw_name,
          re.search(r"^Uid:\s+(\d+)", f.read(), re.M)[1] == str(user.pw_uid))
check("%s may read what is its own: the control" % user.pw_name,
      attempt("cat", "/proc/self/maps").returncode == 0)
for name, pid in [("main", h.process.pid), ("keeper", keeper)] + \
        [("a gate", pid) for pid in children["gate"]]:
    for what in "maps", "mem", "environ", "auxv":
        tried = attempt("head", "-c1", "/proc/%d/%s" % (pid, what))
        check("%s cannot read %s of %s" % (user.pw_name, what, name),
              tried.returncode != 0 and not tried.stdout, tried)
    tried = attempt("ls", "/proc/%d/fd" % pid)
    check("nor its descriptors", tried.returncode != 0 and not tried.stdout, tried)
    if name != "main":
        check("nor trace it", trace(pid) == errno.EPERM)

lines = []
for table in "tcp", "tcp6", "udp", "udp6":
    with open("/proc/%d/net/%s" % (keeper, table)) as f:
        lines += [line.split()[9] for line in f.read().splitlines()[1:]]
held = [os.readlink("/proc/%d/fd/%s" % (keeper, fd)) for fd in os.listdir("/proc/%d/fd" % keeper)]
sockets = {at[len("socket:["):-1] for at in held if at.startswith("socket:")}
check("the keeper has sockets, and none of the network", sockets and lines and
      not sockets & set(lines), held)

# ---- what a broken one could ask of the kernel, asked in the running process

ANYWHERE = ("openat", possess.CWD, "/etc/passwd", os.O_RDONLY, 0)
ASKED = [
    ("keeper", "EACCES", "a file elsewhere, by Landlock", ANYWHERE),
    ("keeper", "EACCES", "a new file elsewhere",
     ("openat", possess.CWD, "/tmp/x", os.O_WRONLY | os.O_CREAT, 0o600)),
    ("keeper", "SIGSYS", "a socket of the network", ("socket", socket.AF_INET, socket.SOCK_STREAM, 0)),
    ("keeper", "SIGSYS", "another program", ("execve", "/bin/sh", 0, 0)),
    ("keeper", "SIGSYS", "power over another process", ("ptrace", possess.ATTACH, 1, 0, 0)),
    ("gate", "SIGSYS", "a file", ANYWHERE),
    ("gate", "SIGSYS", "a socket of its own", ("socket", socket.AF_INET, socket.SOCK_STREAM, 0)),
    ("gate", "SIGSYS", "another program", ("execve", "/bin/sh", 0, 0)),
    ("gate", "SIGSYS", "code in its memory", ("mprotect", 0x10000, 4096, 7)),
    ("gate", "SIGSYS", "power over another process", ("ptrace", possess.ATTACH, 1, 0, 0)),
]

if possess.POSSIBLE and "sanitize" not in BUILD:
    check("a running process is made to ask: the control", possess.ask(keeper, "getpid") == keeper and
          possess.outcome(keeper, "openat", possess.CWD, h.path("audit.log"), os.O_RDONLY, 0) == "done")
    for role, answer, what, call in ASKED:
        if answer == "EACCES" and "no Landlock" in h.log():
            skip("a running keeper that asks for " + what, "this kernel has no Landlock")
            continue
        told = possess.outcome(h.children()[role][0], *call)
        check("a running %s that asks for %s: %s" % (role, what, answer), told == answer, told)
        if answer == "SIGSYS" and role == "keeper":
            h.process.wait(20 * SLOW)
            h.start().unseal()
        until(lambda: len(h.children()["gate"]) > 1 and h.refusal("operator") == "")
    check("and it serves on", h.get("secret/data/billing/stripe").status == 200)
else:
    skip("what running processes may ask of the kernel", "this needs root, on x86-64")

if "sanitize" in BUILD:
    skip("refusing to start without locked memory", "sanitizers need more memory than that")
    sys.exit()
plain = Hublet("plain")
little = ["prlimit", "--memlock=65536"]
tried = subprocess.run([*little, VAULTD, "-config", plain.path("vaultd.hcl")],
                       capture_output=True, text=True, timeout=20 * SLOW)
check("root's vault without memory to lock does not start, and says what to do",
      tried.returncode > 0 and "RLIMIT_MEMLOCK" in tried.stderr, tried)
plain.start("-dev", wrapper=little)
check("with -dev it starts, and warns",
      until(lambda: "may be swapped out" in plain.log()), plain.log())
