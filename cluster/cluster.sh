# Read by the scripts beside it: what they all know of a local cluster. Bash.
#
# A cluster is a folder:
#   cluster.env             what it is (CLUSTER_…), in lines that a shell can read
#   lock                    held while processes are started or the cluster is ended
#   ring/                   its Cassandra (cluster/cassandra)
#   tls/                    its authority, and the nodes' certificates
#   cluster.secret          what the nodes share
#   settings                options of all nodes beside their files
#   node-K.toml, node-K.log, node-K.pid, data-K/
#   haproxy.cfg, haproxy.log, haproxy.pid
#   clock-K                 how far the clock of node K is off, if clocks can be set
#   network-K.pid           who keeps the network of node K, if the nodes stand apart

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
project="$(cd "$here/.." && pwd)"
cluster_folder_usual="${CARGO_TARGET_DIR:-$project/target}/cluster"
# The network that the files of this folder name; another one is put into copies of them.
network_usual=127.42.0
members=(a b c)

complain() {
	echo "cluster/$(basename "$0"): $*" >&2
	exit 1
}

# Sets CLUSTER_… of the cluster in a folder.
open_cluster() {
	folder="$(readlink -m "$1")"
	[[ -f "$folder/cluster.env" ]] || complain "there is no cluster in $folder"
	# shellcheck disable=SC1091
	source "$folder/cluster.env"
}

address_of() {
	case "$1" in
	a) echo "$CLUSTER_NETWORK.11" ;;
	b) echo "$CLUSTER_NETWORK.12" ;;
	c) echo "$CLUSTER_NETWORK.13" ;;
	*) complain "there is no node $1; they are ${members[*]}" ;;
	esac
}

# The process whose command line holds one of this folder's files: found by what it does, so that a
# stranger with an old pid is never taken for it.
pid_with() {
	local pid
	pid="$(cat "$folder/$1.pid" 2>/dev/null)" || return 0
	if tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF -- "$folder/$2"; then echo "$pid"; fi
}

pid_of() { pid_with "node-$1" "node-$1.toml"; }
pid_of_balancer() { pid_with haproxy haproxy.cfg; }

# gone PID SECONDS: whether it ends by then.
gone() {
	local end=$((SECONDS + $2))
	while [[ -e "/proc/$1" ]] && ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; do
		((SECONDS < end)) || return 1
		sleep 0.05
	done
}

kill_now() {
	[[ -n "$1" ]] || return 0
	kill -KILL "$1" 2>/dev/null || true
	gone "$1" 10
}

# launch NAME FILE PROGRAM ARGUMENTS…: in a session of its own, in the cluster's folder, with a log and
# a pid. FILE is the one of its arguments by which it is recognised.
launch() {
	local name="$1" file="$2" pid
	shift 2
	exec 8>>"$folder/lock"
	flock 8
	[[ -f "$folder/cluster.env" ]] || complain "the cluster in $folder has ended"
	(
		cd "$folder"
		exec setsid "$@" </dev/null >>"$name.log" 2>&1 8>&-
	) &
	pid=$!
	echo "$pid" >"$folder/$name.pid"
	disown
	# Until it can be recognised, so that whoever ends the cluster next finds it.
	until [[ -n "$(pid_with "$name" "$file")" || ! -e "/proc/$pid" ]]; do sleep 0.02; done
	exec 8>&-
}

# What was said with --set when the cluster was started, for a node that is started later, too.
settings_as_flags() {
	local setting
	flags=()
	while read -r setting; do flags+=(--set "$setting"); done <"$folder/settings"
}

# with_clock K: what a command is put behind to go by a clock that can be set while it runs. Only the
# clock on the wall is set: time goes on as it does.
with_clock() {
	local library
	[[ "${CLUSTER_CLOCKS:-no}" == yes ]] || return 0
	library="$(compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' | head -n 1)" ||
		complain "no clock can be set here: faketime is missing; tests/setup installs it"
	[[ -f "$folder/clock-$1" ]] || echo "+0" >"$folder/clock-$1"
	echo env "LD_PRELOAD=$library" "FAKETIME_TIMESTAMP_FILE=$folder/clock-$1" FAKETIME_CACHE_DURATION=1 \
		FAKETIME_DONT_FAKE_MONOTONIC=1
}

# set_clock K SECONDS: how far it is off from now on, +3600 or -3600.
set_clock() {
	[[ "${CLUSTER_CLOCKS:-no}" == yes ]] || complain "these clocks cannot be set; cluster/up --clocks starts such a cluster"
	[[ "$2" =~ ^[+-][0-9]+$ ]] || complain "a clock is set by seconds, such as +3600"
	echo "$2" >"$folder/clock-$1.new"
	mv "$folder/clock-$1.new" "$folder/clock-$1"
}

