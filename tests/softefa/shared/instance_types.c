/* SPDX-License-Identifier: BSD-3-Clause */
#include "instance_types.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct se_pci_place p4d_places[] = {
	{ 0x10, 0x1b },
	{ 0x20, 0x1b },
	{ 0x90, 0x1b },
	{ 0xa0, 0x1b },
};

static const struct se_pci_place p5_places[] = {
	{ 0x4f, 0 }, { 0x50, 0 }, { 0x51, 0 }, { 0x52, 0 }, { 0x60, 0 }, { 0x61, 0 }, { 0x62, 0 },
	{ 0x63, 0 }, { 0x71, 0 }, { 0x72, 0 }, { 0x73, 0 }, { 0x74, 0 }, { 0x82, 0 }, { 0x83, 0 },
	{ 0x84, 0 }, { 0x85, 0 }, { 0x93, 0 }, { 0x94, 0 }, { 0x95, 0 }, { 0x96, 0 }, { 0xa4, 0 },
	{ 0xa5, 0 }, { 0xa6, 0 }, { 0xa7, 0 }, { 0xb5, 0 }, { 0xb6, 0 }, { 0xb7, 0 }, { 0xb8, 0 },
	{ 0xc6, 0 }, { 0xc7, 0 }, { 0xc8, 0 }, { 0xc9, 0 },
};

/* Where the only device sits is not known of these types: a place like any other. */
static const struct se_pci_place single_places[] = { { 0x10, 0x1b } };

static const struct se_instance_type types[] = {
	{ "p4d.24xlarge", p4d_places, COUNT(p4d_places), 0xefa0, 100, true, 10561 },
	{ "p4de.24xlarge", p4d_places, COUNT(p4d_places), 0xefa0, 100, true, 10561 },
	{ "p5.48xlarge", p5_places, COUNT(p5_places), 0xefa1, 100, true, 21121 },
	{ "dl1.24xlarge", p4d_places, COUNT(p4d_places), 0xefa0, 100, false, 10561 },
	{ "hpc6a.48xlarge", single_places, COUNT(single_places), 0xefa1, 100, true, 10561 },
	{ "c5n.18xlarge", single_places, COUNT(single_places), 0xefa0, 100, false, 7921 },
};

const struct se_instance_type *se_instance_type_find(const char *name)
{
	for (size_t i = 0; i < COUNT(types); i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}

const struct se_instance_type *se_instance_type_at(size_t index)
{
	return index < COUNT(types) ? &types[index] : NULL;
}
