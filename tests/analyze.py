#!/usr/bin/env python3
"""Static analysis of every source file: clang-tidy, gcc -fanalyzer, cppcheck.  No finding is
left; one that is none is silenced beside its line, with the reason.

    analyze.py [WORD]      only files whose path holds WORD

FLAGS are the compiler's.  What clang-tidy looks for stands in .clang-tidy.  The last line is
"N passed, N failed"; a case is a file under one of the three.
"""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys

FLAGS = os.environ["FLAGS"].split()
MAKERS = ("base/error.c", "vaultd/keeper/call.c")  # of what ANALYZED tells the others


def flags(path):
    return FLAGS if path in MAKERS else FLAGS + ["-DANALYZED"]


TOOLS = {
    "clang-tidy": lambda path: ["clang-tidy", "--quiet", path, "--", *flags(path)],
    # Who owns what a struct points to, it cannot follow: leaks are LeakSanitizer's to find.
    "gcc -fanalyzer": lambda path: ["gcc", *flags(path), "-O2", "-fanalyzer",
                                    "-Wno-analyzer-malloc-leak", "-c", path, "-o", os.devnull],
    # Portability: it asks for what is safe with threads where there is one only.
    "cppcheck": lambda path: ["cppcheck", "--quiet", "--std=c11", "--inline-suppr",
                              "--library=posix,gnu,bsd", "--enable=warning",
                              *(f for f in FLAGS if f[:2] in ("-I", "-D")), path],
}
FINDING = re.compile(r"^\S+:\d+:\d+: (warning|error)\b.*", re.M)


def look(case):
    tool, path = case
    done = subprocess.run(TOOLS[tool](path), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    output = done.stdout.decode("utf-8", "replace")
    found = [match[0] for match in FINDING.finditer(output)]
    if done.returncode != 0 and not found:
        found = ["ended with status %d: %s" % (done.returncode, output[-500:])]
    return ["FAILED: %s: %s" % (tool, text.replace(os.getcwd() + "/", "")) for text in found]


def main():
    word = (sys.argv[1:] or [""])[0]
    paths = sorted(path for top in ("base", "keys", "policy", "vaultd", "client")
                   for path in glob.glob(top + "/**/*.c", recursive=True) if word in path)
    cases = [(tool, path) for tool in TOOLS for path in paths]
    if not cases:
        sys.exit("analyze: no file is called *%s*" % word)
    failed = dict.fromkeys(TOOLS, 0)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (tool, path), found in zip(cases, pool.map(look, cases)):
            failed[tool] += bool(found)
            for line in found:
                print(line, flush=True)
    for tool in TOOLS:
        print("%-6s%-16s %d files" % ("FAILED" if failed[tool] else "ok", tool, len(paths)))
    total = sum(failed.values())
    print("%d passed, %d failed" % (len(cases) - total, total))
    sys.exit(total > 0)


if __name__ == "__main__":
    main()
