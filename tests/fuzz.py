#!/usr/bin/env python3
"""Run every fuzz target for a while, from its seeds.

    fuzz.py [WORD]      only those whose name holds WORD
    MINUTES=n, FUZZ=s   for each: minutes, or seconds; 60 s when neither is set
    SEED=n              what the changes are drawn from; 1, so that what one run finds another
                        finds too; 0 takes a new one each time

What it finds stays in $B/crashes; the seeds in the tree are not changed.  The last line is
"N passed, N failed".
"""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import tempfile

BUILD = os.environ.get("B", "build-fuzz")
SECONDS = int(float(os.environ.get("MINUTES", 0)) * 60) or int(os.environ.get("FUZZ", 60))
SEED = int(os.environ.get("SEED", 1))
CRASHES = os.path.join(BUILD, "crashes")


def fuzz(name):
    """What to print of one target, and whether it found nothing."""
    seeds = os.path.join("tests/fuzz/corpus", name[len("fuzz_"):])
    if not os.path.isdir(seeds):
        return "FAILED: %s: there are no seeds in %s" % (name, seeds), False
    with tempfile.TemporaryDirectory() as corpus:
        command = [os.path.join(BUILD, "tests/fuzz", name), "-max_total_time=%d" % SECONDS,
                   "-seed=%d" % SEED, "-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1",
                   "-artifact_prefix=%s/%s-" % (CRASHES, name), corpus, seeds]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=SECONDS + 120)
            status, output = done.returncode, done.stdout.decode("utf-8", "replace")
        except subprocess.TimeoutExpired as e:
            status, output = None, (e.stdout or b"").decode("utf-8", "replace")
    runs = re.search(r"number_of_executed_units: (\d+)", output)
    if status == 0 and runs:
        return "ok    %-20s %9s inputs in %d s" % (name, runs[1], SECONDS), True
    found = re.search(r"Test unit written to (\S+)", output)
    tail = "\n".join("      | " + line for line in output.splitlines()[-40:])
    return "FAILED: %s: %s\n%s" % (name, found[1] if found else "status %s" % status, tail), False


def main():
    word = (sys.argv[1:] or [""])[0]
    names = [os.path.basename(source)[:-2] for source in sorted(glob.glob("tests/fuzz/fuzz_*.c"))]
    names = [name for name in names if word in name]
    if not names:
        sys.exit("fuzz: no target is called *%s*" % word)
    os.makedirs(CRASHES, exist_ok=True)
    passed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for text, good in pool.map(fuzz, names):
            print(text, flush=True)
            passed += good
    print("%d passed, %d failed" % (passed, len(names) - passed))
    sys.exit(0 if passed == len(names) else 1)


if __name__ == "__main__":
    main()
