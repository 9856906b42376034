#!/bin/bash
# Run a development Hublet under run/NAME, and show what its vault does and refuses.
# Everything is kept: a second run finds the Hublet, unseals it and shows the same again.
# usage: run-hublet.sh NAME [PORT]
set -u
umask 077
name=$1
dir=run/$name
build=${B:-build}
vaultd=$build/vaultd
vaultctl=$build/vaultctl
server=
export PATH="$build:$PATH"
export VAULTCTL_NO_TOKEN=true # what lies in ~/.vault-token is another vault's

bold= plain=
[ -t 1 ] && bold=$'\033[1m' plain=$'\033[0m'
say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
fail() {
	printf '\nmake run: %s\n' "$*" >&2
	exit 1
}
stop() {
	if [ -n "$server" ]; then
		kill -TERM "$server" 2>/dev/null
		wait "$server"
	fi
}
interrupted() {
	trap '' INT TERM HUP
	say "Stopping $name"
	stop
	server=
	echo "Stopped.  \`make run HUBLET=$name\` goes on where it was."
	exit 0
}
trap interrupted INT TERM HUP
trap stop EXIT

# The command as a person would type it, then what it says.
run() {
	printf '$ %s\n' "$*"
	"$@"
}
step() { run "$@" || fail "$1 failed, see above${server:+ and $dir/vaultd.log}"; }
# This one must be refused.
refused() {
	run "$@" && fail "this must not work, and did"
	echo "  -- refused, as it must be"
}
be() {
	printf '$ . %s\n' "$dir/$1"
	# shellcheck disable=SC1090
	. "$dir/$1"
}

make_hublet() {
	say "A new Hublet: CA, certificates, configuration"
	set -- "$vaultctl" hublet create "$name" "-dir=$dir" "-address=127.0.0.1:${port:=8200}"
	printf '$ %s\n' "$*"
	"$@" >/dev/null || fail "hublet create failed, see above"
	echo "It is in $dir."
}

# A second port moves a Hublet that is there.
move_hublet() {
	sed -i "s|^\(\taddress *= \)\".*\"|\1\"127.0.0.1:$port\"|" "$dir/vaultd.hcl"
	sed -i "s|^\(export VAULT_ADDR=\).*|\1'https://127.0.0.1:$port'|" "$dir"/env*
}

identity() {
	[ -f "$dir/env.$1" ] ||
		step "$vaultctl" identity issue "-ca=$dir/ca.pem" "-ca-key=$dir/ca.key" -days=365 \
			-replace "-address=https://127.0.0.1:$port" "-env=$dir/env.$1" "-out=$dir/$1" "svc/$1"
}

# Somebody else's CA, for the same name: only the signature tells them apart.
foreign_identity() {
	local other

	[ -f "$dir/foreign.pem" ] && return
	other=$(mktemp -d) || fail "no room for a temporary directory"
	"$vaultctl" hublet create elsewhere "-dir=$other/h" "-trust-domain=$name.example" >/dev/null &&
		"$vaultctl" identity issue "-ca=$other/h/ca.pem" "-ca-key=$other/h/ca.key" -days=365 \
			"-out=$other/h/foreign" svc/billing >/dev/null &&
		cp "$other/h/foreign.key" "$other/h/foreign.pem" "$dir/"
	[ -f "$dir/foreign.pem" ] || fail "cannot issue foreign.pem"
	rm -rf "$other"
}

write_policies() {
	[ -f "$dir/policies/billing.hcl" ] || cat >"$dir/policies/billing.hcl" <<'END'
# What the service billing may do.
path "secret/data/billing/*" {
	capabilities = ["read"]
}
END
	[ -f "$dir/policies/secrets.hcl" ] || cat >"$dir/policies/secrets.hcl" <<'END'
# Those who look after secrets.  Operators hold no secret unless a policy says so.
path "secret/*" {
	capabilities = ["create", "read", "update", "patch", "delete", "list"]
}
END
}

