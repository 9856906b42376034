"""A throw-away PostgreSQL server on loopback, over TLS, that asks for passwords."""
import atexit
import glob
import os
import pwd
import shutil
import signal
import subprocess

import hooked
from hublet import free_port, until

ADMIN = {"username": "vault_admin", "password": "admin:\\canary-of-the-administrator"}


def available():
    """Root alone can start it, as the user whom its package makes."""
    return (os.geteuid() == 0 and hooked.install("postgresql") and
            glob.glob("/usr/lib/postgresql/*/bin/initdb") != [])


class Server:
    def __init__(self):
        self.port, self.root = free_port(), hooked.scratch()
        self.bin = os.path.dirname(sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))[-1])
        self.data, self.ca = (os.path.join(self.root, n) for n in ("data", "server.pem"))
        self.user = pwd.getpwnam("postgres")
        os.chown(self.root, self.user.pw_uid, self.user.pw_gid)
        self.certificate("server")
        self.as_owner("initdb", "-D", self.data, "-A", "scram-sha-256", "-U", "root_of_all",
                      "--pwfile", self.write("pw", "superuser\n"), "-N", "-E", "UTF8")
        with open(os.path.join(self.data, "postgresql.conf"), "a") as f:
            f.write("listen_addresses = '127.0.0.1,127.0.0.2'\nport = %d\n"
                    "unix_socket_directories = '%s'\nfsync = off\nssl = on\n"
                    "ssl_cert_file = '%s'\nssl_key_file = '%s'\n"
                    "log_statement = 'all'\nlog_connections = on\nmax_connections = 40\n" %
                    (self.port, self.root, self.ca, os.path.join(self.root, "server.key")))
        self.log = os.path.join(self.root, "log")
        self.start()
        atexit.register(self.remove)
        self.sql("CREATE ROLE %s LOGIN CREATEROLE PASSWORD '%s'; CREATE ROLE readers NOLOGIN; "
                 "CREATE ROLE app LOGIN PASSWORD 'first-password' IN ROLE readers; "
                 "CREATE TABLE t AS SELECT 42 AS x; GRANT SELECT ON t TO readers;" %
                 (ADMIN["username"], ADMIN["password"]))

    def write(self, name, text):
        path = os.path.join(self.root, name)
        with open(path, "w") as f:
            f.write(text)
        os.chown(path, self.user.pw_uid, self.user.pw_gid)
        return path

    def certificate(self, name):
        key, cert = (os.path.join(self.root, name + end) for end in (".key", ".pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                        "-keyout", key, "-out", cert], check=True, capture_output=True)
        os.chown(key, self.user.pw_uid, self.user.pw_gid)
        os.chmod(key, 0o600)
        return cert

    def as_owner(self, program, *words):
        subprocess.run([os.path.join(self.bin, program), *words], check=True, cwd=self.root,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={"LANG": "C.UTF-8"},
                       user=self.user.pw_uid, group=self.user.pw_gid, extra_groups=[])

    def start(self):
        """In this process's group, so that it ends with the story even when that is killed."""
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(
                [os.path.join(self.bin, "postgres"), "-D", self.data], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, cwd=self.root, env={"LANG": "C.UTF-8"},
                user=self.user.pw_uid, group=self.user.pw_gid, extra_groups=[])
        if not until(lambda: self.sql("SELECT 1") == "1", 30):
            raise RuntimeError("PostgreSQL does not answer:\n" + self.read_log()[-2000:])

    def log_in(self, user, password, query="SELECT x FROM t"):
        """What the query gives to a client that knows the password; or why it gets nothing."""
        env = {"PATH": "/usr/bin:/bin", "PGHOST": "127.0.0.1", "PGPORT": str(self.port),
               "PGSSLMODE": "verify-full", "PGSSLROOTCERT": self.ca, "PGUSER": user,
               "PGPASSWORD": password, "PGDATABASE": "postgres", "LANG": "C.UTF-8"}
        done = subprocess.run([os.path.join(self.bin, "psql"), "-XqAtw", "-c", query], env=env,
                              capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else done.stderr.strip()

    def sql(self, query):
        return self.log_in("root_of_all", "superuser", query)

    def read_log(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def parameters(self, **more):
        return {"host": "127.0.0.1", "port": str(self.port), "sslrootcert": self.ca, **more}

    def roles(self):
        return self.sql("SELECT string_agg(rolname, ' ' ORDER BY rolname) FROM pg_roles "
                        "WHERE rolname !~ '^pg_'").split()

    def remove(self):
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)
