/* SPDX-License-Identifier: BSD-3-Clause */
#include "device_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../shared/counter_files.h"
#include "../shared/rate_label.h"
#include "host_numa.h"

#define VENDOR 0x1d0fu
#define CLASS_ETHERNET 0x020000u
#define UVERBS_MAJOR 231u
#define UVERBS_FIRST_MINOR 192u
#define CONFIG_BYTES 64
#define COUNTER_MODE 0666
#define UVERBS_MODE 0666
#define FORBIDDEN_MODE 0600
#define LIFESPAN_MS 10

void se_device_address(const struct se_device *device, char *ret, size_t size)
{
	(void)snprintf(ret, size, "0000:%02x:%02x.0", device->pci_bus, device->pci_slot);
}

/* The function's folder below sys. */
static void pci_folder(struct se_tree *tree, const struct se_device *device, char *ret)
{
	char address[16];

	se_device_address(device, address, sizeof(address));
	se_tree_path(tree, ret, "sys/devices/pci0000:%02x/%s", device->pci_bus, address);
}

static void in_folder(struct se_tree *tree, const char *folder, const char *name, const char *text)
{
	char path[PATH_MAX];

	se_tree_path(tree, path, "%s/%s", folder, name);
	se_tree_file(tree, path, text);
}

static void format_in_folder(struct se_tree *tree, const char *folder, const char *name,
			     const char *format, ...) __attribute__((format(printf, 4, 5)));

static void format_in_folder(struct se_tree *tree, const char *folder, const char *name,
			     const char *format, ...)
{
	char text[128];
	va_list list;

	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	in_folder(tree, folder, name, text);
}

/* What programs read that do not trust the single files: ids, class, revision. */
static void add_config(struct se_tree *tree, const struct se_device *device, const char *folder)
{
	const uint8_t low = (uint8_t)device->part_id;
	const uint8_t high = (uint8_t)(device->part_id >> 8);
	uint8_t config[CONFIG_BYTES] = {
		[0] = VENDOR & 0xff,  [1] = VENDOR >> 8,  [2] = low,
		[3] = high,	      [4] = 0x06,	  [11] = CLASS_ETHERNET >> 16,
		[44] = VENDOR & 0xff, [45] = VENDOR >> 8, [46] = low,
		[47] = high,
	};
	char path[PATH_MAX];

	se_tree_path(tree, path, "%s/config", folder);
	se_tree_bytes(tree, path, config, sizeof(config), 0444);
}

static void add_locality(struct se_tree *tree, const struct se_device *device, const char *folder)
{
	struct se_host_numa numa;

	/* devices keep to the order of their buses, the first ones near the first node */
	se_host_numa_read(device->pci_bus, &numa);
	format_in_folder(tree, folder, "numa_node", "%d\n", numa.node);
	in_folder(tree, folder, "local_cpus", numa.cpumap);
	in_folder(tree, folder, "local_cpulist", numa.cpulist);
}

void se_device_tree_add_pci(struct se_tree *tree, const struct se_device *device)
{
	char folder[PATH_MAX];
	char path[PATH_MAX];
	char address[16];

	pci_folder(tree, device, folder);
	format_in_folder(tree, folder, "vendor", "0x%04x\n", VENDOR);
	format_in_folder(tree, folder, "device", "0x%04x\n", device->part_id);
	format_in_folder(tree, folder, "subsystem_vendor", "0x%04x\n", VENDOR);
	format_in_folder(tree, folder, "subsystem_device", "0x%04x\n", device->part_id);
	format_in_folder(tree, folder, "class", "0x%06x\n", CLASS_ETHERNET);
	in_folder(tree, folder, "revision", "0x00\n");
	in_folder(tree, folder, "enable", "1\n");
	in_folder(tree, folder, "irq", "0\n");
	in_folder(tree, folder, "power_state", "D0\n");
	in_folder(tree, folder, "current_link_speed", "16.0 GT/s PCIe\n");
	in_folder(tree, folder, "max_link_speed", "16.0 GT/s PCIe\n");
	in_folder(tree, folder, "current_link_width", "8\n");
	in_folder(tree, folder, "max_link_width", "8\n");
	format_in_folder(tree, folder, "modalias", "pci:v%08Xd%08Xsv%08Xsd%08Xbc02sc00i00\n",
			 VENDOR, device->part_id, VENDOR, device->part_id);
	add_config(tree, device, folder);
	add_locality(tree, device, folder);
	se_tree_path(tree, path, "%s/subsystem", folder);
	se_tree_link(tree, path, "sys/bus/pci");
	se_device_address(device, address, sizeof(address));
	se_tree_path(tree, path, "sys/bus/pci/devices/%s", address);
	se_tree_link(tree, path, folder);
}

