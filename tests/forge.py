"""Certificates and revocation lists that vaultctl would not make, by the openssl command.

Everything lies in the directory of the Hublet whose CA signs.
"""
import os
import subprocess
import time

CONFIG = """
[ca]
default_ca = us
[us]
dir = {dir}
database = $dir/forge.index
crlnumber = $dir/forge.number
certificate = $dir/ca.pem
private_key = $dir/ca.key
new_certs_dir = {dir}
default_md = sha256
default_days = 1
default_crl_days = 1
policy = any
unique_subject = no
rand_serial = yes
[any]
commonName = optional
[leaf]
{leaf}
"""
PROFILE = {"basicConstraints": "critical,CA:FALSE", "keyUsage": "critical,digitalSignature",
           "extendedKeyUsage": "clientAuth", "subjectKeyIdentifier": "hash",
           "authorityKeyIdentifier": "keyid"}
KEYS = {"p256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "rsa1024": ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"]}


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def configure(h, extensions):
    """The file for `openssl ca`."""
    path = h.path("forge.cnf")
    with open(path, "w") as f:
        f.write(CONFIG.format(dir=h.dir, leaf="\n".join(
            "%s = %s" % item for item in extensions.items() if item[1])))
    if not os.path.exists(h.path("forge.index")):
        open(h.path("forge.index"), "w").close()
        with open(h.path("forge.number"), "w") as f:
            f.write("01\n")
    return path


def moment(days):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))


def leaf(h, who, uris=None, key="p256", start=-1, end=7, **changes):
    """who.pem and who.key.  start and end are in days from now; changes are extensions, None
    leaves one out."""
    uris = ["spiffe://%s/svc/%s" % (h.domain, who)] if uris is None else uris
    names = {"subjectAltName": ",".join("URI:" + uri for uri in uris) or None}
    config = configure(h, {**PROFILE, **names, **changes})
    openssl("genpkey", "-algorithm", *KEYS[key], "-out", h.path(who + ".key"))
    openssl("req", "-new", "-key", h.path(who + ".key"), "-subj", "/CN=" + who,
            "-out", h.path(who + ".csr"))
    openssl("ca", "-batch", "-notext", "-config", config, "-extensions", "leaf",
            "-startdate", moment(start), "-enddate", moment(end),
            "-in", h.path(who + ".csr"), "-out", h.path(who + ".pem"))


def revoke(h, *who):
    """crl.pem, in which all are that were ever revoked."""
    config = configure(h, PROFILE)
    for name in who:
        openssl("ca", "-config", config, "-revoke", h.path(name + ".pem"))
    openssl("ca", "-config", config, "-gencrl", "-out", h.path("crl.pem"))
