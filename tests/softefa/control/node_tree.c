/* SPDX-License-Identifier: BSD-3-Clause */
#include "node_tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "device_tree.h"
#include "ena_tree.h"
#include "host_numa.h"
#include "other_tree.h"

#define HUGE_PAGES "hugepages-2048kB"

/* Where `softefa mount` puts parts of the machine's own /sys. */
static const char *const mount_points[] = {
	"sys/fs",
	"sys/devices/system",
	"sys/devices/virtual",
	"sys/class/net",
	"sys/kernel/mm/transparent_hugepage",
	"sys/kernel/debug",
	"sys/kernel/security",
	"dev/infiniband",
};

void se_node_tree_locate(const struct se_fabric_map *map, uint32_t node, struct se_tree *ret)
{
	memset(ret, 0, sizeof(*ret));
	se_tree_path(ret, ret->root, "%s/nodes/%s", map->dir, map->shared->nodes[node].name);
}

static void add_text(struct se_tree *tree, const char *path, const char *text)
{
	char line[PATH_MAX + 1];

	(void)snprintf(line, sizeof(line), "%s\n", text);
	se_tree_file(tree, path, line);
}

static void add_dmi(struct se_tree *tree, const struct se_fabric *shared, uint32_t node)
{
	char instance[32];

	add_text(tree, "sys/class/dmi/id/product_name", shared->nodes[node].type);
	add_text(tree, "sys/class/dmi/id/sys_vendor", "Amazon EC2");
	add_text(tree, "sys/class/dmi/id/board_vendor", "Amazon EC2");
	add_text(tree, "sys/class/dmi/id/chassis_vendor", "Amazon EC2");
	add_text(tree, "sys/class/dmi/id/bios_vendor", "Amazon EC2");
	add_text(tree, "sys/class/dmi/id/bios_version", "1.0");
	(void)snprintf(instance, sizeof(instance), "i-%08x%09x", shared->gid_salt, node + 1);
	add_text(tree, "sys/class/dmi/id/board_asset_tag", instance);
}

static void add_pages(struct se_tree *tree, const char *folder, const char *name, uint64_t pages)
{
	char path[PATH_MAX];

	se_tree_path(tree, path, "%s/" HUGE_PAGES "/%s", folder, name);
	se_tree_number(tree, path, pages, 0644);
}

/* @name for the whole machine, and its share on each memory node. */
static void spread_pages(struct se_tree *tree, const char *name, uint64_t pages)
{
	uint64_t nodes = (uint64_t)se_host_numa_count();
	char folder[PATH_MAX];

	add_pages(tree, "sys/kernel/mm/hugepages", name, pages);
	for (uint64_t i = 0; i < nodes; i++) {
		se_tree_path(tree, folder, "sys/devices/system/node/node%" PRIu64 "/hugepages", i);
		add_pages(tree, folder, name, pages / nodes + (i < pages % nodes ? 1 : 0));
	}
}

void se_node_tree_free_huge_pages(struct se_tree *tree, uint64_t pages)
{
	spread_pages(tree, "free_hugepages", pages);
}

static void add_huge_pages(struct se_tree *tree, uint64_t pages)
{
	const char *whole = "sys/kernel/mm/hugepages";

	add_pages(tree, whole, "nr_hugepages_mempolicy", pages);
	add_pages(tree, whole, "resv_hugepages", 0);
	add_pages(tree, whole, "nr_overcommit_hugepages", 0);
	spread_pages(tree, "nr_hugepages", pages);
	spread_pages(tree, "surplus_hugepages", 0);
	se_node_tree_free_huge_pages(tree, pages);
}

static void add_host(struct se_fabric_map *map, uint32_t node, struct se_tree *tree)
{
	uint32_t driver = map->shared->nodes[node].driver;
	char version[48];

	for (size_t i = 0; i < sizeof(mount_points) / sizeof(mount_points[0]); i++)
		se_tree_folder(tree, mount_points[i]);
	add_text(tree, "sys/softefa/fabric", map->dir);
	add_text(tree, "sys/softefa/node", map->shared->nodes[node].name);
	add_dmi(tree, map->shared, node);
	se_host_numa_copy(tree);
	(void)snprintf(version, sizeof(version), "%u.%u.%u", driver / 10000, driver / 100 % 100,
		       driver % 100);
	add_text(tree, "sys/module/efa/version", version);
	se_tree_link(tree, "sys/bus/pci/drivers/efa/module", "sys/module/efa");
	se_tree_file(tree, "sys/class/infiniband_verbs/abi_version", "6\n");
	se_tree_folder(tree, "sys/class/infiniband");
	se_tree_folder(tree, "sys/bus/pci/devices");
}

void se_node_tree_build(struct se_fabric_map *map, uint32_t node, struct se_tree *tree)
{
	struct se_device *device = &map->shared->devices[node * SE_NODE_DEVICES];
	const struct se_node *row = &map->shared->nodes[node];
	const struct se_other_device *other;
	struct se_pci_place place;

	se_node_tree_locate(map, node, tree);
	se_tree_remove(tree, "sys");
	se_tree_remove(tree, "dev");
	add_host(map, node, tree);
	add_huge_pages(tree, row->huge_pages);
	for (uint32_t i = 0; (other = se_instance_other(row->type, i)); i++)
		se_other_tree_add(tree, other, i);
	for (uint32_t i = 0; se_instance_ena(row->type, i, &place); i++)
		se_ena_tree_add(tree, place);
	for (uint32_t i = 0; i < row->devices; i++, device++) {
		se_device_tree_add_pci(tree, device);
		se_device_tree_add_verbs(tree, device, row->driver);
	}
}
