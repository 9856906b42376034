#!/bin/sh
# The shipped unit exposes little, by systemd's own score: 1.5 at most.  The control, the unit
# without its filter of system calls, must be over it.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
command -v systemd-analyze >/dev/null || { echo "service: skipped, no systemd-analyze"; exit 0; }

score() {
	systemd-analyze security --no-pager --offline=yes --threshold=15 "$dir/vaultd.service"
}

sed 's|@prefix@|/usr/local|' packaging/vaultd.service >"$dir/vaultd.service"
report=$(score 2>&1) || { echo "$report" | grep -v '✓'; exit 1; }
sed -i '/^SystemCallFilter/d' "$dir/vaultd.service"
if score >/dev/null 2>&1; then
	echo "service: FAILED, nothing changes without a filter of system calls"
	exit 1
fi
