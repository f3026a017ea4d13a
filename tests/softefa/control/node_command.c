/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../shared/fabric_lock.h"
#include "../shared/fault.h"
#include "../shared/instance_types.h"
#include "command.h"
#include "node_tree.h"

struct node_options {
	const char *dir;
	const char *name;
	const struct se_instance_type *type;
	uint64_t huge_pages;
	uint64_t devices;
	uint32_t driver;
	bool free_memlock;
	bool kernel_names;
};

/* Unique in the machine: the fabric's random salt, the node, the device. */
static void fill_gid(struct se_device *device, uint32_t salt)
{
	const uint8_t gid[SE_GID_SIZE] = {
		0xfe,
		0x80,
		0,
		0,
		0,
		0,
		0,
		0,
		0x02,
		(uint8_t)(salt >> 16),
		(uint8_t)(salt >> 8),
		(uint8_t)salt,
		0,
		(uint8_t)(device->node + 1),
		0,
		(uint8_t)(device->number + 1),
	};

	memcpy(device->gid, gid, sizeof(gid));
}

/* Devices of other drivers come first on the bus, so theirs are the first numbers. */
static uint32_t first_uverbs(const struct se_instance_type *type)
{
	uint32_t count = 0;

	while (se_instance_other(type->name, count))
		count++;
	return count;
}

static void name_device(struct se_device *device, bool kernel_names)
{
	if (kernel_names)
		(void)snprintf(device->name, sizeof(device->name), "efa_%u", device->number);
	else
		(void)snprintf(device->name, sizeof(device->name), "rdmap%us%u", device->pci_bus,
			       device->pci_slot);
}

static void fill_device(struct se_fabric *shared, uint32_t node, uint32_t number,
			const struct node_options *options)
{
	struct se_device *device = &shared->devices[node * SE_NODE_DEVICES + number];
	const struct se_instance_type *type = options->type;
	struct se_pci_place place = se_instance_place(type, number);

	device->node = node;
	device->number = number;
	device->uverbs = number + first_uverbs(type);
	device->pci_bus = place.bus;
	device->pci_slot = place.slot;
	device->part_id = type->part_id;
	device->rate_gbps = type->rate_gbps;
	device->rdma_read = type->rdma_read;
	device->rdma_write = type->rdma_write;
	device->born_ns = se_now_ns();
	name_device(device, options->kernel_names);
	fill_gid(device, shared->gid_salt);
	atomic_store(&device->state, SE_LIVE);
}

/* Row of the new node, -EEXIST or -ENOSPC. */
static int claim_node(struct se_fabric *shared, const struct node_options *options)
{
	struct se_node *node;
	int row = -EEXIST;

	(void)se_lock(&shared->lock);
	if (se_fabric_find_node(shared, options->name) < 0) {
		for (row = 0; row < SE_NODES_MAX; row++)
			if (atomic_load(&shared->nodes[row].state) == SE_FREE)
				break;
		row = row < SE_NODES_MAX ? row : -ENOSPC;
	}
	if (row >= 0) {
		node = &shared->nodes[row];
		node->devices = (uint32_t)options->devices;
		node->driver = options->driver;
		node->huge_pages = options->huge_pages;
		node->free_memlock = options->free_memlock;
		(void)snprintf(node->name, sizeof(node->name), "%s", options->name);
		(void)snprintf(node->type, sizeof(node->type), "%s", options->type->name);
		atomic_store(&node->state, SE_LIVE);
		for (uint32_t i = 0; i < node->devices; i++)
			fill_device(shared, (uint32_t)row, i, options);
	}
	se_unlock(&shared->lock);
	return row;
}

static void give_up_node(struct se_fabric_map *map, uint32_t row)
{
	struct se_device *devices = &map->shared->devices[row * SE_NODE_DEVICES];
	struct se_tree tree;

	se_node_tree_locate(map, row, &tree);
	se_tree_remove(&tree, "");
	for (uint32_t i = 0; i < map->shared->nodes[row].devices; i++)
		atomic_store(&devices[i].state, SE_FREE);
	atomic_store(&map->shared->nodes[row].state, SE_FREE);
}

static bool is_node_name(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length >= SE_NAME_MAX || !isalnum((unsigned char)name[0]))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("-_.", *name))
			return false;
	return true;
}

static bool read_count(const char *text, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	return !errno && !*end && isdigit((unsigned char)*text);
}

static int read_type(const char *text, struct node_options *ret)
{
	ret->type = se_instance_type_find(text);
	if (!ret->type)
		return se_usage("--type '%s': no type with EFA, 'softefa types' lists them", text);
	return SE_EXIT_OK;
}

