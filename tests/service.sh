#!/bin/sh
# The shipped unit under a systemd that is its own: in namespaces, on a file system of which
# nothing is kept.  For root; `make service` calls it, `make check` does not, since a systemd
# wants more of a machine than a test may ask for unasked.
#
#   service.sh              all of it
#   service.sh inside DIR   in the namespaces: what make install put into DIR, then systemd
#   service.sh probe        beside that systemd: the cases
set -u
ROOM=/mnt # inside, a file system in memory
export GROUP="${GROUP:-vaultd-service-$$}"
SECONDS_MOST=150

check() {
	if [ "$2" = "$3" ]; then
		echo "ok - $1"
	else
		echo "not ok - $1: $2, not $3"
	fi
}

# The roots of the control groups: one, or one for each controller of the first version.
group_roots() {
	if [ -f /sys/fs/cgroup/cgroup.procs ]; then
		echo /sys/fs/cgroup
	else
		dirname $(ls /sys/fs/cgroup/*/cgroup.procs)
	fi
}

# ---- inside

# One directory as it is, whose changes go into memory.
keep_nothing_of() {
	mkdir -p "$ROOM$1" "$ROOM$1.work"
	mount -t overlay overlay -o "lowerdir=$1,upperdir=$ROOM$1,workdir=$ROOM$1.work" "$1"
}

install_as_the_unit_says() {
	cp -a "$ROOM/install/." /
	useradd --system vaultd
	vaultctl hublet create na1 -dir=/etc/vaultd -address=127.0.0.1:18399 >/dev/null
	sed -i -e 's|= "server.key"|= "/run/credentials/vaultd.service/server.key"|' \
	    -e 's|= "data"|= "/var/lib/vaultd/data"|' \
	    -e 's|= "audit.log"|= "/var/log/vaultd/audit.log"|' -e '/^user /d' /etc/vaultd/vaultd.hcl
	chgrp vaultd /etc/vaultd/vaultd.hcl
	chmod 640 /etc/vaultd/vaultd.hcl
}

inside() {
	set -e
	mount --make-rprivate /
	mount -t tmpfs tmpfs $ROOM
	cp -a "$1" $ROOM/install
	cp "$0" $ROOM/service.sh
	for dir in /etc /var /usr; do
		keep_nothing_of $dir
	done
	mount -t tmpfs -o mode=1777 tmpfs /tmp
	mount -t tmpfs -o mode=755 tmpfs /run
	mount -o bind,ro /proc/sys /proc/sys
	for root in $(group_roots); do
		mount --bind "$root/$GROUP" "$root"
	done
	for unit in tmpfiles-setup tmpfiles-setup-dev tmpfiles-clean udevd networkd resolved \
	    timesyncd sysctl modules-load remount-fs random-seed update-utmp; do
		ln -sf /dev/null /etc/systemd/system/systemd-$unit.service
	done
	install_as_the_unit_says
	mount --make-rshared / # so that systemd can pass the credential on
	exec /lib/systemd/systemd --system --unit=vaultd.service --log-target=null
}

# ---- the cases

property() {
	systemctl show vaultd -p "$1" --value
}

within() { # seconds, a command
	for second in $(seq "$1"); do
		eval "$2" && return
		sleep 1
	done
}

health() {
	curl -s -o /dev/null -w '%{http_code}' --cacert /etc/vaultd/ca.pem \
	    --cert /etc/vaultd/operator.pem --key /etc/vaultd/operator.key \
	    https://127.0.0.1:18399/v1/sys/health
}

unseal() {
	sed -n '/unseal_keys_b64/{n;s/[", ]//g;p}' $ROOM/init.json | vaultctl operator unseal - >/dev/null
}

probe() {
	. /etc/vaultd/env
	within 20 '[ "$(health)" = 501 ]'
	check "it starts the first time, with nothing there" "$(health) $(property NRestarts)" "501 0"
	grep -hE '^(Uid|CapBnd|CapEff):' $(pgrep -x vaultd | sed 's|.*|/proc/&/status|') >$ROOM/rights
	check "none of its four processes is root or can do what root can" \
	    "$(grep -c ^Uid $ROOM/rights) $(grep -cE '^Uid:.*\b0\b|^Cap...:.*[1-9a-f]' $ROOM/rights)" "4 0"
	setpriv --reuid=vaultd --regid=vaultd --clear-groups cat /etc/vaultd/server.key >/dev/null 2>&1
	check "its user cannot read the key of its certificate, which systemd hands to it" $? 1
	vaultctl operator init -format=json -key-shares=1 -key-threshold=1 >$ROOM/init.json
	unseal
	check "it is unsealed" "$(health)" 200
	check "its files are its user's alone" "$(stat -c '%U %a' /var/lib/vaultd/data /var/log/vaultd \
	    /var/log/vaultd/audit.log | tr '\n' ' ')" "vaultd 700 vaultd 700 vaultd 600 "
	systemctl reload vaultd
	check "reloaded, it is still unsealed" "$(health)" 200
	systemctl kill -s KILL --kill-who=all vaultd
	within 20 '[ "$(health)" = 503 ]'
	check "killed, it is back by itself, and sealed" "$(health)" 503
	unseal
	check "and can be unsealed" "$(health)" 200
	count=$(property NRestarts)
	kill -STOP "$(property MainPID)"
	within 60 '[ "$(property NRestarts)" -gt $count ]'
	within 20 '[ "$(health)" = 503 ]'
	check "stuck, it is found by the watchdog and started again" "$(health)" 503
	systemctl stop vaultd
	check "stopped, it ends with status 0" "$(property Result) $(property ExecMainStatus)" "success 0"
	mv /etc/vaultd/server.key $ROOM
	systemctl start vaultd 2>/dev/null
	check "without its credential it does not start" $? 1
}

# ---- all of it

# A control group of its own, below which that systemd makes all the others.
start() {
	for root in $(group_roots); do
		mkdir -p "$root/$GROUP"
		echo 0 2>/dev/null >"$root/$GROUP/cgroup.procs"
	done
	exec unshare --fork --pid --kill-child --mount --mount-proc --uts --ipc --cgroup \
	    sh "$0" inside "$B/service"
}

end() {
	kill -KILL $first $outer
	wait
	for root in $(group_roots); do
		within 5 'find "$root/$GROUP" -depth -type d -exec rmdir {} \; ; [ ! -d "$root/$GROUP" ]'
	done
	rm -rf "$B/service"
} 2>/dev/null

main() {
	[ "$(id -u)" = 0 ] || { echo "service: root alone can start a systemd" >&2; exit 1; }
	[ -x /lib/systemd/systemd ] || { echo "service: install systemd" >&2; exit 1; }
	B=$(realpath "${B:-build}")
	rm -rf "$B/service"
	make -s B="$B" install prefix=/usr/local DESTDIR="$B/service" || exit 1
	start >"$B/service.log" 2>&1 </dev/null &
	outer=$! first=
	trap end EXIT
	within 20 'first=$(pgrep -P $outer) && [ "$(cat /proc/$first/comm)" = systemd ]'
	[ -n "$first" ] || { cat "$B/service.log"; exit 1; }
	timeout -s KILL $SECONDS_MOST nsenter -t "$first" -m -p sh $ROOM/service.sh probe </dev/null |
		tee "$B/service.cases"
	passed=$(grep -c '^ok' "$B/service.cases")
	failed=$(grep -c '^not ok' "$B/service.cases")
	echo "$passed passed, $failed failed"
	[ "$passed" -gt 0 ] && [ "$failed" = 0 ]
}

case ${1-} in
inside) inside "$2" ;;
probe) probe ;;
*) main ;;
esac
