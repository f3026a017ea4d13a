/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/numa.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/fd.h"

/* "0-47" or "7" into the set: what comes behind it, NULL when it is neither. */
static const char *parse_range(const char *list, cpu_set_t *ret)
{
	char *end;
	unsigned long first = strtoul(list, &end, 10), last = first;

	if (end == list)
		return NULL;
	if (*end == '-') {
		list = end + 1;
		last = strtoul(list, &end, 10);
		if (end == list)
			return NULL;
	}
	if (last < first || last >= CPU_SETSIZE)
		return NULL;
	for (; first <= last; first++)
		CPU_SET(first, ret);
	return end;
}

bool eg_numa_parse(const char *list, cpu_set_t *ret)
{
	CPU_ZERO(ret);
	while (list && *list) {
		list = parse_range(list, ret);
		if (list && (*list == ',' || *list == '\n'))
			list++;
		else if (list && *list)
			list = NULL;
	}
	if (!list)
		CPU_ZERO(ret);
	return list != NULL;
}

/* Those of the node's processors that are in @allowed; none when the node is not there. */
static void read_node(const char *sysfs, int node, const cpu_set_t *allowed, cpu_set_t *ret)
{
	char path[PATH_MAX], text[1024];

	(void)snprintf(path, sizeof(path), "%s/devices/system/node/node%d/cpulist", sysfs, node);
	if (node < 0 || eg_file_read_text(AT_FDCWD, path, text, sizeof(text), NULL) < 0 ||
	    !eg_numa_parse(text, ret))
		CPU_ZERO(ret);
	CPU_AND(ret, ret, allowed);
}

bool eg_numa_has(const char *sysfs, int node, const cpu_set_t *allowed)
{
	cpu_set_t set;

	read_node(sysfs, node, allowed, &set);
	return CPU_COUNT(&set) > 0;
}

void eg_numa_bind(const char *sysfs, int node, const cpu_set_t *allowed)
{
	cpu_set_t set;

	read_node(sysfs, node, allowed, &set);
	(void)sched_setaffinity(0, sizeof(set), CPU_COUNT(&set) ? &set : allowed);
}

void eg_numa_allowed(cpu_set_t *ret)
{
	if (!sched_getaffinity(0, sizeof(*ret), ret))
		return;
	for (size_t i = 0; i < CPU_SETSIZE; i++)
		CPU_SET(i, ret);
}
