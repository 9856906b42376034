#!/usr/bin/env python3
"""Run the tests, count their cases, name those that fail.

    check.py unit|sanitize|all [WORD,...]   only those whose name holds one of the words

unit is tests/unit, programs and scripts; all is that, what must not compile, the rows of
tests/conformance, and the stories of tests/flow and tests/refuse; sanitize is the programs of tests/unit and the first stories.
A case is one test of cmocka, or a line "ok - ...", "not ok - ..." or "skip - ..." of a script; a
script without such lines is one case.  The last line is "N passed, N failed" (", N skipped").
"""
import concurrent.futures
import glob
import os
import re
import signal
import subprocess
import sys
import time

BUILD = os.environ.get("B", "build")
PATIENCE = 900  # seconds for one program
SHORT = ("flow/01", "flow/03", "refuse/01", "refuse/02")
CASE = {
    "passed": r"^(?:\[ +OK \]|ok -) (.+)$",
    "failed": r"^(?:\[  FAILED  \]|not ok -) ((?!\d+ test\(s\)).+)$",
    "skipped": r"^(?:\[  SKIPPED \]|skip -) ((?!\d+ test\(s\)).+)$",
}


def find(suite):
    """The tests of a suite: (name, command)."""
    tests = []
    for source in sorted(glob.glob("tests/unit/test_*.c")):
        name = os.path.basename(source)[:-2]
        tests.append(("unit/" + name, [os.path.join(BUILD, "tests/unit", name)]))
    if suite != "sanitize":
        for script in sorted(glob.glob("tests/unit/test_*.sh")):
            tests.append(("unit/" + os.path.basename(script)[:-3], ["sh", script]))
    if suite == "all":
        tests.append(("cannot-compile", ["sh", "tests/cannot-compile/run.sh"]))
        tests.append(("cannot-compile (clang)",
                      ["env", "CC=clang", "sh", "tests/cannot-compile/run.sh"]))
        tests.append(("conformance", [sys.executable, "-B", "tests/conformance/run.py"]))
    if suite != "unit":
        for story in sorted(glob.glob("tests/flow/[0-9]*.py") + glob.glob("tests/refuse/[0-9]*.py")):
            name = story[len("tests/"):-3]
            if suite == "all" or name.startswith(SHORT):
                tests.append((name, [sys.executable, "-B", story]))
    return tests


def run(command):
    """Its exit status (None: too slow) and all that it printed.  Nothing of it stays behind."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, start_new_session=True)
    try:
        output, status = child.communicate(timeout=PATIENCE)[0], child.returncode
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        output, status = child.communicate()[0], None
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    return status, output.decode("utf-8", "replace")


def judge(status, output):
    """The names of the cases that passed, failed and were skipped."""
    cases = {kind: re.findall(line, output, re.M) for kind, line in CASE.items()}
    for kind in ("failed", "skipped"):  # cmocka names these twice
        cases[kind] = list(dict.fromkeys(cases[kind]))
    if status is None:
        cases["failed"].append("(ended after %d seconds)" % PATIENCE)
    elif status != 0 and not cases["failed"]:
        cases["failed"].append("(signal %d)" % -status if status < 0 else "(status %d)" % status)
    elif not any(cases.values()):
        cases["skipped" if ": skipped" in output else "passed"].append("(all of it)")
    return cases


def tell(test):
    """Run one test; what to print of it, and its cases."""
    name, command = test
    start = time.monotonic()
    try:
        status, output = run(command)
    except OSError as e:
        status, output = 1, "%s: %s" % (command[0], e.strerror)
    cases = judge(status, output)
    text = "%-4s  %-32s %4d passed %7.1f s" % (
        "FAIL" if cases["failed"] else "ok", name, len(cases["passed"]), time.monotonic() - start)
    for case in cases["skipped"]:
        text += "\n      skipped: " + case
    for case in cases["failed"]:
        text += "\n      FAILED: %s: %s" % (name, case)
    if cases["failed"]:
        text += "\n" + "\n".join("      | " + line for line in output.splitlines()[-60:])
    return text, cases


def main():
    suite, word = sys.argv[1], (sys.argv[2:] or [""])[0]
    tests = [test for test in find(suite) if any(w in test[0] for w in word.split(","))]
    if not tests:
        sys.exit("check: no test is called *%s*" % word)
    total, failures = {"passed": 0, "failed": 0, "skipped": 0}, []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for test, (text, cases) in zip(tests, pool.map(tell, tests)):
            print(text, flush=True)
            failures += ["%s: %s" % (test[0], case) for case in cases["failed"]]
            for kind in total:
                total[kind] += len(cases[kind])
    for failure in failures:
        print("FAILED: " + failure)
    print("%(passed)d passed, %(failed)d failed" % total +
          (", %(skipped)d skipped" % total if total["skipped"] else ""))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
