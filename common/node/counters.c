/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/counters.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/fd.h"
#include "common/node/facts.h"

static void close_folder(DIR **folder)
{
	if (*folder)
		(void)closedir(*folder);
}

static int is_counter_name(const char *name)
{
	return name[0] != '.' && strcmp(name, "lifespan") != 0 &&
	       strlen(name) < sizeof(((struct eg_counter *)NULL)->name);
}

static int compare_names(const void *a, const void *b)
{
	const struct eg_counter *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static size_t read_folder(const char *path, bool port, struct eg_counter *ret, size_t max)
{
	EG_CLEANUP(close_folder) DIR *folder = opendir(path);
	const struct dirent *entry;
	size_t count = 0;

	while (folder && count < max && (entry = readdir(folder))) {
		uint64_t value;

		if (!is_counter_name(entry->d_name) ||
		    eg_file_read_u64(dirfd(folder), entry->d_name, &value, NULL) < 0)
			continue;
		ret[count] = (struct eg_counter){ .port = port, .value = value };
		strcpy(ret[count++].name, entry->d_name);
	}
	qsort(ret, count, sizeof(*ret), compare_names);
	return count;
}

size_t eg_counters_read(const char *sysfs, const char *name, struct eg_counter *ret, size_t max)
{
	char path[PATH_MAX];
	size_t count;

	(void)snprintf(path, sizeof(path), "%s/class/infiniband/%s/hw_counters", sysfs, name);
	count = read_folder(path, false, ret, max);
	(void)snprintf(path, sizeof(path), "%s/class/infiniband/%s/ports/1/hw_counters", sysfs,
		       name);
	return count + read_folder(path, true, ret + count, max - count);
}

bool eg_counter_read(const char *sysfs, const char *name, const char *counter, uint64_t *ret)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/class/infiniband/%s/ports/1/hw_counters/%s", sysfs,
		       name, counter);
	if (eg_file_read_u64(AT_FDCWD, path, ret, NULL) == 0)
		return true;
	(void)snprintf(path, sizeof(path), "%s/class/infiniband/%s/hw_counters/%s", sysfs, name,
		       counter);
	return eg_file_read_u64(AT_FDCWD, path, ret, NULL) == 0;
}

/* Retransmitted packets are left out: some are normal. */
const char *const eg_error_counters[EG_ERROR_COUNTERS] = {
	"rx_drops",
	"retrans_timeout_events",
	"impaired_remote_conn_events",
	"unresponsive_remote_events",
	"cmds_err",
	"no_completion_cmds",
};

void eg_error_counters_read(const char *sysfs, const char *name, uint64_t ret[EG_ERROR_COUNTERS])
{
	for (size_t i = 0; i < EG_ERROR_COUNTERS; i++) {
		if (!eg_counter_read(sysfs, name, eg_error_counters[i], &ret[i]))
			ret[i] = UINT64_MAX;
	}
}

static const struct eg_counter *find(const struct eg_device_facts *device,
				     const struct eg_counter *wanted)
{
	for (size_t i = 0; i < device->counter_count; i++) {
		const struct eg_counter *counter = &device->counters[i];

		if (counter->port == wanted->port && !strcmp(counter->name, wanted->name))
			return counter;
	}
	return NULL;
}

size_t eg_counters_difference(const struct eg_device_facts *before,
			      const struct eg_device_facts *after, struct eg_counter *ret,
			      size_t max, bool *ret_restarted)
{
	size_t count = 0;

	*ret_restarted = false;
	for (size_t i = 0; i < after->counter_count && count < max; i++) {
		const struct eg_counter *now = &after->counters[i], *then = find(before, now);

		if (!then || then->value == now->value)
			continue;
		ret[count] = *now;
		if (now->value < then->value)
			*ret_restarted = true;
		else
			ret[count].value -= then->value;
		count += ret[count].value != 0;
	}
	return count;
}
