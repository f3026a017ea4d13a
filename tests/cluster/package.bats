#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# The Debian and RPM packages: built, inspected, installed into a root of their
# own, upgraded while slurmd has the plugin mapped, removed.

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	export O=${O:-$PWD/build}
	version=$(cat VERSION)
	# "22.05.8-4+deb12u3": Slurm's own number.
	slurm=$(dpkg-query -W -f='${Version}' slurmd | sed 's/[-+].*//')
	triplet=$(gcc -print-multiarch)
	arch=$(dpkg --print-architecture)
	export version slurm triplet arch packages=$BATS_FILE_TMPDIR/out/packages
	make -s O="$BATS_FILE_TMPDIR/out" deb rpm >/dev/null
	lab_up_once -n 1 --type p4de.24xlarge
	# Where slurmd, which runs as root, and users can read it.
	root=$(mktemp -d /tmp/efagate-root.XXXXXX)
	chmod 755 "$root"
	export root
}

teardown_file() {
	lab_down
	rm -rf "$root"
}

# dpkg in a root that has nothing else.
dpkg_root() {
	mkdir -p "$root/var/lib/dpkg"
	touch "$root/var/lib/dpkg/status"
	dpkg --root="$root" --force-depends --force-not-root --force-script-chrootless \
		--log=/dev/null "$@" >/dev/null 2>&1
}

deb() {
	echo "$packages/$1_${version}_$arch.deb"
}

files_of() {
	dpkg-deb -c "$1" | sed -n 's#^[-l].* \./\([^ ]*\).*#\1#p' | LC_ALL=C sort
}

@test "make info says what was found, and where the plugin goes" {
	cd "$BATS_TEST_DIRNAME/../.."
	run make -s O="$O" info
	echo "$output"
	[ "$status" = 0 ]
	grep -qx "efagate      $version, to be installed under /usr/local" <<<"$output"
	grep -qx "Slurm        $slurm in /usr" <<<"$output"
	grep -qx "plugin       /usr/local/lib/slurm/efagate.so, for Slurm ${slurm%.*}.\* only" <<<"$output"
	grep -qx 'libfabric    headers of 1.17 in /usr; it is loaded when used and not linked' <<<"$output"
}

@test "make info finds a Slurm and a libfabric in folders of their own, or says that there is none" {
	local other=$BATS_TEST_TMPDIR/other
	cd "$BATS_TEST_DIRNAME/../.."
	mkdir -p "$other/include/slurm" "$other/include/rdma" "$other/lib/slurm"
	echo '#define SLURM_VERSION_NUMBER 0x19050a' >"$other/include/slurm/slurm_version.h"
	printf '#define FI_MAJOR_VERSION 2\n#define FI_MINOR_VERSION 3\n' >"$other/include/rdma/fabric.h"
	run make -s O="$O" SLURM_PREFIX="$other" EFA_PREFIX="$other" info
	echo "$output"
	grep -qx "Slurm        25.05.10 in $other" <<<"$output"
	grep -qx "plugin       $other/lib/slurm/efagate.so, for Slurm 25.05.\* only" <<<"$output"
	grep -qx "libfabric    headers of 2.3 in $other; it is loaded when used and not linked" <<<"$output"
	run make -s O="$O" SLURM_PREFIX="$other/nowhere" info
	echo "$output"
	grep -qx 'Slurm        not found: no slurm/spank.h in /opt/slurm /usr/local /usr; make SLURM_PREFIX=DIR' <<<"$output"
	run make -s O="$BATS_TEST_TMPDIR/out" SLURM_PREFIX="$other/nowhere" deb
	[ "$status" != 0 ]
	[[ $output == *"make deb: no Slurm found; make info says more"* ]]
}

@test "lintian has nothing to say" {
	run lintian --allow-root --fail-on error,warning "$packages/efagate_${version}_$arch.changes"
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "each Debian package holds what is its own" {
	[ "$(files_of "$(deb efagate-slurm-plugin)" | grep -v share/doc)" = "usr/lib/$triplet/slurm-wlm/efagate.so" ]
	[ "$(files_of "$(deb softefa)" | grep -v share/doc)" = "usr/bin/softefa
usr/lib/softefa/libsoftefa.so
usr/lib/softefa/softefa
usr/share/man/man1/softefa.1.gz" ]
	run files_of "$(deb efagate)"
	echo "$output"
	for file in etc/efagate/efagate.conf usr/bin/efagate usr/libexec/efagate/prolog \
		usr/share/bash-completion/completions/efagate usr/share/man/man8/efagate.8.gz \
		usr/share/man/man5/efagate.conf.5.gz usr/share/doc/efagate/sweep.sbatch \
		usr/share/man/man5/efagate-instances.conf.5.gz usr/share/doc/efagate/CHANGELOG.md; do
		grep -q "^$file" <<<"$output"
	done
	grep -q '\.so$' <<<"$output" && return 1
	[ "$(dpkg-deb -f "$(deb efagate)" Depends | grep -oE 'libfabric|libmunge|slurm' | head -n 1)" = '' ]
}

@test "the plugin wants the Slurm it was built for, and no other" {
	local release=${slurm%.*} depends
	depends=$(dpkg-deb -f "$(deb efagate-slurm-plugin)" Depends)
	echo "$depends"
	[[ $depends == *"slurm-wlm-basic-plugins (>= $release), slurm-wlm-basic-plugins (<< $release.99)"* ]]
	[[ $depends == *"efagate (= $version)"* ]]
	dpkg-deb -f "$(deb efagate-slurm-plugin)" Description | grep -q "Slurm $slurm\.$"
}

@test "the examples name the installed paths" {
	dpkg_root -i "$(deb efagate)" "$(deb efagate-slurm-plugin)"
	local doc=$root/usr/share/doc/efagate
	grep -qx "optional /usr/lib/$triplet/slurm-wlm/efagate.so" "$doc/plugstack.conf.example"
	grep -qx 'Prolog=/usr/libexec/efagate/prolog' "$doc/slurm.conf.example"
	[ "$("$root/usr/bin/efagate" --version)" = "efagate $version" ]
	[ -x "$root/usr/libexec/efagate/prolog" ]
}

@test "an upgrade replaces the plugin by rename, keeps the configuration, and steps go on" {
	local plugin=$root/usr/lib/$triplet/slurm-wlm/efagate.so before
	dpkg_root -i "$(deb efagate)" "$(deb efagate-slurm-plugin)"
	lab conf plugstack "optional $plugin helper=$root/usr/bin/efagate timeout_ms=12000"
	run lab as user1 srun --efa-verify=check -N1 hostname
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *'1 node, 4 EFA devices verified (check'* ]]
	echo 'mode = enforce' >"$root/etc/efagate/efagate.conf"
	exec 7<"$plugin"
	before=$(stat -L -c %i /proc/self/fd/7)
	dpkg_root --force-confold -i "$(deb efagate)" "$(deb efagate-slurm-plugin)"
	[ "$(stat -c %i "$plugin")" != "$before" ]
	cmp -s /proc/self/fd/7 "$plugin"
	exec 7<&-
	[ "$(cat "$root/etc/efagate/efagate.conf")" = 'mode = enforce' ]
	run lab as user1 srun --efa-verify=check -N1 hostname
	echo "$output"
	[ "$status" = 0 ]
}

