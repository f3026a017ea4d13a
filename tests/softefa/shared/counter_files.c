/* SPDX-License-Identifier: BSD-3-Clause */
#include "counter_files.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fabric_lock.h"
#include "raw_calls.h"

const char *se_counter_folder(enum se_counter counter)
{
	return se_counter_names[counter].of_port ? "ports/1/hw_counters" : "hw_counters";
}

/* Values only grow, so a rewrite in place never leaves digits of the old one. */
static bool write_one(int device_dir, enum se_counter counter, uint64_t value)
{
	char path[128];
	char text[32];
	int length;
	int fd;
	bool written;

	(void)snprintf(path, sizeof(path), "%s/%s", se_counter_folder(counter),
		       se_counter_names[counter].name);
	fd = se_raw_open(device_dir, path, O_WRONLY, 0);
	if (fd < 0)
		return false;
	length = snprintf(text, sizeof(text), "%" PRIu64 "\n", value);
	written = pwrite(fd, text, (size_t)length, 0) == length;
	se_raw_close(fd);
	return written;
}

void se_counter_files_write(struct se_fabric_map *map, uint32_t row)
{
	struct se_device *device = &map->shared->devices[row];
	char path[PATH_MAX];
	int dir;

	if (snprintf(path, sizeof(path), "%s/nodes/%s/sys/class/infiniband/%s", map->dir,
		     map->shared->nodes[device->node].name, device->name) >= (int)sizeof(path))
		return;
	dir = se_raw_open(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);
	if (dir < 0)
		return;
	(void)se_lock(&device->files_lock);
	for (uint32_t i = 0; i < SE_COUNTER_COUNT; i++) {
		uint64_t value = atomic_load(&device->counters[i]);

		if (value != device->written[i] && write_one(dir, i, value))
			device->written[i] = value;
	}
	se_unlock(&device->files_lock);
	se_raw_close(dir);
}

void se_counter_files_restart(struct se_device *device)
{
	(void)se_lock(&device->files_lock);
	memset(device->written, 0, sizeof(device->written));
	se_unlock(&device->files_lock);
}
