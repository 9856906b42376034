#!/usr/bin/env python3
"""What is too large, too deep or no JSON is refused, and leaves nothing behind."""
import concurrent.futures
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import Refused, check, ready  # noqa: E402

h = ready()
PATH = "secret/data/billing/refused"


def refuse(sentence, body, *statuses):
    try:
        reply = h.post(PATH, body)
    except Refused as e:
        check(sentence + " is refused", 413 in statuses, e)
    else:
        check(sentence + " is refused", reply.status in statuses and reply.errors != "", reply)
        check("... without what was sent", "hunter2" not in reply.text)


def wrap(value):
    return '{"data":{"value":%s}}' % value


refuse("a body of more than two", wrap('"%s"' % ("x" * (2 << 20))), 413)
for depth in (64, 1000, 100000):
    refuse("%d levels of arrays" % depth, wrap("[" * depth + "]" * depth), 400)
    refuse("%d levels of objects" % depth, wrap('{"a":' * depth + "1" + "}" * depth), 400)
refuse("sixty thousand values", wrap("[%s]" % ",".join("1" * 60000)), 400)
for body in wrap("[" * 64 + "]" * 64), wrap("[%s]" % ",".join("1" * 60000)):
    reply = h.post(PATH, body)
    check("what is too complex is told apart from what is no JSON",
          reply.errors.startswith("refused JSON input due to high complexity: "), reply)
refuse("an unfinished text", wrap('"hunter2'), 400)
refuse("an unfinished object", '{"data":{"value":"hunter2"', 400)
refuse("something behind it", wrap('"hunter2"') + "x", 400)
refuse("the same name twice", '{"data":{"a":"hunter2","a":"hunter2"}}', 400)
refuse("a byte that is no UTF-8", b'{"data":{"a":"hunter2\xff"}}', 400)
refuse("half a surrogate pair", wrap('"hunter2\\ud800"'), 400)
refuse("a control byte in a text", wrap('"hunter2\n"'), 400)
for number in ("01", "+1", "1.", ".5", "0x10", "NaN", "Infinity", "-", "1e"):
    refuse("the number " + number, wrap(number), 400)
refuse("an array for a body", '["hunter2"]', 400)
refuse("data that is no object", '{"data":"hunter2"}', 400)
refuse("no data", '{"hunter2":{}}', 400)
check("nothing of all that was stored", h.get(PATH).status == 404)

large = json.dumps({"custom_metadata": {"k%d" % n: "v" * 500 for n in range(64)}})


def fill(numbers):
    live = h.connect()
    for n in numbers:
        h.post("secret/metadata/many/%d" % n, large, connection=live)


with concurrent.futures.ThreadPoolExecutor(8) as pool:
    list(pool.map(fill, [range(n, 1100, 8) for n in range(8)]))
live = h.connect()
reply = h.call("LIST", "secret/detailed-metadata/many/", connection=live)
check("a reply of 34 MiB is refused, in words", reply.status == 400 and
      reply.errors.startswith("the reply has more than 32 MiB"), reply)
reply = h.call("LIST", "secret/detailed-metadata/many/?limit=900", connection=live)
check("a part of it is not", reply.status == 200 and len(reply.data["keys"]) == 900, reply)
check("and it serves as before", h.post(PATH, {"data": {"a": 1}}).data["version"] == 1)
