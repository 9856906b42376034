#!/bin/sh
# The files that may see the bytes of a secret are those named here, in SECURITY.md, and no others.
set -u
named="base/secret.c
keys/aead.c
keys/derive.c
keys/digest.c
keys/hash.c
keys/header.c
keys/import.c
keys/keyring.c
keys/kwp.c
keys/leaf_key.c
keys/named_aead.c
keys/named_import.c
keys/named_version.c
keys/pair.c
keys/pkey.c
keys/pkey_import.c
keys/record.c
keys/shamir.c
keys/sharebox.c
keys/stream.c
keys/token.c
vaultd/api/share.c"
found=$(grep -l '^#include "base/reveal.h"' -r base keys policy vaultd client | LC_ALL=C sort)
[ "$named" = "$found" ] && exit 0
echo "named:"
echo "$named"
echo "found:"
echo "$found"
exit 1
