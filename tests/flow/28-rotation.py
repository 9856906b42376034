#!/usr/bin/env python3
"""Operators rotate keyring, master key and shares, and see what rotates when, with vaultctl alone."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, ready, until  # noqa: E402

h = ready()
h.role("operators", "operator/*", ["secrets", "operator"])


def operator(*words, text=None):
    said = h.ctl("operator", *words, text=text)
    check("operator " + " ".join(w for w in words if not w.startswith("-public-key")),
          said.returncode == 0, said)
    return said.stdout


def field(name, *words):
    return h.ctl(*words[:2], "-field=" + name, *words[2:]).stdout


# ---- the keyring

check("key-status tells the term", field("term", "operator", "key-status") == "1")
h.ctl("kv", "put", "-allow-argv", "secret/a", "b=c")
said = operator("rotate", "-watch")
check("watching ends when all records are under the new term", "running          false" in said and
      "oldest_term      2" in said, said)
operator("rotate")
check("without watching it goes on behind one's back",
      until(lambda: field("running", "operator", "rotate", "-status") == "false"))
check("that was the third term", field("term", "operator", "key-status") == "3")
operator("rotate-config", "-interval=48h")
check("rotate-config sets when it rotates by itself", field("interval", "read", "sys/rotate/config")
      == "48h0m0s")
check("and rotation list shows when", "keyring" in h.ctl("rotation", "list").stdout)
check("rotation due shows what will be", "keyring" in h.ctl("rotation", "due",
                                                             "-within=72h").stdout)
check("and nothing that will not", h.ctl("rotation", "due", "-within=1h").stdout == "Nothing.\n")
check("rotation history tells what was", "term 3" in h.ctl("rotation", "history").stdout)
operator("rotate-root")
check("compact tells how large the store was, and is", "bytes_after" in operator("compact"))

# ---- new shares

old = h.shares
public = json.load(open(h.path("init.json")))["unseal_public_key"]
operator("rekey", "-init", "-key-shares=4", "-key-threshold=2")
operator("rekey", "-", text=old[0])
said = operator("rekey", "-public-key=" + public, "-", text=old[1])
check("it tells how far it is", "Rekey Progress           2" in said, said)
with open(h.path("share"), "w") as f:
    f.write(old[4] + "\n")
said = operator("rekey", "-share-file=" + h.path("share"))
new = [line.split()[3] for line in said.splitlines() if line.startswith("Unseal Key")]
check("the last share gives the new ones, once", len(new) == 4 and len(set(new)) == 4, said)

operator("seal")
h.ctl("operator", "unseal", "-", text=new[3])
check("two of the new ones open the vault",
      h.ctl("operator", "unseal", "-", text=new[1]).returncode == 0 and
      h.ctl("status").returncode == 0)

operator("rekey", "-init", "-key-shares=3", "-key-threshold=2", "-verify")
operator("rekey", "-", text=new[0])
said = operator("rekey", "-", text=new[1])
newest = [line.split()[3] for line in said.splitlines() if line.startswith("Unseal Key")]
check("new shares are to be given back first", "were given back" in said, said)
operator("rekey", "-verify", "-", text=newest[2])
check("then they count", "Complete    true" in operator("rekey", "-verify", "-", text=newest[0]))

operator("rekey", "-init")
check("one that was begun can be ended", "Success!" in operator("rekey", "-cancel"))
check("and is no more", field("started", "operator", "rekey", "-status") == "false")

# ---- the operators' policy

h.policy("operator", 'path "nothing" { capabilities = ["read"] }')
check("operators can lock themselves out", h.ctl("operator", "key-status").returncode == 2)
operator("restore-policy", "-", text=newest[0])
said = operator("restore-policy", "-", text=newest[1])
check("a quorum of shares brings their policy back", "complete    true" in said and
      h.ctl("operator", "key-status").returncode == 0, said)
