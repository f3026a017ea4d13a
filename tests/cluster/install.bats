#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# make install and uninstall, into a folder.

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	O=${O:-build}
	dest=$(mktemp -d /tmp/efagate-install.XXXXXX)
}

teardown() {
	rm -rf "$dest"
}

install_to() {
	make -s O="$O" "DESTDIR=$dest" install "$@"
}

under() {
	find "$1" -type f | sed 's#^#./usr/local/share/doc/efagate/#' | LC_ALL=C sort
}

# All that is in man/, in its section's folder.
pages() {
	local page
	for page in man/*.[1-8]; do
		echo "./usr/local/share/man/man${page##*.}/${page##*/}"
	done | LC_ALL=C sort
}

@test "everything is where it belongs, and the examples name it" {
	install_to
	[ "$(cd "$dest" && find . ! -type d | LC_ALL=C sort)" = "./etc/efagate/efagate.conf
./usr/local/bin/efagate
./usr/local/lib/slurm/efagate.so
./usr/local/libexec/efagate/epilog
./usr/local/libexec/efagate/healthcheck
./usr/local/libexec/efagate/prolog
./usr/local/share/bash-completion/completions/efagate
./usr/local/share/doc/efagate/CHANGELOG.md
./usr/local/share/doc/efagate/LICENSE
./usr/local/share/doc/efagate/README.md
$(under doc)
$(under etc/aws)
$(under etc/kubernetes)
./usr/local/share/doc/efagate/instances.conf
./usr/local/share/doc/efagate/plugstack.conf.example
./usr/local/share/doc/efagate/report.schema.json
./usr/local/share/doc/efagate/slurm.conf.example
./usr/local/share/doc/efagate/survey.schema.json
./usr/local/share/doc/efagate/sweep.sbatch
./usr/local/share/doc/efagate/top.schema.json
./usr/local/share/doc/efagate/trace.schema.json
$(pages)" ]
	[ "$(readlink "$dest/usr/local/libexec/efagate/prolog")" = /usr/local/bin/efagate ]
	[ "$("$dest/usr/local/bin/efagate" --version)" = "efagate $(cat VERSION)" ]
	grep -qx 'optional /usr/local/lib/slurm/efagate.so' "$dest/usr/local/share/doc/efagate/plugstack.conf.example"
}

@test "prefix and the folders' own variables are obeyed" {
	make -s O="$BATS_TEST_TMPDIR/build" DESTDIR="$dest" prefix=/opt/efagate plugindir=/opt/slurm/lib/slurm install
	[ -x "$dest/opt/efagate/bin/efagate" ]
	[ -e "$dest/opt/slurm/lib/slurm/efagate.so" ]
	[ "$(readlink "$dest/opt/efagate/libexec/efagate/prolog")" = /opt/efagate/bin/efagate ]
	grep -qx 'optional /opt/slurm/lib/slurm/efagate.so' "$dest/opt/efagate/share/doc/efagate/plugstack.conf.example"
	grep -qx 'Prolog=/opt/efagate/libexec/efagate/prolog' "$dest/opt/efagate/share/doc/efagate/slurm.conf.example"
	strings "$dest/opt/efagate/bin/efagate" | grep -qx '/etc/efagate/efagate.conf'
}

@test "a configuration that is there is kept, and the plugin is replaced by rename" {
	install_to
	echo 'mode = enforce' >"$dest/etc/efagate/efagate.conf"
	# Whoever has the old file open keeps it.
	exec 7<"$dest/usr/local/lib/slurm/efagate.so"
	before=$(stat -L -c %i /proc/self/fd/7)
	install_to
	[ "$(cat "$dest/etc/efagate/efagate.conf")" = 'mode = enforce' ]
	[ "$(stat -c %i "$dest/usr/local/lib/slurm/efagate.so")" != "$before" ]
	exec 7<&-
	[ ! -e "$dest/usr/local/lib/slurm/.efagate.so.new" ]
}

@test "uninstall leaves the configuration and nothing else" {
	install_to
	make -s O="$O" "DESTDIR=$dest" uninstall
	[ "$(cd "$dest" && find . ! -type d)" = ./etc/efagate/efagate.conf ]
}
