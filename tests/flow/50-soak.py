#!/usr/bin/env python3
"""Under load, while gates are killed, keys rotate, and the vault is compacted, reloaded, sealed and
unsealed, nothing that was answered is lost, nobody is told a wrong value, no error comes but a
cut connection and "sealed", and neither memory nor descriptors grow.

MINUTES=60 is the long form; in the short one half a minute must do.
"""
import base64
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import Refused, check, ready, skip, until  # noqa: E402

ROOT = os.geteuid() == 0
MINUTES = float(os.environ.get("MINUTES", 0))
SECONDS = MINUTES * 60 or 30
KILLS = 60 if MINUTES else 5       # seconds from one killed gate to the next
SEALS = 150 if MINUTES else 12     # from one seal to the next
SETTLED = min(SECONDS / 6, 600)    # before memory is looked at
CALLERS = 12

h = ready()
h.policy("secrets", 'path "*" { capabilities = ["create", "read", "update", "list"] }')
for key in "soak", "turning":
    h.post("transit/keys/" + key, {})
h.post("transit/keys/signing", {"type": "ecdsa-p256"})
ended = threading.Event()


class Caller(threading.Thread):
    """Asks one thing after the other, of its own, and knows what the answers must be."""

    def __init__(self, number):
        super().__init__(daemon=True)
        self.path = "secret/data/soak/%d" % number
        self.dice = random.Random(number)
        self.connection, self.token = None, None
        self.written, self.maybe = (0, None), []  # what was answered; what may have been done
        self.done, self.cut, self.sealed, self.wrong = 0, 0, 0, []
        self.start()

    def ask(self, method, path, body=None, **more):
        """The reply; None when the connection was cut or the vault is sealed."""
        try:
            self.connection = self.connection or h.connect("operator")
            reply = h.call(method, path, body, connection=self.connection, **more)
        except (Refused, OSError):
            self.connection, self.cut = None, self.cut + 1
            return None
        if reply.status == 503:
            self.sealed += 1
            return None
        if reply.status != 200:
            self.wrong.append((method, path, repr(reply)))
            return None
        return reply

    def write(self):
        value = "%x" % self.dice.getrandbits(64)
        reply = self.ask("POST", self.path, {"data": {"v": value}})
        if reply is None:
            self.maybe.append(value)
            return
        version = reply.data["version"]
        if not 1 <= version - self.written[0] <= 1 + len(self.maybe):
            self.wrong.append(("version", self.written, self.maybe, version))
        self.written, self.maybe = (version, value), []

    def read(self):
        if self.written[1] is None:
            return
        reply = self.ask("GET", self.path)
        if reply is not None and reply.data["data"]["v"] not in [self.written[1]] + self.maybe:
            self.wrong.append(("value", self.written, self.maybe, reply.text))

    def encrypt(self):
        text = base64.b64encode(self.dice.randbytes(48)).decode()
        key = self.dice.choice(("soak", "turning"))
        sealed = self.ask("POST", "transit/encrypt/" + key, {"plaintext": text})
        opened = sealed and self.ask("POST", "transit/decrypt/" + key,
                                     {"ciphertext": sealed.data["ciphertext"]})
        if opened and opened.data["plaintext"] != text:
            self.wrong.append(("plaintext", text, opened.text))

    def sign(self):
        signed = self.ask("POST", "transit/sign/signing", {"input": "c29haw=="})
        told = signed and self.ask("POST", "transit/verify/signing", {
            "input": "c29haw==", "signature": signed.data["signature"]})
        if told and not told.data["valid"]:
            self.wrong.append(("signature", signed.text))

    def log_in(self):
        reply = self.ask("POST", "auth/cert/login", {})
        self.token = reply.json["auth"]["client_token"] if reply else self.token
        if self.token:  # good through seals and dying gates
            self.ask("GET", "auth/token/lookup-self", headers={"X-Vault-Token": self.token})

    def run(self):
        deeds = [self.read] * 10 + [self.write] * 5 + [self.encrypt] * 5 + [self.sign, self.log_in]
        while not ended.is_set():
            before = self.cut + self.sealed
            self.dice.choice(deeds)()
            self.done += 1
            if self.cut + self.sealed > before:
                time.sleep(0.05)


def anonymous(pid):
    with open("/proc/%d/status" % pid) as f:
        return next(int(line.split()[1]) for line in f if line.startswith("RssAnon:"))


def state():
    """Of the processes that live throughout: memory in KiB, and open descriptors, which only
    root may count."""
    pids = [h.process.pid] + h.children()["keeper"]
    return ([anonymous(pid) for pid in pids],
            [len(os.listdir("/proc/%d/fd" % pid)) for pid in pids if ROOT])


def rotate():
    try:
        h.post("transit/keys/turning/rotate", {})
    except Refused:
        pass  # the gate that was killed last had it


def kill_gate():
    gates = h.children()["gate"]
    if gates:
        os.kill(random.choice(gates), signal.SIGKILL)


def turn():
    """What an operator does meanwhile: a new term of the keyring, a smaller store, a reload."""
    for path in "sys/rotate", "sys/compact":
        try:
            h.post(path, {})
        except Refused:
            pass
    h.process.send_signal(signal.SIGHUP)


def unsealed():
    try:
        h.unseal()
        return True
    except (Refused, RuntimeError):  # by a gate that was killed
        return False


def seal():
    h.ctl("operator", "seal")
    time.sleep(0.5)
    until(unsealed, 30)


callers = [Caller(n) for n in range(CALLERS)]
begun, kills, seals, settled = time.monotonic(), 0, 0, None
while time.monotonic() - begun < SECONDS:
    time.sleep(0.2)
    passed = time.monotonic() - begun
    if passed > (kills + 1) * KILLS:
        kill_gate()
        rotate()
        turn()
        kills += 1
    if passed > (seals + 1) * SEALS:
        seal()
        seals += 1
    if settled is None and passed > SETTLED:
        settled = state()
until(lambda: len(h.children()["gate"]) >= 2, 30)
ended.set()
for caller in callers:
    caller.join()
time.sleep(2)
last = state()
done = sum(c.done for c in callers)
print("# %d deeds, %d cut, %d sealed; %d gates killed, %d seals; memory %s KiB, then %s; "
      "descriptors %s, then %s" % (
          done, sum(c.cut for c in callers), sum(c.sealed for c in callers), kills, seals,
          settled[0], last[0], settled[1], last[1]))
check("gates were killed and the vault sealed, and work went on", kills and seals and
      done > 10 * SECONDS, (kills, seals, done))
check("no answer was wrong, and no error but those", not any(c.wrong for c in callers),
      [c.wrong[:2] for c in callers if c.wrong])
check("what was answered is there at the end", all(
    h.get(c.path).data["data"]["v"] in [c.written[1]] + c.maybe for c in callers))
slack = 1.05 if MINUTES >= 20 else 3  # what is needed at all is not all there after seconds
check("memory does not grow", all(b < a * slack + 1024 for a, b in zip(settled[0], last[0])),
      (settled[0], last[0]))
if ROOT:
    check("nor do open descriptors", all(b <= a + 6 for a, b in zip(settled[1], last[1])),
          (settled[1], last[1]))
else:
    skip("nor do open descriptors", "only root may count another process's")
check("the store is whole", "changed from outside" not in h.log() and
      "sealed itself" not in h.log())
verified = h.ctl("audit", "verify", h.path("audit.log"), seconds=60 + SECONDS)
check("the audit verifies", verified.returncode == 0, verified)
check("it ends well", h.stop() == 0)
