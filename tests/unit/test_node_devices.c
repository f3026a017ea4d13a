/* SPDX-License-Identifier: BSD-3-Clause */
/* driver, ib_class, counters, pci, fabric_lib: devices as sysfs and the libraries show them. */
#include "tests/unit/cmocka_all.h"

#include <errno.h>

#include "common/base/err.h"
#include "common/node/counters.h"
#include "common/node/driver.h"
#include "common/node/fabric_lib.h"
#include "common/node/facts.h"
#include "common/node/ib_class.h"
#include "common/node/pci.h"
#include "tests/unit/test_node_tree.h"

static const struct eg_pci_addr first = { 0, 0x10, 0x1b, 0 };

#define FIRST "devices/pci0000:10/0000:10:1b.0"

/* One function at 0000:10:1b.0 with the ids of an EFA, unbound. */
static void add_function(void)
{
	tree_file(FIRST "/vendor", "0x1d0f\n");
	tree_file(FIRST "/device", "0xefa1\n");
	tree_link("bus/pci/devices/0000:10:1b.0", "../../../" FIRST);
}

static void add_verbs(const char *name, const char *uverbs)
{
	char path[64], text[32];

	(void)snprintf(path, sizeof(path), "class/infiniband/%s/device", name);
	tree_link(path, "../../../" FIRST);
	if (!uverbs)
		return;
	(void)snprintf(path, sizeof(path), "class/infiniband_verbs/%s/ibdev", uverbs);
	(void)snprintf(text, sizeof(text), "%s\n", name);
	tree_file(path, text);
}

static void a_bound_driver_is_named(void **state)
{
	struct eg_err err = { 0 };
	char name[32] = "old", text[EG_ERR_TEXT_MAX];

	(void)state;
	(void)snprintf(text, sizeof(text), "'%s/bus/pci/devices/0000:10:1b.0': No such device",
		       tree);
	assert_int_equal(eg_driver_read(tree, first, name, sizeof(name), &err), -ENODEV);
	assert_string_equal(err.text, text);
	add_function();
	assert_int_equal(eg_driver_read(tree, first, name, sizeof(name), NULL), 0);
	assert_string_equal(name, "");
	tree_link(FIRST "/driver", "../../../bus/pci/drivers/efa");
	assert_int_equal(eg_driver_read(tree, first, name, sizeof(name), NULL), 1);
	assert_string_equal(name, "efa");
}

static void a_driver_that_is_no_link_is_an_error(void **state)
{
	char name[32];

	(void)state;
	add_function();
	tree_file(FIRST "/driver", "efa\n");
	assert_int_equal(eg_driver_read(tree, first, name, sizeof(name), NULL), -EINVAL);
}

static void no_rdma_in_the_kernel_is_no_device(void **state)
{
	struct eg_ib_device device;
	struct eg_err err = { 0 };

	(void)state;
	assert_int_equal(eg_ib_class_list(tree, &device, 1, &err), 0);
	tree_file("class/infiniband", "a file\n");
	assert_int_equal(eg_ib_class_list(tree, &device, 1, &err), -ENOTDIR);
}

static void efa_is_known_by_its_numbers_not_its_name(void **state)
{
	struct eg_ib_device devices[2];

	(void)state;
	add_function();
	add_verbs("mlx5_7", "uverbs3");
	tree_file("class/infiniband/rdmap9s0/device/vendor", "0x15b3\n");
	tree_file("class/infiniband/rdmap9s0/device/device", "0xefa1\n");
	tree_folder("class/infiniband/efa_0");
	assert_int_equal(eg_ib_class_list(tree, devices, 2, NULL), 1);
	assert_string_equal(devices[0].name, "mlx5_7");
	assert_string_equal(devices[0].uverbs, "uverbs3");
	assert_int_equal(devices[0].device_id, 0xefa1);
	assert_true(devices[0].pci_known);
	assert_int_equal(eg_pci_addr_compare(devices[0].pci, first), 0);
}

static void efa_is_known_by_its_driver(void **state)
{
	struct eg_ib_device device;

	(void)state;
	tree_link("class/infiniband/efa_0/device/driver", "/sys/bus/pci/drivers/efa");
	assert_int_equal(eg_ib_class_list(tree, &device, 1, NULL), 1);
	assert_false(device.pci_known);
	assert_int_equal(device.device_id, 0);
	assert_string_equal(device.uverbs, "");
}

static void more_devices_than_room_are_counted(void **state)
{
	struct eg_ib_device device;

	(void)state;
	add_function();
	add_verbs("a", "uverbs0");
	add_verbs("b", "uverbs1");
	add_verbs("c", NULL);
	assert_int_equal(eg_ib_class_list(tree, &device, 1, NULL), 3);
}

static void a_rate_is_read_in_whole_gigabits(void **state)
{
	static const struct {
		const char *text;
		uint32_t gbps;
	} rates[] = {
		{ "100 Gb/sec (4X EDR)\n", 100 },
		{ "2.5 Gb/sec (1X SDR)\n", 2 },
		{ "400 Gb/sec (8X HDR)\n", 400 },
		{ "100\n", 0 },
		{ "-100 Gb/sec\n", 0 },
		{ "fast Gb/sec\n", 0 },
		{ "", 0 },
		{ "99999999999 Gb/sec\n", 0 },
		{ "100 Mb/sec\n", 0 },
	};

	(void)state;
	assert_int_equal(eg_ib_class_rate(tree, "x"), 0);
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		tree_file("class/infiniband/x/ports/1/rate", rates[i].text);
		assert_int_equal(eg_ib_class_rate(tree, "x"), rates[i].gbps);
	}
}

