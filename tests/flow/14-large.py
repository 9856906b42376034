#!/usr/bin/env python3
"""Secrets of a mebibyte and numbers of any length come back byte for byte."""
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready  # noqa: E402

h = ready()
MIB = 1 << 20

for size in (1, 1000, 16384, 65536, 300000, MIB - 100, MIB):
    value = "".join(chr(33 + (i * 7 + size) % 90) for i in range(size)).replace("\\", "/").replace('"', "'")
    put = h.post("secret/data/billing/large", {"data": {"value": value}})
    got = h.get("secret/data/billing/large", who="billing")
    check("%d bytes come back" % size, put.status == 200 and got.data["data"] == {"value": value},
          "%d, then %d" % (put.status, got.status))
h.stop()
h.start().unseal()
check("after a restart too", h.get("secret/data/billing/large").data["data"] == {"value": value})

h.post("sys/seal")
h.unseal()
check("and after a seal", h.get("secret/data/billing/large").data["data"] == {"value": value})

NUMBERS = ["0", "-0", "1", "-1", "1.0", "1.10", "1e5", "1E+5", "-2.50e-07", "9007199254740993",
           "18446744073709551616", "123456789012345678901234567890", "0.1000000000000000055511151231257827",
           "3.14159265358979323846264338327950288419716939937510", "1e400", "-1e-400"]
body = '{"data":{%s}}' % ",".join('"n%d":%s' % pair for pair in enumerate(NUMBERS))
check("numbers are stored", h.post("secret/data/billing/numbers", body).status == 200)
text = h.get("secret/data/billing/numbers", who="billing").text
for n, number in enumerate(NUMBERS):
    found = re.search(r'"n%d":([^,}]*)' % n, text)
    check("%s comes back as written" % number, found and found[1] == number, found and found[1])

h.call("PATCH", "secret/data/billing/numbers", '{"data": {"more": 1.50, "n0": null}}',
       headers={"Content-Type": "application/merge-patch+json"})
text = h.get("secret/data/billing/numbers", who="billing").text
check("a patch leaves the others as they were", '"more":1.50' in text and '"n14":1e400' in text and
      '"n0"' not in text, text)

odd = {"": "empty name", "a\"b\\c": "\u0000\u001f\"\\/\b", "ü€𝄞": "ü€𝄞", "nested": {"a": [1, [True, None], {}]},
       "long name " * 50: [], "\u007f": "\u2028"}
h.post("secret/data/billing/odd", {"data": odd})
check("odd names and texts come back", h.get("secret/data/billing/odd").data["data"] == odd)
deep = "[" * 61 + "]" * 61
h.post("secret/data/billing/deep", '{"data":{"deep":%s}}' % deep)
check("64 levels come back",
      json.dumps(h.get("secret/data/billing/deep").data["data"]["deep"]).replace(" ", "") == deep)
