/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * task_access - may a task open the EFA devices? With cgroup v2 its device
 * cgroup is not that of slurmstepd, so that the helper, which is slurmstepd's,
 * cannot tell.
 */
#ifndef EG_SPANK_TASK_ACCESS_H
#define EG_SPANK_TASK_ACCESS_H

#include <stdint.h>

#define EG_TASK_DEVICE_MAX 64

struct eg_task_access {
	uint32_t denied; /* EFA devices that this process was not given */
	char first[EG_TASK_DEVICE_MAX]; /* verbs name of one of them */
};

/*
 * Ask for each EFA device below @sysfs ("/sys") whether its file below @dev
 * ("/dev") may be opened; nothing is opened. Counts what a device cgroup
 * denies (EPERM): a file's mode or absence is the helper's matter. Reads some
 * four small files a device, never blocks.
 */
void eg_task_access_read(const char *sysfs, const char *dev, struct eg_task_access *ret);

#endif
