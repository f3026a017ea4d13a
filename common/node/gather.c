/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/gather.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/node/counters.h"
#include "common/node/driver.h"
#include "common/node/fabric.h"
#include "common/node/fabric_child.h"
#include "common/node/facts.h"
#include "common/node/host_state.h"
#include "common/node/huge_pages.h"
#include "common/node/instance.h"
#include "common/node/inventory.h"
#include "common/node/learned.h"
#include "common/node/limits.h"
#include "common/node/pci.h"
#include "common/node/pci_kept.h"
#include "common/node/verbs.h"

#define LATE_STEP_MS 200

/* The three layers before they are joined. */
struct seen {
	struct eg_pci_device pci[EG_DEVICES_MAX];
	struct eg_verbs_device verbs[EG_DEVICES_MAX];
	struct eg_fabric_device fabric[EG_DEVICES_MAX];
	struct eg_layers layers; /* its lists are those above */
};

/* What a lister returned: its count, or its text into @text. */
static struct eg_layer_count layer_count(ssize_t rc, const struct eg_err *err, char *text,
					 size_t size)
{
	struct eg_layer_count layer = { .measured = rc >= 0 };

	if (rc < 0) {
		(void)snprintf(text, size, "%s", err->text);
		return layer;
	}
	layer.seen = (size_t)rc;
	layer.count = layer.seen < EG_DEVICES_MAX ? layer.seen : EG_DEVICES_MAX;
	return layer;
}

/* What went by since @start_ns, which becomes now. */
static uint32_t lap_us(int64_t *start_ns)
{
	int64_t now_ns = eg_now_ns(), span_us = (now_ns - *start_ns) / 1000;

	*start_ns = now_ns;
	return span_us < UINT32_MAX ? (uint32_t)span_us : UINT32_MAX;
}

/* The layers that the kernel tells of. */
static void look(const struct eg_gather_options *options, struct seen *seen,
		 struct eg_node_facts *ret)
{
	struct eg_err err = { 0 };
	int64_t start_ns = eg_now_ns();
	ssize_t rc;

	if (options->pci_kept)
		rc = eg_pci_list_kept(options->sysfs, options->pci_kept, ret->boot_id, seen->pci,
				      EG_DEVICES_MAX, &ret->pci_was_kept, &err);
	else
		rc = eg_pci_list(options->sysfs, seen->pci, EG_DEVICES_MAX, &err);
	seen->layers =
		(struct eg_layers){ seen->pci, seen->verbs, seen->fabric, { 0 }, { 0 }, { 0 } };
	ret->pci_error[0] = ret->verbs_error[0] = '\0';
	seen->layers.pci_count = layer_count(rc, &err, ret->pci_error, sizeof(ret->pci_error));
	ret->part_us[EG_GATHER_PCI] = lap_us(&start_ns);
	rc = eg_verbs_list(options->sysfs, seen->verbs, EG_DEVICES_MAX, &err);
	seen->layers.verbs_count =
		layer_count(rc, &err, ret->verbs_error, sizeof(ret->verbs_error));
	/* Without RDMA in the kernel libibverbs cannot know and says no. */
	ret->copy_on_fork_measured = rc > 0;
	ret->copy_on_fork = rc > 0 && eg_verbs_copy_on_fork();
	ret->part_us[EG_GATHER_VERBS] = lap_us(&start_ns);
}

/* All layers; without the kernel's when these are seen already. */
static void gather_layers(const struct eg_gather_options *options, bool is_seen, struct seen *seen,
			  struct eg_node_facts *ret)
{
	struct eg_fabric_child child = { .fd = -1 };
	struct eg_err err = { 0 };
	int64_t start_ns = eg_now_ns();
	ssize_t asked = 0;

	if (options->ask_fabric)
		asked = eg_fabric_child_start(options->libfabric, &child, &err);
	if (!is_seen)
		look(options, seen, ret);
	if (options->ask_fabric) {
		if (!asked)
			asked = eg_fabric_child_answer(&child, seen->fabric, EG_DEVICES_MAX,
						       ret->fabric_version,
						       sizeof(ret->fabric_version), &err);
		seen->layers.fabric_count =
			layer_count(asked, &err, ret->fabric_error, sizeof(ret->fabric_error));
		ret->part_us[EG_GATHER_FABRIC] = lap_us(&start_ns);
	}
	eg_inventory_join(&seen->layers, ret);
}

static void gather_driver(const char *sysfs, struct eg_device_facts *device)
{
	int rc;

	if (!device->pci_known)
		return;
	rc = eg_driver_read(sysfs, device->pci, device->driver, sizeof(device->driver), NULL);
	if (rc >= 0)
		device->has_driver = !strcmp(device->driver, EG_DRIVER_EFA) ? EG_YES : EG_NO;
}

static void gather_drivers(const struct eg_gather_options *options, struct eg_node_facts *ret)
{
	for (size_t i = 0; i < ret->device_count; i++)
		gather_driver(options->sysfs, &ret->devices[i]);
}

static void gather_counters(const struct eg_gather_options *options, struct eg_node_facts *ret)
{
	for (size_t i = 0; i < ret->device_count && !options->no_counters; i++) {
		struct eg_device_facts *device = &ret->devices[i];

		if (device->has_verbs == EG_YES)
			device->counter_count = eg_counters_read(options->sysfs, device->name,
								 device->counters, EG_COUNTERS_MAX);
	}
}

