"""Runs a shipped hook as the runner does, and looks at what it lets others see meanwhile."""
import glob
import json
import os
import pwd
import resource
import shutil
import subprocess
import tempfile
import threading
import uuid

from canaries import spellings

HOOKS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "packaging", "hooks")
NOBODY = pwd.getpwnam("nobody")
LIMITS = ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, 512 << 20), (resource.RLIMIT_NPROC, 256),
          (resource.RLIMIT_FSIZE, 16 << 20), (resource.RLIMIT_NOFILE, 64))


def scratch():
    """A directory of the story's own that others can enter."""
    root = tempfile.mkdtemp(prefix="vaultd-test-")
    os.chmod(root, 0o755)
    return root


def install(*packages):
    """Whether Debian's packages are there, now or after an attempt."""
    def missing():
        return [p for p in packages if subprocess.run(
            ["dpkg-query", "-W", "-f", "${db:Status-Status}", p], capture_output=True,
            check=False).stdout != b"installed"]
    wanted = missing() if shutil.which("dpkg-query") else packages
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]  # other stories install too
        command = apt + ["install", "-y", "--no-install-recommends", *wanted]
        env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        for words in (command, apt + ["update"], command):
            if missing():
                subprocess.run(words, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                               check=False)
    return shutil.which("dpkg-query") is not None and not missing()


def below(pids):
    """Every process that these have started, and those that they have."""
    parents, found = {}, list(pids)
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as f:
                parents[int(path.split("/")[2])] = int(f.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    for parent in found:
        found += [p for p, above in parents.items() if above == parent]
    return found[len(pids):]


class Ran:
    def __init__(self, status, output, complaint):
        self.status, self.output, self.complaint = status, output, complaint
        try:
            self.json = json.loads(output) if output else {}
        except ValueError:
            self.json = None

    @property
    def pending(self):
        return (self.json or {}).get("pending")

    @property
    def error(self):
        return (self.json or {}).get("error", "")

    def __repr__(self):
        return "%s %r %r" % (self.status, self.output[:400], self.complaint[:400])


class Watch(threading.Thread):
    """Arguments and environment of everything in the session of one process, again and again."""

    def __init__(self, session):
        super().__init__(daemon=True)
        self.session, self.seen, self.done = session, {}, threading.Event()
        self.start()

    def look(self):
        for path in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(path) as f:
                    fields = f.read().rsplit(")", 1)[1].split()
                if int(fields[3]) != self.session:
                    continue
                for name in ("cmdline", "environ"):
                    with open(path[:-4] + name, "rb") as f:
                        self.seen.setdefault((path, name), set()).add(f.read())
            except (OSError, ValueError, IndexError):
                pass

    def run(self):
        while not self.done.is_set():
            self.look()

    def end(self):
        self.done.set()
        self.join()
        return b"\n".join(text for texts in self.seen.values() for text in texts)


class Hook:
    """One shipped hook in a directory of its own, with the parameters of one plan."""

    def __init__(self, name, parameters, with_=None, patience=60, files=()):
        self.root, self.parameters, self.with_ = scratch(), parameters, with_
        self.patience = patience
        self.path = os.path.join(self.root, name)
        shutil.copy(os.path.join(HOOKS, name), self.path)
        for file, text in dict(files).items():
            with open(os.path.join(self.root, file), "w") as f:
                f.write(text)
        self.rotation, self.ids, self.visible = str(uuid.uuid4()), {}, b""

    def begin(self):
        """A new rotation."""
        self.rotation, self.ids = str(uuid.uuid4()), {}
        return self

    def document(self, step, **fields):
        return {"version": 1, "step": step, "id": self.ids.setdefault(step, str(uuid.uuid4())),
                "rotation": self.rotation, "secret": "secret/app/key", "attempt": 1,
                "parameters": self.parameters, "current": None, "pending": None, "previous": None,
                "with": self.with_, **fields}

    def run(self, step, **fields):
        """One try of a step."""
        return self.feed(json.dumps(self.document(step, **fields)))

    def prepare(self):
        os.setsid()
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(NOBODY.pw_gid, NOBODY.pw_gid, NOBODY.pw_gid)
            os.setresuid(NOBODY.pw_uid, NOBODY.pw_uid, NOBODY.pw_uid)
        for what, most in LIMITS:
            resource.setrlimit(what, (most, most))

    def launch(self):
        """The hook, by descriptor, waiting for its document."""
        fd = os.open(self.path, os.O_PATH | os.O_NOFOLLOW)
        child = subprocess.Popen(
            ["hook"], executable="/proc/self/fd/%d" % fd, pass_fds=[fd], cwd="/",
            preexec_fn=self.prepare, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/nonexistent"})
        os.close(fd)
        return child

    def feed(self, text):
        child = self.launch()
        watch = Watch(child.pid)
        try:
            output, complaint = child.communicate(text, timeout=self.patience)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, 9)
            output, complaint = child.communicate()
        self.visible += watch.end()
        return Ran(child.returncode, output, complaint)

    def leaks(self, *values):
        """Those of the values that anybody could have seen in /proc."""
        return [v for v in values if any(s in self.visible for s in spellings(v))]

    def rotate(self, current, previous=None):
        """All steps of one rotation: (what is then current, [(step, how it ran)])."""
        self.begin()
        told = [("create", self.run("create", current=current, previous=previous))]
        pending = told[0][1].pending
        for step in ("set", "test"):
            told.append((step, self.run(step, current=current, pending=pending)))
            pending = told[-1][1].pending or pending
        told.append(("retire", self.run("retire", current=pending, previous=current)))
        return pending, told

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)


def failed(told):
    """Of the steps of a rotation, those that did not end well."""
    return [(step, ran) for step, ran in told if ran.status not in (0, 64)]
