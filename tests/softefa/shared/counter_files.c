/* SPDX-License-Identifier: BSD-3-Clause */
#include "counter_files.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fabric_lock.h"
#include "fault.h"
#include "raw_calls.h"

/* How often a card says that it lives; AWS names no period. */
#define KEEP_ALIVE_NS 1000000000ull

const char *se_counter_folder(enum se_counter counter, uint32_t driver)
{
	if (driver < se_counter_names[counter].since)
		return NULL;
	return se_counter_names[counter].of_port && driver >= SE_DRIVER_SPLITS_COUNTERS
		       ? "ports/1/hw_counters"
		       : "hw_counters";
}

/* Values only grow, so a rewrite in place never leaves digits of the old one. */
static bool write_one(int device_dir, enum se_counter counter, uint32_t driver, uint64_t value)
{
	const char *folder = se_counter_folder(counter, driver);
	char path[128];
	char text[32];
	int length;
	int fd;
	bool written;

	if (!folder)
		return true;
	(void)snprintf(path, sizeof(path), "%s/%s", folder, se_counter_names[counter].name);
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
	uint32_t driver = map->shared->nodes[device->node].driver;
	char path[PATH_MAX];
	int dir;

	if (snprintf(path, sizeof(path), "%s/nodes/%s/sys/class/infiniband/%s", map->dir,
		     map->shared->nodes[device->node].name, device->name) >= (int)sizeof(path))
		return;
	dir = se_raw_open(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);
	if (dir < 0)
		return;
	(void)se_lock(&device->files_lock);
	atomic_store(&device->counters[SE_COUNT_keep_alive_rcvd],
		     (se_now_ns() - device->born_ns) / KEEP_ALIVE_NS);
	for (uint32_t i = 0; i < SE_COUNTER_COUNT; i++) {
		uint64_t value = atomic_load(&device->counters[i]);

		if (value != device->written[i] && write_one(dir, i, driver, value))
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