start_node() {
	[[ -z "$(pid_of "$1")" ]] || complain "node $1 runs already"
	local clock
	settings_as_flags
	clock="$(with_clock "$1")"
	launch "node-$1" "node-$1.toml" $(within "$1") $clock "$CLUSTER_PROGRAM" --config "$folder/node-$1.toml" "${flags[@]}" serve
}

# The status that an address answers to a GET, or nothing.
status_of() {
	timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/$1" && printf "GET %s HTTP/1.0\r\nHost: $0\r\n\r\n" "$2" >&3 &&
		read -r _ status _ <&3 && echo "$status"' "$@" 2>/dev/null || true
}

is_ready() { [[ "$(status_of "$(address_of "$1")" 8082 /readyz)" == 200 ]]; }

# Until node K takes work; gives up when its process ends, or after a minute.
wait_until_ready() {
	local end=$((SECONDS + 60))
	until is_ready "$1"; do
		if [[ -z "$(pid_of "$1")" ]] || ((SECONDS > end)); then
			tail -n 15 "$folder/node-$1.log" >&2 || true
			complain "node $1 did not become ready; the last lines of its log stand above"
		fi
		sleep 0.1
	done
}

# Until the balancer gives work to some node.
wait_for_balancer() {
	local end=$((SECONDS + 30))
	until [[ -n "$(status_of "$CLUSTER_NETWORK.10" 8080 /)" && "$(status_of "$CLUSTER_NETWORK.10" 8080 /)" != 503 ]]; do
		if [[ -z "$(pid_of_balancer)" ]] || ((SECONDS > end)); then
			tail -n 15 "$folder/haproxy.log" >&2 || true
			complain "the balancer does not reach the nodes; the last lines of its log stand above"
		fi
		sleep 0.1
	done
}

# Nodes that stand apart: each has a network of its own, all are joined by a bridge, on which
# Cassandra, the balancer and the clients are. What a node sends can so be lost on the way.

# within K: what a command is put behind to run where node K does.
within() {
	if [[ "${CLUSTER_APART:-no}" == yes ]]; then
		echo nsenter "--net=/proc/$(cat "$folder/network-$1.pid")/ns/net" --
	fi
}

make_networks() {
	local member number
	ip link add bridge0 type bridge || complain "no network can be made here: run it behind cluster/drills/alone"
	# The first is where whoever asks a node comes from: not an address of Cassandra, or a node that is
	# cut from it would answer nobody.
	for number in 10 1 2 3; do ip addr add "$CLUSTER_NETWORK.$number/24" dev bridge0; done
	ip link set bridge0 up
	for member in "${members[@]}"; do
		setsid unshare --net sleep infinity </dev/null >/dev/null 2>&1 &
		echo $! >"$folder/network-$member.pid"
		disown
		until_apart "$!"
		ip link add "to-$member" type veth peer name eth0 netns "$(cat "$folder/network-$member.pid")"
		ip link set "to-$member" master bridge0 up
		$(within "$member") ip addr add "$(address_of "$member")/24" dev eth0
		$(within "$member") ip link set lo up
		$(within "$member") ip link set eth0 up
	done
}

# Who keeps the network of node K, if anybody does; found by what it does, as nodes are.
keeper_of_network() {
	local pid
	pid="$(cat "$folder/network-$1.pid" 2>/dev/null)" || return 0
	if [[ "$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)" == "sleep infinity " ]]; then echo "$pid"; fi
}

# Until a process has left our network.
until_apart() {
	until [[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]]; do sleep 0.02; done
}

# lose K ADDRESS…: from now on what node K sends to these addresses is lost on its way, silently: it goes
# to a machine that does not exist.
lose() {
	local member="$1" address
	[[ "${CLUSTER_APART:-no}" == yes ]] || complain "the nodes do not stand apart; cluster/up --apart starts such a cluster"
	shift
	for address in "$@"; do
		$(within "$member") ip neigh replace "$address" lladdr 02:00:00:00:de:ad dev eth0 nud permanent
	done
}

# Everything that node K sends arrives again.
find_again() { $(within "$1") ip neigh flush dev eth0 nud permanent; }

addresses_of_cassandra() { echo "$CLUSTER_NETWORK.1" "$CLUSTER_NETWORK.2" "$CLUSTER_NETWORK.3"; }

# The members but K.
others() { tr ' ' '\n' <<<"${members[@]}" | grep -vxF "$1"; }

# Ends everything and removes the folder.
end_cluster() {
	local member
	exec 8>>"$folder/lock"
	flock 8
	rm -f "$folder/cluster.env"
	kill_now "$(pid_of_balancer)"
	for member in "${members[@]}"; do
		kill_now "$(pid_of "$member")"
		kill_now "$(keeper_of_network "$member")"
	done
	exec 8>&-
	"$here/cassandra/down" "$folder/ring"
	rm -rf "$folder"
}
