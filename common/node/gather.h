/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gather - everything this node shows without traffic, in one call.
 *
 * pci -> driver -> verbs -> open -> fabric, each layer asked by itself and
 * joined by PCI address; then huge pages, limits, counters, instance. Never
 * fails as a whole: a layer that could not be asked is EG_NOT_MEASURED in the
 * facts, with its text. May block as long as a driver blocks in open(2) or
 * ioctl(2): callers that must not hang run it in a child.
 */
#ifndef EG_NODE_GATHER_H
#define EG_NODE_GATHER_H

#include <stdbool.h>
#include <stdint.h>

struct eg_node_facts;

struct eg_gather_options {
	const char *sysfs; /* "/sys", or the tree SYSFS_PATH names (check by hand) */
	const char *node; /* Slurm's node name, or NULL for the host name */
	const char *instance_type; /* said by the user or the site, or NULL: DMI tells */
	const char *instance_type_source; /* "option" or "config" when @instance_type is set */
	uint32_t expected_devices; /* said by the user or the site, 0: not said */
	const char *instances; /* the site's rows of instance types, NULL: none */
	const char *state_dir; /* folder with what `check --learn` kept, NULL: none */
	const char
		*pci_kept; /* file that keeps places on PCI for this boot, NULL: hwloc each time */
	uint32_t ranks; /* of the job, 0: its demand for huge pages is not judged */
	uint32_t forks_per_rank; /* children of a rank that live at the same time */
	uint64_t huge_pages_kept; /* by static users of the site's */
	bool is_idle; /* said: no job runs; else it is found out where that matters */
	/*
	 * How long a node that has just started is given until its devices are whole;
	 * 0: not at all. A node that is up for longer is not waited for.
	 */
	uint32_t late_ms;
	bool no_counters; /* leave out the devices' counters, some 30 files each */
	bool ask_fabric; /* load libfabric and ask it: 0.3 s with libfabric 1.17 */
	const char *libfabric; /* path of the library, NULL: "libfabric.so.1" */
};

#define EG_LATE_BOOT_S 600 /* devices are late for seconds after boot, at most minutes */

void eg_gather(const struct eg_gather_options *options, struct eg_node_facts *ret);

#endif
