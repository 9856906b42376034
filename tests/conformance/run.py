#!/usr/bin/env python3
"""Every row of the API's reference that can be checked mechanically is answered as it says.

    run.py [WORD]       only the files of rows whose name holds WORD

Rows stand in rows/*.txt, in order, one request and its answer a line:

    [@who] METHOD path [;Header: value]... [<< body] => status [answer]

path is behind /v1/, or whole when it begins with "/".  body is JSON (or any text).  answer:

    nothing      any body; of a 204 none     text         {"errors":[text]}
    []           {"errors":[]}               W text       the same, as "1 error occurred"
    {...}        an envelope with these fields, all others empty
    M {...}      and each field of data again at the top
    R {...}      the whole body (of a raw path)
    ~ regex      the whole body, as text (~ alone: an empty one)

In an object "..." : true lets further members pass.  A string "<kind>" stands for a value of its
kind: time, uuid, int, string, array, object, bool, any; "<name=kind>" keeps it, as ${name} in
later rows; "<~...>" is an expression.  A line "% what" says that the rows below, up to an empty
line, differ from the reference on purpose, and that README's table tells what.
"""
import glob
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from hublet import check, ready  # noqa: E402

ROW = re.compile(r"(?:@(?P<who>\S+) )?(?P<method>[A-Z]+) (?P<path>\S+)(?P<headers>(?: ;[^;]+?)*?)"
                 r"(?: << (?P<body>.*?))? => (?P<status>\d+)(?: (?P<answer>.*))?$")
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
KINDS = {
    "time": lambda v: isinstance(v, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", v),
    "uuid": lambda v: isinstance(v, str) and re.fullmatch(UUID, v),
    "int": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "string": lambda v: isinstance(v, str), "array": lambda v: isinstance(v, list),
    "object": lambda v: isinstance(v, dict), "bool": lambda v: isinstance(v, bool),
    "any": lambda v: True}
EMPTY = {"request_id": "<uuid>", "lease_id": "", "renewable": False, "lease_duration": 0,
         "data": None, "wrap_info": None, "warnings": None, "auth": None}
kept = {}


def differs(want, got, at=""):
    """What is not as it should be, or ""."""
    if isinstance(want, str) and re.fullmatch(r"<~.*>", want, re.S):
        fits = isinstance(got, str) and re.fullmatch(want[2:-1], got, re.S)
        return "" if fits else "%s: %r does not fit %s" % (at, got, want)
    kind = re.fullmatch(r"<(?:(\w+)=)?(\w+)>", want) if isinstance(want, str) else None
    if kind and kind[2] in KINDS:
        if kind[1]:
            kept[kind[1]] = json.dumps(got)[1:-1] if isinstance(got, str) else got
        return "" if KINDS[kind[2]](got) else "%s: %r is no %s" % (at, got, kind[2])
    if isinstance(want, dict) and isinstance(got, dict):
        more = set(got) - set(want) if not want.get("...") else set()
        for name in sorted(more | (set(want) - set(got) - {"..."})):
            return "%s.%s: %s" % (at, name, "unexpected" if name in got else "missing")
        return next(filter(None, (differs(want[k], got[k], at + "." + k)
                                  for k in want if k != "...")), "")
    if isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        return next(filter(None, (differs(w, g, "%s[%d]" % (at, i))
                                  for i, (w, g) in enumerate(zip(want, got)))), "")
    same = want == got and isinstance(want, bool) == isinstance(got, bool)
    return "" if same else "%s: %r instead of %r" % (at, got, want)


def unique(pairs):
    """A JSON object, whose names must differ."""
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names), "named twice: %s" % names
    return dict(pairs)


def judge(answer, reply):
    """What is wrong with a reply, or ""."""
    if answer is None:
        return "a body: " + reply.text if reply.status == 204 and reply.text else ""
    if answer.startswith("~"):
        fits = re.fullmatch(answer[2:], reply.text, re.S)
        return "" if fits else "%r does not fit" % reply.text[:200]
    if reply.json is None:
        return "no JSON: %r" % reply.text[:200]
    if answer == "[]":
        return differs({"errors": []}, reply.json)
    form, _, rest = answer.partition(" ")
    if form in ("M", "R") and rest.startswith("{"):
        want = json.loads(rest)
    elif answer.startswith("{"):
        want = json.loads(answer)
    else:
        text = "1 error occurred:\n\t* %s\n\n" % rest if form == "W" else answer
        return differs({"errors": [text]}, reply.json)
    if form == "R":
        return differs(want, json.loads(reply.text, object_pairs_hook=unique))
    if form == "M" and isinstance(reply.data, dict):
        for name in set(reply.data) - set(want):
            want[name] = reply.data[name]
    return differs({**EMPTY, **want}, reply.json)


def fill(text):
    return re.sub(r"\$\{(\w+)\}", lambda m: str(kept[m[1]]), text)


def tell(h, row):
    """One row: what is wrong, or ""."""
    parts = ROW.match(fill(row))
    if not parts:
        return "the row cannot be read"
    headers = dict(part.split(":", 1) for part in parts["headers"].split(" ;")[1:])
    reply = h.call(parts["method"], parts["path"], parts["body"], parts["who"] or "operator",
                   headers={name: value.strip() for name, value in headers.items()})
    if reply.status != int(parts["status"]):
        return "status %r" % reply
    return judge(parts["answer"], reply)


def tell_file(h, path, deviations):
    """The rows of a file: (passed, told)."""
    passed = told = 0
    deviation = None
    with open(path) as f:
        for number, line in enumerate(f, 1):
            row = line.strip()
            if not row:
                deviation = None
            elif row.startswith("% "):
                deviation = row[2:]
                deviations.setdefault(deviation, 0)
            elif not row.startswith("#"):
                wrong = tell(h, row)
                told += 1
                passed += not wrong
                if deviation:
                    deviations[deviation] += 1
                if wrong:
                    print("%s:%d: %s\n    %s" % (os.path.basename(path), number, row, wrong))
    return passed, told


def main():
    word = (sys.argv[1:] or [""])[0]
    h = ready()
    everything = ["create", "read", "update", "patch", "delete", "list", "scan", "sudo"]
    h.policy("secrets", 'path "*" { capabilities = %s }' % json.dumps(everything))
    h.policy("operator", 'path "*" { capabilities = %s }' % json.dumps(everything))
    with open(h.path("ca.pem")) as f:
        kept["ca"] = json.dumps(f.read())[1:-1]
    deviations, passed, told = {}, 0, 0
    for path in sorted(glob.glob(os.path.join(HERE, "rows", "*%s*.txt" % word))):
        some, all_of_it = tell_file(h, path, deviations)
        check("%s: %d of %d" % (os.path.basename(path)[:-4], some, all_of_it), some == all_of_it)
        passed, told = passed + some, told + all_of_it
    print("%d of %d rows are answered as the reference has them, or as README says" %
          (passed, told))
    for deviation, rows in deviations.items():
        print("differs on purpose (%d rows): %s" % (rows, deviation))
    check("there are rows", told > 0)
    h.stop()


if __name__ == "__main__":
    main()
