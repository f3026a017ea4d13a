# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# slurm.conf, plugstack.conf and efagate.conf of a lab.

base_slurm_conf() {
	local count=$1
	cat <<EOF
ClusterName=efagate
SlurmctldHost=ctld(10.77.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=cred_expire=5
CredType=cred/munge
StateSaveLocation=$lab_dir/state
SlurmdSpoolDir=$lab_dir/spool/%n
SlurmctldPidFile=$pid_dir/slurmctld.pid
SlurmdPidFile=$pid_dir/slurmd-%n.pid
SlurmctldLogFile=$log_dir/ctld
SlurmdLogFile=$log_dir/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=nohold_on_prolog_fail,bf_interval=1,batch_sched_delay=0,sched_interval=1
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
PrologFlags=Alloc,DeferBatch
MessageTimeout=20
KillWait=2
CompleteWait=0
SlurmctldDebug=info
SlurmdDebug=info
PlugStackConfig=/etc/slurm/plugstack.conf
NodeName=n[1-$count] CPUs=8 Sockets=1 CoresPerSocket=8 ThreadsPerCore=1 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES State=UP MaxTime=60
EOF
}

# The base with every line whose key was set later replaced.
write_slurm_conf() {
	local line key
	base_slurm_conf "$(cat "$lab_dir/count")" >"$slurm_dir/base"
	while IFS= read -r line; do
		key=${line%%=*}
		grep -qi "^$key=" "$slurm_dir/set" || echo "$line"
	done <"$slurm_dir/base" >"$slurm_dir/slurm.conf.new"
	cat "$slurm_dir/set" >>"$slurm_dir/slurm.conf.new"
	cat "$slurm_dir/slurm.conf.new" >"$slurm_dir/slurm.conf"
}

set_slurm() {
	local line
	for line in "$@"; do
		[[ $line == [A-Za-z]*=* ]] || usage_error "'$line' is not KEY=VALUE"
		grep -vi "^${line%%=*}=" "$slurm_dir/set" >"$slurm_dir/set.new" || true
		# An empty value takes the line out.
		[ "${line#*=}" = "" ] || echo "$line" >>"$slurm_dir/set.new"
		mv "$slurm_dir/set.new" "$slurm_dir/set"
	done
	write_slurm_conf
	in_space ctld scontrol reconfigure
}

write_lines() {
	local file=$1
	shift
	printf '%s\n' "$@" >"$file"
}

cmd_conf() {
	local what=${1:-}
	need_up
	[ $# = 0 ] || shift
	case $what in
	slurm) set_slurm "$@" ;;
	plugstack) write_lines "$slurm_dir/plugstack.conf" "$@" ;;
	efagate) write_lines "$lab_dir/efagate/efagate.conf" "$@" ;;
	reset)
		: >"$slurm_dir/plugstack.conf"
		rm -f "$lab_dir/efagate/efagate.conf"
		: >"$slurm_dir/set"
		set_slurm
		;;
	*) usage_error "conf slurm, plugstack, efagate or reset, not '$what'" ;;
	esac
}
