# Read by the scripts beside it: what they all know of a ring. Bash.
#
# A ring is a folder:
#   ring.env        what it is (RING_…), in lines that a shell can read
#   lock            held while nodes are started or the ring is ended
#   node-K/         one node: cassandra.yaml, data/, log/, output, pid
#   tls/            its authority and certificates, if it speaks TLS
# and a reservation of its loopback network in $ring_reservations.

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
project="$(cd "$here/../.." && pwd)"
# For the whole machine, whoever calls: two rings must not take the same addresses.
ring_reservations="${HOLDFAST_RINGS:-/tmp/holdfast-rings}"
ring_folder_usual="${CARGO_TARGET_DIR:-$project/target}/ring"

complain() {
	echo "cluster/cassandra/$(basename "$0"): $*" >&2
	exit 1
}

# Sets RING_… of the ring in a folder.
open_ring() {
	folder="$(readlink -m "$1")"
	[[ -f "$folder/ring.env" ]] || complain "there is no ring in $folder"
	# shellcheck disable=SC1091
	source "$folder/ring.env"
}

address_of() { echo "$RING_NETWORK.$1"; }

# The processes whose command line names a folder below this one as theirs. Finds a node even
# where its pid was never written, and never takes a stranger that got an old pid.
processes_of() {
	local line
	for line in /proc/[0-9]*/cmdline; do
		if tr '\0' '\n' 2>/dev/null <"$line" | grep -qxF -- "-Dcassandra.storagedir=$1" 2>/dev/null; then
			line="${line#/proc/}"
			echo "${line%/cmdline}"
		fi
	done
}

# The living process of node K, or nothing.
pid_of() {
	local pid
	pid="$(cat "$folder/node-$1/pid" 2>/dev/null)" || return 0
	[[ -n "$pid" && -r "/proc/$pid/cmdline" ]] || return 0
	if tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qxF -- "-Dcassandra.storagedir=$folder/node-$1"; then
		echo "$pid"
	fi
}

# Kills node K without a last word, and waits until it is gone.
kill_node() {
	local pid
	for pid in $(processes_of "$folder/node-$1"); do
		kill -KILL "$pid" 2>/dev/null || true
		while [[ -e "/proc/$pid" ]] && ! grep -q '^State:.Z' "/proc/$pid/status" 2>/dev/null; do sleep 0.02; done
	done
	rm -f "$folder/node-$1/pid"
}

# A Java machine that Cassandra 5.0 runs on, or failure.
find_java() {
	local java version
	for java in ${JAVA_HOME:+"$JAVA_HOME/bin/java"} "$(command -v java || true)" /usr/lib/jvm/*17*/bin/java; do
		[[ -x "$java" ]] || continue
		version="$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')"
		if [[ "$version" == 17 || "$version" == 11 ]]; then
			echo "$java"
			return
		fi
	done
	return 1
}

java_of_node() {
	find_java || complain "Cassandra 5.0 needs a Java machine 17 (or 11; nothing newer), and there is none in" \
		"JAVA_HOME, PATH or /usr/lib/jvm. On Debian 12: apt-get install openjdk-17-jre-headless;" \
		"elsewhere unpack any JDK 17 and name its folder in JAVA_HOME"
}

# Starts the process of node K; does not wait for it. Nothing starts in a ring that is being ended.
start_node() {
	local k="$1" node="$folder/node-$1" java jars compiler=()
	[[ -z "$(pid_of "$k")" ]] || complain "node $k runs already"
	java="$(java_of_node)"
	jars="$("$here/fetch")"
	# The second compiler would take half of the time of a start, for a speed that tests do not need.
	if [[ "$RING_LIFE" == short ]]; then compiler=(-XX:TieredStopAtLevel=1); fi
	exec 8>>"$folder/lock"
	flock 8
	[[ -f "$folder/ring.env" ]] || complain "the ring in $folder has ended"
	# A session of its own: what ends the caller's group does not end a node.
	setsid "$java" "-javaagent:$(compgen -G "$jars/jamm-*.jar")" @"$here/jvm.args" "${compiler[@]}" \
		"-Xms$RING_HEAP" "-Xmx$RING_HEAP" \
		"-Dcassandra.config=file://$node/cassandra.yaml" \
		"-Dcassandra.storagedir=$node" "-Dcassandra.logdir=$node/log" \
		"-Dlogback.configurationFile=file://$here/logback.xml" "-Djava.io.tmpdir=$node/tmp" \
		-cp "$jars/*" org.apache.cassandra.service.CassandraDaemon \
		</dev/null >>"$node/output" 2>&1 8>&- &
	local pid=$!
	echo "$pid" >"$node/pid"
	disown
	# Until it can be recognised, so that whoever ends the ring next finds it.
	until [[ -n "$(pid_of "$k")" || ! -e "/proc/$pid" ]]; do sleep 0.02; done
	exec 8>&-
}

# Puts a statement to node K; silent.
ask_node() {
	local k="$1"
	shift
	ASK_AUTHORITY="${RING_AUTHORITY:-}" ASK_ANY_NAME="${RING_ANY_NAME:-}" ASK_CERTIFICATE="${RING_CLIENT_CERTIFICATE:-}" ASK_KEY="${RING_CLIENT_KEY:-}" \
		ASK_USERNAME="${RING_USERNAME:-}" ASK_PASSWORD="${RING_PASSWORD:-}" \
		timeout 5 "$here/ask" "$(address_of "$k")" "$@" 2>/dev/null
}

answers() { ask_node "$1" "SELECT release_version FROM system.local"; }

# Whether node K can reach every replica: a table that three nodes hold, asked for all of them.
sees_all() {
	((RING_NODES < 3)) || ask_node "$1" \
		"SELECT status FROM system_distributed.view_build_status WHERE keyspace_name='none' AND view_name='none'" all
}

listens() { (exec 3<>"/dev/tcp/$(address_of "$1")/9042") 2>/dev/null; }

# wait_until K answers|sees_all: gives up when its process ends, or after three minutes.
wait_until() {
	local k="$1" what="$2" end=$((SECONDS + 180)) pid
	pid="$(pid_of "$k")"
	until listens "$k" && "$what" "$k"; do
		if [[ -z "$pid" || ! -e "/proc/$pid" ]] || ((SECONDS > end)); then
			tail -n 15 "$folder/node-$k/log/system.log" "$folder/node-$k/output" >&2 2>/dev/null || true
			complain "node $k did not come to answer; the last lines of its log stand above"
		fi
		sleep 0.25
	done
}

# Ends every node, gives the network back, and removes the folder.
end_ring() {
	local k
	exec 8>>"$folder/lock"
	flock 8
	rm -f "$folder/ring.env"
	for k in 1 2 3; do kill_node "$k"; done
	exec 8>&-
	if [[ -n "${RING_NETWORK:-}" && "$(cat "$ring_reservations/$RING_NETWORK/folder" 2>/dev/null)" == "$folder" ]]; then
		rm -rf "${ring_reservations:?}/$RING_NETWORK"
	fi
	rm -rf "$folder"
}
