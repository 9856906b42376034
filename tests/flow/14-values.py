#!/usr/bin/env python3
"""What is put in comes out as it was: secrets up to 1 MiB, and every number digit by digit; what
is too much is refused, and says so."""
import json
import os
import random
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready  # noqa: E402

MIB = 1024 * 1024
NUMBERS = ["0", "-0", "1.0", "1.10", "1e3", "1E+3", "1e-3", "9007199254740993", "0.1",
           "-9223372036854775808", "18446744073709551616", "1e400", "-1E-400",
           "3.141592653589793238462643383279", "1" + "0" * 300]
TEXTS = ["", "\u0000\u0001\u001f", "\"\\/\b\f\n\r\t", "\u20ac \U0001f511 \u00df", "<script>&amp;",
         "a" * 5000, "\u2028\u2029\ufeff"]

h = ready()


def put(text, path="values"):
    return h.post("secret/data/" + path, text)


def nested(levels):
    """A body so many objects deep."""
    return '{"data":' + '{"a":' * (levels - 1) + "1" + "}" * levels


def bare(path="values"):
    """The text of the secret's data, as it stands in the reply."""
    text = h.get("secret/data/" + path).text
    return re.search(r'"data":\{"data":(.*),"metadata":\{"created_time"', text)[1]


wrong = []
for number in NUMBERS:
    put('{"data": {"n": %s}}' % number)
    if bare() != '{"n":%s}' % number:
        wrong.append((number, bare()))
check("every number comes back as it was written", not wrong, wrong)
put('{"data": {"list": [%s]}}' % ",".join(NUMBERS))
check("in lists too", bare() == '{"list":[%s]}' % ",".join(NUMBERS), bare())
put({"data": dict(enumerate(TEXTS))})
check("every text", list(json.loads(bare()).values()) == TEXTS, bare())
value = {"a": None, "b": True, "c": False, "d": {}, "e": [], "f": {"g": [[[{}]]]}}
put({"data": value})
check("every kind of value", json.loads(bare()) == value, bare())
check("names of any kind", put({"data": {"\u20ac \"x\"": 1, "": 2}}).status == 200 and
      json.loads(bare()) == {"\u20ac \"x\"": 1, "": 2}, bare())
h.call("PATCH", "secret/data/values", '{"data": {"n": 1.50, "": null}}',
       headers={"Content-Type": "application/merge-patch+json"})
check("a patch keeps numbers too", '"n":1.50' in bare() and "" not in json.loads(bare()),
      bare())

noise = random.Random(5)
for size in 1, 4095, 65536, MIB - 100, MIB:
    text = noise.randbytes(size // 2 + 1).hex()[:size]
    reply = put({"data": {"key": text}}, "big")
    check("a secret of %d bytes" % size, reply.status == 200 and
          h.get("secret/data/big").data["data"] == {"key": text}, reply)
check("and it is there after a seal", h.post("sys/seal").status == 204 and
      h.unseal().get("secret/data/big").data["data"] == {"key": text})

reply = put(nested(64), "deep")
check("64 levels are fine", reply.status == 200, reply)
before = bare("big")
for name, text, why in (
        ("65 levels", nested(65), "refused JSON input due to high complexity"),
        ("a hundred thousand levels", '{"data":' + "[" * 100000,
         "refused JSON input due to high complexity"),
        ("sixty thousand values", '{"data":{"a":[%s]}}' % ",".join("1" * 60000),
         "refused JSON input due to high complexity"),
        ("a name given twice", '{"data": {"a": 1, "a": 2}}', "failed to decode JSON input"),
        ("a lone surrogate", '{"data": {"a": "\\ud800"}}', "failed to decode JSON input"),
        ("bytes that are no UTF-8", b'{"data": {"a": "\xff"}}', "failed to decode JSON input"),
        ("two objects", '{"data": {"a": 1}}{}', "failed to decode JSON input"),
        ("a list", "[1]", "failed to decode JSON input"),
        ("a comma too many", '{"data": {"a": 1,}}', "failed to decode JSON input"),
        ("a number with a leading zero", '{"data": {"a": 01}}', "failed to decode JSON input"),
        ("NaN", '{"data": {"a": NaN}}', "failed to decode JSON input"),
        ("an object that does not end", '{"data": {"a": 1', "failed to decode JSON input")):
    reply = put(text, "big")
    check("%s: refused, %s" % (name, why), reply.status == 400 and why in reply.errors, reply)
check("and nothing was changed by it", bare("big") == before)
