#!/usr/bin/env python3
"""A disk that is full, fails or writes half, and a process out of descriptors, end in a clear error
or a sealed vault: what was answered is there, what was refused is not, and no log tells a secret.

FAULT=long fails each call; usual is a sample of them.
"""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from crash import TEXT, Injector, Session, again, conclude, furnish, standing, state, value_of  # noqa: E402
from hublet import check, ready, skip, until  # noqa: E402

LONG = os.environ.get("FAULT") == "long"
# What is made to fail: the call, how, and what a caller may be told then.
FAULTS = [
    ("pwrite64", "error=ENOSPC", {500, 507}),
    ("pwrite64", "error=EIO", {500}),
    ("pwrite64", "error=EROFS", {500}),
    ("pwrite64", "error=EINTR", {500}),
    ("pwrite64", "retval=100", {500, 507}),
    ("fdatasync", "error=EIO", {500}),
    ("fdatasync", "error=ENOSPC", {500, 507}),
    ("write", "error=ENOSPC", {500}),
    ("write", "error=EIO", {500}),
    ("write", "error=EROFS", {500}),
    ("write", "error=EINTR", {500}),
    ("openat", "error=EMFILE", {500}),
    ("openat", "error=EIO", {500}),
]
STEPS = range(1, 25) if LONG else (1, 4, 9, 21)

if shutil.which("strace") is None or os.geteuid() != 0:
    skip("calls that fail", "this needs strace, and root to attach it")
    sys.exit(0)

h = ready()
furnish(h)
faults, rounds, secrets = [], 0, [TEXT, value_of("x")["sum"], *h.shares]


def renew():
    """What is on disk of the audit is not known: no share is taken before a restart."""
    reply = h.post("sys/unseal", {"key": h.shares[0]})
    if reply.status != 500 or "restart vaultd" not in reply.errors:
        faults.append("a share is taken though the audit is not known: %r" % reply)
    h.kill()
    again(h)


def recover(told):
    """How the vault is after a fault, when it is open again; a sealed one says why."""
    until(lambda: state(h) != "open", 0.5)  # it may be about to
    became = state(h)
    if became == "sealed":
        reason = h.log().rsplit("the vault seals itself: ", 1)[1:]
        if not reason:
            faults.append("it is sealed, and the log does not say why: %s" % told)
        elif "audit file" in reason[0].split("\n")[0]:
            renew()
            return became
        h.unseal()
    elif became == "dead":
        again(h)
    return became


def fail(call, how, n, allowed):
    """Fail the n-th; how it ended."""
    global rounds
    rounds += 1
    before, s = standing(h), Session(h, rounds, faults)
    # getpid in its place: no call at all (-1) is one that the keeper's filter does not know.
    strace = Injector(h, "%s:%s:syscall=getpid:when=%d" % (call, how, n))
    whole = s.run()
    strace.end()
    if s.refused is not None and s.refused.status not in allowed | {503}:
        s.fault(call, how, n, s.refused)
    secrets.extend(t for t in (getattr(s, "token", None), getattr(s, "wrapped", None)) if t)
    became = recover(s.refused)
    s.look(before)
    return "untouched" if whole else became


for call, how, allowed in FAULTS:
    known = len(faults)
    ends = [fail(call, how, n, allowed) for n in STEPS]
    tally = ", ".join("%d %s" % (ends.count(e), e) for e in sorted(set(ends)))
    check("%s, %s: nothing is lost or half, nobody is misled (%s)" % (call, how, tally),
          len(faults) == known, faults[known:][:5])

# The first sync of either is the audit's: in the committing thread, and in the loop.
for path, body in (("secret/data/synced", {"data": value_of("x")}), ("sys/rotate", None)):
    for how in ("EIO", "ENOSPC"):
        known = len(faults)
        strace = Injector(h, "fdatasync:error=%s:syscall=getpid:when=1" % how)
        reply = h.post(path, body)
        became = until(lambda: state(h) == "sealed", 5)
        strace.end()
        check("the audit's sync fails with %s in %s: refused, sealed, no share is taken" % (
            how, path), reply.status == 500 and became, (reply, state(h)))
        renew()
        check("until it is restarted", len(faults) == known and state(h) == "open", faults[known:])

h.stop()
READ_ONLY = ("unshare", "-m", "sh", "-c", 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" '
             '&& exec "$@"', h.dir)
if subprocess.run([*READ_ONLY, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
    skip("a file system that is read-only", "this needs the right to mount")
else:
    told = len(h.log())
    h.launch(wrapper=READ_ONLY)
    ended = until(lambda: h.process.poll() is not None, 20)
    check("on a file system that is read-only it does not start, and says why",
          ended and h.process.returncode == 1 and "Read-only file system" in h.log()[told:],
          h.log()[told:])

conclude(h)
for name in ("vaultd.log", "audit.log"):
    with open(h.path(name)) as f:
        text = f.read()
    check("no secret stands in %s" % name, not [s for s in secrets if s in text])
