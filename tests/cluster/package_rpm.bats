#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2016,SC2154 # scripts are for the other shell; set by run
# The RPM packages, installed by rpm itself with its scripts, used, upgraded and
# removed: in a tree that is this machine's with all changes in memory, so each
# test begins with nothing installed and leaves nothing.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	version=$(cat VERSION)
	slurm=$(dpkg-query -W -f='${Version}' slurmd | sed 's/[-+].*//')
	plugin=/usr/lib/$(gcc -print-multiarch)/slurm-wlm/efagate.so
	export version slurm plugin packages=$BATS_FILE_TMPDIR/out/packages
	make -s O="$BATS_FILE_TMPDIR/out" rpm >/dev/null
}

# tree SCRIPT: in a tree of its own, with rpm for that tree, and "inside" to run things in it.
tree() {
	run --separate-stderr unshare --mount --pid --fork --kill-child bash -euc '
		mount -t tmpfs none /mnt
		mkdir /mnt/up /mnt/work /mnt/root
		mount -t overlay -o lowerdir=/,upperdir=/mnt/up,workdir=/mnt/work none /mnt/root
		for folder in dev sys; do mount --rbind /$folder /mnt/root/$folder; done
		mount -t proc proc /mnt/root/proc
		mount -t tmpfs none /mnt/root/run
		mount -t tmpfs none /mnt/root/tmp
		root=/mnt/root
		# Not a chroot, which softefa, making namespaces, would see through.
		inside() {
			unshare --mount bash -c "cd $root && pivot_root . mnt && cd / && umount -l /mnt && exec \"\$@\"" \
				inside env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
		}
		install() { rpm --root $root -U --replacepkgs --nodeps "$@" 2> >(grep -v "^rpm: " >&2); }
		eval "$1"' tree "$1"
	echo "exit $status"
	echo "$output"
	echo "stderr: $stderr"
}

@test "what the packages need is said before anything is installed" {
	tree 'rpm --root $root -U $packages/efagate-slurm-plugin-*.rpm'
	[ "$status" != 0 ]
	[[ $stderr == *"slurm >= ${slurm%.*} is needed by efagate-slurm-plugin-$version-1.slurm$slurm.x86_64"* ]]
	[[ $stderr == *"efagate = $version-1.slurm$slurm is needed by efagate-slurm-plugin-"* ]]
}

@test "installed: the program, the plugin in srun, a node in software with traffic" {
	tree 'install $packages/*.rpm
		inside efagate --version
		inside test -x /usr/libexec/efagate/prolog
		mkdir -p $root/etc/slurm
		printf "ClusterName=c\nSlurmctldHost=localhost\nSlurmUser=root\n" >$root/etc/slurm/slurm.conf
		sed -n "/^optional/p" $root/usr/share/doc/efagate/plugstack.conf.example >$root/etc/slurm/plugstack.conf
		cat $root/etc/slurm/plugstack.conf
		inside srun --help | grep -c -e --efa-verify=
		inside softefa run --type p4de.24xlarge -- efagate burst --self'
	[ "$status" = 0 ]
	[ "${lines[0]}" = "efagate $version" ]
	[ "${lines[1]}" = "optional $plugin" ]
	[ "${lines[2]}" = 1 ]
	grep -qE ': traffic between its 4 EFA devices$' <<<"$output"
	[ "${lines[-1]}" = "verdict     pass" ]
}

@test "an upgrade replaces the plugin by rename and keeps the site's configuration" {
	tree 'install $packages/efagate-[0-9]*.rpm $packages/efagate-slurm-plugin-*.rpm
		echo "mode = enforce" >$root/etc/efagate/efagate.conf
		exec 7<$root$plugin
		before=$(stat -L -c %i /proc/self/fd/7)
		install $packages/efagate-[0-9]*.rpm $packages/efagate-slurm-plugin-*.rpm
		test "$(stat -c %i $root$plugin)" != "$before"
		cmp /proc/self/fd/7 $root$plugin
		cat $root/etc/efagate/efagate.conf
		rpm --root $root -qa'
	[ "$status" = 0 ]
	[ "${lines[0]}" = "mode = enforce" ]
	[ "$(grep -c '^efagate' <<<"$output")" = 2 ]
}

@test "removal is refused as long as slurm.conf names the Prolog, and then leaves nothing" {
	tree 'install $packages/*.rpm
		mkdir -p $root/etc/slurm
		printf "ClusterName=c\nSlurmctldHost=localhost\nSlurmUser=root\nProlog=/usr/libexec/efagate/prolog\n" >$root/etc/slurm/slurm.conf
		echo "optional $plugin" >$root/etc/slurm/plugstack.conf
		rpm --root $root -e efagate-slurm-plugin
		rpm --root $root -e efagate && exit 9
		test -x $root/usr/bin/efagate
		sed -i "/^Prolog/d" $root/etc/slurm/slurm.conf
		rpm --root $root -e efagate softefa
		rpm --root $root -qa
		find /mnt/up/usr /mnt/up/etc -name "*efa*" -type f
		test ! -e $root$plugin && test ! -e $root/usr/bin/efagate && test ! -e $root/etc/efagate
		inside srun --help | grep -c "^Usage: srun"'
	[ "$status" = 0 ]
	[[ $stderr == *"efagate: '/etc/slurm/slurm.conf' names /usr/libexec/efagate: without it slurmd would drain every node; take the lines out, scontrol reconfigure, then remove"* ]]
	[ "$output" = 1 ]
}