static int read_driver(const char *text, struct node_options *ret)
{
	unsigned int part[3];
	int length = 0;

	if (sscanf(text, "%2u.%2u.%2u%n", &part[0], &part[1], &part[2], &length) != 3 ||
	    text[length])
		return se_usage("--driver '%s': not a version like 2.17.0", text);
	ret->driver = SE_DRIVER(part[0], part[1], part[2]);
	return SE_EXIT_OK;
}

/* What needs the type to be known. */
static int read_amounts(const char *pages, const char *devices, struct node_options *ret)
{
	ret->huge_pages = ret->type->huge_pages;
	ret->devices = ret->type->devices;
	if (pages && !read_count(pages, &ret->huge_pages))
		return se_usage("--huge-pages '%s': not a number of pages", pages);
	if (devices && (!read_count(devices, &ret->devices) || ret->devices < 1 ||
			ret->devices > ret->type->devices))
		return se_usage("--devices '%s': not a number from 1 to %u", devices,
				ret->type->devices);
	return SE_EXIT_OK;
}

enum option_index { TYPE, HUGE_PAGES, DEVICES, DRIVER, NO_MEMLOCK, KERNEL_NAMES, OPTIONS };

static int read_words(int argc, char **argv, const char **ret_values, struct node_options *ret)
{
	static const struct option known[] = { { "type", required_argument, NULL, TYPE },
					       { "huge-pages", required_argument, NULL,
						 HUGE_PAGES },
					       { "devices", required_argument, NULL, DEVICES },
					       { "driver", required_argument, NULL, DRIVER },
					       { "no-memlock", no_argument, NULL, NO_MEMLOCK },
					       { "kernel-names", no_argument, NULL, KERNEL_NAMES },
					       { 0 } };
	int option;

	/*
	 * From the start, for several nodes may be made. getopt leaves out the word before the
	 * first argument: that is the command's.
	 */
	optind = 0;
	while ((option = getopt_long(argc + 1, argv - 1, "", known, NULL)) != -1) {
		if (option < 0 || option >= OPTIONS)
			return SE_EXIT_USAGE;
		ret_values[option] = optarg ? optarg : "";
	}
	if (argc + 1 - optind != 2)
		return se_usage("node create takes a folder and a node name");
	ret->dir = argv[optind - 1];
	ret->name = argv[optind];
	return SE_EXIT_OK;
}

static int read_options(int argc, char **argv, struct node_options *ret)
{
	const char *values[OPTIONS] = { NULL };
	int rc = read_words(argc, argv, values, ret);

	if (rc != SE_EXIT_OK)
		return rc;
	if (!is_node_name(ret->name))
		return se_usage("'%s': not a name for a node", ret->name);
	if (!values[TYPE])
		return se_usage("node create needs --type");
	ret->driver = SE_DRIVER_DEFAULT;
	ret->free_memlock = values[NO_MEMLOCK];
	ret->kernel_names = values[KERNEL_NAMES];
	rc = read_type(values[TYPE], ret);
	if (rc == SE_EXIT_OK && values[DRIVER])
		rc = read_driver(values[DRIVER], ret);
	return rc == SE_EXIT_OK ? read_amounts(values[HUGE_PAGES], values[DEVICES], ret) : rc;
}

int se_command_types(int argc, char **argv)
{
	const struct se_instance_type *type;

	(void)argv;
	if (argc != 0)
		return se_usage("types takes no value");
	for (size_t i = 0; (type = se_instance_type_at(i)); i++)
		printf("%-22s %2u x %3u Gb/s  0x%04x%s%s\n", type->name, type->devices,
		       type->rate_gbps, type->part_id, type->rdma_read ? " read" : "",
		       type->rdma_write ? " write" : "");
	return SE_EXIT_OK;
}

int se_command_node_create(int argc, char **argv)
{
	struct node_options options = { 0 };
	struct se_fabric_map *map;
	struct se_tree tree;
	int row;
	int rc;

	rc = read_options(argc, argv, &options);
	if (rc == SE_EXIT_OK)
		rc = se_command_open(options.dir, &map);
	if (rc != SE_EXIT_OK)
		return rc;
	row = claim_node(map->shared, &options);
	if (row == -EEXIST)
		return se_failed("'%s': there is a node '%s' already", options.dir, options.name);
	if (row < 0)
		return se_failed("'%s': no room for another node, %d are the most", options.dir,
				 SE_NODES_MAX);
	se_node_tree_build(map, (uint32_t)row, &tree);
	if (!tree.error)
		return SE_EXIT_OK;
	give_up_node(map, (uint32_t)row);
	return se_failed("'%s': %s", tree.failed, strerror(-tree.error));
}