static void counters_are_read_in_order(void **state)
{
	struct eg_counter counters[EG_COUNTERS_MAX];

	(void)state;
	assert_int_equal(eg_counters_read(tree, "x", counters, EG_COUNTERS_MAX), 0);
	tree_file("class/infiniband/x/hw_counters/submitted_cmds", "12\n");
	tree_file("class/infiniband/x/hw_counters/cmds_err", "18446744073709551615\n");
	tree_file("class/infiniband/x/hw_counters/lifespan", "10\n");
	tree_file("class/infiniband/x/ports/1/hw_counters/rx_drops", "3\n");
	tree_file("class/infiniband/x/ports/1/hw_counters/lifespan", "10\n");
	assert_int_equal(eg_counters_read(tree, "x", counters, EG_COUNTERS_MAX), 3);
	assert_string_equal(counters[0].name, "cmds_err");
	assert_true(counters[0].value == UINT64_MAX && !counters[0].port);
	assert_string_equal(counters[1].name, "submitted_cmds");
	assert_string_equal(counters[2].name, "rx_drops");
	assert_true(counters[2].port && counters[2].value == 3);
	assert_int_equal(eg_counters_read(tree, "x", counters, 2), 2);
}

static void what_is_no_counter_is_left_out(void **state)
{
	struct eg_counter counters[EG_COUNTERS_MAX];

	(void)state;
	tree_file("class/infiniband/x/hw_counters/empty", "");
	tree_file("class/infiniband/x/hw_counters/text", "many\n");
	tree_file("class/infiniband/x/hw_counters/negative", "-1\n");
	tree_file("class/infiniband/x/hw_counters/two", "1 2\n");
	tree_file("class/infiniband/x/hw_counters/large", "99999999999999999999999\n");
	tree_file("class/infiniband/x/hw_counters/"
		  "a_name_that_is_longer_than_any_counter_has_room_for",
		  "1\n");
	tree_folder("class/infiniband/x/hw_counters/folder");
	tree_link("class/infiniband/x/hw_counters/nowhere", "gone");
	tree_file("class/infiniband/x/hw_counters/good", "5\n");
	assert_int_equal(eg_counters_read(tree, "x", counters, EG_COUNTERS_MAX), 1);
	assert_string_equal(counters[0].name, "good");
}

static void pci_numbers_tell_an_efa(void **state)
{
	(void)state;
	assert_true(eg_pci_is_efa(0x1d0f, 0xefa0));
	assert_true(eg_pci_is_efa(0x1d0f, 0xefa4));
	assert_false(eg_pci_is_efa(0x1d0f, 0xec20));
	assert_false(eg_pci_is_efa(0x1d0f, 0x0200));
	assert_false(eg_pci_is_efa(0x15b3, 0xefa1));
}

static void devices_of_two_machines_are_not_mixed(void **state)
{
	struct eg_pci_device device;
	struct eg_err err = { 0 };
	char text[EG_ERR_TEXT_MAX];

	(void)state;
	(void)snprintf(text, sizeof(text),
		       "hwloc: reads this machine, not '%s' (HWLOC_FSROOT is not set)", tree);
	assert_int_equal(eg_pci_list(tree, &device, 1, &err), -EINVAL);
	assert_string_equal(err.text, text);
}

static void a_library_that_is_not_there_is_said(void **state)
{
	struct eg_fabric_lib lib = { 0 };
	struct eg_err err = { 0 };

	(void)state;
	assert_int_equal(eg_fabric_lib_open(tree_path("libfabric.so.1"), &lib, &err), -ENOENT);
	assert_non_null(strstr(err.text, tree_path("libfabric.so.1")));
	assert_int_equal(eg_fabric_lib_open("libc.so.6", &lib, &err), -ENOENT);
	assert_non_null(strstr(err.text, "fi_getinfo"));
	assert_null(lib.handle);
}

#define IN_TREE(test) cmocka_unit_test_setup_teardown(test, tree_make, tree_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_TREE(a_bound_driver_is_named),
		IN_TREE(a_driver_that_is_no_link_is_an_error),
		IN_TREE(no_rdma_in_the_kernel_is_no_device),
		IN_TREE(efa_is_known_by_its_numbers_not_its_name),
		IN_TREE(efa_is_known_by_its_driver),
		IN_TREE(more_devices_than_room_are_counted),
		IN_TREE(a_rate_is_read_in_whole_gigabits),
		IN_TREE(counters_are_read_in_order),
		IN_TREE(what_is_no_counter_is_left_out),
		cmocka_unit_test(pci_numbers_tell_an_efa),
		IN_TREE(devices_of_two_machines_are_not_mixed),
		IN_TREE(a_library_that_is_not_there_is_said),
	};

	/* As in efagate's own processes: a plugin of hwloc's leaks. */
	(void)setenv("HWLOC_PLUGINS_PATH", "/nonexistent", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