static void gather_huge_pages(const struct eg_gather_options *options, struct eg_node_facts *ret)
{
	struct eg_huge_page_pool *pool = &ret->huge_pages;
	struct eg_job_facts *job = &ret->job;
	struct eg_err err = { 0 };
	int rc = eg_huge_pages_read(options->sysfs, "/proc/meminfo", pool, &err);

	/* A kernel without huge pages has no file that says how many. */
	if (rc < 0 && rc != -ENOENT)
		(void)snprintf(ret->huge_page_error, sizeof(ret->huge_page_error), "%s", err.text);
	ret->numa_count = eg_numa_count(options->sysfs);
	ret->huge_page_part_count = eg_huge_page_parts_read(
		options->sysfs, pool->size_kib, ret->huge_page_parts, EG_HUGE_PAGE_PARTS_MAX);
	job->ranks = options->ranks;
	job->forks_per_rank = options->forks_per_rank;
	job->huge_pages_kept = options->huge_pages_kept;
	if (options->is_idle)
		job->is_idle = EG_YES;
	else if (pool->measured && pool->free + job->huge_pages_kept < pool->total)
		job->is_idle = eg_host_is_idle("/proc");
}

static void gather_host(const struct eg_gather_options *options, struct eg_node_facts *ret)
{
	char learned[PATH_MAX], path[PATH_MAX];
	struct eg_instance_said said = {
		.type = options->instance_type,
		.type_source = options->instance_type_source,
		.devices = options->expected_devices,
		.table = options->instances,
		.learned = options->state_dir ? learned : NULL,
		.boot_id = ret->boot_id,
	};
	struct eg_err err = { 0 };

	if (options->state_dir)
		(void)snprintf(learned, sizeof(learned), "%s/" EG_LEARNED_FILE, options->state_dir);
	if (options->node)
		(void)snprintf(ret->node, sizeof(ret->node), "%s", options->node);
	else if (gethostname(ret->node, sizeof(ret->node) - 1) < 0)
		ret->node[0] = '\0';
	if (eg_file_read_text(AT_FDCWD, "/proc/sys/kernel/random/boot_id", ret->boot_id,
			      sizeof(ret->boot_id), NULL) < 0)
		ret->boot_id[0] = '\0';
	if (eg_instance_read(options->sysfs, &said, &ret->instance, &err) < 0)
		(void)snprintf(ret->instance_error, sizeof(ret->instance_error), "%s", err.text);
	gather_huge_pages(options, ret);
	(void)snprintf(path, sizeof(path), "%s/module/efa/version", options->sysfs);
	if (eg_file_read_text(AT_FDCWD, path, ret->driver_version, sizeof(ret->driver_version),
			      NULL) < 0)
		ret->driver_version[0] = '\0';
	ret->in_container = eg_host_in_container("/proc", "/");
	ret->memlock_measured = eg_limits_memlock(&ret->memlock_bytes, NULL) == 0;
}

/* Is something missing that may still come: a device, its driver, verbs device or address? */
static bool is_late(const struct eg_node_facts *facts)
{
	static const uint8_t zero[sizeof(facts->devices[0].gid)];
	size_t on_pci = 0;

	for (size_t i = 0; i < facts->device_count; i++) {
		const struct eg_device_facts *device = &facts->devices[i];

		on_pci += device->on_pci == EG_YES;
		if (device->has_driver == EG_NO || device->has_verbs == EG_NO ||
		    (device->opens == EG_YES && !memcmp(device->gid, zero, sizeof(zero))))
			return true;
	}
	return on_pci < facts->instance.expected_devices;
}

/*
 * Look until nothing is late any more: true when the kernel's layers are seen. Without libfabric:
 * what is there now is enough to wait for.
 */
static bool wait_for_devices(const struct eg_gather_options *options, struct seen *seen,
			     struct eg_node_facts *ret)
{
	int64_t start_ms = eg_now_ms(), deadline_ms = start_ms + options->late_ms;
	long uptime_s = eg_host_uptime_s("/proc");

	if (!options->late_ms || uptime_s < 0 || uptime_s > EG_LATE_BOOT_S)
		return false;
	for (;;) {
		look(options, seen, ret);
		eg_inventory_join(&seen->layers, ret);
		gather_drivers(options, ret);
		if (!is_late(ret) || !eg_deadline_left(deadline_ms))
			return true;
		eg_sleep_ms(LATE_STEP_MS, deadline_ms);
		ret->waited_ms = (uint32_t)(eg_now_ms() - start_ms);
	}
}

void eg_gather(const struct eg_gather_options *options, struct eg_node_facts *ret)
{
	int64_t start_ms = eg_now_ms(), start_ns = eg_now_ns();
	struct seen seen;

	eg_node_facts_clear(ret);
	gather_host(options, ret);
	ret->part_us[EG_GATHER_HOST] = lap_us(&start_ns);
	gather_layers(options, wait_for_devices(options, &seen, ret), &seen, ret);
	start_ns = eg_now_ns();
	gather_drivers(options, ret);
	gather_counters(options, ret);
	ret->part_us[EG_GATHER_DEVICES] = lap_us(&start_ns);
	ret->duration_ms = (uint32_t)(eg_now_ms() - start_ms);
}
