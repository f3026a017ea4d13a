#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154 # set by node.bash and run
# efagate burst --compare huge-pages with a libfabric that can be told to do
# without (make check-trixie). Real huge pages of this kernel.

bats_require_minimum_version 1.5.0
load ../cluster/node

pool=/proc/sys/vm/nr_hugepages

setup_file() {
	pages_before=$(cat $pool)
	export pages_before
	fabric_up
	echo 128 >$pool
}

teardown_file() {
	echo "$pages_before" >$pool
	fabric_down
}

@test "without huge pages is FI_EFA_USE_HUGE_PAGE=0, and nobody's pages are held" {
	run --separate-stderr with_real_pages n1 timeout 90 "$efagate" burst --compare huge-pages
	show
	[ "$status" = 0 ]
	grep -qxE 'libfabric 2\.[0-9]+; without: FI_EFA_USE_HUGE_PAGE=0' <<<"$output"
	[[ $(grep -E '^huge pages of two endpoints ' <<<"$output" | tr -s ' ') =~ ^huge\ pages\ of\ two\ endpoints\ ([1-9][0-9]*)\ 0\ free\ ([0-9]+),\ then\ ([0-9]+)$ ]]
	[ "${BASH_REMATCH[1]}" = $((BASH_REMATCH[2] - BASH_REMATCH[3])) ]
	[ "$(grep -cE ' to [0-9.]+$' <<<"$output")" = 10 ]
	[ "$(verdict)" = pass ]
}
