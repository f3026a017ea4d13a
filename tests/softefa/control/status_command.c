/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../shared/counter_files.h"
#include "../shared/fault.h"
#include "../shared/process_row.h"
#include "../shared/verbs_names.h"
#include "command.h"
#include "device_tree.h"

#define NS_IN_US 1000u
#define GID_TEXT 48

/* What is not in the device's row. */
struct device_status {
	char address[16];
	char gid[GID_TEXT];
	uint32_t endpoints;
	uint32_t fault_count;
	struct se_fault faults[SE_DEVICE_FAULTS];
};

static uint32_t count_endpoints(struct se_fabric_map *map, uint32_t row)
{
	const struct se_block *block = se_fabric_block(map, row);
	uint32_t count = 0;

	for (uint32_t i = 0; block && i < SE_DEVICE_QPS; i++)
		if (atomic_load(&block->qps[i].state) == SE_LIVE)
			count++;
	return count;
}

static void read_device(struct se_fabric_map *map, uint32_t row, struct device_status *ret)
{
	struct se_device *device = &map->shared->devices[row];

	se_counter_files_write(map, row);
	se_device_address(device, ret->address, sizeof(ret->address));
	if (!inet_ntop(AF_INET6, device->gid, ret->gid, sizeof(ret->gid)))
		ret->gid[0] = '\0';
	ret->endpoints = count_endpoints(map, row);
	ret->fault_count = se_fault_list(device, ret->faults);
}

static uint64_t counter(const struct se_device *device, enum se_counter which)
{
	return atomic_load(&device->counters[which]);
}

static void print_faults(const struct se_fabric *shared, const struct device_status *status)
{
	for (uint32_t i = 0; i < status->fault_count; i++) {
		const struct se_fault *fault = &status->faults[i];

		printf("%s%s", i ? "," : "", se_fault_name(fault->word));
		if (fault->peer_node != SE_ANY_NODE)
			printf(":%s", shared->nodes[fault->peer_node].name);
		if (fault->verb)
			printf(":%s", se_verb_name(fault->verb));
	}
	printf("%s\n", status->fault_count ? "" : "-");
}

static void print_device(struct se_fabric_map *map, uint32_t row)
{
	const struct se_device *device = &map->shared->devices[row];
	struct device_status status;

	read_device(map, row, &status);
	printf("  %-12s %s %-30s %9u %14" PRIu64 " %14" PRIu64 " %14" PRIu64 "  ", device->name,
	       status.address, status.gid, status.endpoints, counter(device, SE_COUNT_tx_bytes),
	       counter(device, SE_COUNT_rx_bytes), counter(device, SE_COUNT_rdma_read_bytes));
	print_faults(map->shared, &status);
}

static void print_text(struct se_fabric_map *map)
{
	for (uint32_t node = 0; node < SE_NODES_MAX; node++) {
		const struct se_node *each = &map->shared->nodes[node];

		if (atomic_load(&each->state) != SE_LIVE)
			continue;
		printf("%s (%s)\n", each->name, each->type);
		printf("  %-12s %-12s %-30s %9s %14s %14s %14s  %s\n", "device", "pci", "gid",
		       "endpoints", "tx_bytes", "rx_bytes", "read_bytes", "faults");
		for (uint32_t i = 0; i < each->devices; i++)
			print_device(map, node * SE_NODE_DEVICES + i);
	}
}

static void print_json_fault(const struct se_fabric *shared, const struct se_fault *fault)
{
	printf("{\"word\": \"%s\"", se_fault_name(fault->word));
	if (fault->peer_node != SE_ANY_NODE)
		printf(", \"peer\": \"%s\"", shared->nodes[fault->peer_node].name);
	if (fault->probability_ppm < SE_ALWAYS_PPM)
		printf(", \"probability_ppm\": %u", fault->probability_ppm);
	if (fault->until_ns)
		printf(", \"left_us\": %" PRIu64, (fault->until_ns - se_now_ns()) / NS_IN_US);
	if (fault->word == SE_FAULT_UNREACHABLE)
		printf(", \"retry_us\": %" PRIu64, fault->retry_ns / NS_IN_US);
	if (fault->latency_ns)
		printf(", \"latency_us\": %" PRIu64, fault->latency_ns / NS_IN_US);
	if (fault->bits_per_second)
		printf(", \"bits_per_second\": %" PRIu64, fault->bits_per_second);
	if (fault->verb)
		printf(", \"verb\": \"%s\"", se_verb_name(fault->verb));
	if (fault->word == SE_FAULT_NOOPEN)
		printf(", \"errno\": %u", fault->error);
	printf("}");
}

static void print_json_device(struct se_fabric_map *map, uint32_t row)
{
	const struct se_device *device = &map->shared->devices[row];
	struct device_status status;

	read_device(map, row, &status);
	printf("{\"name\": \"%s\", \"pci\": \"%s\", \"uverbs\": %u, \"gid\": \"%s\", "
	       "\"endpoints\": %u, \"counters\": {",
	       device->name, status.address, device->uverbs, status.gid, status.endpoints);
	for (uint32_t i = 0; i < SE_COUNTER_COUNT; i++)
		printf("%s\"%s\": %" PRIu64, i ? ", " : "", se_counter_names[i].name,
		       counter(device, i));
	printf("}, \"faults\": [");
	for (uint32_t i = 0; i < status.fault_count; i++) {
		printf("%s", i ? ", " : "");
		print_json_fault(map->shared, &status.faults[i]);
	}
	printf("]}");
}

static void print_json_processes(const struct se_fabric *shared)
{
	const char *between = "";

	printf("[");
	for (uint32_t row = 0; row < shared->processes_used; row++) {
		if (atomic_load(&shared->processes[row].state) != SE_LIVE)
			continue;
		printf("%s%d", between, shared->processes[row].pid);
		between = ", ";
	}
	printf("]");
}

/* No string here can hold a character that JSON would want escaped. */
static void print_json(struct se_fabric_map *map)
{
	const char *between = "";

	printf("{\"processes\": ");
	print_json_processes(map->shared);
	printf(", \"nodes\": [");
	for (uint32_t node = 0; node < SE_NODES_MAX; node++) {
		const struct se_node *each = &map->shared->nodes[node];

		if (atomic_load(&each->state) != SE_LIVE)
			continue;
		printf("%s{\"name\": \"%s\", \"type\": \"%s\", \"devices\": [", between, each->name,
		       each->type);
		between = ", ";
		for (uint32_t i = 0; i < each->devices; i++) {
			printf("%s\n", i ? "," : "");
			print_json_device(map, node * SE_NODE_DEVICES + i);
		}
		printf("]}");
	}
	printf("]}\n");
}

int se_command_status(int argc, char **argv)
{
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
	struct se_fabric_map *map;
	int rc;

	if (argc < 1 || argc > 2 || (argc == 2 && !json))
		return se_usage("status takes a folder, and --json if wanted");
	rc = se_command_open(argv[0], &map);
	if (rc != SE_EXIT_OK)
		return rc;
	(void)se_process_reclaim(map);
	if (json)
		print_json(map);
	else
		print_text(map);
	return ferror(stdout) || fflush(stdout) ? se_failed("stdout: cannot write") : SE_EXIT_OK;
}
