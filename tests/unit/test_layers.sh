#!/bin/sh
# Includes run downwards only, and each foreign library has one home.  The controls, a tree with
# one wrong arrow of each kind, must be refused.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

if ! sh tests/layers.sh -q; then
	echo "layers: FAILED"
	exit 1
fi

# file, include line
while read -r file line; do
	rm -rf "$dir/tree"
	mkdir -p "$dir/tree/base" "$dir/tree/$(dirname "$file")"
	echo '#include "base/str.h"' >"$dir/tree/base/str.c"
	if ! sh tests/layers.sh -q "$dir/tree"; then
		echo "layers: FAILED, a right tree is refused"
		exit 1
	fi
	echo "$line" >>"$dir/tree/$file"
	if sh tests/layers.sh -q "$dir/tree" >/dev/null; then
		echo "layers: FAILED, $file with $line passes"
		exit 1
	fi
done <<'END'
base/str.c #include "keys/aead.h"
keys/aead.c #include "policy/acl.h"
policy/acl.c #include "keys/aead.h"
vaultd/ipc/channel.c #include "vaultd/config.h"
vaultd/store/lmdb.c #include "vaultd/keeper/vault.h"
vaultd/gate/http.c #include "vaultd/keeper/vault.h"
vaultd/gate/http.c #include "vaultd/api/kv.h"
vaultd/gate/http.c #include "vaultd/store/store.h"
vaultd/gate/http.c #include "keys/keyring.h"
vaultd/keeper/serve.c #include "vaultd/gate/gate.h"
vaultd/supervise.c #include "vaultd/gate/gate.h"
client/main.c #include "vaultd/config.h"
vaultd/elsewhere/x.c #include "base/str.h"
vaultd/gate/gate.c #include <microhttpd.h>
vaultd/keeper/records.c #include <lmdb.h>
vaultd/main.c #include <seccomp.h>
client/main.c #include <curl/curl.h>
policy/acl.c #include <sodium.h>
vaultd/keeper/peer.c #include <openssl/x509.h>
END
echo "layers: includes run downwards, and every wrong arrow is seen"
