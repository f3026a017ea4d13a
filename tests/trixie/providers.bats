#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154 # set by node.bash and run
# Traffic of all devices of a p5en by each way that Debian 13 has to them: queue
# pairs of efagate's own, libfabric 2.1's efa and its efa-direct, which it
# offers for RDMA where devices also take unsolicited immediate data.

bats_require_minimum_version 1.5.0
load ../cluster/node

setup_file() {
	fabric_up
	"$softefa" node create "$fabric" n2 --type p5en.48xlarge --no-memlock
}

teardown_file() {
	fabric_down
}

# bursts NODE PROVIDER: $output is the report of its traffic with itself.
bursts() {
	run --separate-stderr "$softefa" enter "$fabric" "$1" -- timeout 90 "$efagate" burst --self \
		--timeout 60 --provider "$2" --json
	echo "exit $status: $stderr"
	jq -c '.findings[]' <<<"$output"
}

@test "srd, efa and efa-direct read with all sixteen devices of a p5en" {
	local provider
	for provider in srd efa efa-direct; do
		bursts n2 "$provider"
		[ "$status" -le 1 ]
		[ "$(jq -r '[.devices[].burst | "\(.provider) \(.state) \(.operation)"] | unique | join(",")' <<<"$output")" = "$provider ok read" ]
		[ "$(jq '[.devices[].burst | select(.bytes > 0 and .bytes_together > 0 and .latency_us.samples > 0)] | length' <<<"$output")" = 16 ]
		[ "$(jq '[.findings[] | select(.outcome != "warn")] | length' <<<"$output")" = 0 ]
	done
}

@test "EG901 --provider efa-direct for reads that a p4de's devices lack" {
	bursts n1 efa-direct
	[ "$status" = 3 ]
	[ "$(jq -r '[.findings[] | select(.id == "EG901") | .text] | unique | length' <<<"$output")" -ge 1 ]
	[ "$(jq -r '[.devices[].burst.error] | unique | join(",")' <<<"$output")" = "libfabric does not offer it over efa-direct" ]
}
