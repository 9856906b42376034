"""What the stories are told with: Hublets of their own, callers, and a word for each case.

A story is a program.  It makes a Hublet, drives the built programs, and says with check() what
must be true.  Whatever it started ends with it.
"""
import atexit
import functools
import glob
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

BUILD = os.path.abspath(os.environ.get("B", "build"))
VAULTD, VAULTCTL = os.path.join(BUILD, "vaultd"), os.path.join(BUILD, "vaultctl")
PORTS = range(18200, 18400)
SLOW = 8 if "sanitize" in BUILD else 1
failures = 0
held = []  # names of ports, as long as this process lives
running = []


# ---- cases

def check(sentence, truth, detail=""):
    """One case.  detail says what was there instead."""
    global failures
    failures += not truth
    print("%s - %s%s" % ("ok" if truth else "not ok", sentence,
                         "" if truth or detail == "" else ": %s" % (detail,)), flush=True)
    return truth


def skip(sentence, why):
    print("skip - %s: %s" % (sentence, why), flush=True)


def surprise(kind, value, trace):
    sys.__excepthook__(kind, value, trace)
    for hublet in running:
        print(hublet.log()[-3000:], file=sys.stderr)
    print("not ok - (ended by %s: %s)" % (kind.__name__, str(value).split("\n")[0]), flush=True)


def end():
    for hublet in list(running):
        hublet.remove()
    sys.stdout.flush()
    if failures:
        os._exit(1)


sys.excepthook = surprise
atexit.register(end)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def until(truth, seconds=10):
    """Wait for something to become true; its value, or that of the last look."""
    deadline = time.monotonic() + seconds * SLOW
    while True:
        value = truth()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(0.02)


# ---- a Hublet

