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
	bool ask_fabric; /* load libfabric and ask it: 0.3 s with libfabric 1.17 */
	const char *libfabric; /* path of the library, NULL: "libfabric.so.1" */
};

void eg_gather(const struct eg_gather_options *options, struct eg_node_facts *ret);

#endif
