#!/usr/bin/env python3
"""`make run` brings a Hublet up without a question, shows what it serves and refuses, ends at
Ctrl-C, and finds everything again the next time; another Hublet runs beside it."""
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import BUILD, VAULTCTL, check, free_port, until  # noqa: E402

SCRIPT = os.path.abspath("packaging/run-hublet.sh")
FILES = """ca.pem ca.key server.pem server.key operator.pem operator.key billing.pem billing.key
mailer.pem mailer.key foreign.pem foreign.key vaultd.hcl policies/billing.hcl init.json data
audit.log env env.billing env.mailer""".split()
at = tempfile.mkdtemp(prefix="vaultd-test-")
os.chmod(at, 0o711)
started = []
signal.signal(signal.SIGINT, signal.default_int_handler)  # what a background job inherits ignores it


def begin(name, port):
    """Run it until it stays up, or ends."""
    log = open(os.path.join(at, name + ".out"), "w+")
    run = subprocess.Popen(["bash", SCRIPT, name, *port], cwd=at, stdin=subprocess.DEVNULL, stdout=log,
                           stderr=log, env=dict(os.environ, B=BUILD), start_new_session=True)
    started.append(run)

    def told():
        log.seek(0)
        return log.read()
    until(lambda: "Ctrl-C stops it" in told() or run.poll() is not None, 60)
    return run, told()


def end(run):
    os.killpg(run.pid, signal.SIGINT)
    return run.wait(60)


def ask(name, env, *words):
    return subprocess.run(["sh", "-c", '. "run/%s/%s" && shift 0 && exec "$@"' % (name, env), "sh",
                           VAULTCTL, *words], cwd=at, capture_output=True, text=True, timeout=60)


try:
    ports = [str(free_port()), str(free_port())]
    run, told = begin("dev1", ports[:1])
    check("it stays up", run.poll() is None, told[-2000:])
    check("it stored a key and fetched it as a service", "sk_test_" in told, told)
    check("it showed three refusals", told.count("refused, as it must be") == 3 and
          "permission denied" in told and "alert" in told, told)
    check("each step stands there as a command", told.count("\n$ ") >= 12, told)
    here = os.path.join(at, "run/dev1")
    for name in FILES:
        check("there is %s" % name, os.path.exists(os.path.join(here, name)))
    with open(os.path.join(here, "init.json")) as f:
        check("init.json has the five shares", len(json.load(f)["unseal_keys_b64"]) == 5)
    for name in [name for name in FILES if name.endswith(".key")] + ["init.json"]:
        mode = stat.S_IMODE(os.stat(os.path.join(here, name)).st_mode)
        check("%s is its owner's only" % name, mode == 0o600, oct(mode))
    first = ask("dev1", "env.billing", "kv", "get", "-field=key", "secret/billing/stripe")
    check("with env.billing it is fetched at once", first.stdout.startswith("sk_test_"), first)
    check("with env.mailer it is not",
          ask("dev1", "env.mailer", "kv", "get", "secret/billing/stripe").returncode == 2)
    who = ask("dev1", "env", "identity", "show", os.path.join(here, "operator.pem"))
    check("the operator is who it should be", "spiffe://dev1.example/operator/dev" in who.stdout, who)

    other, told = begin("eu1", ports[1:])
    check("a second Hublet runs beside it", other.poll() is None, told[-2000:])
    wrong = ask("eu1", "env", "status", "-client-cert=" + here + "/operator.pem",
                "-client-key=" + here + "/operator.key")
    check("... and does not know the first one's operator", wrong.returncode == 1, wrong)
    busy, told = begin("third", ports[:1])
    check("a port that is taken is named", busy.wait(60) != 0 and "is taken" in told, told)

    check("Ctrl-C ends it with status 0", end(run) == 0)
    check("the other goes on", ask("eu1", "env", "status").returncode == 0)
    with open(os.path.join(here, "init.json")) as f:
        shares = f.read()
    run, told = begin("dev1", [])
    check("a second run finds the Hublet and its port", run.poll() is None and
          "https://127.0.0.1:" + ports[0] in told, told[-2000:])
    check("... and does not initialise it again", "operator init" not in told, told)
    with open(os.path.join(here, "init.json")) as f:
        check("the shares are the same", f.read() == shares)
    old = ask("dev1", "env.billing", "kv", "get", "-version=1", "-field=key", "secret/billing/stripe")
    check("the first key is there as version 1", old.stdout == first.stdout, old)
    check("both end with status 0", end(run) == 0 and end(other) == 0)
finally:
    for run in started:
        try:
            os.killpg(run.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    shutil.rmtree(at, ignore_errors=True)
