#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154 # set by helpers.bash and run
# Nodes of types with RDMA reads and without in one job: those with them read
# without libfabric, the others through it, so that they are no partners.

load helpers

setup_file() {
	lab_up_once -n 3 --type c6in.32xlarge,c6in.32xlarge,c5n.18xlarge
	lab conf plugstack "optional $O/efagate.so timeout_ms=12000 helper=$O/efagate"
	lab conf efagate 'meet_ms = 5000'
}

teardown_file() {
	lab_down
}

@test "one of three without RDMA reads: not tried is unknown, and no one's fault" {
	run lab as user1 srun -N3 --efa-verify=burst true
	echo "$output"
	[ "$status" -eq 75 ]
	[ "$(grep -v '^srun' <<<"$output")" = "efagate: n3: EG901: traffic not tried: through libfabric here, not on n1
efagate: no task started" ]
	run lab as user1 srun -N2 -w n1,n2 --efa-verify=burst true
	[ "$status" -eq 0 ]
	[[ "$output" == "efagate: 2 nodes, 4 EFA devices verified (burst; slowest n"* ]]
}

@test "traffic = efa: all three are partners" {
	lab conf efagate 'meet_ms = 5000' 'traffic = efa'
	run lab as user1 srun -N3 --efa-verify=burst true
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == "efagate: 3 nodes, 5 EFA devices verified (burst; slowest n"* ]]
}
