# Read by what lets customers talk on while nodes are killed and stopped. Bash.

clients="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
talk="" keeper=""

# begin_talk BASE FOLDER [PATTERN]: lets the customers talk whose names are like the pattern.
begin_talk() {
	said="$2/talk"
	mkfifo "$2/end"
	"$clients/talk" "$1" "${@:3}" <"$2/end" >"$said" &
	talk=$!
	# While it lives, so does what it would write to.
	tail -f /dev/null >"$2/end" &
	keeper=$!
}

# all_go_on N: waits until each has said so many more, or one has given up.
all_go_on() {
	local name wanted names until=$((SECONDS + 120))
	until names="$(sed -n 's/^talking: //p' "$said")" && [[ -n "$names" ]]; do
		still_talks || return 0
		sleep 0.1
	done
	declare -A wanted
	for name in $names; do wanted[$name]=$(($(n_said "$name") + $1)); done
	for name in $names; do
		until (($(n_said "$name") >= wanted[$name])); do
			still_talks "$name" || return 0
			sleep 0.1
		done
	done
}
# Whether they talk at all; who goes on too late ends it with an error.
still_talks() {
	if ((SECONDS >= until)); then
		grep -v 'has said' "$said" || true
		echo "FAILED  ${1:-nobody} does not go on"
		exit 1
	fi
	kill -0 "$talk" 2>/dev/null
}
n_said() { grep -c "^$1 has said" "$said" || true; }

# end_talk WHAT: ends it, with the verdict.
end_talk() {
	local code=0
	kill "$keeper"
	wait "$talk" || code=$?
	talk="" keeper=""
	if ((code > 0)); then
		grep -v 'has said' "$said"
		echo "FAILED  $1"
		exit 1
	fi
	grep 'found everything, after' "$said"
	echo "ok      $1"
}
