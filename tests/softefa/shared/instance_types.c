/* SPDX-License-Identifier: BSD-3-Clause */
#include "instance_types.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FIRST_PART_ID 0xefa0
/* What Amazon's installer reserves: 110 MB for each virtual processor, twice, and a page. */
#define HUGE_PAGES(vcpus) ((vcpus)*110ull + 1)

static const struct se_pci_place p4d[] = {
	{ 0x10, 0x1b },
	{ 0x20, 0x1b },
	{ 0x90, 0x1b },
	{ 0xa0, 0x1b },
};

static const struct se_pci_place p5[] = {
	{ 0x4f, 0x00 }, { 0x50, 0x00 }, { 0x51, 0x00 }, { 0x52, 0x00 }, { 0x60, 0x00 },
	{ 0x61, 0x00 }, { 0x62, 0x00 }, { 0x63, 0x00 }, { 0x71, 0x00 }, { 0x72, 0x00 },
	{ 0x73, 0x00 }, { 0x74, 0x00 }, { 0x82, 0x00 }, { 0x83, 0x00 }, { 0x84, 0x00 },
	{ 0x85, 0x00 }, { 0x93, 0x00 }, { 0x94, 0x00 }, { 0x95, 0x00 }, { 0x96, 0x00 },
	{ 0xa4, 0x00 }, { 0xa5, 0x00 }, { 0xa6, 0x00 }, { 0xa7, 0x00 }, { 0xb5, 0x00 },
	{ 0xb6, 0x00 }, { 0xb7, 0x00 }, { 0xb8, 0x00 }, { 0xc6, 0x00 }, { 0xc7, 0x00 },
	{ 0xc8, 0x00 }, { 0xc9, 0x00 },
};

/* Four on each switch beside its EFA devices, and the machine's first one. */
static const struct se_pci_place p5_ena[] = {
	{ 0x47, 0x00 }, { 0x48, 0x00 }, { 0x49, 0x00 }, { 0x4a, 0x00 }, { 0x4b, 0x00 },
	{ 0x58, 0x00 }, { 0x59, 0x00 }, { 0x5a, 0x00 }, { 0x5b, 0x00 }, { 0x69, 0x00 },
	{ 0x6a, 0x00 }, { 0x6b, 0x00 }, { 0x6c, 0x00 }, { 0x7a, 0x00 }, { 0x7b, 0x00 },
	{ 0x7c, 0x00 }, { 0x7d, 0x00 }, { 0x8c, 0x00 }, { 0x8d, 0x00 }, { 0x8e, 0x00 },
	{ 0x8f, 0x00 }, { 0x9c, 0x00 }, { 0x9d, 0x00 }, { 0x9e, 0x00 }, { 0x9f, 0x00 },
	{ 0xad, 0x00 }, { 0xae, 0x00 }, { 0xaf, 0x00 }, { 0xb0, 0x00 }, { 0xbe, 0x00 },
	{ 0xbf, 0x00 }, { 0xc0, 0x00 }, { 0xc1, 0x00 },
};

/* Where the first network card of an instance is. */
static const struct se_pci_place first_ena = { 0x00, 0x05 };

static const struct se_pci_place p5en[] = {
	{ 0x55, 0x00 }, { 0x56, 0x00 }, { 0x57, 0x00 }, { 0x58, 0x00 },
	{ 0x6e, 0x00 }, { 0x6f, 0x00 }, { 0x70, 0x00 }, { 0x71, 0x00 },
	{ 0x87, 0x00 }, { 0x88, 0x00 }, { 0x89, 0x00 }, { 0x8a, 0x00 },
	{ 0xa0, 0x00 }, { 0xa1, 0x00 }, { 0xa2, 0x00 }, { 0xa3, 0x00 },
};

static const struct se_pci_place p6_b200[] = {
	{ 0x4f, 0x00 }, { 0x50, 0x00 }, { 0x60, 0x00 }, { 0x61, 0x00 },
	{ 0x71, 0x00 }, { 0x72, 0x00 }, { 0x84, 0x00 }, { 0x85, 0x00 },
};

