# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# slurm.conf, plugstack.conf and efagate.conf of a lab. /etc/slurm and
# /etc/efagate of every node are DIR/slurm and DIR/efagate.

base_slurm_conf() {
	cat <<EOF
ClusterName=efagate
SlurmctldHost=ctld(10.77.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=/run/munge/munge.socket.2,cred_expire=5
CredType=cred/munge
StateSaveLocation=/var/spool/slurmctld
SlurmdSpoolDir=/var/spool/slurmd
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
SlurmctldLogFile=$log_dir/ctld
SlurmdLogFile=$log_dir/%n
SlurmctldDebug=info
SlurmdDebug=verbose
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=nohold_on_prolog_fail,batch_sched_delay=0,sched_interval=1,bf_interval=1
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
PrologFlags=Alloc,DeferBatch
MessageTimeout=20
KillWait=2
CompleteWait=0
NodeName=n[1-$(get count)] CPUs=8 Sockets=1 CoresPerSocket=8 ThreadsPerCore=1 RealMemory=16000
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
EOF
}

# The key of a line, in small letters: of nodes and partitions with the name.
key_of() {
	local key=${1%%=*}
	[[ ${key,,} != @(nodename|partitionname|downnodes) ]] || key=${1%%[[:space:]]*}
	key=${key//[[:space:]]/}
	printf '%s' "${key,,}"
}

check_line() {
	[[ $1 =~ ^[[:space:]]*[A-Za-z]+[[:space:]]*= && $1 != *$'\n'* ]] ||
		usage_error "conf slurm: '$1' is not KEY=VALUE"
}

# set_line KEY=VALUE: takes the place of the line with the same key, or comes
# last. KEY= with nothing after it takes the line out.
set_line() {
	local line=$1 file=$slurm_dir/slurm.conf key old written=no
	check_line "$line"
	key=$(key_of "$line")
	[[ ! $line =~ =[[:space:]]*$ ]] || line=
	while IFS= read -r old; do
		if [ "$(key_of "$old")" != "$key" ]; then
			printf '%s\n' "$old"
		elif [ -n "$line" ] && [ $written = no ]; then
			printf '%s\n' "$line"
			written=yes
		fi
	done <"$file" >"$file.new"
	[ -z "$line" ] || [ $written = yes ] || printf '%s\n' "$line" >>"$file.new"
	mv "$file.new" "$file"
}

# What is found on a machine with cgroup v2 alone, cgroup/v2, asks systemd for a scope. This one
# does nothing as long as no plugin of slurm.conf wants cgroups, whatever the machine has.
base_cgroup_conf() {
	printf 'CgroupPlugin=cgroup/v1\n'
}

reset_conf() {
	local line
	base_slurm_conf >"$slurm_dir/slurm.conf"
	base_cgroup_conf >"$slurm_dir/cgroup.conf"
	: >"$slurm_dir/plugstack.conf"
	rm -f "$lab_dir/efagate/efagate.conf"
	[ -e "$run_dir/extra.conf" ] || return 0
	while IFS= read -r line; do
		[[ $line =~ ^[[:space:]]*(#.*)?$ ]] || set_line "$line"
	done <"$run_dir/extra.conf"
}

conf_now() {
	cat "$slurm_dir/slurm.conf" "$slurm_dir/plugstack.conf"
}
