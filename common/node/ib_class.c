/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/ib_class.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/node/driver.h"
#include "common/node/pci.h"

static void close_folder(DIR **folder)
{
	if (*folder)
		(void)closedir(*folder);
}

static unsigned int read_id(const char *device, const char *file)
{
	char path[PATH_MAX];
	uint64_t value = 0;

	if (snprintf(path, sizeof(path), "%s/%s", device, file) >= (int)sizeof(path) ||
	    eg_file_read_u64(AT_FDCWD, path, &value, NULL) < 0 || value > UINT16_MAX)
		return 0;
	return (unsigned int)value;
}

static bool parse_last_part(const char *path, struct eg_pci_addr *ret)
{
	const char *last = path ? strrchr(path, '/') : NULL;

	return last && eg_pci_addr_parse(last + 1, ret);
}

/*
 * The link "device" ends in the folder of the PCI function. Its text says so itself in the
 * kernel's /sys; following it takes two dozen calls.
 */
static bool find_address(const char *device, struct eg_pci_addr *ret)
{
	EG_CLEANUP(eg_free) char *real = NULL;
	char target[PATH_MAX];
	ssize_t length = readlink(device, target, sizeof(target) - 1);

	target[length > 0 ? length : 0] = '\0';
	if (parse_last_part(target, ret))
		return true;
	real = realpath(device, NULL);
	return parse_last_part(real, ret);
}

static bool describe(const char *sysfs, const char *name, struct eg_ib_device *ret)
{
	char device[PATH_MAX], driver[32] = "";
	unsigned int vendor_id, device_id;
	bool is_efa;

	if (strlen(name) >= sizeof(ret->name) ||
	    snprintf(device, sizeof(device), "%s/class/infiniband/%s/device", sysfs, name) >=
		    (int)sizeof(device))
		return false;
	vendor_id = read_id(device, "vendor");
	device_id = read_id(device, "device");
	is_efa = eg_pci_is_efa(vendor_id, device_id);
	if (!is_efa && (eg_driver_read_link(device, driver, sizeof(driver), NULL) < 0 ||
			strcmp(driver, EG_DRIVER_EFA) != 0))
		return false;
	*ret = (struct eg_ib_device){ .device_id = (uint16_t)device_id };
	(void)snprintf(ret->name, sizeof(ret->name), "%s", name);
	ret->pci_known = find_address(device, &ret->pci);
	return true;
}

static bool is_uverbs(const char *sysfs, const char *uverbs, const char *name)
{
	char path[PATH_MAX], text[EG_DEVICE_NAME_MAX];

	return snprintf(path, sizeof(path), "%s/class/infiniband_verbs/%s/ibdev", sysfs, uverbs) <
		       (int)sizeof(path) &&
	       eg_file_read_text(AT_FDCWD, path, text, sizeof(text), NULL) > 0 &&
	       !strcmp(text, name);
}

static bool find_uverbs_in(const char *sysfs, const char *path, struct eg_ib_device *device)
{
	EG_CLEANUP(close_folder) DIR *folder = opendir(path);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, "uverbs", 6) != 0 ||
		    strlen(entry->d_name) >= sizeof(device->uverbs) ||
		    !is_uverbs(sysfs, entry->d_name, device->name))
			continue;
		strcpy(device->uverbs, entry->d_name);
		return true;
	}
	return false;
}

/* The PCI function has it below itself; the class, where it is else, has those of all devices. */
static void find_uverbs(const char *sysfs, struct eg_ib_device *device)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/class/infiniband/%s/device/infiniband_verbs", sysfs,
		       device->name);
	if (find_uverbs_in(sysfs, path, device))
		return;
	(void)snprintf(path, sizeof(path), "%s/class/infiniband_verbs", sysfs);
	(void)find_uverbs_in(sysfs, path, device);
}

ssize_t eg_ib_class_list(const char *sysfs, struct eg_ib_device *ret, size_t max,
			 struct eg_err *err)
{
	char path[PATH_MAX];
	EG_CLEANUP(close_folder) DIR *folder = NULL;
	const struct dirent *entry;
	struct eg_ib_device device;
	size_t count = 0;

	if (snprintf(path, sizeof(path), "%s/class/infiniband", sysfs) >= (int)sizeof(path))
		return eg_err_errno(err, ENAMETOOLONG, "'%s'", sysfs);
	folder = opendir(path);
	if (!folder && errno == ENOENT)
		return 0;
	if (!folder)
		return eg_err_errno(err, errno, "'%s'", path);
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.' || !describe(sysfs, entry->d_name, &device))
			continue;
		if (count < max) {
			find_uverbs(sysfs, &device);
			ret[count] = device;
		}
		count++;
	}
	return (ssize_t)count;
}

uint32_t eg_ib_class_rate(const char *sysfs, const char *name)
{
	char path[PATH_MAX], text[64];
	char *end = NULL;
	unsigned long rate;

	(void)snprintf(path, sizeof(path), "%s/class/infiniband/%s/ports/1/rate", sysfs, name);
	if (eg_file_read_text(AT_FDCWD, path, text, sizeof(text), NULL) < 0 ||
	    !isdigit((unsigned char)text[0]))
		return 0;
	rate = strtoul(text, &end, 10);
	if (*end == '.')
		end += 1 + strspn(end + 1, "0123456789");
	return rate > 100000 || strncmp(end, " Gb/sec", 7) != 0 ? 0 : (uint32_t)rate;
}
