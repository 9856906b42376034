#!/bin/sh
# Install the Debian packages that are missing, and nothing else.
# usage: deps.sh build|run|check|clients|fuzz|analyze|bench ...       what they are needed for
set -u

# clang's runtime for libFuzzer and the sanitizers is a package that carries its version.
case $(sed -n 's/^VERSION_ID="\([0-9]*\).*/\1/p' /etc/os-release 2>/dev/null) in
12) clang=14 ;;
*) clang=19 ;;
esac

build="gcc make libc6-dev libssl-dev libsodium-dev libmicrohttpd-dev liblmdb-dev
	libseccomp-dev libcurl4-openssl-dev"
run="curl"
check="curl libcmocka-dev libjansson-dev python3 openssl valgrind clang strace"
clients="python3-venv"
analyze="clang-tidy cppcheck"
fuzz="clang libclang-rt-$clang-dev"
bench="python3 nginx-light"

fail() {
	echo "deps: $1" >&2
	exit 1
}

wanted=
for purpose; do
	case $purpose in
	build) wanted="$wanted $build" ;;
	run) wanted="$wanted $run" ;;
	check) wanted="$wanted $check" ;;
	clients) wanted="$wanted $clients" ;;
	fuzz) wanted="$wanted $fuzz" ;;
	analyze) wanted="$wanted $analyze" ;;
	bench) wanted="$wanted $bench" ;;
	*) fail "$purpose: build, run, check, clients, fuzz, analyze or bench" ;;
	esac
done
command -v dpkg-query >/dev/null ||
	fail "this is no Debian; install what these packages hold: $(echo $wanted)"

missing=
for package in $wanted; do
	case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
	installed) ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
	sudo=$(command -v sudo) ||
		fail "as root, run: apt-get install$missing"
	sudo="$sudo -n"
	$sudo true 2>/dev/null ||
		fail "sudo asks for a password; run: sudo apt-get install$missing"
fi
echo "Installing$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
# Word by word: $sudo and $missing are lists.
if ! { $sudo apt-get install -qq -y --no-install-recommends $missing ||
	{ $sudo apt-get update -qq &&
		$sudo apt-get install -qq -y --no-install-recommends $missing; }; } >"$log" 2>&1; then
	tail -n 20 "$log" >&2
	fail "apt-get could not install$missing"
fi