start_vaultd() {
	local tries

	(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null &&
		fail "port $port is taken: \`make run HUBLET=$name PORT=8300\` takes another"
	say "Start its vault"
	printf '$ %s\n' "$vaultd -dev -config $dir/vaultd.hcl 2>$dir/vaultd.log &"
	"$vaultd" -dev -config "$dir/vaultd.hcl" 2>"$dir/vaultd.log" &
	server=$!
	for ((tries = 0; tries < 200; tries++)); do
		"$vaultctl" status >/dev/null 2>&1
		[ $? -ne 1 ] && return
		kill -0 "$server" 2>/dev/null || break
		sleep 0.1
	done
	tail -n 20 "$dir/vaultd.log" >&2
	fail "vaultd does not answer on port $port"
}

init_and_unseal() {
	if ! "$vaultctl" operator init -status >/dev/null; then
		say "Initialise it: five shares, three of them open it"
		printf '$ %s\n' "$vaultctl operator init -format=json >$dir/init.json"
		"$vaultctl" operator init -format=json >"$dir/init.json.new" ||
			fail "operator init failed, see above"
		mv "$dir/init.json.new" "$dir/init.json"
	fi
	[ -f "$dir/init.json" ] ||
		fail "the shares of this vault are not in $dir/init.json: remove $dir to begin anew"
	say "Unseal it with three shares"
	step "$vaultctl" operator unseal "-init-file=$dir/init.json"
}

grant() {
	say "Say who may do what: policies, and roles that give them to identities"
	step "$vaultctl" policy write billing "$dir/policies/billing.hcl"
	step "$vaultctl" policy write secrets "$dir/policies/secrets.hcl"
	step "$vaultctl" role write billing "uri=spiffe://$name.example/svc/billing" policies=billing
	step "$vaultctl" role write operators "uri=spiffe://$name.example/operator/*" policies=secrets
}

store_key() {
	say "Store a third-party API key; it comes from standard input, never from the command line"
	printf '$ %s\n' "printf %s sk_test_\$RANDOM | $vaultctl kv put secret/billing/stripe key=-"
	printf 'sk_test_%s' "$RANDOM" | "$vaultctl" kv put secret/billing/stripe key=- ||
		fail "kv put failed, see above"
}

show_service() {
	say "Fetch it as the service billing; its certificate is its credential"
	be env.billing
	step "$vaultctl" kv get secret/billing/stripe
}

show_refusals() {
	say "A service of this Hublet without permission is refused"
	be env.mailer
	refused "$vaultctl" kv get secret/billing/stripe
	say "A caller without a certificate is refused in the handshake"
	refused curl -sS --cacert "$VAULT_CACERT" "$VAULT_ADDR/v1/secret/data/billing/stripe"
	say "A caller of another Hublet is refused in the handshake, whatever its name"
	refused env "VAULT_CLIENT_CERT=$dir/foreign.pem" "VAULT_CLIENT_KEY=$dir/foreign.key" \
		"$vaultctl" kv get secret/billing/stripe
}

say_how_to_go_on() {
	say "Hublet $name serves at https://127.0.0.1:$port.  Ctrl-C stops it."
	cat <<END
In a second terminal, as the operator, or as a service (env.billing, env.mailer):

  . $dir/env
  $vaultctl kv get secret/billing/stripe
  curl --cacert \$VAULT_CACERT --cert \$VAULT_CLIENT_CERT --key \$VAULT_CLIENT_KEY \\
      \$VAULT_ADDR/v1/secret/data/billing/stripe

  tail -f $dir/vaultd.log
END
}

[[ $name =~ ^[a-z][a-z0-9-]*$ ]] || fail "HUBLET=$name: lower-case letters, digits and - only"
[[ ${2:-1} =~ ^[0-9]+$ ]] || fail "PORT=$2: a number"
mkdir -p run || exit 1
port=${2:-}
if [ -d "$dir" ] && [ ! -f "$dir/env" ]; then
	fail "$dir was left half made: remove it"
elif [ -d "$dir" ]; then
	say "Hublet $name is there, in $dir"
	: "${port:=$(sed -n 's/^\taddress *= ".*:\([0-9]*\)"/\1/p' "$dir/vaultd.hcl")}"
	move_hublet
else
	make_hublet
fi
identity billing
identity mailer
foreign_identity
write_policies
say "Be the operator: this sets VAULT_ADDR, VAULT_CACERT and the certificate"
be env
start_vaultd
init_and_unseal
grant
store_key
show_service
show_refusals
say_how_to_go_on
wait "$server"
status=$?
server=
tail -n 5 "$dir/vaultd.log" >&2
fail "vaultd ended with status $status"
