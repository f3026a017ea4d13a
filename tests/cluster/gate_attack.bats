#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# What a user (uid 2001) can do to the gate, and what is left when the gate is
# killed in the middle: nothing that drains a node, nothing that lies about.

load helpers

names=(rdmap16s27 rdmap32s27 rdmap144s27 rdmap160s27)
addresses=(0000:10:1b.0 0000:20:1b.0 0000:90:1b.0 0000:a0:1b.0)

setup_file() {
	lab_up_once -n 2
	ln -s "$O/efagate" "$EFAGATE_LAB/prolog"
	ln -s "$O/efagate" "$EFAGATE_LAB/healthcheck"
	lab conf slurm "Prolog=$EFAGATE_LAB/prolog" PrologFlags=Alloc,DeferBatch
	printf '#!/bin/sh\nsrun hostname\n' >"$EFAGATE_LAB/home/user1/job"
}

teardown_file() {
	lab_down
}

setup() {
	node=n$(($(draw 2 "$BATS_TEST_NUMBER") + 1))
	index=$(draw 4 $((BATS_TEST_NUMBER + 100)))
	name=${names[index]}
	pci=${addresses[index]}
	echo "# $node/$pci, seed $EG_TEST_SEED"
	site
	for each in n1 n2; do lab on "$each" rm -rf /var/lib/efagate /run/efagate; done
}

teardown() {
	thaw
	for each in n1 n2; do lab efa fault "$each" clear; done
	lab run scancel -u user1
	lab resume
}

site() {
	lab conf efagate 'mode = enforce' 'expected_devices = 4' 'meet_ms = 4000' "$@"
}

gate() {
	lab on "$node" env -i "SLURMD_NODENAME=$node" SLURM_JOB_ID=77 SLURM_JOB_UID=2001 "$@" "$EFAGATE_LAB/prolog"
}

health() {
	lab on "$node" env -i "SLURMD_NODENAME=$node" "$EFAGATE_LAB/healthcheck"
}

nobody_is_drained() {
	[ "$(lab run sinfo -h -N -o %E | sort -u)" = none ]
}

@test "whatever a user puts into a job's environment drains nothing and runs nothing" {
	local each
	printf '#!/bin/sh\ntouch %s/ran\n' "$EFAGATE_LAB" >"$EFAGATE_LAB/evil"
	chmod 755 "$EFAGATE_LAB/evil"
	for each in "SPANK_EFA_VERIFY=drain" "SPANK_EFA_VERIFY=\$(touch $EFAGATE_LAB/ran)" "SPANK_LD_PRELOAD=$EFAGATE_LAB/evil" \
		"SPANK_FI_PROVIDER=tcp" "SLURM_JOB_COMMENT=;$EFAGATE_LAB/evil" $'SLURM_JOB_PARTITION=x]\nmode = enforce' \
		"SLURM_JOB_WORK_DIR=$EFAGATE_LAB" "SLURM_JOB_USER=root" "SLURM_JOB_UID=0" "LD_PRELOAD=$EFAGATE_LAB/evil" \
		"HWLOC_XMLFILE=$EFAGATE_LAB/evil" "FI_PROVIDER_PATH=$EFAGATE_LAB" "IBV_CONFIG_DIR=$EFAGATE_LAB" \
		"PATH=$EFAGATE_LAB" "TMPDIR=$EFAGATE_LAB" "SLURM_JOB_NODELIST=$(head -c 20000 /dev/zero | tr '\0' '[')" \
		"EFAGATE_CONFIG=$EFAGATE_LAB/evil" "SYSFS_PATH=$EFAGATE_LAB" "TZ=:$EFAGATE_LAB/evil"; do
		run gate "$each"
		[ "$status" -eq 0 ]
		[ "$(grep -v 'ld.so' <<<"$output")" = "" ]
	done
	[ ! -e "$EFAGATE_LAB/ran" ]
	nobody_is_drained
}

@test "a user's job with every variable of ours set runs, and drains nothing" {
	run lab as user1 --env SPANK_EFA_VERIFY=full --env SPANK_X=1 --env SPANK_LD_PRELOAD=/x timeout 60 srun -N2 hostname
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(sort <<<"$output")" = $'n1\nn2' ]
	nobody_is_drained
}

