/* SPDX-License-Identifier: BSD-3-Clause */
#include "ena_tree.h"

#include "host_numa.h"

static const struct {
	const char *name;
	const char *text;
} entries[] = {
	{ "vendor", "0x1d0f\n" },
	{ "device", "0xec20\n" },
	{ "subsystem_vendor", "0x1d0f\n" },
	{ "subsystem_device", "0xec20\n" },
	{ "class", "0x020000\n" },
	{ "revision", "0x00\n" },
	{ "enable", "1\n" },
	{ "modalias", "pci:v00001D0Fd0000EC20sv00001D0Fsd0000EC20bc02sc00i00\n" },
};

void se_ena_tree_add(struct se_tree *tree, struct se_pci_place place)
{
	struct se_host_numa numa;
	char folder[PATH_MAX];
	char path[PATH_MAX];

	se_tree_path(tree, folder, "sys/devices/pci0000:%02x/0000:%02x:%02x.0", place.bus,
		     place.bus, place.slot);
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		se_tree_path(tree, path, "%s/%s", folder, entries[i].name);
		se_tree_file(tree, path, entries[i].text);
	}
	se_host_numa_read(place.bus, &numa);
	se_tree_path(tree, path, "%s/numa_node", folder);
	se_tree_number(tree, path, (uint64_t)numa.node, 0444);
	se_tree_path(tree, path, "%s/subsystem", folder);
	se_tree_link(tree, path, "sys/bus/pci");
	se_tree_path(tree, path, "sys/bus/pci/devices/0000:%02x:%02x.0", place.bus, place.slot);
	se_tree_link(tree, path, folder);
	se_tree_folder(tree, "sys/bus/pci/drivers/ena");
	se_tree_path(tree, path, "sys/bus/pci/drivers/ena/0000:%02x:%02x.0", place.bus, place.slot);
	se_tree_link(tree, path, folder);
	se_tree_path(tree, path, "%s/driver", folder);
	se_tree_link(tree, path, "sys/bus/pci/drivers/ena");
}
