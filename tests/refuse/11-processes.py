#!/usr/bin/env python3
"""Keeper and gates run as nobody, behind a filter, and cannot be dumped or traced; without locked
memory there is no vault."""
import os
import pwd
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import SLOW, VAULTD, Hublet, check, ready, skip, until  # noqa: E402

MAIN = {2, 5, 6, 7}  # to read any file (at a reload), to kill, to become a group and a user


def status(pid):
    with open("/proc/%d/status" % pid) as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f)


def descriptors(pid):
    """What each descriptor is; the numbers of sockets and the like left out."""
    return {int(fd): re.sub(r":\[\d+\]", "", os.readlink("/proc/%d/fd/%s" % (pid, fd)))
            for fd in os.listdir("/proc/%d/fd" % pid)}


def core_limit(pid):
    with open("/proc/%d/limits" % pid) as f:
        return re.search(r"^Max core file size +(\d+|unlimited) +(\d+|unlimited)", f.read(),
                         re.M).groups()


h = ready()
h.post("secret/data/billing/stripe", {"data": {"key": "value"}})
children = h.children()
root = os.geteuid() == 0
user = None
if root:
    with open(h.path("vaultd.hcl")) as f:
        user = pwd.getpwnam(re.search(r'user *= "(\w+)"', f.read())[1])
for name, pid in [("main", h.process.pid), ("keeper", children["keeper"][0])] + \
        [("gate", pid) for pid in children["gate"]]:
    s = status(pid)
    if root:
        check("%s: started by root, it is %s" % (name, user.pw_name),
              s["Uid"].split() == [str(user.pw_uid)] * 4 and
              s["Gid"].split() == [str(user.pw_gid)] * 4, (s["Uid"], s["Gid"]))
    check("%s: no new privileges" % name, s["NoNewPrivs"] == "1")
    check("%s: a filter of system calls" % name, s["Seccomp"] == "2")
    check("%s: no core files" % name, core_limit(pid) == ("0", "0"), core_limit(pid))
    if root:
        owner = os.stat("/proc/%d/maps" % pid).st_uid
        check("%s: not dumpable: /proc/PID is root's" % name, owner == 0, owner)
    if name != "main":
        check("%s: no capability at all" % name, all(
            int(s[cap], 16) == 0 for cap in ("CapEff", "CapPrm", "CapInh", "CapAmb")), s)
    else:
        have = {n for n in range(64) if int(s["CapEff"], 16) >> n & 1}
        check("main: of root's powers four at most", have <= MAIN, have)
    if name != "main" and not root:
        continue
    held = descriptors(pid)
    files = {path for path in held.values() if path.startswith("/")}
    beneath = {path for path in files if path not in ("/dev/null", h.path("vaultd.log"))}
    if name == "gate":
        check("gate: no file but the log", not beneath, held)
    if name == "keeper":
        check("keeper: no file outside the store and the audit", all(
            path.startswith(h.path("data")) or path in (h.path("audit.log"), h.dir)
            for path in beneath), held)
        with open("/proc/%d/net/tcp" % pid) as f:
            lines = f.read().splitlines()[1:]
        inodes = {os.readlink("/proc/%d/fd/%d" % (pid, fd))[8:-1]
                  for fd, what in held.items() if what == "socket"}
        check("keeper: no socket of the network", lines and not any(
            line.split()[9] in inodes for line in lines), held)
if not root:
    skip("users, descriptors, who owns /proc/PID", "only root starts it as somebody else")
if root:
    traced = subprocess.run(["setpriv", "--reuid", str(user.pw_uid), "--regid",
                             str(user.pw_gid), "--clear-groups", "cat",
                             "/proc/%d/maps" % children["keeper"][0]], capture_output=True)
    check("its own user cannot look into the keeper", traced.returncode != 0 and
          not traced.stdout, traced)

plain = Hublet("plain")
little = ["prlimit", "--memlock=65536"]
tried = subprocess.run([*little, VAULTD, "-config", plain.path("vaultd.hcl")],
                       capture_output=True, text=True, timeout=20 * SLOW)
check("memory that cannot be locked: it does not start, and says what to do",
      tried.returncode > 0 and "RLIMIT_MEMLOCK" in tried.stderr, tried)
plain.start("-dev", wrapper=little)
check("with -dev it starts", plain.get("sys/health").status == 501)
check("and warns", until(lambda: "may be swapped out" in plain.log()), plain.log())
