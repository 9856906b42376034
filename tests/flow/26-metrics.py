#!/usr/bin/env python3
"""What the metrics count is what happened, the same as JSON and for Prometheus, and names nobody."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready, until  # noqa: E402

h = ready()
h.post("secret/data/billing/stripe", {"data": {"key": "value"}})


def counters():
    """{(name, operation, status): count}"""
    json = h.get("sys/metrics").json
    return {(c["Name"], c["Labels"].get("operation"), c["Labels"].get("status")): c["Count"]
            for c in json["Counters"]}


def gauge(name):
    return next(g["Value"] for g in h.get("sys/metrics").json["Gauges"] if g["Name"] == name)


def grown(before, operation, status):
    name = ("vault.core.requests", operation, status)
    return counters().get(name, 0) - before.get(name, 0)


before = counters()
connection = h.connect("billing")
for _ in range(20):
    h.get("secret/data/billing/stripe", connection=connection)
check("reads are counted, with the one that asks for the first count",
      grown(before, "read", "2xx") == 21, (before, counters()))
for _ in range(5):
    h.call("DELETE", "secret/data/billing/stripe", connection=connection)
check("refusals are counted as what they are", grown(before, "delete", "4xx") == 5)
check("and nothing else", grown(before, "delete", "2xx") == 0)

check("who is connected is counted", until(lambda: gauge("vault.gate.connections") >= 1))
check("the vault is open", gauge("vault.core.unsealed") == 1)
records = gauge("vault.store.records")
h.post("secret/data/billing/other", {"data": {"key": "value"}})
# Chores add records of their own: callers that were seen, the clock's mark.
check("records are counted", records + 2 <= gauge("vault.store.records") < records + 20)
check("the audit was always written", counters()["vault.audit.failures", None, None] == 0)

text = h.get("sys/metrics?format=prometheus")
check("Prometheus gets text in its own format",
      text.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8", text.headers)
lines = [line for line in text.text.splitlines() if not line.startswith("#")]
check("of which each line is a sample", all(
    re.fullmatch(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+', line)
    for line in lines), lines)
samples = dict(line.rsplit(" ", 1) for line in lines)
check("with the same values", records + 2 <= int(samples["vault_store_records"]) <=
      gauge("vault.store.records") and
      int(samples['vault_core_requests{operation="delete",status="4xx"}']) == 5)
buckets = [int(v) for k, v in samples.items() if "_bucket{" in k]
check("a histogram that adds up", buckets == sorted(buckets) and
      buckets[-1] == int(samples["vault_core_handle_request_seconds_count"]) > 0, buckets)
everything = text.text + h.get("sys/metrics").text
check("nobody is named", not any(word in everything for word in (
    "billing", "stripe", "operator", "spiffe", "127.0.0.1")))
h.stop()
