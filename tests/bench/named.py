"""Named keys measured: each use, batches, many keys, and what slow ones do to others."""
import base64
import json
import os
import subprocess
import time

import hublet

ENOUGH = int(os.environ.get("BENCH_KEYS", 100000))  # named keys, at the end
PLAIN = {size: base64.b64encode(b"x" * size).decode() for size in (64, 256, 65536)}


def ciphertext(h, plaintext):
    return h.post("transit/encrypt/bench", {"plaintext": plaintext}).data["ciphertext"]


def total(f):
    return f["gate"] + f["keeper"]


def best(bench, h, *options):
    """The better of two runs."""
    return min((bench.measure(h, h.port, bench.serving(h), *options) for _ in range(2)), key=total)


def uses(bench, h):
    """CPU of each use; encrypting 256 bytes is held against a read."""
    def use(what, path, body, connections=32):
        f = best(bench, h, "-method", "POST", "-connections", connections, "-path",
                 "/v1/transit/" + path, "-body", json.dumps(body))
        bench.row(what, f, "gate", "keeper")
        return f

    read = best(bench, h, "-connections", 32, "-path", bench.READ)
    small = use("encrypt 256 B", "encrypt/bench", {"plaintext": PLAIN[256]})
    use("decrypt 256 B", "decrypt/bench", {"ciphertext": ciphertext(h, PLAIN[256])})
    use("encrypt 64 KiB", "encrypt/bench", {"plaintext": PLAIN[65536]}, 8)
    use("decrypt 64 KiB", "decrypt/bench", {"ciphertext": ciphertext(h, PLAIN[65536])}, 8)
    for kind in "ed25519", "ecdsa-p256", "rsa-2048":
        use("sign " + kind, "sign/bench-" + kind, {"input": PLAIN[64]})
    many = use("encrypt, batch of 1000 x 64 B", "encrypt/bench",
               {"batch_input": [{"plaintext": PLAIN[64]}] * 1000}, 4)
    bench.target("encrypt 256 B against a KV read, CPU", total(small) / total(read), 1.2)
    bench.target("one item of a batch, keeper us", (many["keeper"] - small["keeper"]) / 1000, 1.5)


def crowd(bench, h):
    """Reads while RSA-4096 signs as fast as it can."""
    quiet = bench.measure(h, h.port, bench.serving(h), "-connections", 8, "-path", bench.READ)
    busy = subprocess.Popen(
        bench.command(h, h.port, "-connections", 16, "-seconds", bench.SECONDS + 2, "-method",
                      "POST", "-path", "/v1/transit/sign/bench-rsa-4096", "-body",
                      json.dumps({"input": PLAIN[64]})), stdout=subprocess.DEVNULL)
    time.sleep(1)
    loud = bench.measure(h, h.port, bench.serving(h), "-connections", 8, "-path", bench.READ)
    busy.wait()
    bench.row("KV read, 8 connections", quiet, "gate", "keeper")
    bench.row("  while RSA-4096 signs", loud, "gate", "keeper")
    bench.target("p99 of KV reads while RSA-4096 signs, ratio", loud["p99"] / quiet["p99"], 3)


def growth(bench, h):
    """Keys keys/N up to ENOUGH: their memory, their first use and the next."""
    def use(what, first, count):
        f = best(bench, h, "-method", "POST", "-connections", 32, "-first", first, "-keys",
                 first + count, "-path", "/v1/transit/encrypt/many%d", "-body",
                 json.dumps({"plaintext": PLAIN[256]}))
        bench.row(what, f, "gate", "keeper")
        return total(f)

    costs, have = {}, 0
    for want in (10, ENOUGH):
        begun = time.monotonic()
        bench.make(h, have, want, "-path", "/v1/transit/keys/many%d")
        print("%d named keys: made in %.0f s, %d KiB anonymous memory" % (
            want, time.monotonic() - begun, bench.memory(h)))
        have = want
        if want > 10:
            use("first use among %d keys" % want, 0, want)
        costs[want] = use("repeat use of 10 among %d keys" % want, 0, 10)
    bench.target("repeat use among %d named keys against 10, ratio" % ENOUGH,
                 costs[ENOUGH] / costs[10], 1.2)


def main(bench):
    h = hublet.ready()
    assert h.post("secret/data/bench/a", {"data": {"api_key": "x" * 39}}).status == 200
    h.policy("secrets", 'path "*" { capabilities = ["create", "read", "update", "list"] }')
    h.post("transit/keys/bench", {})
    for kind in "ed25519", "ecdsa-p256", "rsa-2048", "rsa-4096":
        h.post("transit/keys/bench-" + kind, {"type": kind})
    uses(bench, h)
    crowd(bench, h)
    growth(bench, h)
    h.remove()