@test "symbolic links in a shared folder that users can write to are not followed" {
	mkdir -m 777 "$EFAGATE_LAB/shared"
	site "report_dir = $EFAGATE_LAB/shared"
	echo precious >"$EFAGATE_LAB/precious"
	# The health check's name does not change.
	ln -s "$EFAGATE_LAB/precious" "$EFAGATE_LAB/shared/$node-healthcheck.json"
	ln -s "$EFAGATE_LAB/precious" "$EFAGATE_LAB/shared/.$node-healthcheck.json"
	chown -h 2001:2001 "$EFAGATE_LAB/shared"/* "$EFAGATE_LAB/shared"/.n*
	lab efa fault "$node/$name" gone
	run health
	[ "$status" -eq 1 ]
	[ "$(cat "$EFAGATE_LAB/precious")" = precious ]
	[ "$(stat -c %F "$EFAGATE_LAB/shared/$node-healthcheck.json")" = "regular file" ]
	rm -rf "$EFAGATE_LAB/shared"
}

@test "folders of the gate that a user owns or has linked are not used" {
	local each
	for each in run lib; do
		[ "$each" = run ] && path=/run/efagate || path=/var/lib/efagate
		lab on "$node" sh -c "rm -rf /var/lib/efagate /run/efagate; mkdir -m 755 $path && chown 2001 $path"
		lab on-as "$node" user1 sh -c "cd $path && ln -s /etc/hostname pass && ln -s /etc/hostname lock && ln -s /etc/hostname strikes &&
			ln -s /etc/hostname undelivered && ln -s /etc jobs && ln -s /etc reports && ln -s /etc marks && ln -s /etc/hostname alarm"
		cp "/etc/hostname" "$BATS_TEST_TMPDIR/hostname"
		run gate
		[ "$status" -eq 0 ]
		lab efa fault "$node/$name" gone
		run gate
		[ "$(state)" = "drained efagate EG102: 3/4 EFA on PCI, missing $pci (job 77)" ]
		lab efa fault "$node" clear
		lab resume
		[ "$(lab on "$node" cat /etc/hostname)" = "$(cat "$BATS_TEST_TMPDIR/hostname")" ]
		run lab on "$node" ls /etc/77
		[ "$status" -ne 0 ]
		lab on "$node" rm -rf "$path"
	done
}

@test "a user who holds every port and every name he can keeps no gate from its deadline" {
	lab on-as "$node" user1 perl -MIO::Socket::INET -e 'my @s; for my $p (21000 .. 21511) {
		push @s, IO::Socket::INET->new(Listen => 5, LocalPort => $p), IO::Socket::INET->new(Proto => "udp", LocalPort => $p); }
		$| = 1; print "ready\n"; alarm 60; sleep 60' >"$BATS_TEST_TMPDIR/ports" 3>&- &
	holder=$!
	for _ in {1..100}; do
		[ ! -s "$BATS_TEST_TMPDIR/ports" ] || break
		sleep 0.05
	done
	run gate SLURM_NODELIST=n1,n2
	kill "$holder"
	[ "$status" -eq 0 ]
	nobody_is_drained
}

@test "huge and broken records of the gate count nothing" {
	local each
	lab on "$node" sh -c 'umask 077; mkdir -p /var/lib/efagate/reports /run/efagate/jobs'
	for each in /run/efagate/pass /var/lib/efagate/strikes /var/lib/efagate/undelivered; do
		lab on "$node" sh -c "head -c 3000000 /dev/urandom >$each"
	done
	lab on "$node" sh -c 'head -c 3000000 /dev/zero >/var/lib/efagate/reports/a.json; touch /run/efagate/jobs/99999999999999999999 /run/efagate/jobs/x'
	run gate SLURM_NODELIST=n1,n2
	[ "$status" -eq 0 ]
	run health
	[ "$status" -eq 0 ]
	nobody_is_drained
}

# killer N WHEN: a scontrol that kills the gate before or after its Nth call.
killer() {
	cat >"$EFAGATE_LAB/scontrol" <<-END
		#!/bin/bash
		n=\$((\$(cat $EFAGATE_LAB/count 2>/dev/null || echo 0) + 1))
		echo \$n >$EFAGATE_LAB/count
		[ "$2 \$n" != "before $1" ] || { kill -9 \$PPID; exit 1; }
		/usr/bin/scontrol "\$@"
		code=\$?
		[ "$2 \$n" != "after $1" ] || kill -9 \$PPID
		exit \$code
	END
	chmod 755 "$EFAGATE_LAB/scontrol"
	rm -f "$EFAGATE_LAB/count"
	site "scontrol = $EFAGATE_LAB/scontrol"
}

@test "killed at any of its calls, as the Prolog of a job: in the end the right reason and nothing left" {
	local n when
	for n in 1 2 3; do
		for when in before after; do
			echo "# killed $when call $n"
			killer "$n" "$when"
			lab efa fault "$node/$name" gone
			lab as user1 sbatch --parsable -w "$node" -o out job
			for _ in {1..100}; do
				[[ "$(state)" != "drained "* ]] || break
				sleep 0.1
			done
			echo "# $(state)"
			[[ "$(state)" == "drained "* ]]
			lab run scancel -u user1
			rm -f "$EFAGATE_LAB/scontrol"
			site
			# A kill before the drain leaves slurmd's word, which is replaced where the drain had begun.
			run health
			if [ "$n $when" = "1 before" ] || [ "$n $when" = "1 after" ]; then
				[ "$(state)" = "drained Prolog error" ]
			else
				[[ "$(state)" == "drained efagate EG102: 3/4 EFA on PCI, missing $pci"* ]]
			fi
			# No process, no temporary file, no lock that is held.
			run pgrep -f "^$EFAGATE_LAB/(prolog|scontrol)"
			[ "$status" -ne 0 ]
			[ "$(lab on "$node" sh -c 'ls -A /var/lib/efagate /run/efagate' | grep -c '\.')" -eq 0 ]
			lab efa fault "$node" clear
			lab resume
			lab on "$node" rm -rf /var/lib/efagate /run/efagate
		done
	done
}

@test "killed at any moment: the next gate finds a state it can use" {
	local ms
	for ms in 002 005 010 015 020 040 080 150 300 500; do
		lab on "$node" env -i "SLURMD_NODENAME=$node" SLURM_JOB_ID=77 SLURM_NODELIST=n1,n2 \
			/usr/bin/timeout -s KILL "0.$ms" "$EFAGATE_LAB/prolog" >/dev/null 2>&1 || true
		for _ in {1..100}; do
			pgrep -f "^$EFAGATE_LAB/prolog" >/dev/null || break
			sleep 0.1
		done
		run pgrep -f "^$EFAGATE_LAB/prolog"
		[ "$status" -ne 0 ]
	done
	run gate
	[ "$status $output" = "0 " ]
	nobody_is_drained
	# What was being written is cleared away by the next health check, when nobody can be writing it.
	lab on "$node" sh -c 'umask 077; mkdir -p /var/lib/efagate/reports; cd /var/lib/efagate; touch strikes.a1B2c3 reports/n1-x.json.a1B2c3
		touch /run/efagate/pass.a1B2c3 /run/efagate/pass.Young1 other.a1B2c3; touch -d "-2 minutes" *.a1B2c3 */*.a1B2c3 /run/efagate/pass.a*'
	health
	[ "$(lab on "$node" sh -c 'cd /var/lib/efagate; ls -d /run/efagate/pass* *.* reports/*')" = "/run/efagate/pass
/run/efagate/pass.Young1
other.a1B2c3" ]
}

# The shared folder on a file system of its own, which is then frozen: who writes there
# sleeps, and SIGKILL does not wake him, as with a file server that is away.
freeze() {
	mkdir "$EFAGATE_LAB/shared"
	truncate -s 16M "$EFAGATE_LAB/disk"
	mkfs.ext4 -q "$EFAGATE_LAB/disk"
	lab on "$node" mount -o loop "$EFAGATE_LAB/disk" "$EFAGATE_LAB/shared"
	lab on "$node" fsfreeze -f "$EFAGATE_LAB/shared"
}

thaw() {
	[ -e "$EFAGATE_LAB/disk" ] || return 0
	lab on "$node" fsfreeze -u "$EFAGATE_LAB/shared" 2>/dev/null || true
	lab on "$node" umount "$EFAGATE_LAB/shared"
	rm -r "$EFAGATE_LAB/disk" "$EFAGATE_LAB/shared"
}

@test "a shared folder whose file server is away costs two seconds and a line, not the drain" {
	local start
	site "report_dir = $EFAGATE_LAB/shared"
	lab efa fault "$node/$name" gone
	freeze
	start=${EPOCHREALTIME/./}
	run gate
	[ $(((${EPOCHREALTIME/./} - start) / 1000)) -lt 6000 ]
	[ "$status" -eq 1 ]
	[ "$output" = "efagate: report not saved: '$EFAGATE_LAB/shared' does not answer
efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; drained; job 77 does not start here" ]
	[ "$(state)" = "drained efagate EG102: 3/4 EFA on PCI, missing $pci (job 77)" ]
	[ "$(lab on "$node" sh -c 'cat /var/lib/efagate/reports/*' | jq -r .action.drained)" = true ]
	lab resume
	# And slurmd does not wait for the process that is stuck.
	run lab as user1 timeout 30 srun -w "$node" hostname
	[ "$status" -ne 0 ]
	[[ "$(state)" == "drained efagate EG102: 3/4 EFA on PCI, missing $pci (job "* ]]
	lab on "$node" fsfreeze -u "$EFAGATE_LAB/shared"
	for _ in {1..100}; do
		pgrep -f "^$EFAGATE_LAB/prolog" >/dev/null || break
		sleep 0.1
	done
	run pgrep -f "^$EFAGATE_LAB/prolog"
	[ "$status" -ne 0 ]
	# A pipe under the name of a report is replaced, not opened.
	lab on "$node" mkfifo "$EFAGATE_LAB/shared/$node-healthcheck.json"
	run health
	[ "$(lab on "$node" jq -r .node "$EFAGATE_LAB/shared/$node-healthcheck.json")" = "$node" ]
}

@test "slurmctld stopped in the middle of a gate: it ends in time, nothing is drained behind its back" {
	local start
	cat >"$EFAGATE_LAB/scontrol" <<-END
		#!/bin/bash
		[ "\$1" = update ] && exec /usr/bin/scontrol "\$@"
		/usr/bin/scontrol "\$@"
		code=\$?
		touch $EFAGATE_LAB/read
		for i in {1..200}; do [ -e $EFAGATE_LAB/stopped ] && exit \$code; sleep 0.05; done
		exit \$code
	END
	chmod 755 "$EFAGATE_LAB/scontrol"
	site "scontrol = $EFAGATE_LAB/scontrol" 'scontrol_timeout_ms = 8000'
	lab efa fault "$node/$name" gone
	start=${EPOCHREALTIME/./}
	gate >"$BATS_TEST_TMPDIR/gate" 2>&1 3>&- &
	pid=$!
	for _ in {1..100}; do
		[ ! -e "$EFAGATE_LAB/read" ] || break
		sleep 0.05
	done
	lab stop ctld
	touch "$EFAGATE_LAB/stopped"
	wait "$pid" && code=0 || code=$?
	[ $(((${EPOCHREALTIME/./} - start) / 1000)) -lt 16000 ]
	lab start ctld
	cat "$BATS_TEST_TMPDIR/gate"
	# Allowed by the cap that was read, so the job is kept away; the reason is owed.
	[ "$code" -eq 1 ]
	[[ "$(cat "$BATS_TEST_TMPDIR/gate")" == "efagate: $node: EG102: "*"; not drained by efagate: "*"; job 77 does not start here" ]]
	lab on "$node" test -s /var/lib/efagate/undelivered
	rm -f "$EFAGATE_LAB/read" "$EFAGATE_LAB/stopped"
}
