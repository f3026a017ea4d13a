#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# What an instance is expected to have: tables, the site's rows, what was learned.

bats_require_minimum_version 1.5.0

load node

setup_file() {
	fabric_up
}

teardown_file() {
	fabric_down
}

setup() {
	draw_device
	conf=$BATS_TEST_TMPDIR/conf table=$BATS_TEST_TMPDIR/instances.conf
	printf 'state_dir = %s/state\ninstances = %s\n' "$BATS_TEST_TMPDIR" "$table" >"$conf"
}

teardown() {
	"$softefa" fault "$fabric" n1 clear
}

@test "the number learned of an instance counts, until it is another instance" {
	local id
	"$softefa" fault "$fabric" "n1/$name" gone
	check --config "$conf"
	must "EG102 warn: 3/4 EFA on PCI, missing $address"
	check --config "$conf" --learn
	[ "$status" = 0 ]
	id=$("$softefa" enter "$fabric" n1 -- cat /sys/class/dmi/id/board_asset_tag)
	[ "$stderr" = "efagate check: learned: 3 EFA of $id, in '$BATS_TEST_TMPDIR/state/learned'" ]
	[ "$(stat -c '%a %U' "$BATS_TEST_TMPDIR/state" "$BATS_TEST_TMPDIR/state/learned" | paste -sd' ')" = "711 root 644 root" ]
	check --config "$conf"
	[ "$status" = 0 ]
	[ -z "$(findings)" ]
	grep -q ', 3 EFA expected$' <<<"$output"
	"$softefa" fault "$fabric" "n1/${names[$(((draw + 1) % 4))]}" gone
	check --config "$conf"
	[ "$status" = 2 ]
	must "EG102 fail: 2/3 EFA on PCI"
	check --config "$conf" --json
	[ "$(jq -r .instance.expected_by <<<"$output")" = learned ]
	on "echo i-0fedcba9876543210 >$BATS_TEST_TMPDIR/id
		mount --bind $BATS_TEST_TMPDIR/id /sys/class/dmi/id/board_asset_tag
		\$efagate check --config $conf"
	[ "$status" = 1 ]
	[[ $(findings) == "EG102 warn: 2/4 EFA on PCI, missing "* ]]
}

@test "users see what was learned, and nothing else of the folder" {
	local open
	open=$(mktemp -d /tmp/efagate-test.XXXXXX)
	chmod 755 "$open"
	echo "state_dir = $open/state" >"$open/conf"
	as_user="setpriv --reuid=65534 --regid=65534 --clear-groups"
	check --config "$open/conf" --learn
	[ "$status" = 0 ]
	cp "$open/state/learned" "$open/state/strikes"
	chmod 600 "$open/state/strikes"
	on "$as_user \$efagate check --no-fabric --config $open/conf --json"
	[ "$(jq -r .instance.expected_by <<<"$output")" = learned ]
	on "! $as_user ls $open/state && ! $as_user cat $open/state/strikes"
	[ "$status" = 0 ]
	# A folder that the site has opened itself is left as it is.
	chmod 755 "$open/state"
	check --config "$open/conf" --learn
	[ "$(stat -c %a "$open/state")" = 755 ]
	rm -r "$open"
}

@test "a node that is not whole teaches nothing" {
	"$softefa" fault "$fabric" "n1/$name" unbound
	check --config "$conf" --learn
	[ "$status" = 2 ]
	[ "$stderr" = "efagate check: nothing learned: the node is not whole" ]
	[ ! -e "$BATS_TEST_TMPDIR/state" ]
	"$softefa" fault "$fabric" n1 gone
	check --config "$conf" --learn
	[ "$status" = 3 ]
	[ "$stderr" = "efagate check: nothing learned: no EFA devices" ]
}

@test "EG901 a learned number that others could have written" {
	check --config "$conf" --learn
	chmod 666 "$BATS_TEST_TMPDIR/state/learned"
	check --config "$conf"
	[ "$status" = 3 ]
	must "EG901 unknown: instance type not measured: '$BATS_TEST_TMPDIR/state/learned': others than root can write to it"
}

