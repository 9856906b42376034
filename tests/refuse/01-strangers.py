"""Who is not an identity of this Hublet does not get past the handshake; who is, and may not, is
told so."""
import datetime
import os
import socket
import ssl
import subprocess
import sys

sys.path.insert(0, sys.path[0] + "/..")
from hublet import Hublet, check, ready, until  # noqa: E402

h = ready()
h.post("secret/data/billing/stripe", {"data": {"key": "value"}})
ID = "spiffe://dev1.example/svc/billing"
LEAF = """[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectAltName = URI:%s
""" % ID


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, cwd=h.dir, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def forge(name, extensions=LEAF, days=("-1", "+1"), ca="ca"):
    """A certificate by the Hublet's CA that vaultctl would not issue."""
    now = datetime.datetime.now(datetime.timezone.utc)
    begin, end = ((now + datetime.timedelta(days=int(d))).strftime("%Y%m%d%H%M%SZ") for d in days)
    with open(h.path("forge.cnf"), "w") as f:
        f.write("[ca]\ndefault_ca = d\n[d]\ndatabase = %s.index\nserial = %s.serial\n"
                "new_certs_dir = .\ndefault_md = sha256\npolicy = any\nunique_subject = no\n"
                "crlnumber = %s.crlnumber\ndefault_crl_days = 30\n[any]\ncommonName = optional\n"
                % (ca, ca, ca) + extensions)
    for file, text in ((ca + ".index", ""), (ca + ".serial", "7000\n"), (ca + ".crlnumber", "01\n")):
        if not os.path.exists(h.path(file)):
            with open(h.path(file), "w") as f:
                f.write(text)
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", name + ".key")
    openssl("req", "-new", "-key", name + ".key", "-subj", "/CN=" + name, "-out", name + ".csr")
    openssl("ca", "-batch", "-notext", "-config", "forge.cnf", "-cert", ca + ".pem",
            "-keyfile", ca + ".key", "-in", name + ".csr", "-out", name + ".pem",
            "-extensions", "leaf", "-startdate", begin, "-enddate", end)
    return name


def refused(who, sentence, word):
    seen = len(h.log())
    why = h.refusal(who)
    check(sentence + " is refused in the handshake", why != "", "it was served")
    logged = until(lambda: word in h.log()[seen:], 2)
    check("... and the log says why", logged, h.log()[seen:])


good = h.get("secret/data/billing/stripe", who=forge("good"))
check("a certificate made as those below, but right, is served", good.status == 200, good)

denied = h.get("secret/data/billing/stripe", who="mailer")
check("a service without permission is refused",
      denied.status == 403 and "permission denied" in denied.errors, denied)
check("vaultctl exits 2 then", h.ctl("kv", "get", "secret/billing/stripe", who="mailer").returncode == 2)
check("a service may not write what it may read",
      h.post("secret/data/billing/stripe", {"data": {}}, who="billing").status == 403)
check("a service may not see its neighbours' secrets",
      h.get("secret/data/mailer/x", who="billing").status == 403)
check("a service may not read policies", h.get("sys/policies/acl/billing", who="billing").status == 403)

refused(None, "a caller without a certificate", "refused")

other = Hublet("elsewhere", domain="dev1.example")
other.issue("billing")
refused(other.path("billing"), "the same name, issued by another CA", "issuer")
other.remove()

refused(forge("expired", days=("-3", "-1")), "an expired certificate", "refused")
refused(forge("early", days=("+1", "+3")), "a certificate that is not yet valid", "refused")
refused(forge("domain", LEAF.replace("dev1.example", "eu1.example")),
        "a certificate of another trust domain", "refused")
refused(forge("two", LEAF.replace("URI:" + ID, "URI:%s, URI:%s2" % (ID, ID))),
        "a certificate with two URIs", "refused")
refused(forge("none", LEAF.replace("URI:" + ID, "DNS:billing")), "a certificate without one", "refused")
refused(forge("signs", LEAF.replace("digitalSignature", "digitalSignature, keyCertSign")),
        "a certificate that may sign others", "refused")
refused(forge("listener", LEAF.replace("clientAuth", "serverAuth")),
        "a certificate for servers only", "refused")
refused(forge("bare", LEAF.replace("/svc/billing", "")), "an ID without a path", "refused")
refused("ca", "the CA itself, as if it were a caller", "refused")

# TLS 1.2 and unknown applications.
for sentence, change in (
        ("TLS 1.2", lambda c: setattr(c, "maximum_version", ssl.TLSVersion.TLSv1_2)),
        ("a caller that speaks HTTP/2 only", lambda c: c.set_alpn_protocols(["h2"]))):
    context = ssl.create_default_context(cafile=h.path("ca.pem"))
    context.load_cert_chain(h.path("billing.pem"), h.path("billing.key"))
    change(context)
    try:
        with socket.create_connection(("127.0.0.1", h.port)) as s, \
                context.wrap_socket(s, server_hostname="127.0.0.1") as t:
            t.recv(1)
            check(sentence + " is refused", False)
    except (ssl.SSLError, ConnectionError):
        check(sentence + " is refused", True)

# Revocation: the same certificate before and after.
check("the certificate that is about to be revoked is served",
      h.get("secret/data/billing/stripe", who="good").status == 200)
openssl("ca", "-config", "forge.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-gencrl", "-out", "crl.pem")
h.edit('client_ca   = "ca.pem"', 'client_ca   = "ca.pem"\n\tcrl         = "crl.pem"')
h.stop()
h.start().unseal()
check("an empty revocation list revokes nobody",
      h.get("secret/data/billing/stripe", who="good").status == 200)
openssl("ca", "-config", "forge.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-revoke", "good.pem")
openssl("ca", "-config", "forge.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-gencrl", "-out", "crl.pem")
h.process.send_signal(1)
check("a revoked certificate is refused", until(lambda: h.refusal("good"), 5) != "")
check("others go on", h.get("secret/data/billing/stripe", who="billing").status == 200)
