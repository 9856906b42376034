"""A throw-away sshd on loopback that lets the story's own user in, by a file of keys of its own."""
import atexit
import os
import pwd
import shutil
import socket
import subprocess

import hooked
from hublet import free_port, until


def available():
    return hooked.install("openssh-server", "openssh-client")


def make_pair(root, name):
    path = os.path.join(root, name)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path],
                   check=True, stdout=subprocess.DEVNULL)
    with open(path) as private, open(path + ".pub") as public:
        return {"private_key": private.read(), "public_key": public.read()}


class Server:
    def __init__(self):
        self.port, self.root = free_port(), hooked.scratch()
        self.user = pwd.getpwuid(os.geteuid()).pw_name
        self.keys = os.path.join(self.root, "keys", "authorized_keys")
        os.mkdir(os.path.dirname(self.keys), 0o700)
        self.host = make_pair(self.root, "host")
        config = os.path.join(self.root, "config")
        with open(config, "w") as f:
            f.write("Port %d\nListenAddress 127.0.0.1\nHostKey %s\nAuthorizedKeysFile %s\n"
                    "PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\n"
                    "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n"
                    "MaxStartups 100\nPrintMotd no\n" %
                    (self.port, os.path.join(self.root, "host"), self.keys))
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        self.process = subprocess.Popen([shutil.which("sshd", path="/usr/sbin:/usr/local/sbin"),
                                         "-D", "-e", "-f", config], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(self.remove)
        if not until(self.answers, 10):
            raise RuntimeError("sshd does not answer")

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def parameters(self, **more):
        return {"host": "127.0.0.1", "port": str(self.port), "user": self.user, "file": self.keys,
                "host_key": " ".join(self.host["public_key"].split()[:2]), **more}

    def read(self):
        with open(self.keys, encoding="utf-8", errors="surrogateescape") as f:
            return f.read()

    def write(self, *lines):
        with open(self.keys, "w", encoding="utf-8", errors="surrogateescape") as f:
            f.write("".join(line.rstrip("\n") + "\n" for line in lines))
        os.chmod(self.keys, 0o600)

    def log_in(self, pair):
        """Whether a client with that pair gets in."""
        path = os.path.join(self.root, "client-%d" % id(pair))
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            f.write(pair["private_key"])
        done = subprocess.run(
            ["ssh", "-F", "none", "-T", "-p", str(self.port), "-l", self.user, "-i", path,
             "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes",
             "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
             "-o", "LogLevel=ERROR", "127.0.0.1", "echo in"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        os.unlink(path)
        return done.stdout == "in\n"

    def remove(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)
