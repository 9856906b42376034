"""What a Python service does with hvac, unchanged, over mTLS.  usage: client.py (environment)."""
import base64
import os
import sys

import hvac
from hvac import exceptions

failures = 0


def check(sentence, truth, detail=""):
    global failures
    failures += not truth
    print("%s - python hvac: %s%s" % ("ok" if truth else "not ok", sentence,
                                      "" if truth or detail == "" else ": %r" % (detail,)), flush=True)


def raises(kind, what, *args, **named):
    try:
        what(*args, **named)
    except kind as e:
        return e
    except Exception as e:
        return None if print("# %s instead of %s" % (repr(e), kind.__name__)) else None
    return None


def b64(text):
    return base64.b64encode(text.encode()).decode()


def connect(who):
    home = os.environ["HUBLET"]
    return hvac.Client(os.environ["VAULT_ADDR"], verify=os.path.join(home, "ca.pem"),
                       cert=(os.path.join(home, who + ".pem"), os.path.join(home, who + ".key")))


v = connect("operator")
stranger = connect("mailer")

# ---- log in
check("without a token it is not authenticated", not v.is_authenticated())
v.auth.cert.login(use_token=True)
check("a login with the certificate authenticates", v.is_authenticated())
me = v.auth.token.lookup_self()["data"]
check("lookup-self tells type, ttl and expire_time",
      me["type"] == "service" and me["ttl"] > 0 and me["expire_time"], me)
check("renew-self", v.auth.token.renew_self()["auth"]["renewable"])

# ---- KV version 2
kv = v.secrets.kv.v2
first = kv.create_or_update_secret("app/db", {"user": "u", "password": "p"}, cas=0)
check("create with cas=0", first["data"]["version"] == 1, first)
check("a second create with cas=0 is refused",
      raises(exceptions.InvalidRequest, kv.create_or_update_secret, "app/db", {}, cas=0))
kv.create_or_update_secret("app/db", {"user": "u", "password": "q"})
got = kv.read_secret_version("app/db", raise_on_deleted_version=True)["data"]
check("the newest version is read", got["data"]["password"] == "q" and got["metadata"]["version"] == 2)
old = kv.read_secret_version("app/db", version=1, raise_on_deleted_version=True)["data"]["data"]
check("an old version is read", old["password"] == "p")
kv.patch("app/db", {"more": "m"})
check("patch keeps the rest", kv.read_secret_version(
    "app/db", raise_on_deleted_version=True)["data"]["data"] == {"user": "u", "password": "q", "more": "m"})
check("list", kv.list_secrets("app")["data"]["keys"] == ["db"])
kv.update_metadata("app/db", max_versions=5, custom_metadata={"team": "pay"})
check("custom metadata", kv.read_secret_metadata("app/db")["data"]["custom_metadata"] == {"team": "pay"})
kv.delete_secret_versions("app/db", [1])
gone = kv.read_secret_version("app/db", version=1, raise_on_deleted_version=False)["data"]
check("a deleted version shows when", gone["data"] is None and gone["metadata"]["deletion_time"])
kv.undelete_secret_versions("app/db", [1])
check("undelete", kv.read_secret_version("app/db", version=1,
      raise_on_deleted_version=True)["data"]["data"]["password"] == "p")
kv.destroy_secret_versions("app/db", [1])
check("destroy", kv.read_secret_metadata("app/db")["data"]["versions"]["1"]["destroyed"])
kv.delete_latest_version_of_secret("app/db")
check("a deleted secret raises InvalidPath", raises(
    exceptions.InvalidPath, kv.read_secret_version, "app/db", raise_on_deleted_version=True))
kv.delete_metadata_and_all_versions("app/db")
check("nothing is left", raises(exceptions.InvalidPath, kv.read_secret_metadata, "app/db"))
check("configure", kv.configure(max_versions=20).status_code == 204 and
      kv.read_configuration()["data"]["max_versions"] == 20)

