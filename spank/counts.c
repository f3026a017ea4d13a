/* SPDX-License-Identifier: BSD-3-Clause */
#include "spank/counts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/fd.h"
#include "spank/node_pages.h"

static const struct {
	const char *file; /* of the port's hw_counters */
	enum eg_count into;
} sources[] = {
	{ "tx_bytes", EG_COUNTED_TX_BYTES },
	{ "rx_bytes", EG_COUNTED_RX_BYTES },
	{ "tx_pkts", EG_COUNTED_PACKETS },
	{ "rx_pkts", EG_COUNTED_PACKETS },
	{ "rdma_read_wrs", EG_COUNTED_RDMA },
	{ "rdma_write_wrs", EG_COUNTED_RDMA },
	{ "retrans_pkts", EG_COUNTED_RETRANSMITS },
	{ "retrans_timeout_events", EG_COUNTED_TIMEOUTS },
	{ "impaired_remote_conn_events", EG_COUNTED_TIMEOUTS },
	{ "rx_drops", EG_COUNTED_ERRORS },
	{ "rdma_read_wr_err", EG_COUNTED_ERRORS },
	{ "rdma_write_wr_err", EG_COUNTED_ERRORS },
	{ "unresponsive_remote_events", EG_COUNTED_ERRORS },
};

static void read_device(const char *sysfs, struct eg_counted_device *device)
{
	char path[PATH_MAX];

	memset(device->counts, 0, sizeof(device->counts));
	for (size_t i = 0; i < EG_COUNT(sources); i++) {
		uint64_t value;

		(void)snprintf(path, sizeof(path), "%s/class/infiniband/%s/ports/1/hw_counters/%s",
			       sysfs, device->name, sources[i].file);
		if (!eg_file_read_u64(AT_FDCWD, path, &value, NULL))
			device->counts[sources[i].into] += value;
	}
}

static int compare(const void *a, const void *b)
{
	/* rdmap16s27 before rdmap144s27. */
	return strverscmp(((const struct eg_counted_device *)a)->name,
			  ((const struct eg_counted_device *)b)->name);
}

int eg_counts_read(const char *sysfs, struct eg_counts *ret)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *folder;

	ret->count = 0;
	(void)snprintf(path, sizeof(path), "%s/class/infiniband", sysfs);
	folder = opendir(path);
	if (!folder)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(folder)) && ret->count < EG_COUNTED_DEVICES_MAX) {
		struct eg_counted_device *device = &ret->devices[ret->count];

		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= sizeof(device->name) ||
		    !eg_node_is_efa(sysfs, entry->d_name))
			continue;
		(void)strcpy(device->name, entry->d_name);
		read_device(sysfs, device);
		ret->count++;
	}
	(void)closedir(folder);
	qsort(ret->devices, ret->count, sizeof(ret->devices[0]), compare);
	return 0;
}

void eg_counts_subtract(struct eg_counts *now, const struct eg_counts *before)
{
	for (size_t i = 0; i < now->count; i++) {
		struct eg_counted_device *device = &now->devices[i];
		const struct eg_counted_device *earlier =
			bsearch(device, before->devices, before->count, sizeof(*earlier), compare);

		for (int k = 0; earlier && k < EG_COUNTED_COUNT; k++) {
			/* Counters that began anew: what they show is since then. */
			if (device->counts[k] >= earlier->counts[k])
				device->counts[k] -= earlier->counts[k];
		}
	}
}
