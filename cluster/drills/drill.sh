# Read by each drill: a cluster of its own, a torture that goes on meanwhile, and the verdict. Bash.
#
# A drill sources this, says what it does to whom between `begin` and `end`, and adds checks of its own
# with `expect`. It ends with 0 if the torture found nothing and every check held.
#
# From the environment:
#   HOLDFAST   the program; otherwise that in target/release
#   MINUTES    how long trouble is made at least; otherwise once
#   SESSIONS, RATE   how many chats at the same time (30), how many messages a second in all (20)
#   OVER       what customers come over (rest,long-polling,websocket: all ways side by side)
#   SETTLE     for how many seconds the end of a chat is waited for (60): longer than what is made to fail
#   KEEP       a folder for the logs and the report; otherwise they go, unless the drill fails

drill="$(basename "$0")"
PATH="$PATH:/usr/sbin:/sbin"
cluster="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
project="$(cd "$cluster/.." && pwd)"
if [[ -z "${DRILL_FOLDER:-}" ]]; then
	DRILL_FOLDER="$(mktemp -d /tmp/holdfast-drill-XXXXXX)"
	export DRILL_FOLDER
	exec "$cluster/drills/alone" "$0" "$@"
fi
folder="$DRILL_FOLDER"
program="$(readlink -m "${HOLDFAST:-${CARGO_TARGET_DIR:-$project/target}/release/holdfast}")"
network=10.42.0
sessions="${SESSIONS:-30}"
rate="${RATE:-20}"
failures=()
torture=""
# What else a drill has started and is to be ended with it.
others=()

say() { printf '%(%T)T %s: %s\n' -1 "$drill" "$*" >&2; }

# Everything there is of a cluster, seen from here. The rings of others are in other networks.
export HOLDFAST_RINGS="$folder/rings"
export HOLDFAST="$program"
node() { "$cluster/node" "$1" "$folder/cluster" "${@:2}"; }
cassandra() { "$cluster/cassandra/node" "$1" "$folder/cluster/ring" "${@:2}"; }
address() { case "$1" in a) echo $network.11 ;; b) echo $network.12 ;; c) echo $network.13 ;; esac; }

# begin [OPTION OF UP…]: a cluster, and a torture all of whose sessions have begun.
begin() {
	local n_agents=$(((sessions + 9) / 10 + 1)) life=() pace=()
	# In so short a time the few messages that wait for a move are the slowest hundredth; how fast it
	# goes on is judged in a long run.
	if ((${MINUTES:-0} == 0)); then life=(--short-lived) pace=(--slower 50); fi
	[[ -x "$program" ]] || { say "there is no program at $program"; exit 2; }
	trap leave EXIT
	trap 'exit 130' INT TERM HUP
	say "starts a cluster"
	head -c 18 /dev/urandom | base64 >"$folder/password"
	"$program" torture accounts --n "$n_agents" --capacity 12 <"$folder/password" >"$folder/accounts.toml"
	"$cluster/up" --apart "${life[@]}" --network $network --append "$folder/accounts.toml" \
		--set limits.create-rate=0 --set cometd.handshake-rate=0 --set limits.send-rate=50 --set limits.send-burst=200 \
		"$@" "$folder/cluster" >"$folder/cluster.env" || { failures+=("the cluster did not start"); exit 1; }
	mkfifo "$folder/control"
	"$program" torture --target "http://$network.10:8080" --agent-target "http://$network.10:8081" \
		--over "${OVER:-rest,long-polling,websocket}" --agents "$n_agents" --sessions "$sessions" --rate "$rate" --churn 60 --minutes 600 --settle "${SETTLE:-60}" "${pace[@]}" \
		--nodes "$network.11:8081,$network.12:8081,$network.13:8081" --agent-password-file "$folder/password" \
		--control "$folder/control" --ready-file "$folder/ready" --report "$folder/report.json" \
		>"$folder/summary" 2>"$folder/progress" &
	torture=$!
	exec 3>"$folder/control"
	until [[ -e "$folder/ready" ]]; do
		[[ -e "/proc/$torture" ]] || { failures+=("the torture did not begin"); exit 1; }
		sleep 0.2
	done
	began=$SECONDS
}