# ---- engines, KV version 1
v.sys.enable_secrets_engine("kv", path="old", options={"version": "1"})
check("engines are listed, at the top level too", "old/" in v.sys.list_mounted_secrets_engines())
one = v.secrets.kv.v1
one.create_or_update_secret("a/b", {"k": "v"}, mount_point="old")
check("KV version 1", one.read_secret("a/b", mount_point="old")["data"] == {"k": "v"})
check("its list", one.list_secrets("a", mount_point="old")["data"]["keys"] == ["b"])
one.delete_secret("a/b", mount_point="old")
check("its delete", raises(exceptions.InvalidPath, one.read_secret, "a/b", mount_point="old"))
v.sys.tune_mount_configuration("old", default_lease_ttl="1h")
check("tune", v.sys.read_mount_configuration("old")["data"]["default_lease_ttl"] == 3600)
v.sys.move_backend("old", "older")
check("move", "older/" in v.sys.list_mounted_secrets_engines()["data"])
v.sys.disable_secrets_engine("older")
check("disable", "older/" not in v.sys.list_mounted_secrets_engines()["data"])

# ---- policies and what they allow
v.sys.create_or_update_policy("mail", 'path "secret/data/mail/*" { capabilities = ["read"] }')
check("a policy is read back", "secret/data/mail" in v.sys.read_policy("mail")["data"]["rules"])
check("and listed", "mail" in v.sys.list_policies()["data"]["policies"])
check("capabilities", v.sys.get_capabilities(["secret/data/x"])["data"]["capabilities"] != ["deny"])
stranger.auth.cert.login(use_token=True)
check("who may not gets Forbidden", raises(
    exceptions.Forbidden, stranger.secrets.kv.v2.read_secret_version, "mail/x", raise_on_deleted_version=True))
v.sys.delete_policy("mail")
check("a policy that is gone is InvalidPath", raises(exceptions.InvalidPath, v.sys.read_policy, "mail"))

# ---- tokens
child = v.auth.token.create(policies=["default"], ttl="10m", meta={"for": "a job"})["auth"]
look = v.auth.token.lookup(child["client_token"])["data"]
check("a child token", look["meta"] == {"for": "a job"} and 0 < look["ttl"] <= 600, look)
check("by accessor", v.auth.token.lookup_accessor(child["accessor"])["data"]["display_name"])
check("renewed", v.auth.token.renew(child["client_token"], increment="20m")["auth"]["lease_duration"])
job = connect("operator")
job.token = child["client_token"]
check("it works", job.is_authenticated())
v.auth.token.revoke(child["client_token"])
check("revoked, it does not", not job.is_authenticated())
other = connect("mailer")
other.token = v.token
check("a token with another certificate is nothing", not other.is_authenticated())
v.auth.token.create_or_update_role("jobs", allowed_policies="default", orphan=True)
check("token roles", v.auth.token.read_role("jobs")["data"]["orphan"])

# ---- wrapping
wrapped = v.write("sys/wrapping/wrap", wrap_ttl="60s", a="b")["wrap_info"]["token"]
fresh = connect("operator")
check("unwrap", v.sys.unwrap(wrapped)["data"] == {"a": "b"})
check("once only", raises(exceptions.InvalidRequest, v.sys.unwrap, wrapped))

# ---- transit
t = v.secrets.transit
t.create_key("app")
sealed = t.encrypt_data("app", b64("hello"))["data"]["ciphertext"]
check("encrypt and decrypt", t.decrypt_data("app", sealed)["data"]["plaintext"] == b64("hello"))
t.rotate_key("app")
again = t.rewrap_data("app", sealed)["data"]["ciphertext"]
check("rewrap under the new version", again.startswith("vault:v2:"), again)
check("key", t.read_key("app")["data"]["latest_version"] == 2)
key = t.generate_data_key("app", "plaintext")["data"]
check("data key", t.decrypt_data("app", key["ciphertext"])["data"]["plaintext"] == key["plaintext"])
check("no export", raises(exceptions.InvalidRequest, t.export_key, "app", "encryption-key"))
check("no backup", raises((exceptions.InvalidRequest, exceptions.InternalServerError), t.backup_key, "app"))
t.create_key("signer", key_type="ed25519")
signed = t.sign_data("signer", hash_input=b64("text"))["data"]["signature"]
check("sign and verify", t.verify_signed_data("signer", b64("text"), signature=signed)["data"]["valid"])
check("a wrong text does not verify",
      not t.verify_signed_data("signer", b64("other"), signature=signed)["data"]["valid"])
