/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kept_places - what eg_pci_list_kept() says, in bus order.
 *
 *	kept_places FILE BOOT      "hwloc" or "kept", then a line a device: address,
 *	                           id, NUMA node, switch, GPU
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/base/err.h"
#include "common/node/facts.h"
#include "common/node/pci.h"
#include "common/node/pci_kept.h"

static int compare(const void *a, const void *b)
{
	const struct eg_pci_device *left = a, *right = b;

	return eg_pci_addr_compare(left->addr, right->addr);
}

static void print_addr(bool known, struct eg_pci_addr addr)
{
	char text[EG_PCI_ADDR_TEXT];

	printf(" %s", known ? eg_pci_addr_text(addr, text) : "-");
}

int main(int argc, char **argv)
{
	static struct eg_pci_device devices[EG_DEVICES_MAX];
	char text[EG_PCI_ADDR_TEXT];
	struct eg_err err = { 0 };
	bool was_kept = false;
	ssize_t seen;

	if (argc != 3)
		return 64;
	seen = eg_pci_list_kept("/sys", argv[1], argv[2], devices, EG_DEVICES_MAX, &was_kept, &err);
	if (seen < 0) {
		fprintf(stderr, "kept_places: %s\n", err.text);
		return 1;
	}
	qsort(devices, (size_t)seen, sizeof(devices[0]), compare);
	puts(was_kept ? "kept" : "hwloc");
	for (ssize_t i = 0; i < seen; i++) {
		const struct eg_locality *near = &devices[i].locality;

		printf("%s %x %d", eg_pci_addr_text(devices[i].addr, text), devices[i].device_id,
		       devices[i].numa_node);
		print_addr(near->pci_switch_known, near->pci_switch);
		print_addr(near->gpu_known, near->gpu);
		putchar('\n');
	}
	return 0;
}
