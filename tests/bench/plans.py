"""Rotation plans measured: many that wait, what looking after them costs, and what it costs to
keep who reads what."""
import os
import time

import hublet

PLANS = (1000, int(os.environ.get("BENCH_PLANS", "100000")))
RESTED = 30  # seconds of nobody asking anything
PLAN = ('{"kind":"generate","period":"720h","spread":"720h",'
        '"fields":{"password":{"type":"password","length":24}}}')


def rest(bench, h):
    """CPU seconds a minute of a vault that nobody asks."""
    pids = sum(bench.serving(h).values(), [])
    before = sum(map(bench.cpu, pids))
    time.sleep(RESTED)
    return (sum(map(bench.cpu, pids)) - before) / 1e9 * 60 / RESTED


def waiting(bench, h):
    h.policy("secrets", 'path "secret/*" { capabilities = ["create", "read", "update"] }\n'
             'path "sys/rotation/plans/*" { capabilities = ["create", "read", "update"] }\n'
             'path "sys/rotation" { capabilities = ["read"] }')
    costs, memories, have = [rest(bench, h)], [], 0
    for want in PLANS:
        bench.make(h, have, want, "-path", "/v1/secret/data/p/%d", "-body",
                   '{"data":{"password":"%d"}}')
        bench.make(h, have, want, "-path", "/v1/sys/rotation/plans/secret/p/%d", "-body", PLAN)
        have = want
        time.sleep(15)  # what was counted is written
        costs.append(rest(bench, h))
        memories.append(bench.memory(h))
        f = bench.measure(h, h.port, bench.serving(h), "-connections", 32, "-path", bench.READ)
        bench.row("KV read beside %d plans" % want, f, "gate", "keeper")
        print("  %d KiB anonymous memory, %.0f ms of CPU a minute at rest (without plans: %.0f)" %
              (memories[-1], costs[-1] * 1000, costs[0] * 1000))
    bench.target("CPU at rest with %d plans, seconds a minute" % PLANS[1], costs[-1], 1)
    bench.target("memory with %d plans against %d, ratio" % (PLANS[1], PLANS[0]),
                 memories[1] / memories[0], 1.25)


def readers(bench):
    """A read that is kept, in turns with one that is not."""
    vaults = [hublet.ready(), hublet.ready("eu1", lines='\nreaders = "off"\n')]
    for h in vaults:
        assert h.post("secret/data/bench/a", {"data": {"api_key": "x" * 39}}).status == 200
    runs = ([], [])
    for _ in range(4):
        for h, run in zip(vaults, runs):
            run.append(bench.measure(h, h.port, bench.serving(h), "-connections", 64, "-path",
                                     bench.READ))
    best = [min(run, key=lambda f: f["gate"] + f["keeper"]) for run in runs]
    for what, f in zip(("KV read, readers kept", "KV read, readers not kept"), best):
        bench.row(what, f, "gate", "keeper")
    costs = [f["gate"] + f["keeper"] for f in best]
    bench.target("KV read with readers kept against not, CPU", costs[0] / costs[1], 1.05)
    for h in vaults:
        h.remove()


def main(bench):
    readers(bench)
    h = hublet.ready()
    assert h.post("secret/data/bench/a", {"data": {"api_key": "x" * 39}}).status == 200
    waiting(bench, h)
    h.remove()
