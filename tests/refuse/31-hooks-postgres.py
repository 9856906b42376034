#!/usr/bin/env python3
"""The postgres hook tells no password to a server that is not the one, and runs no statement that
a name or a value smuggles in."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hublet import check, skip  # noqa: E402
import postgres  # noqa: E402
from hooked import Hook, failed  # noqa: E402

CANARY = "canary-of-a-wrong-password"
CURRENT = {"username": "app", "password": "first-password"}
TURNS = {"role_a": "app_a", "role_b": "app_b"}

if not postgres.available():
    skip("the postgres hook", "it takes root, and the package of PostgreSQL")
    sys.exit()
server = postgres.Server()


def refused(sentence, ran, text=""):
    """Not done, said so as the protocol has it, and no password in it."""
    values = (CANARY, postgres.ADMIN["password"], "first-password")
    check(sentence, ran.status not in (0, 64) and ran.error != "" and text in ran.error and
          not any(v in ran.output + ran.complaint for v in values), ran)


def with_parameters(with_=None, **more):
    return Hook("postgres", server.parameters(**more), with_ or postgres.ADMIN)


# ---- who is not let in

hook = with_parameters({"username": "vault_admin", "password": CANARY}, **TURNS)
pending = hook.run("create", current=CURRENT).pending
refused("a wrong administrator's password sets nothing",
        hook.run("set", current=CURRENT, pending=pending), "authentication failed")
refused("a pending password that is not valid does not pass the test",
        hook.run("test", current=CURRENT, pending=pending), "authentication failed")
check("and nobody saw it", hook.leaks(CANARY) == [] and server.roles() == [
    "app", "readers", "root_of_all", "vault_admin"], server.roles())
hook.remove()
hook = with_parameters({"username": "app", "password": "first-password"}, **TURNS)
refused("nor does a user who may not make roles",
        hook.run("set", current=CURRENT, pending=pending), "permission denied")
hook.remove()

# ---- servers that are not the one

hook = with_parameters(**dict(TURNS, sslrootcert=server.certificate("stranger")))
before = server.read_log().count("vault_admin")
refused("a server with another's certificate is told nothing",
        hook.run("set", current=CURRENT, pending=pending), "certificate verify failed")
check("not even who asks", server.read_log().count("vault_admin") == before)
hook.remove()
hook = with_parameters(**dict(TURNS, host="127.0.0.2"))
refused("nor a server whose certificate has another name",
        hook.run("set", current=CURRENT, pending=pending), "does not match host")
hook.remove()
for mode, host in (("disable", "db.example"), ("prefer", "127.0.0.1"), ("require", "127.0.0.1"),
                   ("disable", "127.0.0.1,db.example"), ("", "127.0.0.1"), ("allow", "localhost")):
    hook = with_parameters(**dict(TURNS, host=host, sslmode=mode))
    refused("sslmode %r with %s is refused" % (mode, host),
            hook.run("set", current=CURRENT, pending=pending), "sslmode")
    hook.remove()

# ---- a test that would prove nothing

hba = os.path.join(server.data, "pg_hba.conf")
with open(hba) as f:
    rules = f.read()
with open(hba, "w") as f:
    f.write("host all app 127.0.0.1/32 trust\n" + rules)
server.sql("SELECT pg_reload_conf()")
hook = with_parameters(**TURNS)
refused("a server that asks for no password passes no test",
        hook.run("test", pending={"username": "app", "password": "anything"}),
        "without its password")
with open(hba, "w") as f:
    f.write(rules)
server.sql("SELECT pg_reload_conf()")
hook.remove()

# ---- what names and values smuggle in

touched = os.path.join(server.root, "touched")
for name in ("a\"; DROP ROLE app; --", "a'; DROP ROLE app; --", "a\\'; DROP ROLE app; --",
             "\\! touch " + touched, "a\n\\! touch " + touched, ":absent", ":\"absent\"", "{{x}}",
             "%I%L%s", "$$; DROP ROLE app; $$", "\u202erol\u00e9"):
    hook = with_parameters(role_a=name, role_b="app_b")
    new, told = hook.rotate(CURRENT) if "\n" not in name else (None, [])
    if new is None:
        refused("%r is no name" % name, hook.run("set", current=CURRENT, pending={
            "username": name, "password": "p"}), "line break")
    else:
        check("%r is a name, and nothing else" % name, failed(told) == [] and
              name in server.sql("SELECT rolname FROM pg_roles").splitlines() and
              server.log_in(name, new["password"]) == "42", told)
    hook.remove()
    server.sql("ALTER ROLE app LOGIN PASSWORD 'first-password'")
check("no statement came with them", "app" in server.roles() and not os.path.exists(touched))
for password in ("'; DROP ROLE app; --", "a:b\\c", "quote\"' $$ {{pending.password}} :x %s",
                 "p\u00e4ssw\u00f6rt-\u2126"):
    hook = with_parameters()
    new, told = hook.rotate(CURRENT)
    given = dict(new, password=password)
    ran = [hook.run(step, current=new, pending=given) for step in ("set", "test")]
    back = hook.run("abandon", current=given, pending=new)
    check("%r is a password, and nothing else" % password, failed(told) == [] and
          all(r.status == 0 for r in ran + [back]) and server.log_in("app", password) == "42",
          (told, ran, back))
    server.sql("ALTER ROLE app LOGIN PASSWORD 'first-password'")
    hook.remove()

# ---- documents and plans that make no sense

hook = with_parameters(**TURNS)
check("an unknown step is not supported", hook.run("explode").status == 64)
for text in ("", "[]", "{}", "\"set\"", "{\"step\": \"set\"}", "[" * 100000,
             json.dumps(hook.document("set", pending={"username": CANARY, "password": [CANARY]}))):
    refused("%.30r is no document" % text, hook.feed(text))
for word, line in (("password", "a\nb"), ("username", "a\0b"), ("password", "")):
    refused("a %s %r is refused" % (word, line), hook.run("set", current=CURRENT, pending={
        "username": "app_a", "password": "p", word: line}), "pending")
hook.with_ = None
refused("without an administrator two roles cannot take turns",
        hook.run("create", current=CURRENT), "\"with\"")
hook.with_ = postgres.ADMIN
refused("nor may the one that is served have its password changed", hook.run(
    "set", current=CURRENT, pending=CURRENT), "served")
check("which still works", server.log_in("app", "first-password") == "42")
hook.remove()
for one in ({"role_a": "x"}, {"role_b": "x"}, {"role_a": "", "role_b": "x"},
            {"role_a": "x", "role_b": "x"}):
    hook = with_parameters(**one)
    refused("%r are not two roles" % one, hook.run("create", current=CURRENT), "role_a and role_b")
    hook.remove()
hook = with_parameters(host="")
refused("a plan without a host connects nowhere", hook.run("test", pending=CURRENT), "host")
hook.remove()
