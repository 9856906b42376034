#!/bin/sh
# The files that handle key bytes are these and no others (SECURITY.md names them too).
# Tests may look into secrets; the programs' sources may not.
set -eu
cd "$(dirname "$0")/../.."

allowed="
base/secret.c
keys/aead.c
keys/digest.c
keys/header.c
keys/keyring.c
keys/record.c
keys/shamir.c
keys/token.c
vaultd/api/seal.c
"

actual=$(grep -rlE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]([^">]*/)?reveal\.h[">]' \
    --include='*.[ch]' base keys policy vaultd client 2>/dev/null | LC_ALL=C sort)
wanted=$(printf '%s\n' $allowed | LC_ALL=C sort)
[ "$actual" = "$wanted" ] && exit 0

for f in $actual; do
	printf '%s\n' $allowed | grep -qx "$f" || echo "test_reveal: $f includes base/reveal.h" >&2
done
for f in $wanted; do
	printf '%s\n' $actual | grep -qx "$f" || echo "test_reveal: $f no longer needs to be listed" >&2
done
exit 1
