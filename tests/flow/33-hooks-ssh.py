#!/usr/bin/env python3
"""The ssh-keypair hook changes which key a real sshd lets in, and no other line of its file; at
every moment the served key gets in."""
import json
import os
import signal
import stat
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, skip  # noqa: E402
import sshd  # noqa: E402
from hooked import Hook, failed  # noqa: E402

OTHERS = ["# the keys of this account", "", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJJJ a colleague",
          "caf\udce9 \u00e9 no key at all \x0b \u2028",
          "restrict,command=\"echo a b\" ssh-rsa AAAA"]
KILLS = 10

if not sshd.available():
    skip("the ssh-keypair hook", "OpenSSH's server cannot be installed here")
    sys.exit()
server = sshd.Server()
current = dict(sshd.make_pair(server.root, "first"), host="db.example")
first = current["public_key"].strip()
server.write(*OTHERS, "no-port-forwarding,environment=\"A=b c\" " + first)
os.chmod(server.keys, 0o640)
hook = Hook("ssh-keypair", server.parameters())

for _ in range(3):
    old, (current, told) = current, hook.rotate(current)
    check("a rotation ends well", failed(told) == [], told)
    check("the new key gets in, the old no more", server.log_in(current) and
          not server.log_in(old))
lines = server.read().splitlines()
check("the file has one line for it, with the options of the one before, and its rotation's mark",
      server.read().split("\n")[-2] == "no-port-forwarding,environment=\"A=b c\" %s vaultd:%s" % (
          " ".join(current["public_key"].split()[:2]), hook.rotation), lines[-1])
check("and every other line as it was", server.read().split("\n")[:-2] == OTHERS)
check("its mode too", stat.S_IMODE(os.stat(server.keys).st_mode) == 0o640)
check("nothing lies beside it", os.listdir(os.path.dirname(server.keys)) == ["authorized_keys"])
check("other fields of the secret stay", current["host"] == "db.example")
check("no command line and no environment has a key", b"ssh" in hook.visible and hook.leaks(
    *current["private_key"].split("\n")[1:5], *old["private_key"].split("\n")[1:5]) == [])
os.chmod(server.keys, 0o600)

# ---- again, given up, killed

hook.begin()
pending = hook.run("create", current=current).pending
check("a create whose reply is lost has let nobody in", not server.log_in(pending))
check("set twice adds one line", all(
    hook.run("set", current=current, pending=pending).status == 0 for _ in range(2)) and
    server.read().count(pending["public_key"].split()[1]) == 1)
check("both keys get in until the grace is over", server.log_in(current) and
      server.log_in(pending) and hook.run("test", pending=pending).status == 0)
check("given up, the pending one goes by the rotation's mark", hook.run(
    "abandon", current=current).status == 0 and server.log_in(current) and
    not server.log_in(pending))
check("giving up again changes nothing", hook.run("abandon", current=current).status == 0)
check("nor does retiring what is served",
      hook.run("retire", current=current, previous=current).status == 0 and server.log_in(current))

for i in range(KILLS):
    child = hook.launch()
    child.stdin.write(json.dumps(hook.document("set", current=current, pending=pending)))
    child.stdin.close()
    time.sleep(0.06 * i)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if not server.log_in(current) or server.read().split("\n")[:len(OTHERS)] != OTHERS:
        break
check("killed at any moment, the hook leaves a file that is whole", i == KILLS - 1, server.read())
check("and set again completes", hook.run("set", current=current, pending=pending).status == 0 and
      server.log_in(pending))
hook.remove()

# ---- an administrator's key

admin = dict(sshd.make_pair(server.root, "admin"), user=server.user)
server.write(admin["public_key"])
hook = Hook("ssh-keypair", server.parameters(user=server.user), admin)
hook.begin()
pending = hook.run("create", current=None).pending
check("with an administrator's key the first pair can be made",
      hook.run("set", current=None, pending=pending).status == 0 and
      hook.run("test", pending=pending).status == 0)
current, told = hook.rotate(pending)
check("and rotated, though the old key is of no use", failed(told) == [] and
      server.log_in(current) and server.log_in(admin) and not server.log_in(pending), told)
hook.remove()