void se_device_tree_remove_pci(struct se_tree *tree, const struct se_device *device)
{
	char path[PATH_MAX];
	char address[16];

	se_device_address(device, address, sizeof(address));
	se_tree_path(tree, path, "sys/bus/pci/devices/%s", address);
	se_tree_remove(tree, path);
	se_tree_path(tree, path, "sys/devices/pci0000:%02x", device->pci_bus);
	se_tree_remove(tree, path);
}

static void add_driver(struct se_tree *tree, const struct se_device *device, const char *folder)
{
	char path[PATH_MAX];
	char address[16];

	se_device_address(device, address, sizeof(address));
	se_tree_path(tree, path, "sys/bus/pci/drivers/efa/%s", address);
	se_tree_link(tree, path, folder);
	se_tree_path(tree, path, "%s/driver", folder);
	se_tree_link(tree, path, "sys/bus/pci/drivers/efa");
}

/* With whose memory the card can talk directly: nobody's, for a node has no driver of a GPU. */
static void add_peer_memory(struct se_tree *tree, const char *folder, uint32_t driver)
{
	if (driver >= SE_DRIVER_HAS_P2P)
		in_folder(tree, folder, "p2p", "\n");
	else if (driver >= SE_DRIVER_HAS_GDR)
		in_folder(tree, folder, "gdr", "0\n");
}

static void remove_peer_memory(struct se_tree *tree, const char *folder)
{
	char path[PATH_MAX];

	se_tree_path(tree, path, "%s/p2p", folder);
	se_tree_remove(tree, path);
	se_tree_path(tree, path, "%s/gdr", folder);
	se_tree_remove(tree, path);
}

static void add_counters(struct se_tree *tree, struct se_device *device, const char *verbs,
			 uint32_t driver)
{
	char path[PATH_MAX];

	se_counter_files_restart(device);
	for (uint32_t i = 0; i < SE_COUNTER_COUNT; i++) {
		const char *folder = se_counter_folder(i, driver);

		if (!folder)
			continue;
		se_tree_path(tree, path, "%s/%s/%s", verbs, folder, se_counter_names[i].name);
		/* its text follows the number, written by whichever user moves it */
		se_tree_number(tree, path, 0, COUNTER_MODE);
	}
	if (driver >= SE_DRIVER_SPLITS_COUNTERS) {
		se_tree_path(tree, path, "%s/ports/1/hw_counters/lifespan", verbs);
		se_tree_number(tree, path, LIFESPAN_MS, 0644);
	}
	se_tree_path(tree, path, "%s/hw_counters/lifespan", verbs);
	se_tree_number(tree, path, LIFESPAN_MS, 0644);
}

static void add_port(struct se_tree *tree, const struct se_device *device, const char *verbs,
		     uint32_t driver)
{
	const struct se_rate_label *rate = se_rate_label(device->rate_gbps, driver);
	char folder[PATH_MAX];

	se_tree_path(tree, folder, "%s/ports/1", verbs);
	in_folder(tree, folder, "state", "4: ACTIVE\n");
	in_folder(tree, folder, "phys_state", "5: LinkUp\n");
	format_in_folder(tree, folder, "rate", "%u Gb/sec (%s)\n", rate->gbps, rate->label);
	in_folder(tree, folder, "link_layer", "Unspecified\n");
	in_folder(tree, folder, "lid", "0x0\n");
	in_folder(tree, folder, "lid_mask_count", "1\n");
	in_folder(tree, folder, "sm_lid", "0x0\n");
	in_folder(tree, folder, "sm_sl", "0\n");
	in_folder(tree, folder, "cap_mask", "0x00000000\n");
	in_folder(tree, folder, "pkeys/0", "0xffff\n");
	in_folder(tree, folder, "gid_attrs/types/0", "IB/RoCE v1\n");
}

static void add_verbs_folder(struct se_tree *tree, struct se_device *device, const char *folder,
			     uint32_t driver)
{
	static const uint8_t none[SE_GID_SIZE];
	const uint8_t *guid = (driver >= SE_DRIVER_HAS_GUID ? device->gid : none) + 8;
	char verbs[PATH_MAX];
	char path[PATH_MAX];

	se_tree_path(tree, verbs, "%s/infiniband/%s", folder, device->name);
	in_folder(tree, verbs, "node_type", "7: unspecified\n");
	in_folder(tree, verbs, "fw_ver", "0.0.0.0\n");
	in_folder(tree, verbs, "sys_image_guid", "0000:0000:0000:0000\n");
	format_in_folder(tree, verbs, "node_guid", "%02x%02x:%02x%02x:%02x%02x:%02x%02x\n", guid[0],
			 guid[1], guid[2], guid[3], guid[4], guid[5], guid[6], guid[7]);
	format_in_folder(tree, verbs, "node_desc", "%s\n", device->name);
	add_port(tree, device, verbs, driver);
	add_counters(tree, device, verbs, driver);
	se_tree_path(tree, path, "%s/device", verbs);
	se_tree_link(tree, path, folder);
	se_tree_path(tree, path, "%s/subsystem", verbs);
	se_tree_link(tree, path, "sys/class/infiniband");
	se_tree_path(tree, path, "sys/class/infiniband/%s", device->name);
	se_tree_link(tree, path, verbs);
}