static const struct se_pci_place p6_b300[] = {
	{ 0x56, 0x00 }, { 0x57, 0x00 }, { 0x65, 0x00 }, { 0x66, 0x00 },
	{ 0x74, 0x00 }, { 0x75, 0x00 }, { 0x83, 0x00 }, { 0x84, 0x00 },
	{ 0x92, 0x00 }, { 0x93, 0x00 }, { 0xa1, 0x00 }, { 0xa2, 0x00 },
	{ 0xb0, 0x00 }, { 0xb1, 0x00 }, { 0xbf, 0x00 }, { 0xc0, 0x00 },
};

static const struct se_pci_place p6e_gb200[] = {
	{ 0x27, 0x00 }, { 0x28, 0x00 }, { 0x3d, 0x00 }, { 0x3e, 0x00 },
	{ 0x9a, 0x00 }, { 0x9b, 0x00 }, { 0xb0, 0x00 }, { 0xb1, 0x00 },
	{ 0x36, 0x00 }, { 0x37, 0x00 }, { 0x4c, 0x00 }, { 0x4d, 0x00 },
	{ 0xa9, 0x00 }, { 0xaa, 0x00 }, { 0xbf, 0x00 }, { 0xc0, 0x00 },
};

static const struct se_other_device p6_b200_others[] = {
	{ "ibp115s0f0", { 0x73, 0x00 } },
	{ "ibp116s0f0", { 0x74, 0x00 } },
};

static const struct se_other_device p6_b300_others[] = {
	{ "ibp198s0f0", { 0xc6, 0x00 } },
	{ "ibp199s0f0", { 0xc7, 0x00 } },
};

/* Where the devices of a type really are; p4de and p5e are the machines of p4d and p5. */
static const struct {
	const char *type;
	const struct se_pci_place *places;
	size_t count;
	const struct se_other_device *others;
	size_t other_count;
} known[] = {
	{ "p4d.24xlarge", p4d, COUNT(p4d), NULL, 0 },
	{ "p4de.24xlarge", p4d, COUNT(p4d), NULL, 0 },
	{ "p5.48xlarge", p5, COUNT(p5), NULL, 0 },
	{ "p5e.48xlarge", p5, COUNT(p5), NULL, 0 },
	{ "p5en.48xlarge", p5en, COUNT(p5en), NULL, 0 },
	{ "p6-b200.48xlarge", p6_b200, COUNT(p6_b200), p6_b200_others, COUNT(p6_b200_others) },
	{ "p6-b300.48xlarge", p6_b300, COUNT(p6_b300), p6_b300_others, COUNT(p6_b300_others) },
	{ "p6e-gb200.36xlarge", p6e_gb200, COUNT(p6e_gb200), NULL, 0 },
};

/* clang-format off */
static const struct se_instance_type types[] = {
#define TYPE(type, count, gbps, generation, reads, writes, vcpus)             \
	{ .name = (type), .devices = (count), .rate_gbps = (gbps),             \
	  .part_id = FIRST_PART_ID + (generation)-1, .rdma_read = (reads),     \
	  .rdma_write = (writes), .huge_pages = HUGE_PAGES(vcpus) },
#include "instance_types.def"
#undef TYPE
};
/* clang-format on */

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

/* Half of them below bus 0x80, half above, in even steps. */
static struct se_pci_place regular_place(const struct se_instance_type *type, uint32_t number)
{
	uint32_t half = (type->devices + 1) / 2;
	uint32_t step = half > 4 ? 8 : 16;
	uint32_t bus = (number < half ? 0x10 : 0x90) + number % half * step;

	return (struct se_pci_place){ .bus = (uint8_t)bus, .slot = 0x1b };
}

struct se_pci_place se_instance_place(const struct se_instance_type *type, uint32_t number)
{
	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(known[i].type, type->name) == 0 && number < known[i].count)
			return known[i].places[number];
	return regular_place(type, number);
}

const struct se_other_device *se_instance_other(const char *type, uint32_t number)
{
	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(known[i].type, type) == 0 && number < known[i].other_count)
			return &known[i].others[number];
	return NULL;
}

bool se_instance_ena(const char *type, uint32_t number, struct se_pci_place *ret)
{
	bool is_p5 = strcmp(type, "p5.48xlarge") == 0 || strcmp(type, "p5e.48xlarge") == 0;

	if (number >= (is_p5 ? COUNT(p5_ena) : 1))
		return false;
	*ret = is_p5 ? p5_ena[number] : first_ena;
	return true;
}
