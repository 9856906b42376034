#!/usr/bin/env python3
"""Measure vaultd beside nginx, which serves a body of the same size over the same mutual TLS in
the same run, in turns.  CPU time is that of the serving processes (/proc/PID/task/*/schedstat).

    BENCH_SECONDS=n     for each measurement (3)
    BENCH_SECRETS=a,b   how many secrets the store holds in turn (1000,100000,1000000)
    BENCH_TOKENS=a,b    how many stored tokens (1000,1000000)
    BENCH_KEYS=n        how many named keys at the end (100000; 1000000 takes minutes)
    BENCH_PLANS=n       how many rotation plans at the end (100000)
    BENCH_ONLY=a,b      only these parts: kv, callers, attacks, plans, named
"""
import glob
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import hublet  # noqa: E402
import attacks  # noqa: E402
import callers  # noqa: E402
import named  # noqa: E402
import plans  # noqa: E402

SECONDS = int(os.environ.get("BENCH_SECONDS", 3))
SECRETS = [int(n) for n in os.environ.get("BENCH_SECRETS", "1000,100000,1000000").split(",")]
LOAD = os.path.join(hublet.BUILD, "tests/bench/load")
READ = "/v1/secret/data/bench/a"
verdicts = []


def cpu(pid):
    """Nanoseconds of CPU time that a process has had."""
    total = 0
    for path in glob.glob("/proc/%d/task/*/schedstat" % pid):
        with open(path) as f:
            total += int(f.read().split()[0])
    return total


def anonymous(pid):
    """KiB of anonymous resident memory."""
    with open("/proc/%d/status" % pid) as f:
        return int(re.search(r"RssAnon:\s+(\d+)", f.read())[1])


class Nginx:
    def __init__(self, h, body):
        self.port = hublet.free_port()
        self.dir = os.path.join(h.root, "nginx")
        os.mkdir(self.dir)
        with open(os.path.join(self.dir, "nginx.conf"), "w") as f:
            f.write("""
worker_processes %d; daemon off; error_log %s/error.log; pid %s/pid;
events { worker_connections 16384; }
http { access_log off; keepalive_requests 1000000000; keepalive_timeout 600;
 client_body_temp_path %s; proxy_temp_path %s; fastcgi_temp_path %s; uwsgi_temp_path %s;
 scgi_temp_path %s;
 server { listen 127.0.0.1:%d ssl reuseport; ssl_certificate %s; ssl_certificate_key %s;
  ssl_client_certificate %s; ssl_verify_client on; ssl_protocols TLSv1.3;
  ssl_session_tickets off; ssl_session_cache off;
  location / { default_type application/json; return 200 '%s'; } } }
""" % (os.cpu_count(), *[self.dir] * 7, self.port, h.path("server.pem"), h.path("server.key"),
       h.path("ca.pem"), body))
        self.process = subprocess.Popen(["nginx", "-c", os.path.join(self.dir, "nginx.conf")],
                                        stderr=subprocess.DEVNULL)
        time.sleep(1)

    def pids(self):
        path = "/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)
        with open(path) as f:
            return [int(pid) for pid in f.read().split()]

    def stop(self):
        self.process.terminate()
        self.process.wait()


def command(h, port, *options):
    """The load generator, as the operator, with these options."""
    return [LOAD, "-port", str(port), "-ca", h.path("ca.pem"), "-cert", h.path("operator.pem"),
            "-key", h.path("operator.key"), *map(str, options)]


def load(h, port, *options):
    """One run of the load generator: its figures as a dictionary."""
    told = subprocess.run(command(h, port, "-seconds", SECONDS, *options), stdout=subprocess.PIPE,
                          text=True, check=True).stdout
    return {k: float(v) for k, v in re.findall(r"(\w+)=([\d.]+)", told)}


def make(h, have, want, *options):
    """Requests for the things number have up to want, as fast as they go."""
    subprocess.run(command(h, h.port, "-connections", 256, "-seconds", 3600, "-requests",
                           want - have, "-first", have, "-keys", want, "-method", "POST",
                           *options), stdout=subprocess.DEVNULL, check=True)


def measure(h, port, groups, *options):
    """The figures, and CPU us per request of each group of processes."""
    before = {name: sum(map(cpu, pids)) for name, pids in groups.items()}
    figures = load(h, port, *options)
    for name, pids in groups.items():
        figures[name] = (sum(map(cpu, pids)) - before[name]) / 1000 / max(figures["requests"], 1)
    return figures


def row(what, f, *groups):
    print("%-34s %9.0f/s %8.0f %8.0f   %s%s" % (
        what, f["rate"], f["p50"], f["p99"],
        "  ".join("%s %.1f" % (g, f[g]) for g in groups),
        "   (%d errors)" % f["errors"] if f["errors"] else ""), flush=True)


