/* SPDX-License-Identifier: BSD-3-Clause */
/* huge_pages, limits, instance: what the node is and has beside its devices. */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "common/base/err.h"
#include "common/node/facts.h"
#include "common/node/huge_pages.h"
#include "common/node/instance.h"
#include "common/node/instance_table.h"
#include "common/node/limits.h"
#include "tests/unit/test_node_tree.h"

static void add_pool(void)
{
	tree_file("meminfo", "MemTotal: 1 kB\nHugePages_Total: 9\nHugepagesize:    2048 kB\n");
	tree_file("kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "10561\n");
	tree_file("kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "10000\n");
	tree_file("kernel/mm/hugepages/hugepages-2048kB/resv_hugepages", "7\n");
	tree_file("kernel/mm/hugepages/hugepages-2048kB/surplus_hugepages", "3\n");
	tree_file("kernel/mm/hugepages/hugepages-2048kB/nr_overcommit_hugepages", "20\n");
}

static int read_pool(struct eg_huge_page_pool *ret, struct eg_err *err)
{
	char meminfo[PATH_MAX];

	(void)snprintf(meminfo, sizeof(meminfo), "%s/meminfo", tree);
	return eg_huge_pages_read(tree, meminfo, ret, err);
}

static void a_pool_is_read_whole(void **state)
{
	struct eg_huge_page_pool pool = { 0 };

	(void)state;
	add_pool();
	assert_int_equal(read_pool(&pool, NULL), 0);
	assert_true(pool.measured);
	assert_int_equal(pool.size_kib, 2048);
	assert_int_equal(pool.total, 10561);
	assert_int_equal(pool.free, 10000);
	assert_int_equal(pool.reserved, 7);
	assert_int_equal(pool.surplus, 3);
	assert_int_equal(pool.overcommit, 20);
}

static void the_pool_of_the_default_size_counts(void **state)
{
	struct eg_huge_page_pool pool = { 0 };
	struct eg_err err = { 0 };
	char text[EG_ERR_TEXT_MAX];

	(void)state;
	add_pool();
	tree_file("meminfo", "Hugepagesize: 1048576 kB\n");
	(void)snprintf(text, sizeof(text),
		       "'%s/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages': "
		       "No such file or directory",
		       tree);
	assert_int_equal(read_pool(&pool, &err), -ENOENT);
	assert_string_equal(err.text, text);
	assert_false(pool.measured);
}

static void a_bad_pool_is_named(void **state)
{
	static const char *const sizes[] = {
		"Hugepagesize: -1 kB\n",
		"Hugepagesize: 0 kB\n",
		"Hugepagesize: 2048\n",
		"Hugepagesize:\n",
		"Hugepagesize: 2048 MB\n",
		"Hugepagesize: two kB\n",
		"Hugepagesize: 99999999999999999999999 kB\n",
	};
	struct eg_huge_page_pool pool = { 0 };
	struct eg_err err = { 0 };
	char text[EG_ERR_TEXT_MAX];

	(void)state;
	add_pool();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		tree_file("meminfo", sizes[i]);
		assert_int_equal(read_pool(&pool, &err), -EINVAL);
	}
	tree_file("meminfo", "Hugepagesize: two kB\n");
	(void)read_pool(&pool, &err);
	(void)snprintf(text, sizeof(text), "'%s/meminfo': 'Hugepagesize: two kB' is no size in kB",
		       tree);
	assert_string_equal(err.text, text);
	tree_file("meminfo", "MemTotal: 1 kB\n");
	(void)snprintf(text, sizeof(text), "'%s/meminfo' has no line 'Hugepagesize:'", tree);
	assert_int_equal(read_pool(&pool, &err), -ENOENT);
	assert_string_equal(err.text, text);
	add_pool();
	tree_file("kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "many\n");
	assert_int_equal(read_pool(&pool, &err), -EINVAL);
	assert_false(pool.measured);
}

/* Take CAP_IPC_LOCK from this process's effective set; true when it was there. */
static bool drop_ipc_lock(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	const uint32_t bit = 1u << CAP_IPC_LOCK;
	bool was_there;

	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	was_there = data[0].effective & bit;
	data[0].effective &= ~bit;
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
	return was_there;
}

static void a_process_no_limit_binds_has_none(void **state)
{
	uint64_t bytes = 7;
	struct eg_err err = { 0 };
	int before = eg_limits_memlock(&bytes, &err);

	(void)state;
	if (!drop_ipc_lock()) {
		assert_int_equal(before, 0);
		return;
	}
	assert_int_equal(before, -ENODATA);
	assert_int_equal(bytes, 7);
	assert_string_equal(err.text, "no memlock limit binds this process");
}

static void the_memlock_limit_is_this_process_s(void **state)
{
	struct rlimit limit;
	uint64_t bytes = 0;

	(void)state;
	(void)drop_ipc_lock();
	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
	assert_int_equal(eg_limits_memlock(&bytes, NULL), 0);
	assert_true(bytes == (limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur));
	if (limit.rlim_cur < 65536)
		return;
	limit.rlim_cur = 65536;
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
	assert_int_equal(eg_limits_memlock(&bytes, NULL), 0);
	assert_int_equal(bytes, 65536);
}

static void add_dmi(const char *vendor, const char *product)
{
	tree_file("class/dmi/id/sys_vendor", vendor);
	tree_file("class/dmi/id/product_name", product);
	tree_file("class/dmi/id/board_asset_tag", "i-0123456789abcdef0\n");
}

static void dmi_tells_type_and_expectation(void **state)
{
	const struct eg_instance_said nothing = { 0 };
	struct eg_instance_facts facts;
	char text[EG_PCI_ADDR_TEXT];

	(void)state;
	add_dmi("Amazon EC2\n", "p4de.24xlarge\n");
	eg_instance_read(tree, &nothing, &facts);
	assert_string_equal(facts.type, "p4de.24xlarge");
	assert_string_equal(facts.id, "i-0123456789abcdef0");
	assert_string_equal(facts.type_source, "dmi");
	assert_int_equal(facts.source, EG_EXPECT_TABLE);
	assert_int_equal(facts.expected_devices, 4);
	assert_int_equal(facts.expected_gbps, 400);
	assert_int_equal(facts.address_count, 4);
	assert_string_equal(eg_pci_addr_text(facts.addresses[3], text), "0000:a0:1b.0");
}

static void another_machine_has_no_expectation(void **state)
{
	const struct eg_instance_said nothing = { 0 };
	struct eg_instance_facts facts;

	(void)state;
	eg_instance_read(tree, &nothing, &facts);
	assert_string_equal(facts.type, "");
	assert_string_equal(facts.type_source, "");
	add_dmi("QEMU\n", "p4de.24xlarge\n");
	eg_instance_read(tree, &nothing, &facts);
	assert_string_equal(facts.type, "");
	assert_string_equal(facts.id, "");
	assert_int_equal(facts.source, EG_EXPECT_NOTHING);
	tree_file("class/dmi/id/board_vendor", "Amazon EC2\n");
	tree_file("class/dmi/id/product_name", "z9.mega\n");
	eg_instance_read(tree, &nothing, &facts);
	assert_string_equal(facts.type, "z9.mega");
	assert_int_equal(facts.source, EG_EXPECT_NOTHING);
	assert_int_equal(facts.expected_devices, 0);
}

static void what_the_site_says_counts(void **state)
{
	const struct eg_instance_said type = { .type = "p5.48xlarge", .type_source = "config" };
	const struct eg_instance_said number = { .devices = 2 };
	const struct eg_instance_said unknown = { .type = "z9.mega", .type_source = "option" };
	struct eg_instance_facts facts;

	(void)state;
	add_dmi("Amazon EC2\n", "p4d.24xlarge\n");
	eg_instance_read(tree, &type, &facts);
	assert_string_equal(facts.type, "p5.48xlarge");
	assert_string_equal(facts.type_source, "config");
	assert_string_equal(facts.id, "i-0123456789abcdef0");
	assert_int_equal(facts.source, EG_EXPECT_SITE);
	assert_int_equal(facts.expected_devices, 32);
	assert_int_equal(facts.address_count, 32);
	eg_instance_read(tree, &number, &facts);
	assert_string_equal(facts.type, "p4d.24xlarge");
	assert_string_equal(facts.type_source, "dmi");
	assert_int_equal(facts.source, EG_EXPECT_SITE);
	assert_int_equal(facts.expected_devices, 2);
	assert_int_equal(facts.expected_gbps, 200);
	assert_null(facts.addresses);
	eg_instance_read(tree, &unknown, &facts);
	assert_string_equal(facts.type, "z9.mega");
	assert_int_equal(facts.source, EG_EXPECT_NOTHING);
}

static void the_table_is_sound(void **state)
{
	size_t count;
	const struct eg_instance_type *types = eg_instance_type_all(&count);

	(void)state;
	assert_true(count > 200);
	for (size_t i = 0; i < count; i++) {
		assert_ptr_equal(eg_instance_type_find(types[i].name), &types[i]);
		assert_true(i == 0 || strcmp(types[i - 1].name, types[i].name) < 0);
		assert_in_range(types[i].devices, 1, EG_DEVICES_MAX);
		assert_true(types[i].gbps >= types[i].devices);
		assert_true(types[i].rdma_read || !types[i].rdma_write);
		for (uint32_t k = 1; types[i].addresses && k < types[i].devices; k++)
			assert_true(eg_pci_addr_compare(types[i].addresses[k - 1],
							types[i].addresses[k]) < 0);
	}
	assert_null(eg_instance_type_find(""));
	assert_null(eg_instance_type_find("p5"));
}

static void the_main_types_have_their_numbers(void **state)
{
	static const struct {
		const char *name;
		uint32_t devices, gbps;
		bool read, write, addresses;
	} rows[] = {
		{ "p3dn.24xlarge", 1, 100, false, false, false },
		{ "p4d.24xlarge", 4, 400, true, false, true },
		{ "p4de.24xlarge", 4, 400, true, false, true },
		{ "p5.48xlarge", 32, 3200, true, true, true },
		{ "p5e.48xlarge", 32, 3200, true, true, false },
		{ "p5en.48xlarge", 16, 3200, true, true, true },
		{ "p6-b200.48xlarge", 8, 3200, true, true, true },
		{ "p6-b300.48xlarge", 16, 6400, true, true, true },
		{ "trn1.32xlarge", 8, 800, true, true, false },
		{ "trn2.48xlarge", 16, 3200, true, true, false },
		{ "g6e.48xlarge", 4, 400, true, true, false },
		{ "g7.48xlarge", 2, 700, true, true, false },
		{ "hpc7a.96xlarge", 2, 300, true, true, false },
		{ "hpc7g.16xlarge", 1, 200, true, false, false },
		{ "c5n.18xlarge", 1, 100, false, false, false },
		{ "c7gn.16xlarge", 1, 200, true, false, false },
		{ "dl1.24xlarge", 4, 400, false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct eg_instance_type *type = eg_instance_type_find(rows[i].name);

		assert_non_null(type);
		assert_int_equal(type->devices, rows[i].devices);
		assert_int_equal(type->gbps, rows[i].gbps);
		assert_int_equal(type->rdma_read, rows[i].read);
		assert_int_equal(type->rdma_write, rows[i].write);
		assert_int_equal(type->addresses != NULL, rows[i].addresses);
	}
}

#define IN_TREE(test) cmocka_unit_test_setup_teardown(test, tree_make, tree_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_TREE(a_pool_is_read_whole),
		IN_TREE(the_pool_of_the_default_size_counts),
		IN_TREE(a_bad_pool_is_named),
		cmocka_unit_test(a_process_no_limit_binds_has_none),
		cmocka_unit_test(the_memlock_limit_is_this_process_s),
		IN_TREE(dmi_tells_type_and_expectation),
		IN_TREE(another_machine_has_no_expectation),
		IN_TREE(what_the_site_says_counts),
		cmocka_unit_test(the_table_is_sound),
		cmocka_unit_test(the_main_types_have_their_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
