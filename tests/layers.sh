#!/bin/sh
# The graph of includes: directories, then files.  Exit 1, with a line for each, when an arrow
# runs up or across, or when a foreign library is included outside its home.
# usage: layers.sh [-q] [ROOT]      -q: only what is wrong
quiet=0
if [ "${1:-}" = -q ]; then
	quiet=1
	shift
fi
cd "${1:-.}" || exit 2
sources=$(find base keys policy vaultd client -name '*.[ch]' 2>/dev/null | LC_ALL=C sort)
[ -n "$sources" ] || { echo "layers: no sources here" >&2; exit 2; }
# shellcheck disable=SC2086
grep -H '^#include' $sources /dev/null | awk -v quiet="$quiet" '
BEGIN {
	# Whose headers each directory may include, beside its own.  The gate holds no key;
	# keeper and api are one process.
	may["base"] = ""
	may["keys"] = "base"
	may["policy"] = "base"
	may["vaultd/ipc"] = "base keys policy"
	may["vaultd/store"] = "base keys policy"
	may["vaultd"] = "base keys policy vaultd/ipc"
	may["vaultd/gate"] = "base policy vaultd vaultd/ipc"
	may["vaultd/runner"] = "base vaultd vaultd/ipc"
	may["vaultd/keeper"] = "base keys policy vaultd vaultd/ipc vaultd/store vaultd/api"
	may["vaultd/api"] = "base keys policy vaultd vaultd/ipc vaultd/store vaultd/keeper"
	may["client"] = "base keys policy"

	# main hands over to the process that it was started as.
	except["vaultd/main.c vaultd/gate/gate.h"] = 1
	except["vaultd/main.c vaultd/keeper/keeper.h"] = 1
	except["vaultd/main.c vaultd/runner/runner.h"] = 1
	except["vaultd/main.c vaultd/runner/starter.h"] = 1

	home["microhttpd.h"] = "^vaultd/gate/http\\.c$"
	home["lmdb.h"] = "^vaultd/store/lmdb\\.[ch]$"
	home["seccomp.h"] = "^vaultd/ipc/sandbox\\.c$"
	home["curl"] = "^client/session\\.c$"
	home["sodium.h"] = "^(base/secret\\.c$|keys/|vaultd/gate/(tally|wiping)\\.c$)"
	home["openssl"] = "^(keys/|policy/|vaultd/gate/(conn|tls|wiping)\\.[ch]$|" \
	    "client/(certs|credential|hublet[a-z_]*|identity[a-z_]*|pem)\\.[ch]$)"
}
function wrong(text) { faults[++fault_count] = text }
function directory(file) { sub("/[^/]*$", "", file); return file }
{
	file = $0
	sub(":.*", "", file)
	from = directory(file)
	header = $0
	sub("^[^<\"]*[<\"]", "", header)
	sub("[>\"].*", "", header)
}
/#include *</ {
	library = header
	sub("/.*", "", library)
	if (library in home && file !~ home[library])
		wrong(file " includes <" header ">, which is not its home")
	next
}
{
	to = directory(header)
	files[file] = files[file] " " header
	if (!((from, to) in seen)) {
		seen[from, to] = 1
		directories[from] = directories[from] " " to
	}
	if (!(from in may))
		wrong(from " has no layer")
	else if (from != to && index(" " may[from] " ", " " to " ") == 0 &&
	    !((file " " header) in except))
		wrong(file " includes \"" header "\": " from " may not see " to)
}
function print_all(graph,    node) {
	for (node in graph)
		print node " ->" graph[node] | "LC_ALL=C sort"
	close("LC_ALL=C sort")
}
END {
	if (!quiet) {
		print_all(directories)
		print ""
		print_all(files)
	}
	for (i = 1; i <= fault_count; i++)
		print "layers: " faults[i]
	exit fault_count > 0
}'
