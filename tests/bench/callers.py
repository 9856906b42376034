"""Callers measured: logging in, tokens, many roles, and everybody at once."""
import json
import os
import re
import subprocess
import time

import hublet

TOKENS = [int(n) for n in os.environ.get("BENCH_TOKENS", "1000,1000000").split(",")]
ROLES = (10, 10000)
CROWD = 10000
LOGIN = ("-method", "POST", "-path", "/v1/auth/cert/login", "-body", "{}")


def beside(bench, h, what, options, limit, sentence):
    """Two kinds of request in turns, three times; the best of each."""
    read = ("-path", bench.READ)
    ours, theirs = [], []
    for _ in range(3):
        for runs, kind in (ours, options), (theirs, read):
            runs.append(bench.measure(h, h.port, bench.serving(h), "-connections", 64, *kind))
    cost = [min(f["gate"] + f["keeper"] for f in each) for each in (ours, theirs)]
    bench.row(what, min(ours, key=lambda f: f["gate"] + f["keeper"]), "gate", "keeper")
    bench.target(sentence, cost[0] / cost[1], limit)


def tokens(bench, h):
    """Logging in; a token on each request; many tokens in the store."""
    h.policy("secrets", 'path "secret/*" { capabilities = ["create", "read", "update"] }\n'
             'path "auth/token/create" { capabilities = ["update"] }')
    login = h.post("auth/cert/login", {}).json["auth"]["client_token"]
    beside(bench, h, "login, 64 connections", LOGIN, 1.5, "login against a KV read, CPU")
    beside(bench, h, "KV read with a token, 64 connections",
           ("-path", bench.READ, "-token", login), 1.1,
           "a request with a token against one without, CPU")
    costs, memories, have = [], [], 0
    child = h.post("auth/token/create", {"policies": ["default"], "ttl": "24h"})
    child = child.json["auth"]["client_token"]
    for want in TOKENS:
        bench.make(h, have, want, "-path", "/v1/auth/token/create", "-token", login, "-body",
                   '{"ttl":"24h","policies":["default"]}')
        have = want
        f = bench.measure(h, h.port, bench.serving(h), "-connections", 32, "-token", child,
                          "-path", "/v1/auth/token/lookup-self")
        costs.append(f["gate"] + f["keeper"])
        memories.append(bench.memory(h))
        bench.row("look-up among %d stored tokens" % want, f, "gate", "keeper")
        print("  %d KiB anonymous memory" % memories[-1])
    many = "%d tokens against %d, ratio" % (TOKENS[-1], TOKENS[0])
    bench.target("look-up at " + many, costs[-1] / costs[0], 1.2)
    bench.target("anonymous memory at " + many, memories[-1] / memories[0], 1.25)


def roles(bench, h):
    """A log-in among few roles, and among many for other identities."""
    with open(h.path("ca.pem")) as f:
        role = json.dumps({"certificate": f.read(), "token_policies": "default",
                           "allowed_uri_sans": "spiffe://%s/svc/r%%d" % h.domain})
    costs, have = [], 0
    for want in ROLES:
        bench.make(h, have, want, "-path", "/v1/auth/cert/certs/r%d", "-body", role)
        have = want
        runs = [bench.measure(h, h.port, bench.serving(h), "-connections", 64, *LOGIN)
                for _ in range(3)]
        best = min(runs, key=lambda f: f["gate"] + f["keeper"])
        bench.row("login among %d roles" % want, best, "gate", "keeper")
        costs.append(best["gate"] + best["keeper"])
    bench.target("login among %d roles against %d, CPU" % (ROLES[1], ROLES[0]),
                 costs[1] / costs[0], 1.2)


def crowd(bench, h, path):
    """CROWD connections that ask once, all at once, and then rest."""
    return subprocess.Popen(
        bench.command(h, h.port, "-connections", CROWD, "-seconds", 120, "-idle", "-requests",
                      CROWD, "-path", path), stdout=subprocess.PIPE, text=True)


def told(child):
    return {k: float(v) for k, v in re.findall(r"(\w+)=([\d.]+)", child.stdout.read())}


def everybody(bench, h):
    """Callers who connect all at once, as after a restart: until each has its answer."""
    before = most = bench.memory(h)
    child = crowd(bench, h, bench.READ)
    while child.poll() is None:
        most = max(most, bench.memory(h))
        time.sleep(0.05)
    f = told(child)
    print("%d callers at once: answered in %.1f s, %d errors, %d KiB anonymous memory at most" %
          (CROWD, f["seconds"], f["errors"], most))
    bench.target("answers of %d callers at once" % CROWD, f["requests"], CROWD, True)
    bench.target("memory for a caller among %d at once, KiB" % CROWD, (most - before) / CROWD, 64)


def connections(h):
    told = h.get("sys/metrics?format=prometheus").text
    return int(float(re.search(r"^vault_gate_connections\S* (\S+)", told, re.M)[1]))


def waiting(bench, h):
    """As many who wait for the next version of one secret."""
    hublet.until(lambda: connections(h) < 10, 60)
    before = bench.memory(h)
    child = crowd(bench, h, bench.READ + "?after_version=1&wait=60s")
    there = hublet.until(lambda: connections(h) > CROWD, 60)
    time.sleep(5)  # what the handshakes took is given back
    each = (bench.memory(h) - before) / CROWD
    pids = sum(bench.serving(h).values(), [])
    idle = sum(map(bench.cpu, pids))
    time.sleep(5)
    idle = (sum(map(bench.cpu, pids)) - idle) / 5e9
    cost, begun = sum(map(bench.cpu, pids)), time.monotonic()
    h.post("secret/data/bench/a", {"data": {"api_key": "y" * 39}})
    child.wait()
    took, cost = time.monotonic() - begun, sum(map(bench.cpu, pids)) - cost
    f = told(child)
    print("%d waiting callers: %.1f KiB each, %.1f %% of a CPU; all told in %.2f s, %.1f us of CPU "
          "each, %d errors" % (CROWD, each, idle * 100, took, cost / 1000 / CROWD, f["errors"]))
    bench.target("waiting callers told of the change", f["requests"] if there else 0, CROWD, True)
    bench.target("memory for a waiting caller, KiB", each, 48)
    bench.target("seconds until %d waiting callers are told" % CROWD, took, 5)


def main(bench):
    for part in roles, tokens:
        h = hublet.ready()
        assert h.post("secret/data/bench/a", {"data": {"api_key": "x" * 39}}).status == 200
        part(bench, h)
        h.remove()
    h = hublet.ready(lines="\nlimits {\n\tper_identity = 16384\n\tper_address = 16384\n}\n")
    h.policy("secrets", 'path "*" { capabilities = ["create", "read", "update"] }')
    assert h.post("secret/data/bench/a", {"data": {"api_key": "x" * 39}}).status == 200
    everybody(bench, h)
    waiting(bench, h)
    h.remove()