mac = t.generate_hmac("app", b64("text"))["data"]["hmac"]
check("hmac", t.verify_signed_data("app", b64("text"), hmac=mac)["data"]["valid"])
check("random", len(base64.b64decode(t.generate_random_bytes(n_bytes=16)["data"]["random_bytes"])) == 16)
check("hash", len(t.hash_data(b64("x"))["data"]["sum"]) == 64)
batch = t.encrypt_data("app", batch_input=[{"plaintext": b64(str(i))} for i in range(100)])
check("batch", len(batch["data"]["batch_results"]) == 100)
check("list", set(t.list_keys()["data"]["keys"]) >= {"app", "signer"})
check("delete is refused until it is allowed", raises(exceptions.InvalidRequest, t.delete_key, "app"))
t.update_key_configuration("app", deletion_allowed=True)
t.delete_key("app")
check("then it is gone", raises(exceptions.InvalidPath, t.read_key, "app"))

# ---- certificates
v.sys.enable_secrets_engine("pki")
p = v.secrets.pki
v.sys.tune_mount_configuration("pki", max_lease_ttl="87600h")
root = p.generate_root("internal", "Example root", extra_params={"ttl": "87600h"})["data"]
check("a root", "BEGIN CERTIFICATE" in root["certificate"])
p.create_or_update_role("web", {"allowed_domains": ["example.org"], "allow_subdomains": True, "max_ttl": "72h"})
leaf = p.generate_certificate("web", "a.example.org")["data"]
check("issue", "BEGIN CERTIFICATE" in leaf["certificate"] and leaf["private_key"])
check("a name the role does not allow", raises(
    exceptions.InvalidRequest, p.generate_certificate, "web", "a.example.com"))
check("revoke", p.revoke_certificate(leaf["serial_number"])["data"]["revocation_time"] > 0)
check("ca as PEM", p.read_ca_certificate().startswith("-----BEGIN CERTIFICATE"))

# ---- identity
entity = v.secrets.identity.create_or_update_entity("a person", metadata={"team": "pay"})["data"]["id"]
check("entity", v.secrets.identity.read_entity(entity)["data"]["metadata"] == {"team": "pay"})
group = v.secrets.identity.create_or_update_group("people", member_entity_ids=[entity])["data"]["id"]
check("group", v.secrets.identity.read_group(group)["data"]["member_entity_ids"] == [entity])

# ---- auth mounts and roles
v.sys.enable_auth_method("cert", path="cert2")
check("auth methods", "cert2/" in v.sys.list_auth_methods()["data"])
v.sys.disable_auth_method("cert2")
check("roles", "operators" in v.auth.cert.list_certificate_roles()["data"]["keys"])

# ---- state
check("health by HEAD", v.sys.read_health_status().status_code == 200)
check("seal status", v.sys.read_seal_status()["sealed"] is False and not v.sys.is_sealed())
check("leader", v.sys.read_leader_status()["ha_enabled"] is False)
check("audit devices", "file/" in v.sys.list_enabled_audit_devices()["data"])
check("audit hash", v.sys.calculate_hash("file", "x")["data"]["hash"].startswith("hmac-sha256:"))
check("key status", v.sys.get_encryption_key_status()["data"]["term"] >= 1 if hasattr(
    v.sys, "get_encryption_key_status") else v.sys.get_encryption_key_status)
v.logout(revoke_token=True)
check("after logging out the token is nothing", not v.is_authenticated())
sys.exit(1 if failures else 0)
