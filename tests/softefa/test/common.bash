# SPDX-License-Identifier: BSD-3-Clause
# What every test file starts from: a fabric in a folder of its own, and
# commands on its nodes. All that a test starts is ended by its number.

softefa_setup() {
	build=$(realpath "${SOFTEFA_BUILD:-$BATS_TEST_DIRNAME/../../../build/softefa}")
	softefa=$build/softefa
	work=$(mktemp -d "${BATS_TMPDIR:-/tmp}/softefa-test.XXXXXX")
	# in memory: some file systems are slow to make files where others were just removed
	mount -t tmpfs -o mode=755 softefa-test "$work"
	fabric=$work/fabric
	started=()
	# shellcheck disable=SC2034 # used by the tests
	port=$((20000 + RANDOM % 20000))
	"$softefa" fabric create "$fabric"
}

softefa_teardown() {
	local pid
	for pid in "${started[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	if [ -e "$fabric/fabric" ]; then
		"$softefa" fabric remove "$fabric"
	fi
	umount -l "$work"
	rmdir "$work"
}

# node NAME TYPE
node() {
	"$softefa" node create "$fabric" "$1" --type "$2"
}

# on NODE CMD...: bounded, and without the shared-memory shortcut between devices of a node
on() {
	local name=$1
	shift
	FI_EFA_ENABLE_SHM_TRANSFER=0 timeout -k 1 30 "$softefa" enter "$fabric" "$name" -- "$@"
}

# start_on NODE FILE CMD...: the same in the background, output in FILE
start_on() {
	local name=$1 file=$2
	shift 2
	FI_EFA_ENABLE_SHM_TRANSFER=0 "$softefa" enter "$fabric" "$name" -- "$@" \
		>"$file" 2>&1 3>&- &
	started+=($!)
}

fault() {
	"$softefa" fault "$fabric" "$@"
}

# wait_for FILE PATTERN: at most 10 seconds
wait_for() {
	for _ in $(seq 200); do
		grep -q -- "$2" "$1" 2>/dev/null && return 0
		sleep 0.05
	done
	echo "no '$2' in $1 after 200 tries:"
	cat "$1"
	return 1
}

# counter NODE DEVICE NAME, read from outside the node, where nothing is preloaded
counter() {
	cat "$fabric/nodes/$1/sys/class/infiniband/$2/ports/1/hw_counters/$3"
}

# json EXPRESSION: of the fabric's status, as Python sees it in `s`
json() {
	"$softefa" status "$fabric" --json |
		python3 -c "import json, sys; s = json.load(sys.stdin); print($1)"
}
