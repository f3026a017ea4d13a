/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host_state - what else runs on this machine, and whether it is one.
 */
#ifndef EG_NODE_HOST_STATE_H
#define EG_NODE_HOST_STATE_H

#include <stdbool.h>

#include "common/node/facts.h"

/*
 * Does no job of Slurm run here? EG_YES: slurmd does and no slurmstepd; EG_NO:
 * a slurmstepd does; EG_NOT_MEASURED: @proc shows neither. Counted are the
 * processes that share our UTS namespace, the ones of this node. Reads one
 * small file a process.
 */
enum eg_tri eg_host_is_idle(const char *proc);

/*
 * Does this process live in a container? There devices are seen that cannot be
 * opened, and libraries are the image's. Signs are a user namespace of its own
 * (pyxis and enroot, Apptainer, rootless engines), a cgroup namespace of its own
 * (Docker, Kubernetes), the files /run/.containerenv (Podman) and /.singularity.d
 * (Apptainer) below @root, and a control group named by an engine, of process 1
 * or of this one. /.dockerenv is none: images of disks made from Docker's have it.
 */
bool eg_host_in_container(const char *proc, const char *root);

/* Seconds since the machine started, -1 unknown. */
long eg_host_uptime_s(const char *proc);

#endif
