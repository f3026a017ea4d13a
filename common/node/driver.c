/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/driver.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/err.h"

int eg_driver_read_link(const char *device, char *name, size_t size, struct eg_err *err)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *last;
	ssize_t length;

	if (snprintf(path, sizeof(path), "%s/driver", device) >= (int)sizeof(path))
		return eg_err_errno(err, ENAMETOOLONG, "'%s'", device);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0 && errno != ENOENT)
		return eg_err_errno(err, errno, "'%s'", path);
	if (length < 0 && access(device, F_OK) < 0)
		return eg_err_errno(err, errno == ENOENT ? ENODEV : errno, "'%s'", device);
	if (length < 0)
		length = 0;
	target[length] = '\0';
	last = strrchr(target, '/');
	(void)snprintf(name, size, "%s", last ? last + 1 : target);
	return name[0] != '\0';
}

int eg_driver_read(const char *sysfs, struct eg_pci_addr addr, char *name, size_t size,
		   struct eg_err *err)
{
	char path[PATH_MAX], text[EG_PCI_ADDR_TEXT];

	if (snprintf(path, sizeof(path), "%s/bus/pci/devices/%s", sysfs,
		     eg_pci_addr_text(addr, text)) >= (int)sizeof(path))
		return eg_err_errno(err, ENAMETOOLONG, "'%s'", sysfs);
	return eg_driver_read_link(path, name, size, err);
}
