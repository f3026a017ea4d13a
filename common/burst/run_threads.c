/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "common/burst/devices.h"
#include "common/burst/numa.h"
#include "common/burst/run_state.h"

#define GROUPS_MAX 16

/* A memory node whose processors this process may use, and the thread that works its devices. */
struct group {
	struct eg_run *run;
	void (*work)(struct eg_run *run, unsigned int group);
	cpu_set_t allowed;
	int node;
	unsigned int number;
	pthread_t thread;
};

/* The group of the node: one that is there, or a new one; the first, when there is no room. */
static unsigned int group_of(struct group *groups, unsigned int *count, int node)
{
	for (unsigned int i = 0; i < *count; i++) {
		if (groups[i].node == node)
			return i;
	}
	if (*count == GROUPS_MAX)
		return 0;
	groups[*count].node = node;
	return (*count)++;
}

/* Their number; a device on a node without processors of ours is in the first group. */
static unsigned int make_groups(struct eg_run *run, const cpu_set_t *allowed, struct group *groups)
{
	const struct eg_burst_devices *devices = run->devices;
	unsigned int count = 0;

	for (size_t i = 0; i < devices->offer.device_count; i++) {
		if (devices->endpoints[i] &&
		    eg_numa_has(devices->sysfs, devices->numa_nodes[i], allowed))
			run->groups[i] = (uint8_t)group_of(groups, &count, devices->numa_nodes[i]);
	}
	return count;
}

static void *work(void *arg)
{
	struct group *group = arg;

	eg_numa_bind(group->run->devices->sysfs, group->node, &group->allowed);
	group->work(group->run, group->number);
	return NULL;
}

/* What cannot have a thread of its own is this thread's. */
static void give_back(struct eg_run *run, unsigned int group)
{
	for (size_t i = 0; i < EG_DEVICES_MAX; i++) {
		if (run->groups[i] == group)
			run->groups[i] = 0;
	}
}

void eg_run_near(struct eg_run *run, size_t device,
		 void (*function)(struct eg_run *run, unsigned int group))
{
	cpu_set_t allowed;

	eg_numa_allowed(&allowed);
	eg_numa_bind(run->devices->sysfs, run->devices->numa_nodes[device], &allowed);
	function(run, 0);
	(void)sched_setaffinity(0, sizeof(allowed), &allowed);
}

void eg_run_threads(struct eg_run *run, void (*function)(struct eg_run *run, unsigned int group))
{
	struct group groups[GROUPS_MAX];
	sigset_t all, before;
	cpu_set_t allowed;
	unsigned int count;
	bool started[GROUPS_MAX] = { false };

	eg_numa_allowed(&allowed);
	count = make_groups(run, &allowed, groups);
	/* Signals are the first thread's. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	for (unsigned int i = 1; i < count; i++) {
		groups[i].run = run;
		groups[i].work = function;
		groups[i].allowed = allowed;
		groups[i].number = i;
		started[i] = !pthread_create(&groups[i].thread, NULL, work, &groups[i]);
		if (!started[i])
			give_back(run, i);
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	eg_numa_bind(run->devices->sysfs, count ? groups[0].node : -1, &allowed);
	function(run, 0);
	for (unsigned int i = 1; i < count; i++) {
		if (started[i])
			(void)pthread_join(groups[i].thread, NULL);
	}
	(void)sched_setaffinity(0, sizeof(allowed), &allowed);
	memset(run->groups, 0, sizeof(run->groups));
}
