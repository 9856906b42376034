"""One command launches a Hublet; a service fetches its secret over mTLS, its certificate alone
being its credential."""
import os
import pwd
import sys

sys.path.insert(0, sys.path[0] + "/..")
from hublet import Hublet, check, until  # noqa: E402

h = Hublet("dev1").start()
check("a new vault is not initialised", h.get("sys/health").status == 501)
check("status exits 2 while it is sealed", h.ctl("status").returncode == 2)

made = h.init()
check("init gives five shares, of which three open it", len(h.shares) == 5)
check("it is sealed then", h.get("sys/seal-status").json["sealed"])
check("a sealed vault serves no secret", h.get("secret/data/x").status == 503)

for n, share in enumerate(h.shares[:3], 1):
    told = h.ctl("operator", "unseal", "-", text=share + "\n")
    check("share %d is taken from standard input" % n, told.returncode == 0, told.stderr)
check("three shares open it", h.ctl("status").returncode == 0)

h.furnish()
key = "sk_live_51H8x"
put = h.ctl("kv", "put", "secret/billing/stripe", "key=-", text=key)
check("the operator, whom a policy lets, stores a key", put.returncode == 0, put.stderr)
got = h.ctl("kv", "get", "-field=key", "secret/billing/stripe", who="billing")
check("the service fetches it", got.stdout.strip() == key, got)
got = h.get("secret/data/billing/stripe", who="billing")
check("and by HTTP, without a token", got.data["data"] == {"key": key}, got)
check("the answer is JSON", got.headers["Content-Type"] == "application/json")

h.ctl("operator", "seal")
check("the operator seals it", h.get("sys/health").status == 503)
check("nothing is served then", h.get("secret/data/billing/stripe", who="billing").status == 503)
h.unseal()
check("unsealed, it serves again",
      h.get("secret/data/billing/stripe", who="billing").data["data"] == {"key": key})
check("it ends when asked, with status 0", h.stop() == 0, h.log()[-500:])

# Where the kernel protects files in directories with the sticky bit, as Debian has it do, root
# may not create what is there already, even by a flag that changes nothing.
calls = h.path("calls")
h.start(wrapper=("strace", "-D", "-f", "-qq", "-e", "trace=openat", "-o", calls))
main = "%d " % h.process.pid
h.stop()


def created():
    with open(calls) as f:
        return [line for line in f if line.startswith(main) and "O_CREAT" in line]


check("what main creates at a start, it creates only where there is nothing",
      until(created) and all("O_EXCL" in line for line in created()), created())

# As under packaging/vaultd.service: never root, and no file may be given to anyone.
mine = Hublet("dev2")
user, become = os.geteuid(), ()
os.rmdir(mine.path("data"))
if user == 0:
    user, group = pwd.getpwnam("nobody")[2:4]
    become = ("setpriv", "--reuid=%d" % user, "--regid=%d" % group, "--clear-groups")
    for name in ("", *os.listdir(mine.dir)):
        os.chown(mine.path(name), user, group)
mine.start(wrapper=(*become, "strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=/chown",
                    "-e", "inject=/chown:error=EPERM")).init().unseal()
made = os.stat(mine.path("data"))
check("a user who may give nothing away starts it, and the store is his own and private",
      (made.st_uid, made.st_mode & 0o777) == (user, 0o700), oct(made.st_mode))
check("it ends with status 0 there too", mine.stop() == 0, mine.log()[-500:])
