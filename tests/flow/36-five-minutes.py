#!/usr/bin/env python3
"""The README's chapter "Rotate a third-party key in five minutes", followed word for word."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, TESTS)
import postgres  # noqa: E402
from hublet import BUILD, Hublet, check, skip  # noqa: E402

with open(os.path.join(TESTS, "../README.md")) as f:
    chapter = f.read().split("## Rotate a third-party key in five minutes")[1].split("\n## ")[0]
settings = re.search(r"```hcl\n(.*?)```", chapter, re.S)[1]
console = "".join(re.findall(r"```console\n(.*?)```", chapter, re.S)).splitlines()

if os.geteuid() != 0:
    skip("the chapter", "hooks run as another user, and only root can become one")
    sys.exit(0)
if not postgres.available():
    skip("the chapter", "there is no PostgreSQL")
    sys.exit(0)

# `make install`, into a directory of the story's own that is root's all the way up.
prefix = tempfile.mkdtemp(prefix="vaultd-test-", dir="/var/lib")
os.chmod(prefix, 0o755)
try:
    subprocess.run(["make", "-s", "install", "B=" + BUILD, "prefix=" + prefix], check=True,
                   cwd=os.path.join(TESTS, ".."), stdout=subprocess.DEVNULL)
    settings = settings.replace("/usr/local", prefix).replace("vaultd-hooks", "daemon")
    server, h = postgres.Server(), Hublet("na1", lines="\n" + settings)
    h.start().init().unseal()
    h.policy("db", 'path "secret/db/*" { capabilities = ["read"] }\n'
             'path "secret/data/db/*" { capabilities = ["create", "read", "update"] }\n'
             'path "sys/rotation/plans/secret/db/*" { capabilities = ["create", "read", "update"] }')
    h.role("operators", "operator/*", "db")
    server.sql("DROP ROLE " + postgres.ADMIN["username"])
    env = dict(os.environ, PATH=os.path.dirname(os.path.join(BUILD, "x")) + ":" + os.environ["PATH"],
               PGHOST="127.0.0.1", PGPORT=str(server.port), PGSSLROOTCERT=server.ca,
               PGUSER="root_of_all", PGPASSWORD="superuser", VAULTCTL_NO_TOKEN="1",
               VAULT_ADDR="https://127.0.0.1:%d" % h.port, VAULT_CACERT=h.path("ca.pem"),
               VAULT_CLIENT_CERT=h.path("operator.pem"), VAULT_CLIENT_KEY=h.path("operator.key"))
    for at, line in enumerate(console):
        if not line.startswith("$ "):
            continue
        told = subprocess.run(["bash", "-c", line[2:]], cwd=h.dir, env=env, text=True, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        check(line[2:90], told.returncode == 0, told.stdout[-600:])
        promised = console[at + 1] if at + 1 < len(console) else "$ "
        if not promised.startswith("$ "):
            check("and says " + promised, told.stdout.strip() == promised, told.stdout)
    served = h.get("secret/data/db/app").data["data"]
    check("what is served works at the server",
          server.log_in(served["username"], served["password"], "SELECT 1") == "1")
    check("the old one does too, until its grace is over",
          server.log_in("app_a", "app-first", "SELECT 1") == "1")
finally:
    shutil.rmtree(prefix, ignore_errors=True)
