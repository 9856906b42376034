"""A session of writes of every kind, and what must be true of each after a crash in the midst.

Whatever was answered is there; what was under way is there whole or not at all.
"""
import base64
import hashlib
import os
import signal
import subprocess

from hublet import Refused, check, until

ALL = '["create", "read", "update", "patch", "delete", "list", "sudo"]'
TEXT = base64.b64encode(b"what must be readable for ever").decode()


def furnish(h):
    """What a session needs of a Hublet."""
    h.policy("secrets", "".join('path "%s*" { capabilities = %s }\n' % (p, ALL) for p in (
        "secret/", "transit/", "auth/token/", "sys/", "m")))
    h.role("operators", "operator/*", ["secrets", "operator"])
    assert h.post("transit/keys/k").status in (200, 204)


def value_of(name):
    return {"name": name, "sum": hashlib.sha256(name.encode()).hexdigest() * 20}


def standing(h):
    """What a session changes that others have too: versions of the key, terms of the keyring."""
    return {"key": h.get("transit/keys/k").data["latest_version"],
            "term": h.get("sys/key-status").data["term"]}


def state(h):
    """"open", "sealed" or "dead"."""
    if h.process.poll() is not None:
        return "dead"
    try:
        return {200: "open", 503: "sealed"}.get(h.get("sys/health").status, "dead")
    except (Refused, OSError):
        return "dead"


class Lost(Exception):
    """No answer: the keeper is gone."""


class Session:
    """Writes in order, until one is not answered; then look() at what is there."""

    def __init__(self, h, number, faults):
        self.h, self.n, self.faults = h, number, faults
        self.asked, self.answered = set(), {}
        self.refused = None  # the answer that ended it, if there was one

    def fault(self, *words):
        self.faults.append("round %d: %s" % (self.n, " ".join(map(str, words))))

    def ask(self, step, method, path, body=None, headers=None):
        """One step: noted before, its answer after."""
        self.asked.add(step)
        try:
            reply = self.h.call(method, path, body, connection=self.connection, headers=headers)
        except (Refused, OSError) as e:
            raise Lost(step) from e
        if reply.status == 507:  # it says that nothing was written
            self.asked.discard(step)
        if reply.status in (500, 503, 507):
            self.refused = reply
            raise Lost(step)
        if reply.status not in (200, 204):
            self.fault(step, reply)
        self.answered[step] = reply
        return reply

    def run(self):
        """Whether it came to its end."""
        self.connection = self.h.connect(timeout=5)
        try:
            self.write()
            return True
        except Lost:
            return False
        finally:
            self.connection.close()

    def write(self):
        name = "s/%d" % self.n
        self.ask("put", "POST", "secret/data/" + name, {"data": value_of(name)})
        self.ask("rotate key", "POST", "transit/keys/k/rotate")
        self.ask("encrypt", "POST", "transit/encrypt/k", {"plaintext": TEXT})
        token = self.ask("create", "POST", "auth/token/create", {"policies": ["secrets"]})
        self.token = token.json["auth"]["client_token"]
        self.ask("revoke", "POST", "auth/token/revoke", {"token": self.token})
        wrapped = self.ask("wrap", "GET", "secret/data/" + name,
                           headers={"X-Vault-Wrap-TTL": "1h"})
        self.wrapped = wrapped.json["wrap_info"]["token"]
        self.ask("unwrap", "POST", "sys/wrapping/unwrap", {"token": self.wrapped})
        self.ask("mount", "POST", "sys/mounts/m%d" % self.n, {"type": "kv"})
        self.ask("fill", "POST", "m%d/x" % self.n, value_of("x"))
        self.ask("unmount", "DELETE", "sys/mounts/m%d" % self.n)
        self.ask("rotate keyring", "POST", "sys/rotate")
        self.ask("rotate root", "POST", "sys/rotate/root")
        self.ask("delete", "DELETE", "secret/metadata/" + name)

    # -- after the restart

    def state(self, step):
        """True: it was answered; None: it was under way, both is right; False: never asked."""
        return True if step in self.answered else None if step in self.asked else False

    def expect(self, step, there, what):
        if self.state(step) is not None and bool(there) != self.state(step):
            self.fault(step, "answered" if self.state(step) else "not asked", "but", what)

    def look(self, before):
        """before: how it stood when it began; returns how it stands."""
        get, name = self.h.get, "s/%d" % self.n
        reply = get("secret/data/" + name)
        if reply.status == 200 and reply.data["data"] != value_of(name):
            self.fault("put: half there", reply)
        if self.state("delete") is False:
            self.expect("put", reply.status == 200, reply)
        else:
            self.expect("delete", reply.status == 404, reply)
        now = standing(self.h)
        for what, step in (("key", "rotate key"), ("term", "rotate keyring")):
            if now[what] not in (before[what], before[what] + 1):
                self.fault(step, before[what], "became", now[what])
            self.expect(step, now[what] == before[what] + 1, now)
        self.look_at_tokens()
        self.look_at_mount()
        return now

    def look_at_tokens(self):
        if "encrypt" in self.answered:
            reply = self.h.post("transit/decrypt/k", {
                "ciphertext": self.answered["encrypt"].data["ciphertext"]})
            if reply.status != 200 or reply.data["plaintext"] != TEXT:
                self.fault("encrypt: cannot be read", reply)
        if "create" in self.answered:
            reply = self.h.post("auth/token/lookup", {"token": self.token})
            self.expect("revoke", reply.status != 200, reply)
        if "wrap" in self.answered:
            got = [self.h.post("sys/wrapping/unwrap", {"token": self.wrapped}).status
                   for _ in range(2)]
            self.expect("unwrap", got[0] != 200, got)
            if got[1] == 200:
                self.fault("unwrapped twice", got)

    def look_at_mount(self):
        reply = self.h.get("m%d/x" % self.n)
        if reply.status == 200 and reply.data != value_of("x"):
            self.fault("fill: half there", reply)
        if self.state("unmount") is False:
            self.expect("fill", reply.status == 200, reply)
        else:
            self.expect("unmount", reply.status != 200, reply)
        mounts = self.h.get("sys/mounts").data
        if self.state("mount") and self.state("unmount") is False and "m%d/" % self.n not in mounts:
            self.fault("mount: gone")
        if self.state("unmount") and "m%d/" % self.n in mounts:
            self.fault("unmount: still there")


