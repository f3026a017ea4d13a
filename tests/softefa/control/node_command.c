/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../shared/fabric_lock.h"
#include "../shared/instance_types.h"
#include "command.h"
#include "node_tree.h"

struct node_options {
	const char *dir;
	const char *name;
	const struct se_instance_type *type;
	uint64_t huge_pages;
	bool free_memlock;
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

static void fill_device(struct se_fabric *shared, uint32_t node, uint32_t number,
			const struct se_instance_type *type)
{
	struct se_device *device = &shared->devices[node * SE_NODE_DEVICES + number];

	device->node = node;
	device->number = number;
	device->pci_bus = type->places[number].bus;
	device->pci_slot = type->places[number].slot;
	device->part_id = type->part_id;
	device->rate_gbps = type->rate_gbps;
	device->rdma_read = type->rdma_read;
	(void)snprintf(device->name, sizeof(device->name), "rdmap%us%u", device->pci_bus,
		       device->pci_slot);
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
		node->devices = options->type->devices;
		node->huge_pages = options->huge_pages;
		node->free_memlock = options->free_memlock;
		(void)snprintf(node->name, sizeof(node->name), "%s", options->name);
		(void)snprintf(node->type, sizeof(node->type), "%s", options->type->name);
		atomic_store(&node->state, SE_LIVE);
		for (uint32_t i = 0; i < node->devices; i++)
			fill_device(shared, (uint32_t)row, i, options->type);
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

static int read_pages(const char *text, struct node_options *ret)
{
	char *end;

	errno = 0;
	ret->huge_pages = strtoull(text, &end, 10);
	if (errno || *end || !isdigit((unsigned char)*text))
		return se_usage("--huge-pages '%s': not a number of pages", text);
	return SE_EXIT_OK;
}

static int read_type(const char *text, struct node_options *ret)
{
	ret->type = se_instance_type_find(text);
	if (ret->type)
		return SE_EXIT_OK;
	return se_usage("--type '%s': not one of p4d.24xlarge, p4de.24xlarge, p5.48xlarge, "
			"dl1.24xlarge, hpc6a.48xlarge, c5n.18xlarge",
			text);
}

static int read_options(int argc, char **argv, struct node_options *ret)
{
	static const struct option known[] = { { "type", required_argument, NULL, 't' },
					       { "huge-pages", required_argument, NULL, 'p' },
					       { "no-memlock", no_argument, NULL, 'm' },
					       { 0 } };
	const char *pages = NULL;
	const char *type = NULL;
	int option;

	/* getopt leaves out the word before the first argument: that is the command's */
	while ((option = getopt_long(argc + 1, argv - 1, "", known, NULL)) != -1) {
		if (option == 't')
			type = optarg;
		else if (option == 'p')
			pages = optarg;
		else if (option == 'm')
			ret->free_memlock = true;
		else
			return SE_EXIT_USAGE;
	}
	if (argc + 1 - optind != 2)
		return se_usage("node create takes a folder and a node name");
	ret->dir = argv[optind - 1];
	ret->name = argv[optind];
	if (!is_node_name(ret->name))
		return se_usage("'%s': not a name for a node", ret->name);
	if (!type)
		return se_usage("node create needs --type");
	if (read_type(type, ret) != SE_EXIT_OK)
		return SE_EXIT_USAGE;
	ret->huge_pages = ret->type->huge_pages;
	return pages ? read_pages(pages, ret) : SE_EXIT_OK;
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
