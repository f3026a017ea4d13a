/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pci_kept - eg_pci_list() for who asks again and again: what cannot change in
 * a boot, the places hwloc found, is kept in a file.
 *
 * Which devices there are is read from the bus each time, one small file a
 * function. Their NUMA nodes, switches and GPUs are taken from the file when it
 * is of this boot and the bus has the same functions as then; else hwloc is
 * asked, which reads ten files a function and all of the processors, and the
 * file is written anew.
 */
#ifndef EG_NODE_PCI_KEPT_H
#define EG_NODE_PCI_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct eg_err;
struct eg_pci_device;

#define EG_PCI_KEPT_FILE "pci" /* in the gate's folder of this boot */

/*
 * As eg_pci_list(), with the same result and errors. @path lies in a folder
 * that only root can write to; a file that is not there, of another boot
 * (@boot_id) or not what is written here counts as none, and one that cannot be
 * written is done without. *@ret_kept is set when hwloc was not asked.
 */
ssize_t eg_pci_list_kept(const char *sysfs, const char *path, const char *boot_id,
			 struct eg_pci_device *ret, size_t max, bool *ret_kept, struct eg_err *err);

#endif
