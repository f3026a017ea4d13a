/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes as contents of the files of /sys and /proc that are read: the input
 * is cut at zero bytes, the first part is the first file, and so on.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/node/counters.h"
#include "common/node/facts.h"
#include "common/node/host_state.h"
#include "common/node/huge_pages.h"
#include "common/node/ib_class.h"
#include "common/node/instance.h"
#include "common/node/learned.h"
#include "common/verdict/judge_node.h"
#include "common/verdict/report.h"

#define POOL "kernel/mm/hugepages/hugepages-2048kB/"
#define CARD "class/infiniband/card/"

static const char *const files[] = {
	"class/dmi/id/sys_vendor",
	"class/dmi/id/product_name",
	"class/dmi/id/board_asset_tag",
	"meminfo",
	POOL "nr_hugepages",
	POOL "free_hugepages",
	POOL "resv_hugepages",
	POOL "surplus_hugepages",
	POOL "nr_overcommit_hugepages",
	CARD "device/vendor",
	CARD "device/device",
	CARD "ports/1/rate",
	CARD "ports/1/hw_counters/rx_bytes",
	CARD "hw_counters/cmds_err",
	"class/infiniband_verbs/uverbs0/ibdev",
	"uptime",
	"instances.conf",
	"learned",
};

static char root[64];
static int root_fd = -1;

static void make_folders(const char *file)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s", file);
	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdirat(root_fd, path, 0755);
		*slash = '/';
	}
}

static void remove_tree(void)
{
	char command[96];

	(void)snprintf(command, sizeof(command), "rm -rf %s", root);
	if (system(command))
		abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	(void)snprintf(root, sizeof(root), "/tmp/efagate-fuzz-XXXXXX");
	if (!mkdtemp(root))
		abort();
	root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < EG_COUNT(files); i++)
		make_folders(files[i]);
	return atexit(remove_tree);
}

static void write_files(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < EG_COUNT(files); i++) {
		const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
		size_t length = zero ? (size_t)(zero - data) : size;
		EG_CLEANUP(eg_close_fd)
		int fd = openat(root_fd, files[i], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

		if (fd < 0 || write(fd, data, length) != (ssize_t)length)
			abort();
		data += length + (zero != NULL);
		size -= length + (zero != NULL);
	}
}

static void gather(struct eg_node_facts *ret)
{
	char meminfo[96], table[96], learned[96];
	struct eg_instance_said said = { .table = table, .learned = learned, .boot_id = "boot" };
	struct eg_device_facts *device = &ret->devices[0];
	struct eg_ib_device ib = { .name = "" };
	struct eg_err err = { 0 };

	(void)snprintf(meminfo, sizeof(meminfo), "%s/meminfo", root);
	(void)snprintf(table, sizeof(table), "%s/instances.conf", root);
	(void)snprintf(learned, sizeof(learned), "%s/learned", root);
	strcpy(ret->node, "fuzz");
	if (eg_instance_read(root, &said, &ret->instance, &err) < 0)
		(void)snprintf(ret->instance_error, sizeof(ret->instance_error), "%s", err.text);
	(void)eg_huge_pages_read(root, meminfo, &ret->huge_pages, &err);
	ret->huge_page_part_count =
		eg_huge_page_parts_read(root, 0, ret->huge_page_parts, EG_HUGE_PAGE_PARTS_MAX);
	if (eg_host_uptime_s(root) < -1 || eg_ib_class_list(root, &ib, 1, &err) < 1)
		return;
	ret->device_count = 1;
	device->has_verbs = EG_YES;
	device->numa_node = -1;
	device->device_id = ib.device_id;
	strcpy(device->name, ib.name);
	device->rate_gbps = eg_ib_class_rate(root, ib.name);
	device->counter_count = eg_counters_read(root, ib.name, device->counters, EG_COUNTERS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was gathered is judged, and written as a report that can be read. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	EG_CLEANUP(eg_free) struct eg_report *again = calloc(1, sizeof(*again));
	EG_CLEANUP(eg_free) char *json = NULL;
	struct eg_err err = { 0 };

	if (!report || !again)
		return 0;
	write_files(data, size);
	strcpy(report->trigger, "check");
	report->step_id = report->uid = -1;
	gather(&report->facts);
	eg_judge_node(&report->facts, &report->findings);
	json = eg_report_to_json(report);
	if (!json || eg_report_from_json(json, strlen(json), again, &err)) {
		(void)fprintf(stderr, "%s\n", err.text);
		abort();
	}
	return 0;
}
