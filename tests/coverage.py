#!/usr/bin/env python3
"""Which lines and branches the programs of tests/unit reach, by folder.

    B=build-coverage coverage.py        built with --coverage

keys/ and policy/ must have 95 of 100 lines reached; what is not is named for them.  The last
line is "N passed, N failed".
"""
import collections
import concurrent.futures
import glob
import json
import os
import subprocess
import sys

BUILD = os.environ.get("B", "build-coverage")
LEAST = {"keys": 95, "policy": 95}
LOCKED = ("test_gate", "test_hostile_gate")  # behind their filter nothing can be written down


def run(name):
    """Whether it passed; what a test reaches that fails tells little."""
    program = os.path.join(BUILD, "tests/unit", name)
    done = subprocess.run([program], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, timeout=900)
    return done.returncode == 0


def report(notes):
    """What gcov says of one object's sources."""
    done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", notes],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line]


def main():
    for old in glob.glob(BUILD + "/obj/**/*.gcda", recursive=True):
        os.unlink(old)
    passed = failed = 0
    lines = collections.defaultdict(dict)  # by file: line -> how often
    branches = collections.defaultdict(dict)
    names = [os.path.basename(source)[:-2] for source in sorted(glob.glob("tests/unit/test_*.c"))]
    names = [name for name in names if name not in LOCKED]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, good in zip(names, pool.map(run, names)):
            passed += good
            failed += not good
            if not good:
                print("FAILED: %s" % name)
        for reports in pool.map(report, glob.glob(BUILD + "/obj/**/*.gcda", recursive=True)):
            for source in (f for r in reports for f in r["files"]):
                name = source["file"]
                for line in source["lines"]:
                    number = line["line_number"]
                    lines[name][number] = lines[name].get(number, 0) + line["count"]
                    for i, branch in enumerate(line["branches"]):
                        at = (number, i)
                        branches[name][at] = branches[name].get(at, 0) + branch["count"]
    print("%-16s %8s %8s %10s %8s" % ("folder", "lines", "reached", "branches", "reached"))
    folders = sorted({os.path.dirname(name) for name in lines} - {"tests/unit"})
    for folder in (f for f in folders if not f.startswith(("/", "tests"))):
        names = [name for name in lines if os.path.dirname(name) == folder]
        counts = [n for name in names for n in lines[name].values()]
        taken = [n for name in names for n in branches[name].values()]
        share = 100 * sum(n > 0 for n in counts) / len(counts)
        print("%-16s %8d %7.1f%% %10d %7.1f%%" % (
            folder, len(counts), share, len(taken),
            100 * sum(n > 0 for n in taken) / max(1, len(taken))))
        if folder not in LEAST:
            continue
        for name in sorted(names):
            missed = [number for number, n in sorted(lines[name].items()) if n == 0]
            if missed:
                print("  not reached: %s:%s" % (name, ",".join(map(str, missed))))
        if share < LEAST[folder]:
            print("FAILED: %s: %.1f of 100 lines are reached, not %d" %
                  (folder, share, LEAST[folder]))
        failed += share < LEAST[folder]
        passed += share >= LEAST[folder]
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(failed > 0 or passed == 0)


if __name__ == "__main__":
    main()
