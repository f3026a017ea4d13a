#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154 # set by node.bash and run
# efagate burst --compare huge-pages, with real huge pages of this kernel: so
# nothing else that might take some may run beside it.

bats_require_minimum_version 1.5.0

load node

pool=/proc/sys/vm/nr_hugepages over=/proc/sys/vm/nr_overcommit_hugepages

setup_file() {
	fabric_up
}

teardown_file() {
	fabric_down
}

setup() {
	before=$(cat $pool) over_before=$(cat $over)
	draw_device
}

teardown() {
	echo "$before" >$pool
	echo "$over_before" >$over
	"$softefa" fault "$fabric" n1 clear
}

free_pages() {
	awk '$1 == "HugePages_Free:" { print $2 }' /proc/meminfo
}

# pages N: so many in the pool, all of them free: those of the test before come back some time
# after their process has ended.
pages() {
	local i
	echo "$1" >$pool
	for i in {1..100}; do
		[ "$(free_pages)" = "$1" ] && return
		sleep 0.05
	done
	return 1
}

compare() {
	run --separate-stderr with_real_pages n1 timeout 90 "$efagate" burst --compare huge-pages "$@"
	show
}

rows='opening, first message, ms
8 KiB, us
16 KiB, us
32 KiB, us
64 KiB, us
8 KiB, MB/s
16 KiB, MB/s
32 KiB, MB/s
64 KiB, MB/s
registering 64 MiB, ms'

@test "the pool is used and not used by turns, and every row has its ratio and spread" {
	pages 128
	compare
	[ "$status" = 0 ]
	grep -qxE '[^ ]+: messages from rdmap16s27 to rdmap32s27, packets on huge pages and not, 5 runs each' <<<"$output"
	grep -qx 'libfabric 1.17; without: all free huge pages held' <<<"$output"
	[ "$(grep -E '^huge pages of two endpoints ' <<<"$output" | tr -s ' ')" = "huge pages of two endpoints 10 0 free 128, then 118" ]
	diff <(grep -E ' to [0-9.]+$' <<<"$output" | sed 's/   .*//; s/  [0-9].*//') <(echo "$rows")
	grep -E ' to [0-9.]+$' <<<"$output" | awk '{
		most = $NF; least = $(NF - 2); ratio = $(NF - 3); without = $(NF - 4); with = $(NF - 5)
		if (!(with > 0 && without > 0 && ratio > 0 && least <= ratio && ratio <= most)) { print "odd: " $0; bad = 1 } }
		END { exit bad }'
	[ "$(verdict)" = pass ]
	# All pages come back.
	pages 128
}

@test "JSON by the schema, from the device that was said" {
	pages 128
	compare --json --device "$name"
	[ "$status" = 0 ]
	jq -e --arg from "$name" '.compare | .what == "huge-pages" and .runs == 5 and .from == $from and .to != $from
		and .libfabric == "1.17" and .without_by == "pages held" and .page_kib == 2048
		and .pages.with == { used: 10, free_before: 128, free_after: 118 } and .pages.without.used == 0
		and ([.sizes[].bytes] == [8192, 16384, 32768, 65536])
		and ([.sizes[] | .latency_us, .mb_per_s | select(.with > 0 and .without > 0
			and .ratio.min <= .ratio.median and .ratio.median <= .ratio.max)] | length) == 8
		and .register_ms.ratio.median > 0' <<<"$output"
}

@test "EG901 without a free huge page there is nothing to compare" {
	pages 0
	compare
	[ "$status" = 3 ]
	must "EG901 unknown: huge pages not compared: registration: no huge pages free for 64 MiB" \
		"EG901 unknown: huge pages not compared: with them the provider used none (0 free)"
}

@test "EG901 pages that are free and that nobody gets are noticed" {
	pages 128
	"$softefa" fault "$fabric" n1 nohugepages
	compare
	[ "$status" = 3 ]
	must "EG901 unknown: huge pages not compared: registration: no huge pages free for 64 MiB" \
		"EG901 unknown: huge pages not compared: with them the provider used none (128 free)"
}

@test "EG901 pages that the kernel may overcommit are not held back: the provider gets them in both runs" {
	pages 64
	echo 64 >$over
	compare
	[ "$status" = 3 ]
	must "EG901 unknown: huge pages not compared: without them the provider used 10"
}

@test "EG901 a pool for the endpoints but not for what is registered: the rest is told" {
	pages 20
	compare
	[ "$status" = 3 ]
	must "EG901 unknown: huge pages not compared: registration: no huge pages free for 64 MiB"
	[ "$(grep -cE ' to [0-9.]+$' <<<"$output")" = 9 ]
}

@test "EG901 a device that reaches nobody, and one that there is none of" {
	pages 128
	"$softefa" fault "$fabric" "n1/$name" unreachable
	compare --device "$name"
	[ "$status" = 3 ]
	must "EG901 unknown: huge pages not compared: with them: a message failed: Unresponsive receiver"
	grep -qxE '[^ ]+: huge pages not compared' <<<"$output"
	compare --device rdmap1s1
	[ "$status" = 3 ]
	must "EG901 unknown: huge pages not compared: with them: libfabric offers no EFA device 'rdmap1s1'"
}

@test "EG902 a driver that hangs" {
	local start=$SECONDS
	"$softefa" fault "$fabric" "n1/$name" hang
	compare --timeout 4
	[ "$status" = 3 ]
	must "EG902 unknown: devices not looked at within 4 s"
	[ $((SECONDS - start)) -le 8 ]
}

@test "a wrong command line is refused" {
	local refused='; efagate burst --help says more'
	run -64 --separate-stderr "$efagate" burst --compare hugepages
	[ "$stderr" = "efagate burst: --compare 'hugepages': expected huge-pages$refused" ]
	run -64 --separate-stderr "$efagate" burst --compare huge-pages --listen
	[ "$stderr" = "efagate burst: --compare is on one node$refused" ]
	run -64 --separate-stderr "$efagate" burst --compare huge-pages n2
	[ "$stderr" = "efagate burst: --compare is on one node$refused" ]
	run -64 --separate-stderr "$efagate" burst --compare huge-pages --sweep
	[ "$stderr" = "efagate burst: --compare and --sweep exclude each other$refused" ]
}
