#!/bin/sh
# The programs are built with what compiler and linker have against exploits: each of these can be
# read in the binary.  tests/unit/test_hardening.sh [PROGRAM ...]
set -u
B=${B:-build}
[ $# -gt 0 ] || set -- "$B/vaultd" "$B/vaultctl"
failed=0

# say PROGRAM SENTENCE STATUS
say() {
	if [ "$3" -eq 0 ]; then
		echo "ok - $(basename "$1"): $2"
	else
		echo "not ok - $(basename "$1"): $2"
		failed=1
	fi
}

# has PROGRAM SENTENCE PATTERN OPTIONS...: readelf with those options prints the pattern
has() {
	program=$1 sentence=$2 pattern=$3
	shift 3
	readelf -W "$@" "$program" 2>/dev/null | grep -Eq -- "$pattern"
	say "$program" "$sentence" $?
}

for program; do
	has "$program" "is position-independent" 'Type: +DYN' -h
	has "$program" "has an interpreter: it is no library" INTERP -l
	has "$program" "relocations are read-only" GNU_RELRO -l
	has "$program" "and all bound at start" 'BIND_NOW|FLAGS.* NOW' -d
	has "$program" "its stack is not executable" 'GNU_STACK .* RW ' -l
	has "$program" "guards its stack frames" __stack_chk_fail --dyn-syms
	has "$program" "checks the sizes of buffers" '__(memcpy|snprintf|vsnprintf|read)_chk' --dyn-syms
	readelf -W -l "$program" | grep -Eq ' RWE '
	say "$program" "no segment is both writable and executable" $((! $?))
	readelf -d "$program" | grep -Eq 'RPATH|RUNPATH|TEXTREL'
	say "$program" "looks for libraries nowhere of its own, and its text is never written" $((! $?))
done

# What the linker keeps of it depends on the C library; what is ours has it throughout.
if [ "$(uname -m)" = x86_64 ] && [ -d "$B/obj" ]; then
	objects=$(find "$B/obj/base" "$B/obj/keys" "$B/obj/policy" "$B/obj/vaultd" "$B/obj/client" -name '*.o')
	count=$(echo "$objects" | wc -l)
	marked=$(echo "$objects" | xargs readelf -W -n | grep -c 'IBT.*SHSTK')
	[ "$count" -gt 0 ] && [ "$marked" -eq "$count" ]
	say objects "all mark where control may go (CET)" $?
	objdump -d "$B/vaultd" | grep -Eq 'sub +\$0x1000,%rsp'
	say "$B/vaultd" "probes each page of a large stack frame" $?
fi
exit $failed