@test "a type that no table has is added from a report, and its devices then counted" {
	on "echo z9.mega >$BATS_TEST_TMPDIR/type
		mount --bind $BATS_TEST_TMPDIR/type /sys/class/dmi/id/product_name
		\$efagate check --config $conf --json"
	[ "$status" = 0 ]
	[ "$(jq -c '.instance | [.type, .expected_by]' <<<"$output")" = '["z9.mega",null]' ]
	echo "$output" >"$BATS_TEST_TMPDIR/n1.json"
	printf '# ours\nz8.mega 1 100 100 2 0xefa1 yes yes 0 - any low C\nz9.mega 9 nonsense\n' >"$table"
	"$BATS_TEST_DIRNAME/../../tools/add-instance-type" "$BATS_TEST_TMPDIR/n1.json" --into "$table"
	diff - <(sed 's/@[0-9]*//g' "$table") <<-END
		# ours
		z8.mega 1 100 100 2 0xefa1 yes yes 0 - any low C
		z9.mega 4 100 400 1 0xefa0 yes no 0 - any low C 0000:10:1b.0,0000:20:1b.0,0000:90:1b.0,0000:a0:1b.0
	END
	"$softefa" fault "$fabric" "n1/$name" gone
	on "mount --bind $BATS_TEST_TMPDIR/type /sys/class/dmi/id/product_name
		\$efagate check --config $conf"
	[ "$status" = 1 ]
	must "EG102 warn: 3/4 EFA on PCI, missing $address"
}

@test "a row is not made of a node that is not whole" {
	"$softefa" fault "$fabric" "n1/$name" unbound
	check --config "$conf" --json
	run "$BATS_TEST_DIRNAME/../../tools/add-instance-type" <<<"$output"
	[ "$status" = 1 ]
	[[ $output == *"not every device is on PCI and opens"* ]]
}

@test "EG901 a mistake in the site's rows is named, nothing is judged by them" {
	echo "p4de.24xlarge 3" >"$table"
	check --config "$conf"
	[ "$status" = 3 ]
	must "EG901 unknown: instance type not measured: $table:1: 2 columns, expected 13 or 14"
	grep -q 'number of EFA not judged' <<<"$output"
}

@test "EG901 a type that the site says and no table has" {
	check --config "$conf" --instance-type p4de.24xlarg
	[ "$status" = 3 ]
	must "EG901 unknown: instance type not measured: no row of an instance type 'p4de.24xlarg', which was said"
}

@test "EG901 DMI that is missing, empty or hostile is not silent" {
	on "mount -t tmpfs none /sys/class/dmi; \$efagate check --config $conf"
	[ "$status" = 3 ]
	must "EG901 unknown: instance type not measured: '/sys/class/dmi/id/sys_vendor': No such file or directory"
	: >"$BATS_TEST_TMPDIR/type"
	on "mount --bind $BATS_TEST_TMPDIR/type /sys/class/dmi/id/product_name
		\$efagate check --config $conf"
	[ "$status" = 3 ]
	must "EG901 unknown: instance type not measured: '/sys/class/dmi/id/product_name' is empty"
	printf 'p4de.24xlarge\033[2J\n' >"$BATS_TEST_TMPDIR/type"
	on "mount --bind $BATS_TEST_TMPDIR/type /sys/class/dmi/id/product_name
		\$efagate check --config $conf"
	[ "$status" = 3 ]
	must "EG901 unknown: instance type not measured: '/sys/class/dmi/id/product_name' is no name of an instance type"
	# What the site says needs no DMI.
	on "mount -t tmpfs none /sys/class/dmi; \$efagate check --config $conf --expect-devices 4"
	[ "$status" = 0 ]
}

@test "explain bandwidth shows a row whole" {
	run "$efagate" explain bandwidth p4de.24xlarge
	diff - <(echo "$output") <<-END
		p4de.24xlarge  4 EFA devices at most, 400 Gb/s together
		each    100 Gb/s, that is 12.5 GB/s of line rate
		RDMA    read yes, write no in hardware
		card    generation 1, 1d0f:efa0; 8 accelerators (a100)
		peers   only nodes of the same type
		source  DGC, confidence high
	END
}