# phase baseline|planned|fault: what may be expected from now on.
phase() { echo "phase $1" >&3; }

# Lets a ring that has just started compile itself before it is measured; only where how fast it goes
# on is judged.
warm_up() {
	if ((${MINUTES:-0} > 0)); then
		note "warms up"
		sleep 120
		began=$SECONDS
	fi
}

# What is done now, for the report and for whoever looks on.
note() {
	echo "note $*" >&3
	say "$*"
}

# Drains a node and starts it again with the program of $NEXT.
upgrade() {
	note "drains node $1"
	node drain "$1"
	if [[ -n "${NEXT:-}" ]]; then
		sed -i "s|^CLUSTER_PROGRAM=.*|CLUSTER_PROGRAM=$(readlink -m "$NEXT")|" "$folder/cluster/cluster.env"
	fi
	note "starts node $1"
	node start "$1"
	sleep 3
}

# Whether another round of trouble is due.
goes_on() {
	local rounds=$((n_rounds++))
	((rounds == 0)) || ((SECONDS - began < ${MINUTES:-0} * 60))
}
n_rounds=0

# expect WHAT SECONDS COMMAND…: it must succeed within this time.
expect() {
	local what="$1" from=$SECONDS end=$((SECONDS + $2))
	shift 2
	until "$@"; do
		if ((SECONDS >= end)); then
			say "in vain: $what"
			failures+=("$what")
			return
		fi
		sleep 0.1
	done
	say "$what, after $((SECONDS - from)) s"
}

# fetch URL: its status, then its body.
fetch() {
	local address="${1#http://}" path
	path="/${address#*/}"
	address="${address%%/*}"
	timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1" && printf "GET %s HTTP/1.0\r\nHost: $0\r\n\r\n" "$2" >&3 && cat <&3' \
		"${address%:*}" "${address#*:}" "$path" 2>/dev/null | sed '1s/^HTTP[^ ]* //;1s/ .*//' | tr -d '\r'
}
answers() { [[ "$(fetch "http://$1" | head -n 1)" == "$2" ]]; }
is_ready() { answers "$(address "$1"):8082/readyz" 200; }
is_not_ready() { answers "$(address "$1"):8082/readyz" 503; }

# The end of the load, and the verdict.
end() {
	local code=0
	say "ends the load"
	echo stop >&3
	wait "$torture" || code=$?
	torture=""
	cat "$folder/summary"
	((code == 0)) || failures+=("the torture ended with $code")
	exit 0
}

leave() {
	local code=$?
	trap - EXIT
	if [[ -n "$torture" ]]; then
		kill "$torture" 2>/dev/null || true
		tail -n 5 "$folder/progress" >&2 || true
	fi
	for pid in "${others[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
	((code == 0 || ${#failures[@]} > 0)) || failures+=("it broke off with $code")
	keep
	"$cluster/down" "$folder/cluster" || true
	rm -rf "$folder"
	if ((${#failures[@]} == 0)); then
		say "PASSED"
		exit 0
	fi
	printf '%s: FAILED: %s\n' "$drill" "${failures[@]}" >&2
	exit 1
}

# What somebody may want to read afterwards.
keep() {
	local kept="${KEEP:-}"
	if [[ -z "$kept" ]]; then
		((${#failures[@]} > 0)) || return 0
		kept="$(mktemp -d "/tmp/holdfast-drill-failed-$drill-XXXXXX")"
	fi
	mkdir -p "$kept"
	cp "$folder"/{summary,progress,report.json,journal,alone.log} "$folder"/cluster/*.log "$kept" 2>/dev/null || true
	say "logs and report are in $kept"
}
