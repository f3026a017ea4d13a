/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "common/node/fabric.h"
#include "common/node/facts.h"
#include "common/node/inventory.h"
#include "common/node/pci.h"
#include "common/node/verbs.h"

static struct eg_node_facts facts;

static const struct eg_pci_addr a0 = { 0, 0xa0, 0x1b, 0 };
static const struct eg_pci_addr b10 = { 0, 0x10, 0x1b, 0 };
static const struct eg_pci_addr b20 = { 0, 0x20, 0x1b, 0 };

static struct eg_layer_count count_of(size_t count)
{
	return (struct eg_layer_count){ .measured = true, .count = count, .seen = count };
}

static void the_layers_meet_at_the_address_in_bus_order(void **state)
{
	const struct eg_pci_device pci[] = { { .addr = a0, .device_id = 0xefa0, .numa_node = 1 },
					     { .addr = b10, .device_id = 0xefa0, .numa_node = 0 } };
	const struct eg_verbs_device verbs[] = {
		{ .ib = { .name = "efa_1", .pci = b10, .pci_known = true, .device_id = 0xefa0 },
		  .opens = true,
		  .capabilities = 7,
		  .gid = { 0xfe, 0x80 },
		  .rate_gbps = 100 },
		{ .ib = { .name = "rdmap160s27", .pci = a0, .pci_known = true },
		  .open_errno = EACCES },
	};
	const struct eg_fabric_device fabric[] = { { b10, true, "efa_1" } };
	const struct eg_layers layers = {
		pci, verbs, fabric, count_of(2), count_of(2), count_of(1)
	};

	(void)state;
	eg_inventory_join(&layers, &facts);
	assert_int_equal(facts.device_count, 2);
	assert_int_equal(facts.devices_dropped, 0);
	assert_string_equal(facts.devices[0].name, "efa_1");
	assert_int_equal(facts.devices[0].on_pci, EG_YES);
	assert_int_equal(facts.devices[0].opens, EG_YES);
	assert_int_equal(facts.devices[0].has_fabric, EG_YES);
	assert_int_equal(facts.devices[0].capabilities, 7);
	assert_int_equal(facts.devices[0].gid[0], 0xfe);
	assert_int_equal(facts.devices[0].rate_gbps, 100);
	assert_int_equal(facts.devices[1].numa_node, 1);
	assert_int_equal(facts.devices[1].opens, EG_NO);
	assert_int_equal(facts.devices[1].open_errno, EACCES);
	assert_int_equal(facts.devices[1].has_fabric, EG_NO);
}

static void a_layer_that_misses_a_device_says_no(void **state)
{
	const struct eg_pci_device pci[] = {
		{ .addr = b10, .device_id = 0xefa1, .numa_node = -1 }
	};
	const struct eg_verbs_device verbs[] = {
		{ .ib = { .name = "x", .pci = b20, .pci_known = true, .device_id = 0xefa2 } }
	};
	const struct eg_layers layers = { pci, verbs, NULL, count_of(1), count_of(1), count_of(0) };

	(void)state;
	eg_inventory_join(&layers, &facts);
	assert_int_equal(facts.device_count, 2);
	assert_int_equal(facts.devices[0].on_pci, EG_YES);
	assert_int_equal(facts.devices[0].has_verbs, EG_NO);
	assert_int_equal(facts.devices[0].opens, EG_NOT_MEASURED);
	assert_int_equal(facts.devices[0].has_fabric, EG_NO);
	assert_int_equal(facts.devices[1].on_pci, EG_NO);
	assert_int_equal(facts.devices[1].has_verbs, EG_YES);
	assert_int_equal(facts.devices[1].device_id, 0xefa2);
	assert_int_equal(facts.devices[1].numa_node, -1);
}

static void a_layer_that_was_not_asked_says_nothing(void **state)
{
	const struct eg_pci_device pci[] = { { .addr = b10, .device_id = 0xefa1, .numa_node = 0 } };
	const struct eg_layers only_pci = { .pci = pci, .pci_count = count_of(1) };
	const struct eg_verbs_device verbs[] = {
		{ .ib = { .name = "x", .pci = b10, .pci_known = true } }
	};
	const struct eg_layers only_verbs = { .verbs = verbs, .verbs_count = count_of(1) };
	const struct eg_layers none = { 0 };

	(void)state;
	eg_inventory_join(&only_pci, &facts);
	assert_int_equal(facts.device_count, 1);
	assert_int_equal(facts.devices[0].has_verbs, EG_NOT_MEASURED);
	assert_int_equal(facts.devices[0].opens, EG_NOT_MEASURED);
	assert_int_equal(facts.devices[0].has_fabric, EG_NOT_MEASURED);
	eg_inventory_join(&only_verbs, &facts);
	assert_int_equal(facts.device_count, 1);
	assert_int_equal(facts.devices[0].on_pci, EG_NOT_MEASURED);
	eg_inventory_join(&none, &facts);
	assert_int_equal(facts.device_count, 0);
}

static void a_device_without_address_goes_by_its_name_and_last(void **state)
{
	const struct eg_pci_device pci[] = { { .addr = b10, .device_id = 0xefa1, .numa_node = 0 } };
	const struct eg_verbs_device verbs[] = { { .ib = { .name = "z" } },
						 { .ib = { .name = "a" } } };
	const struct eg_fabric_device fabric[] = { { .name = "z" }, { .name = "q" } };
	const struct eg_layers layers = {
		pci, verbs, fabric, count_of(1), count_of(2), count_of(2)
	};

	(void)state;
	eg_inventory_join(&layers, &facts);
	assert_int_equal(facts.device_count, 4);
	assert_true(facts.devices[0].pci_known);
	assert_string_equal(facts.devices[1].name, "a");
	assert_int_equal(facts.devices[1].has_fabric, EG_NO);
	assert_string_equal(facts.devices[2].name, "q");
	assert_int_equal(facts.devices[2].has_verbs, EG_NO);
	assert_string_equal(facts.devices[3].name, "z");
	assert_false(facts.devices[3].pci_known);
	assert_int_equal(facts.devices[3].has_verbs, EG_YES);
	assert_int_equal(facts.devices[3].has_fabric, EG_YES);
}

static void what_finds_no_room_is_counted(void **state)
{
	struct eg_pci_device pci[EG_DEVICES_MAX];
	const struct eg_verbs_device verbs[] = { { .ib = { .name = "extra" } } };
	struct eg_layers layers = { .pci = pci, .verbs = verbs, .verbs_count = count_of(1) };

	(void)state;
	for (size_t i = 0; i < EG_DEVICES_MAX; i++)
		pci[i] = (struct eg_pci_device){ .addr = { 0, (uint8_t)i, 0, 0 },
						 .device_id = 0xefa1 };
	layers.pci_count = count_of(EG_DEVICES_MAX);
	eg_inventory_join(&layers, &facts);
	assert_int_equal(facts.device_count, EG_DEVICES_MAX);
	assert_int_equal(facts.devices_dropped, 1);
	layers.pci_count.seen = EG_DEVICES_MAX + 5;
	eg_inventory_join(&layers, &facts);
	assert_int_equal(facts.devices_dropped, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_layers_meet_at_the_address_in_bus_order),
		cmocka_unit_test(a_layer_that_misses_a_device_says_no),
		cmocka_unit_test(a_layer_that_was_not_asked_says_nothing),
		cmocka_unit_test(a_device_without_address_goes_by_its_name_and_last),
		cmocka_unit_test(what_finds_no_room_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
