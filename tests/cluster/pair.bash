# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash disable=SC2154 # set by helpers.bash, setup_file and run
# Two processes for traffic against each other, and what they say.

# on_node NODE CMD...: a node of the lab, or of the fabric.
on_node() {
	case $1 in
	n*) lab on "$@" ;;
	*) "$softefa" enter "$fabric" "$1" -- "${@:2}" ;;
	esac
}

# pair NODE NODE [OPTION...]: traffic_pair between them; "other" is the second. Both with
# --provider $provider where that is set.
pair() {
	local socket=$BATS_TEST_TMPDIR/socket way=(${provider:+--provider "$provider"})
	rm -f "$socket"
	on_node "$2" timeout 40 "$traffic_pair" serve "$socket" "${way[@]}" 3>&- &
	run on_node "$1" timeout 40 "$traffic_pair" lead "$socket" "${way[@]}" "${@:3}"
	wait
	echo "exit $status"
	echo "$output"
}

# rails REGEX: how many lines of rails match it: ROUND SIDE DEVICE PEER STATE READS ALONE TOGETHER P50 TEXT
rails() {
	grep -cE "^[0-9]+ (own|other) [0-9]+ [0-9]+ " <<<"$(grep -E "$1" <<<"$output")"
}

# after SIDE ROUND: ms until that result came.
after() {
	sed -nE "s/^$2 $1 result after ([0-9]+) ms.*/\1/p" <<<"$output"
}