static void add_uverbs(struct se_tree *tree, const struct se_device *device, const char *folder)
{
	const unsigned int minor = UVERBS_FIRST_MINOR + device->uverbs;
	char uverbs[PATH_MAX];
	char path[PATH_MAX];

	se_tree_path(tree, uverbs, "%s/infiniband_verbs/uverbs%u", folder, device->uverbs);
	format_in_folder(tree, uverbs, "ibdev", "%s\n", device->name);
	format_in_folder(tree, uverbs, "dev", "231:%u\n", minor);
	in_folder(tree, uverbs, "abi_version", "1\n");
	se_tree_path(tree, path, "%s/device", uverbs);
	se_tree_link(tree, path, folder);
	se_tree_path(tree, path, "%s/subsystem", uverbs);
	se_tree_link(tree, path, "sys/class/infiniband_verbs");
	se_tree_path(tree, path, "sys/class/infiniband_verbs/uverbs%u", device->uverbs);
	se_tree_link(tree, path, uverbs);
	se_tree_path(tree, path, "sys/dev/char/231:%u", minor);
	se_tree_link(tree, path, uverbs);
	se_device_tree_file(tree, device, true, false);
}

void se_device_tree_file(struct se_tree *tree, const struct se_device *device, bool is_there,
			 bool is_forbidden)
{
	char path[PATH_MAX];

	se_tree_path(tree, path, "dev/infiniband/uverbs%u", device->uverbs);
	if (is_there)
		se_tree_device(tree, path, UVERBS_MAJOR, UVERBS_FIRST_MINOR + device->uverbs,
			       is_forbidden ? FORBIDDEN_MODE : UVERBS_MODE);
	else
		se_tree_remove(tree, path);
}

void se_device_tree_add_verbs(struct se_tree *tree, struct se_device *device, uint32_t driver)
{
	char folder[PATH_MAX];

	pci_folder(tree, device, folder);
	add_driver(tree, device, folder);
	add_peer_memory(tree, folder, driver);
	add_verbs_folder(tree, device, folder, driver);
	se_device_tree_gid(tree, device, false);
	add_uverbs(tree, device, folder);
}

void se_device_tree_remove_verbs(struct se_tree *tree, const struct se_device *device)
{
	char folder[PATH_MAX];
	char path[PATH_MAX];
	char address[16];

	se_tree_path(tree, path, "dev/infiniband/uverbs%u", device->uverbs);
	se_tree_remove(tree, path);
	se_tree_path(tree, path, "sys/class/infiniband_verbs/uverbs%u", device->uverbs);
	se_tree_remove(tree, path);
	se_tree_path(tree, path, "sys/dev/char/231:%u", UVERBS_FIRST_MINOR + device->uverbs);
	se_tree_remove(tree, path);
	se_tree_path(tree, path, "sys/class/infiniband/%s", device->name);
	se_tree_remove(tree, path);
	se_device_address(device, address, sizeof(address));
	se_tree_path(tree, path, "sys/bus/pci/drivers/efa/%s", address);
	se_tree_remove(tree, path);
	pci_folder(tree, device, folder);
	se_tree_path(tree, path, "%s/driver", folder);
	se_tree_remove(tree, path);
	se_tree_path(tree, path, "%s/infiniband_verbs", folder);
	se_tree_remove(tree, path);
	se_tree_path(tree, path, "%s/infiniband", folder);
	se_tree_remove(tree, path);
	remove_peer_memory(tree, folder);
}

void se_device_tree_gid(struct se_tree *tree, const struct se_device *device, bool is_zero)
{
	static const uint8_t zero[SE_GID_SIZE];
	const uint8_t *gid = is_zero ? zero : device->gid;
	char folder[PATH_MAX];
	char path[PATH_MAX];
	char text[64] = "";

	for (int i = 0; i < SE_GID_SIZE; i += 2)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%02x%02x%c",
			       gid[i], gid[i + 1], i + 2 < SE_GID_SIZE ? ':' : '\n');
	pci_folder(tree, device, folder);
	se_tree_path(tree, path, "%s/infiniband/%s/ports/1/gids/0", folder, device->name);
	se_tree_file(tree, path, text);
}
