/* SPDX-License-Identifier: BSD-3-Clause */
#include "other_tree.h"

#include <stdio.h>

#include "host_numa.h"

#define UVERBS_MAJOR 231u
#define UVERBS_FIRST_MINOR 192u
#define UVERBS_MODE 0666

struct entry {
	const char *path; /* below the function's folder; %1$s is the device, %2$u its number */
	const char *text;
};

/* A ConnectX-7 with its port up. */
static const struct entry entries[] = {
	{ "vendor", "0x15b3\n" },
	{ "device", "0x1021\n" },
	{ "subsystem_vendor", "0x15b3\n" },
	{ "subsystem_device", "0x0041\n" },
	{ "class", "0x020700\n" },
	{ "revision", "0x00\n" },
	{ "modalias", "pci:v000015B3d00001021sv000015B3sd00000041bc02sc07i00\n" },
	{ "infiniband/%1$s/node_type", "1: CA\n" },
	{ "infiniband/%1$s/fw_ver", "28.39.3004\n" },
	{ "infiniband/%1$s/ports/1/state", "4: ACTIVE\n" },
	{ "infiniband/%1$s/ports/1/phys_state", "5: LinkUp\n" },
	{ "infiniband/%1$s/ports/1/rate", "400 Gb/sec (4X NDR)\n" },
	{ "infiniband/%1$s/ports/1/link_layer", "InfiniBand\n" },
	{ "infiniband_verbs/uverbs%2$u/abi_version", "1\n" },
};

static void add_links(struct se_tree *tree, const struct se_other_device *device,
		      unsigned int number, const char *folder)
{
	char path[PATH_MAX];
	char target[PATH_MAX];

	se_tree_path(tree, path, "sys/bus/pci/devices/0000:%02x:%02x.0", device->place.bus,
		     device->place.slot);
	se_tree_link(tree, path, folder);
	se_tree_path(tree, path, "%s/driver", folder);
	se_tree_folder(tree, "sys/bus/pci/drivers/mlx5_core");
	se_tree_link(tree, path, "sys/bus/pci/drivers/mlx5_core");
	se_tree_path(tree, path, "%s/subsystem", folder);
	se_tree_link(tree, path, "sys/bus/pci");
	se_tree_path(tree, target, "%s/infiniband/%s", folder, device->name);
	se_tree_path(tree, path, "%s/device", target);
	se_tree_link(tree, path, folder);
	se_tree_path(tree, path, "sys/class/infiniband/%s", device->name);
	se_tree_link(tree, path, target);
	se_tree_path(tree, target, "%s/infiniband_verbs/uverbs%u", folder, number);
	se_tree_path(tree, path, "%s/device", target);
	se_tree_link(tree, path, folder);
	se_tree_path(tree, path, "sys/class/infiniband_verbs/uverbs%u", number);
	se_tree_link(tree, path, target);
}

void se_other_tree_add(struct se_tree *tree, const struct se_other_device *device,
		       unsigned int number)
{
	char folder[PATH_MAX];
	char path[PATH_MAX];
	char name[256];
	struct se_host_numa numa;

	se_tree_path(tree, folder, "sys/devices/pci0000:%02x/0000:%02x:%02x.0", device->place.bus,
		     device->place.bus, device->place.slot);
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		/* the table's own formats, with the same two arguments each */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(name, sizeof(name), entries[i].path, device->name, number);
#pragma GCC diagnostic pop
		se_tree_path(tree, path, "%s/%s", folder, name);
		se_tree_file(tree, path, entries[i].text);
	}
	se_host_numa_read(device->place.bus, &numa);
	se_tree_path(tree, path, "%s/numa_node", folder);
	se_tree_number(tree, path, (uint64_t)numa.node, 0444);
	(void)snprintf(name, sizeof(name), "%s\n", device->name);
	se_tree_path(tree, path, "%s/infiniband_verbs/uverbs%u/ibdev", folder, number);
	se_tree_file(tree, path, name);
	(void)snprintf(name, sizeof(name), "%u:%u\n", UVERBS_MAJOR, UVERBS_FIRST_MINOR + number);
	se_tree_path(tree, path, "%s/infiniband_verbs/uverbs%u/dev", folder, number);
	se_tree_file(tree, path, name);
	add_links(tree, device, number, folder);
	se_tree_path(tree, path, "dev/infiniband/uverbs%u", number);
	se_tree_device(tree, path, UVERBS_MAJOR, UVERBS_FIRST_MINOR + number, UVERBS_MODE);
}
