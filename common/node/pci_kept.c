/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/pci_kept.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/node/facts.h"
#include "common/node/pci.h"

#define MAGIC "efagate-pci/1"
#define LINE_BYTES 64
#define FILE_BYTES (128 + EG_DEVICES_MAX * LINE_BYTES)
/* FNV-1a, 64 bits. */
#define HASH_START 14695981039346656037ULL
#define HASH_PRIME 1099511628211ULL

/* The bus as it is now. */
struct bus {
	uint64_t functions; /* tells sets of functions apart, whatever their order */
	struct eg_pci_device efa[EG_DEVICES_MAX]; /* without their places */
	size_t count;
};

static void close_folder(DIR **folder)
{
	if (*folder)
		(void)closedir(*folder);
}

static uint64_t hash(const char *text)
{
	uint64_t value = HASH_START;

	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * HASH_PRIME;
	return value;
}

/* 1 an EFA device, 0 another function, -1 not known. */
static int ask_function(int bus, const char *name, struct eg_pci_device *ret)
{
	char path[NAME_MAX + 16], text[128];
	unsigned int vendor_id, device_id;

	(void)snprintf(path, sizeof(path), "%.200s/modalias", name);
	if (eg_file_read_text(bus, path, text, sizeof(text), NULL) < 0 ||
	    sscanf(text, "pci:v%8xd%8xsv", &vendor_id, &device_id) != 2)
		return -1;
	if (!eg_pci_is_efa(vendor_id, device_id))
		return 0;
	*ret = (struct eg_pci_device){ .device_id = (uint16_t)device_id, .numa_node = -1 };
	return eg_pci_addr_parse(name, &ret->addr) ? 1 : -1;
}

/* False when it cannot be told without hwloc. */
static bool read_bus(const char *sysfs, struct bus *ret)
{
	EG_CLEANUP(close_folder) DIR *folder = NULL;
	const struct dirent *entry;
	struct eg_pci_device device;
	char path[PATH_MAX];

	ret->count = 0;
	ret->functions = 0;
	(void)snprintf(path, sizeof(path), "%s/bus/pci/devices", sysfs);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		int rc = entry->d_name[0] == '.'
				 ? 0
				 : ask_function(dirfd(folder), entry->d_name, &device);

		if (rc < 0 || (rc && ret->count == EG_DEVICES_MAX))
			return false;
		if (rc)
			ret->efa[ret->count++] = device;
		if (entry->d_name[0] != '.')
			ret->functions += hash(entry->d_name);
	}
	return folder && ret->count;
}

static int head_text(const struct bus *bus, const char *boot_id, char *text, size_t size)
{
	return snprintf(text, size, MAGIC " %.64s %016" PRIx64 " %zu\n", boot_id, bus->functions,
			bus->count);
}

/* "-" is an address that is not known. */
static bool parse_addr(const char *text, struct eg_pci_addr *ret, bool *ret_known)
{
	*ret_known = strcmp(text, "-") != 0;
	return !*ret_known || eg_pci_addr_parse(text, ret);
}

/* "0000:10:1b.0 0 0000:0f:00.0 -": device, NUMA node, switch, GPU. */
static bool take_line(const char *line, const struct eg_pci_device *device,
		      struct eg_pci_device *ret)
{
	char addr[EG_PCI_ADDR_TEXT], own[EG_PCI_ADDR_TEXT], bridge[EG_PCI_ADDR_TEXT],
		gpu[EG_PCI_ADDR_TEXT];
	struct eg_locality *near = &ret->locality;
	int end = 0;

	*ret = *device;
	return sscanf(line, "%15s %5d %15s %15s%n", addr, &ret->numa_node, bridge, gpu, &end) ==
		       4 &&
	       line[end] == '\n' && ret->numa_node >= -1 &&
	       !strcmp(addr, eg_pci_addr_text(device->addr, own)) &&
	       parse_addr(bridge, &near->pci_switch, &near->pci_switch_known) &&
	       parse_addr(gpu, &near->gpu, &near->gpu_known);
}

/* The line of @device in @text, or NULL. */
static const char *find_line(const char *text, const struct eg_pci_device *device)
{
	char start[EG_PCI_ADDR_TEXT + 2], own[EG_PCI_ADDR_TEXT];
	const char *found;

	(void)snprintf(start, sizeof(start), "\n%s ", eg_pci_addr_text(device->addr, own));
	found = strstr(text, start);
	return found ? found + 1 : NULL;
}

/* True when the file has the places of all devices of @bus. */
static bool take_kept(const char *path, const char *boot_id, const struct bus *bus,
		      struct eg_pci_device *ret, size_t max)
{
	char text[FILE_BYTES + 1], head[128];
	ssize_t length = eg_file_read_text(AT_FDCWD, path, text, FILE_BYTES, NULL);
	int head_length = head_text(bus, boot_id, head, sizeof(head));

	if (length < head_length || strncmp(text, head, (size_t)head_length) != 0)
		return false;
	text[length] = '\n'; /* which was cut off as blank */
	text[length + 1] = '\0';
	for (size_t i = 0; i < bus->count && i < max; i++) {
		const char *line = find_line(text, &bus->efa[i]);

		if (!line || !take_line(line, &bus->efa[i], &ret[i]))
			return false;
	}
	return true;
}

static void keep(const char *path, const char *boot_id, const struct bus *bus,
		 const struct eg_pci_device *devices)
{
	char text[FILE_BYTES];
	int length = head_text(bus, boot_id, text, sizeof(text));

	for (size_t i = 0; i < bus->count; i++) {
		const struct eg_locality *near = &devices[i].locality;
		char addr[EG_PCI_ADDR_TEXT], bridge[EG_PCI_ADDR_TEXT] = "-",
					     gpu[EG_PCI_ADDR_TEXT] = "-";

		if (near->pci_switch_known)
			(void)eg_pci_addr_text(near->pci_switch, bridge);
		if (near->gpu_known)
			(void)eg_pci_addr_text(near->gpu, gpu);
		length += snprintf(text + length, sizeof(text) - (size_t)length, "%s %d %s %s\n",
				   eg_pci_addr_text(devices[i].addr, addr), devices[i].numa_node,
				   bridge, gpu);
	}
	(void)eg_file_replace(path, text, (size_t)length, 0600, NULL);
}

ssize_t eg_pci_list_kept(const char *sysfs, const char *path, const char *boot_id,
			 struct eg_pci_device *ret, size_t max, bool *ret_kept, struct eg_err *err)
{
	struct bus before, after;
	bool is_told = boot_id[0] && read_bus(sysfs, &before);
	ssize_t seen;

	*ret_kept = is_told && take_kept(path, boot_id, &before, ret, max);
	if (*ret_kept)
		return (ssize_t)before.count;
	seen = eg_pci_list(sysfs, ret, max, err);
	/* What hwloc saw is of the bus that was read: none came or went meanwhile. */
	if (is_told && seen == (ssize_t)before.count && (size_t)seen <= max &&
	    read_bus(sysfs, &after) && after.functions == before.functions)
		keep(path, boot_id, &before, ret);
	return seen;
}