class Tracer:
    """strace at a running keeper, or the first of another role."""

    def __init__(self, h, options, output, role="keeper"):
        self.pid = h.children()[role][0]
        self.process = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", output, *options, "-p", str(self.pid)],
            stderr=subprocess.DEVNULL)
        if not until(self.holds, 10):
            raise RuntimeError("strace cannot attach to the " + role)

    def holds(self):
        task = "/proc/%d/task" % self.pid
        for thread in os.listdir(task):
            with open("%s/%s/status" % (task, thread)) as f:
                if "TracerPid:\t0\n" in f.read():
                    return False
        return True

    def end(self):
        """Let go.  A strace whose process was killed under it may wait for ever."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Injector(Tracer):
    """Rules are those of -e inject=..., as strace's manual has them."""

    def __init__(self, h, *rules, output="/dev/null", role="keeper"):
        words = [word for rule in rules for word in ("-e", "inject=" + rule)]
        calls = ",".join(rule.split(":")[0] for rule in rules) or "all"
        super().__init__(h, ["-e", "trace=" + calls, *words], output, role)


def again(h):
    """After a crash: whatever still runs of it is ended, and it is started and unsealed."""
    if h.process.poll() is None:
        h.kill()
    h.start().unseal()


def conclude(h):
    """Started once more: nothing of what happened shows in the store or the audit."""
    h.stop()
    h.start().unseal()
    check("the store is whole", until(lambda: "the store is whole" in h.log()) and
          "changed from outside" not in h.log())
    verdict = h.ctl("audit", "verify", h.path("audit.log"))
    check("the audit verifies", verdict.returncode == 0, verdict.stdout + verdict.stderr)
