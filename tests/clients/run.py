#!/usr/bin/env python3
"""Stock clients, taken from their registries, tell a vault what services tell it, over mTLS.

    run.py [WORD]       only those whose name holds WORD

Each client is a program of its own that prints "ok - ..." or "not ok - ..." a case; it gets a
fresh Hublet with an operator who may do all.  The last line is "N passed, N failed".
"""
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import hublet  # noqa: E402

WORK = os.path.join(hublet.BUILD, "clients")
EVERYTHING = ('path "*" { capabilities = ["create", "read", "update", "patch", "delete", "list", '
              '"scan", "sudo"] }')


def run(command, cwd, **more):
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, text=True, timeout=900, **more)
    if done.returncode != 0 and "env" not in more:
        raise RuntimeError("%s: %s" % (" ".join(command), done.stdout[-2000:]))
    return done


def prepare(name):
    """A folder for the client, with its sources; what was fetched the last time is still there."""
    folder = os.path.join(WORK, name)
    shutil.copytree(os.path.join(HERE, name), folder, dirs_exist_ok=True)
    return folder


def python_hvac():
    folder = prepare("python")
    if not os.path.exists(os.path.join(folder, "venv/bin/python")):
        run([sys.executable, "-m", "venv", "venv"], folder)
    run(["venv/bin/pip", "install", "-q", "hvac==2.4.0"], folder)
    return [os.path.join(folder, "venv/bin/python"), "client.py"], folder


def node_vault():
    folder = prepare("node")
    run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--no-package-lock",
         "--prefix", ".", "node-vault@0.12.0"], folder)
    return ["node", "client.js"], folder


def go_api():
    folder = prepare("go")
    if not os.path.exists(os.path.join(folder, "go.mod")):
        run(["go", "mod", "init", "client"], folder)
    run(["go", "get", "github.com/hashicorp/vault/api@v1.23.0"], folder)
    run(["go", "build", "-o", "client", "."], folder)
    return ["./client"], folder


def rust_vaultrs():
    folder = prepare("rust")
    run(["cargo", "build", "--quiet"], folder)
    return ["./target/debug/client"], folder


CLIENTS = {"python hvac": ("python3", python_hvac), "node-vault": ("npm", node_vault),
           "go api": ("go", go_api), "rust vaultrs": ("cargo", rust_vaultrs)}


def tell(name, needs, make):
    """The output of one client, or a line that says why there is none."""
    if shutil.which(needs) is None:
        return "skip - %s: %s is not installed" % (name, needs)
    try:
        command, folder = make()
    except (RuntimeError, subprocess.SubprocessError) as e:
        return "not ok - %s: could not be fetched or built: %s" % (name, e)
    h = hublet.ready()
    h.policy("everything", EVERYTHING)
    h.role("operators", "operator/*", "everything")
    h.role("mailer", "svc/mailer", [])
    try:
        return run(command, folder, env=dict(
            os.environ, HUBLET=h.dir, VAULT_ADDR="https://localhost:%d" % h.port,
            VAULT_CACERT=h.path("ca.pem"), VAULT_CLIENT_CERT=h.path("operator.pem"),
            VAULT_CLIENT_KEY=h.path("operator.key"), VAULT_TOKEN="")).stdout
    except subprocess.TimeoutExpired:
        return "not ok - %s: did not end" % name
    finally:
        h.remove()


def main():
    word = (sys.argv[1:] or [""])[0]
    counts = {"ok": 0, "not ok": 0, "skip": 0}
    for name, (needs, make) in CLIENTS.items():
        if word not in name:
            continue
        output = tell(name, needs, make)
        print(output.rstrip(), flush=True)
        found = re.findall(r"^(ok|not ok|skip) - ", output, re.M)
        if not found:
            print("not ok - %s: said nothing" % name)
            found = ["not ok"]
        for verdict in found:
            counts[verdict] += 1
    print("%(ok)d passed, %(not ok)d failed" % counts +
          (", %(skip)d skipped" % counts if counts["skip"] else ""))
    sys.exit(1 if counts["not ok"] or not counts["ok"] else 0)


if __name__ == "__main__":
    main()