def free_port():
    """A port that no other story has: its name is taken among sockets, and it is tried."""
    for port in PORTS:
        lock = socket.socket(socket.AF_UNIX)
        try:
            lock.bind("\0vaultd-test-%d" % port)
        except OSError:
            lock.close()
            continue
        held.append(lock)
        if is_free(port):
            return port
    raise RuntimeError("no port of %d to %d is free" % (PORTS[0], PORTS[-1]))


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def is_gone(pid):
    """Dead, with all its files closed: a zombie whose other threads still end is not."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return fields[0] in "ZX" and int(fields[17]) <= 1
    except (OSError, ValueError):
        return True


class Reply:
    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text
        try:
            self.json = json.loads(text) if text else None
        except ValueError:
            self.json = None

    @property
    def data(self):
        return (self.json or {}).get("data")

    @property
    def errors(self):
        return " ".join((self.json or {}).get("errors") or [])

    def __repr__(self):
        return "%d %s" % (self.status, self.text[:300].strip())


class Refused(Exception):
    """The connection or the handshake was refused."""


class Hublet:
    def __init__(self, name="dev1", domain=None, limits=None, lines="", days=365):
        self.name, self.domain = name, domain or name + ".example"
        self.port, self.process, self.shares = free_port(), None, []
        self.program = VAULTD
        self.root = tempfile.mkdtemp(prefix="vaultd-test-")
        os.chmod(self.root, 0o711)
        self.dir = os.path.join(self.root, name)
        running.append(self)
        subprocess.run([VAULTCTL, "hublet", "create", name, "-dir=" + self.dir,
                        "-trust-domain=" + self.domain, "-days=%d" % days,
                        "-address=127.0.0.1:%d" % self.port], check=True,
                       stdout=subprocess.DEVNULL)
        with open(self.path("vaultd.hcl"), "a") as config:
            config.write(lines)
            if limits:
                config.write("\nlimits {\n%s}\n" % "".join(
                    "\t%s = %s\n" % (k, json.dumps(v)) for k, v in limits.items()))

    def path(self, name):
        return os.path.join(self.dir, name)

    def edit(self, old, new):
        """Replace a text of the configuration."""
        with open(self.path("vaultd.hcl")) as f:
            text = f.read()
        assert old in text, old
        with open(self.path("vaultd.hcl"), "w") as f:
            f.write(text.replace(old, new))

    # -- the daemon

    def launch(self, *options, wrapper=()):
        """Start vaultd and do not wait for it."""
        with open(self.path("vaultd.log"), "a") as log:
            self.process = subprocess.Popen(
                [*wrapper, self.program, *options, "-config", self.path("vaultd.hcl")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self, *options, wrapper=()):
        self.launch(*options, wrapper=wrapper)
        if not until(self.answers, 20):
            raise RuntimeError("vaultd does not answer:\n" + self.log()[-3000:])
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise RuntimeError("vaultd ended with %s:\n%s" % (self.process.returncode,
                                                              self.log()[-3000:]))
        try:
            return self.get("sys/health").status > 0
        except (Refused, OSError):
            return False

    def stop(self):
        """End it as a service manager does; its exit status."""
        if self.process is None:
            return None
        self.process.terminate()
        try:
            return self.process.wait(40 * SLOW)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def children(self):
        """{"keeper": [pid], "gate": [pid, ...], ...} of those that run."""
        found = {"keeper": [], "gate": [], "starter": [], "runner": []}
        running = []
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(path, "rb") as f:
                    words = f.read().split(b"\0")
            except OSError:
                continue
            if len(words) > 4 and words[1] == b"-child":
                running.append((words[2].decode(), int(path.split("/")[2]), int(words[4])))
        for role, pid, parent in running:
            if parent == self.process.pid:
                found[role].append(pid)
        for role, pid, parent in running:
            if parent in found["starter"]:
                found[role].append(pid)
        return found

    def pids(self):
        children = self.children()
        return [self.process.pid] + sum(children.values(), [])

    def kill(self):
        """kill -9 of every process at once."""
        pids = self.pids()
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        # What dies closes its files last, and a gate that main had just started dies with main.
        until(lambda: all(map(is_gone, pids)) and is_free(self.port))

    def log(self):
        try:
            with open(self.path("vaultd.log"), errors="replace") as f:
                return f.read()
        except OSError:
            return ""

    def remove(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.root, ignore_errors=True)
        running.remove(self)

    # -- callers

    def issue(self, who, path=None, *options):
        """A certificate of this Hublet, by its CA: who.pem, who.key."""
        subprocess.run([VAULTCTL, "identity", "issue", "-ca=" + self.path("ca.pem"),
                        "-ca-key=" + self.path("ca.key"), "-replace", "-out=" + self.path(who),
                        *options, path or "svc/" + who], check=True, stdout=subprocess.DEVNULL)

    @functools.lru_cache(None)
    def context(self, who):
        context = ssl.create_default_context(cafile=self.path("ca.pem"))
        if who is not None:
            at = who if os.path.isabs(who) else self.path(who)
            context.load_cert_chain(at + ".pem", at + ".key")
        return context

    def connect(self, who="operator", timeout=30):
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout * SLOW,
                                           context=self.context(who))

    def call(self, method, path, body=None, who="operator", connection=None, headers=None):
        """One request; on a connection of its own unless one is given.  May raise Refused."""
        mine = connection or self.connect(who)
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        try:
            mine.request(method, path if path.startswith("/") else "/v1/" + path, body,
                         headers or {})
            answer = mine.getresponse()
            return Reply(answer.status, answer.headers, answer.read().decode())
        except (ssl.SSLError, http.client.HTTPException, ConnectionError) as e:
            raise Refused(str(e) or type(e).__name__) from e
        finally:
            if connection is None:
                mine.close()

    def get(self, path, who="operator", **more):
        return self.call("GET", path, None, who, **more)

    def post(self, path, body=None, who="operator", **more):
        return self.call("POST", path, body, who, **more)

    def refusal(self, who, method="GET", path="sys/health"):
        """Why this caller gets no answer at all, or ""."""
        try:
            self.call(method, path, None, who)
            return ""
        except Refused as e:
            return str(e)

    def environment(self, who="operator", **more):
        """What vaultctl needs of it to speak for somebody."""
        env = {"PATH": os.environ["PATH"], "VAULT_ADDR": "https://127.0.0.1:%d" % self.port,
               "VAULT_CACERT": self.path("ca.pem"), **more}
        if who is not None:
            env.update(VAULT_CLIENT_CERT=self.path(who + ".pem"),
                       VAULT_CLIENT_KEY=self.path(who + ".key"))
        return env

    def ctl(self, *words, who="operator", text=None, seconds=60, **more):
        """vaultctl as somebody, for so many seconds: .returncode, .stdout, .stderr.  more goes
        into its environment."""
        return subprocess.run([VAULTCTL, *words], env=self.environment(who, **more), input=text,
                              capture_output=True, text=True, timeout=seconds * SLOW)

    # -- the vault

    def init(self, shares=5, threshold=3):
        made = self.ctl("operator", "init", "-format=json", "-key-shares=%d" % shares,
                        "-key-threshold=%d" % threshold)
        if made.returncode != 0:
            raise RuntimeError("operator init: " + made.stderr)
        with open(self.path("init.json"), "w") as f:
            f.write(made.stdout)
        self.shares = json.loads(made.stdout)["unseal_keys_b64"]
        self.threshold = threshold
        return self

    def unseal(self):
        for share in self.shares[:self.threshold]:
            reply = self.post("sys/unseal", {"key": share})
        if reply.status != 200 or reply.json["sealed"]:
            raise RuntimeError("unseal: %r" % reply)
        return self

    def policy(self, name, text):
        reply = self.post("sys/policies/acl/" + name, {"policy": text})
        assert reply.status == 204, reply

    def role(self, name, path, policies):
        with open(self.path("ca.pem")) as f:
            reply = self.post("auth/cert/certs/" + name, {
                "certificate": f.read(), "token_policies": policies,
                "allowed_uri_sans": "spiffe://%s/%s" % (self.domain, path)})
        assert reply.status in (200, 204), reply

    def furnish(self):
        """As `make run` leaves it: an operator who holds secrets, billing, mailer."""
        self.issue("billing")
        self.issue("mailer")
        self.policy("billing", 'path "secret/data/billing/*" { capabilities = ["read"] }')
        self.policy("secrets", 'path "secret/*" { capabilities = ["create", "read", "update", '
                    '"patch", "delete", "list"] }')
        self.role("billing", "svc/billing", "billing")
        self.role("operators", "operator/*", "secrets")
        return self


def ready(name="dev1", **more):
    """A Hublet that serves."""
    return Hublet(name, **more).start().init().unseal().furnish()
