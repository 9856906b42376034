#!/bin/sh
# Each file here but the control must be refused by the compiler (CC, both are meant to do it),
# with the flags that everything is built with.
set -u
cd "$(dirname "$0")/../.."
CC=${CC:-cc}
status=0

builds() {
	$CC -std=c11 -D_GNU_SOURCE -I. -Wall -Wextra -Wformat=2 -pedantic -Werror \
	    -fsyntax-only "$1" 2>/dev/null
}

for f in tests/cannot-compile/*.c; do
	case $f in
	*/control.c) builds "$f" || { echo "$f does not build with $CC" >&2; status=1; } ;;
	*) builds "$f" && { echo "$f builds with $CC" >&2; status=1; } ;;
	esac
done
exit $status