@test "Slurm works on after the plugin is removed, its line still in plugstack.conf" {
	dpkg_root -i "$(deb efagate)" "$(deb efagate-slurm-plugin)"
	lab conf plugstack "optional $root/usr/lib/$triplet/slurm-wlm/efagate.so helper=$root/usr/bin/efagate"
	dpkg_root -r efagate-slurm-plugin efagate
	[ ! -e "$root/usr/bin/efagate" ]
	run lab as user1 srun -N1 hostname
	echo "$output"
	[ "$status" = 0 ]
	[ "${lines[-1]}" = n1 ]
	# The configuration is the site's, until it is purged.
	[ -e "$root/etc/efagate/efagate.conf" ]
	dpkg_root -P efagate-slurm-plugin efagate
	[ ! -e "$root/etc/efagate/efagate.conf" ]
}

@test "softefa from its package makes a node" {
	dpkg_root -i "$(deb softefa)"
	local softefa=$root/usr/lib/softefa/softefa fabric=$BATS_TEST_TMPDIR/fabric
	# The link is for a real root.
	[ "$(readlink "$root/usr/bin/softefa")" = ../lib/softefa/softefa ]
	"$softefa" fabric create "$fabric"
	"$softefa" node create "$fabric" n1 --type p4de.24xlarge
	[ "$("$softefa" enter "$fabric" n1 -- ibv_devices | grep -c rdmap)" = 4 ]
	"$softefa" fabric remove "$fabric"
}

@test "the RPMs' release names the Slurm, and they hold the same" {
	local release=1.slurm$slurm name
	cd "$packages"
	for name in efagate efagate-slurm-plugin softefa; do
		[ -e "$name-$version-$release.x86_64.rpm" ]
	done
	name=efagate-slurm-plugin-$version-$release.x86_64.rpm
	[ "$(rpm -qlp "$name" | grep -v build-id)" = "/usr/lib/$triplet/slurm-wlm/efagate.so" ]
	rpm -qp --requires "$name" | grep -qx "slurm >= ${slurm%.*}"
	rpm -qp --requires "$name" | grep -qx "slurm < ${slurm%.*}.99"
	rpm -qp --requires "$name" | grep -qx "efagate = $version-$release"
	[ "$(rpm -qp --configfiles "efagate-$version-$release.x86_64.rpm")" = /etc/efagate/efagate.conf ]
	mkdir "$BATS_TEST_TMPDIR/rpm"
	cd "$BATS_TEST_TMPDIR/rpm"
	rpm2cpio "$packages/efagate-$version-$release.x86_64.rpm" | cpio -id --quiet
	[ "$(usr/bin/efagate --version)" = "efagate $version" ]
	[ "$(readlink usr/libexec/efagate/prolog)" = /usr/bin/efagate ]
}

@test "removal is refused as long as slurm.conf names the Prolog, because slurmd would drain the node" {
	local conf=$root/etc/slurm/slurm.conf
	dpkg_root -i "$(deb efagate)"
	lab conf plugstack
	lab conf slurm "Prolog=$root/usr/libexec/efagate/prolog" PrologFlags=Alloc,DeferBatch
	run lab as user1 srun -N1 hostname
	[ "$status" = 0 ]

	mkdir -p "${conf%/*}"
	echo 'Prolog=/usr/libexec/efagate/prolog' >"$conf"
	run dpkg --root="$root" --force-depends --force-not-root --force-script-chrootless --log=/dev/null -r efagate
	echo "$output"
	[ "$status" != 0 ]
	[[ $output == *"efagate: '/etc/slurm/slurm.conf' names /usr/libexec/efagate: without it slurmd would drain every node; take the lines out, scontrol reconfigure, then remove"* ]]
	run lab as user1 srun -N1 hostname
	[ "$status" = 0 ]

	# A line that is commented out names nothing. What would have come of the other:
	echo '#Prolog=/usr/libexec/efagate/prolog' >"$conf"
	dpkg_root -r efagate
	run lab as user1 timeout 30 srun -N1 hostname
	[ "$status" != 0 ]
	[ "$(lab run sinfo -h -o '%T %E')" = 'drained Prolog error' ]
}