def target(sentence, value, limit, at_least=False):
    reached = value >= limit if at_least else value <= limit
    verdicts.append("%-7s %s: %.2f (%s %.2f)" % ("reached" if reached else "MISSED", sentence,
                                                 value, "at least" if at_least else "at most",
                                                 limit))


def serving(h):
    children = h.children()
    return {"gate": children["gate"], "keeper": children["keeper"]}


def pair(h, nginx, what, path, *options):
    """vaultd and nginx in turns, twice; the better of each."""
    ours, theirs = [], []
    for _ in range(2):
        ours.append(measure(h, h.port, serving(h), "-path", path, *options))
        theirs.append(measure(h, nginx.port, {"nginx": nginx.pids()}, "-path", "/", *options))
    a = min(ours, key=lambda f: f["gate"] + f["keeper"])
    b = min(theirs, key=lambda f: f["nginx"])
    row(what, a, "gate", "keeper")
    row("  nginx, static", b, "nginx")
    return (a["gate"] + a["keeper"]) / max(b["nginx"], 0.001)


def writes(h, connections):
    return measure(h, h.port, serving(h), "-method", "POST", "-keys", 1000, "-connections",
                   connections, "-path", "/v1/secret/data/bench/w%d", "-body",
                   '{"data":{"value":"%d"}}')


def memory(h):
    return sum(anonymous(pid) for pid in h.pids())


def idle(h):
    """KiB for each of 1 000 idle connections, gates and keeper together."""
    before = memory(h)
    child = subprocess.Popen(command(h, h.port, "-connections", 1000, "-seconds", 12, "-idle",
                                     "-path", "/v1/sys/health"), stdout=subprocess.DEVNULL)
    time.sleep(10)
    each = (memory(h) - before) / 1000
    child.wait()
    return each


def growth(h):
    costs, memories, have = [], [], 0
    for want in SECRETS:
        begun = time.monotonic()
        make(h, have, want, "-path", "/v1/secret/data/full/%d", "-body",
             '{"data":{"value":"%d"}}')
        have = want
        f = measure(h, h.port, serving(h), "-connections", 32, "-keys", want, "-path",
                    "/v1/secret/data/full/%d")
        costs.append(f["gate"] + f["keeper"])
        memories.append(memory(h))
        row("read among %d secrets" % want, f, "gate", "keeper")
        print("  %d KiB anonymous memory; filled in %.0f s" % (memories[-1],
                                                              time.monotonic() - begun))
    target("read at %d secrets against %d, ratio" % (SECRETS[-1], SECRETS[0]),
           costs[-1] / costs[0], 1.3)
    target("anonymous memory at %d secrets against %d, ratio" % (SECRETS[-1], SECRETS[0]),
           memories[-1] / memories[0], 1.25)


def kv():
    h = hublet.ready()
    at_start = memory(h)
    value = {"data": {"api_key": "sk-live-0123456789abcdef0123456789abcdef"}}
    assert h.post("secret/data/bench/a", value).status == 200
    nginx = Nginx(h, h.get("secret/data/bench/a").text)
    print("%-34s %11s %8s %8s   CPU us per request" % ("", "rate", "p50 us", "p99 us"))
    for n in (1, 32, 256):
        ratio = pair(h, nginx, "KV read, %d connections" % n, READ, "-connections", n)
        if n == 32:
            target("KV read at 32 connections, CPU against nginx", ratio, 2.0)
    rates = {}
    for n in (1, 32, 64, 256):
        f = writes(h, n)
        rates[n] = f["rate"]
        row("KV write, %d connections" % n, f, "gate", "keeper")
    target("writes at 64 connections against 1, ratio", rates[64] / rates[1], 8, True)
    ratio = pair(h, nginx, "handshake and one request", "/v1/sys/health", "-connections", 8,
                 "-handshakes")
    target("handshake of a known chain, CPU against nginx", ratio, 1.25)
    nginx.stop()
    each = idle(h)
    print("anonymous memory at start, all processes: %d KiB; each idle connection: %.1f KiB" %
          (at_start, each))
    target("anonymous memory after start, MiB", at_start / 1024, 30)
    target("memory for an idle connection, KiB", each, 48)
    growth(h)
    h.remove()


def main():
    bench = sys.modules[__name__]
    parts = {"kv": kv, "callers": lambda: callers.main(bench),
             "attacks": lambda: attacks.main(bench), "plans": lambda: plans.main(bench), "named": lambda: named.main(bench)}
    for part in os.environ.get("BENCH_ONLY", ",".join(parts)).split(","):
        parts[part]()
    print("\n".join([""] + verdicts))


if __name__ == "__main__":
    main()
