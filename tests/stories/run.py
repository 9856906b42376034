#!/usr/bin/env python3
"""Replay recorded stories of the API, and hold the result against aside.txt.

    run.py [SHARED]         where stories/ and tools/ are; left out: $SHARED, ../shared

All are told twice, each time to a Hublet of their own: by certificates alone, and (--login) by
tokens of auth/cert/login, as stock clients do.  A step that fails must stand in aside.txt, with
the reason; a step there that passes is a failure too, so that the list cannot rot.  The last line
is "N passed, N failed".
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import hublet  # noqa: E402

SEAL = ["03-init-unseal"]
PREPARE = ["00-prepare"]
SERVED = ["01-transport", *"123456789"]


def find_shared():
    beside = os.path.join(HERE, "../../../shared")
    shared = (sys.argv[1:] or [os.environ.get("SHARED") or beside])[0]
    if not os.path.isdir(os.path.join(shared, "stories")):
        sys.exit("stories: %s/stories is not there: set SHARED" % os.path.normpath(shared))
    return os.path.abspath(shared)


def read_aside():
    """{(pass, story, step): why}"""
    aside = {}
    with open(os.path.join(HERE, "aside.txt")) as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                story, steps, why = line.split(None, 2)
                story, _, only = story.partition("@")
                for first, last in re.findall(r"(\d+)(?:-(\d+))?", steps):
                    for step in range(int(first), int(last or first) + 1):
                        for told in [only] if only else ["certificate", "login"]:
                            aside[told, story, step] = why.strip()
    return aside


def replay(shared, h, names, *options):
    """Tell stories to a Hublet: (how many steps passed, {(story, step): lines})."""
    files = [os.path.join(shared, "stories", f) for name in names
             for f in sorted(os.listdir(os.path.join(shared, "stories"))) if f.startswith(name)]
    identities = {"operator": "operator", "service": "billing", "other": "mailer",
                  "foreign": "foreign"}
    command = [sys.executable, "-B", os.path.join(shared, "tools/replay.py"),
               "--server", "https://localhost:%d" % h.port, "--ca", h.path("ca.pem"), *options]
    for name, file in identities.items():
        command += ["--identity", "%s=%s,%s" % (name, h.path(file + ".pem"), h.path(file + ".key"))]
    told = subprocess.run(command + files, stdout=subprocess.PIPE, text=True, timeout=1200)
    if told.returncode not in (0, 1):
        sys.exit("stories: replay.py ended with %d\n%s" % (told.returncode, told.stdout))
    passed, failed, story, step = 0, {}, None, None
    for line in told.stdout.splitlines():
        head = re.match(r"(ok|FAIL) +(\S+)\.json: (\d+) passed", line)
        fault = re.match(r" +(FAILED|differs \(optional\)) at (\d+): ", line)
        if head:
            story, step, passed = head[2], None, passed + int(head[3])
        elif fault:
            step = int(fault[2]) if fault[1] == "FAILED" else None
        if step is not None and not head and line.startswith(" "):
            failed.setdefault((story, step), []).append(line)
    if not passed:
        sys.exit("stories: nothing was told\n" + told.stdout)
    return passed, failed


def start():
    h = hublet.Hublet("dev1").start()
    other = hublet.Hublet("elsewhere", domain="dev1.example")
    other.issue("billing")
    for ending in (".pem", ".key"):
        os.rename(other.path("billing" + ending), h.path("foreign" + ending))
    other.remove()
    h.issue("billing")
    h.issue("mailer")
    return h


def tell(shared, told):
    """One pass over all stories: (how many steps passed, {(pass, story, step): lines})."""
    h = start().init().unseal()
    passed, failed = replay(shared, h, PREPARE)
    more, others = replay(shared, h, SERVED, *(["--login"] if told == "login" else []))
    h.remove()
    return passed + more, {(told, *step): lines for step, lines in {**failed, **others}.items()}


def main():
    shared, aside = find_shared(), read_aside()
    passed, failed = replay(shared, start(), SEAL, "--var", "uninitialised=yes")
    failed = {("certificate", *step): lines for step, lines in failed.items()}
    for told in "certificate", "login":
        more, others = tell(shared, told)
        passed, failed = passed + more, {**failed, **others}
    unexpected = [step for step in failed if step not in aside]
    rotten = [step for step in aside if step not in failed]
    for step in failed:
        if step in aside:
            print("aside: %s: %s %d: %s" % (*step, aside[step]))
    for step in unexpected:
        print("FAILED: by %s: stories/%s.json" % step[:2])
        print("\n".join(failed[step]))
    for step in rotten:
        print("FAILED: aside.txt: by %s: %s %d passes, or is not told: take it out" % step)
    print("%d passed, %d failed, %d skipped" % (passed, len(unexpected) + len(rotten),
                                                len(failed) - len(unexpected)))
    sys.exit(1 if unexpected or rotten else 0)


if __name__ == "__main__":
    main()
