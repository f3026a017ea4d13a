/* SPDX-License-Identifier: BSD-3-Clause */
/* huge_pages, limits, instance: what the node is and has beside its devices. */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "common/base/err.h"
#include "common/node/facts.h"
#include "common/node/host_state.h"
#include "common/node/huge_pages.h"
#include "common/node/instance.h"
#include "common/node/learned.h"
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

static void pools_of_nodes_and_of_other_sizes_are_parts(void **state)
{
	struct eg_huge_page_part parts[8];

	(void)state;
	add_pool();
	tree_file("kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages", "4\n");
	tree_file("kernel/mm/hugepages/hugepages-1048576kB/free_hugepages", "3\n");
	tree_file("kernel/mm/hugepages/hugepages-64kB/nr_hugepages", "none\n");
	tree_file("kernel/mm/hugepages/hugepages-1x/nr_hugepages", "1\n");
	tree_file("devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages", "5280\n");
	tree_file("devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages", "0\n");
	tree_file("devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages", "5281\n");
	tree_file("devices/system/node/node0/hugepages/hugepages-2048kB/free_hugepages", "7\n");
	tree_file("devices/system/node/online", "0-1\n");
	assert_int_equal(eg_numa_count(tree), 2);
	assert_int_equal(eg_huge_page_parts_read(tree, 2048, parts, 8), 3);
	assert_int_equal(parts[0].numa_node, -1);
	assert_int_equal(parts[0].size_kib, 1048576);
	assert_int_equal(parts[0].free, 3);
	assert_int_equal(parts[1].numa_node, 0);
	assert_int_equal(parts[1].total, 5281);
	assert_int_equal(parts[2].numa_node, 1);
	assert_int_equal(parts[2].free, 0);
	assert_int_equal(eg_huge_page_parts_read(tree, 2048, parts, 1), 1);
}

/* Processes of this node share its UTS namespace; a link to another file is another. */
static void add_process(const char *pid, const char *name, const char *uts)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/comm", pid);
	tree_file(path, name);
	(void)snprintf(path, sizeof(path), "%s/ns/uts", pid);
	tree_link(path, uts);
}

static void a_node_is_idle_without_steps(void **state)
{
	char own[PATH_MAX];

	(void)state;
	tree_file("uts-own", "");
	tree_file("uts-other", "");
	(void)snprintf(own, sizeof(own), "%s/uts-own", tree);
	add_process("self", "efagate\n", own);
	assert_int_equal(eg_host_is_idle(tree), EG_NOT_MEASURED);
	add_process("7", "slurmd\n", own);
	assert_int_equal(eg_host_is_idle(tree), EG_YES);
	add_process("8", "slurmstepd\n", tree_path("uts-other"));
	add_process("9", "slurmstepd-x\n", own);
	assert_int_equal(eg_host_is_idle(tree), EG_YES);
	add_process("10", "slurmstepd\n", own);
	assert_int_equal(eg_host_is_idle(tree), EG_NO);
}

static void the_time_since_boot_is_read_in_seconds(void **state)
{
	static const struct {
		const char *text;
		long seconds;
	} rows[] = { { "42.07 80.11\n", 42 }, { "0.00 0.00", 0 }, { "many", -1 }, { "", -1 },
		     { "-4.1 2", -1 },	      { "42 80", -1 } };

	(void)state;
	assert_int_equal(eg_host_uptime_s(tree), -1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tree_file("uptime", rows[i].text);
		assert_int_equal(eg_host_uptime_s(tree), rows[i].seconds);
	}
}

static void a_namespace_of_its_own_is_a_container(void **state)
{
	(void)state;
	assert_false(eg_host_in_container(tree, tree));
	tree_link("self/ns/user", "user:[4026531837]");
	tree_link("self/ns/cgroup", "cgroup:[4026531835]");
	assert_false(eg_host_in_container(tree, tree));
	(void)unlink(tree_path("self/ns/user"));
	tree_link("self/ns/user", "user:[4026532177]");
	assert_true(eg_host_in_container(tree, tree));
	(void)unlink(tree_path("self/ns/user"));
	(void)unlink(tree_path("self/ns/cgroup"));
	tree_link("self/ns/cgroup", "cgroup:[4026532177]");
	assert_true(eg_host_in_container(tree, tree));
}

static void the_files_of_engines_tell_a_container(void **state)
{
	static const char *const files[] = { "run/.containerenv", ".singularity.d" };

	(void)state;
	tree_file(".dockerenv", "");
	assert_false(eg_host_in_container(tree, tree));
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		tree_file(files[i], "");
		assert_true(eg_host_in_container(tree, tree));
		(void)unlink(tree_path(files[i]));
		assert_false(eg_host_in_container(tree, tree));
	}
}

static void the_control_groups_of_engines_tell_a_container(void **state)
{
	static const struct {
		const char *text;
		bool expected;
	} rows[] = {
		{ "0::/\n", false },
		{ "0::/system.slice/slurmd.service\n", false },
		{ "0::/system.slice/docker.service\n", false },
		{ "0::/user.slice/user-0.slice/session-1.scope", false },
		{ "", false },
		{ "docke", false },
		{ "0::/kubepods.slice/kubepods-besteffort.slice/x.scope\n", true },
		{ "12:devices:/kubepods/burstable/pod1/2\n11:cpu:/\n", true },
		{ "0::/system.slice/docker-0123.scope\n", true },
		{ "4:memory:/docker/0123\n", true },
		{ "0::/machine.slice/libpod-0123.scope", true },
		{ "0::/lxc.payload.web\n", true },
		{ "0::/x/cri-containerd-0123.scope\n", true },
	};
	static const char *const files[] = { "1/cgroup", "self/cgroup" };

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			tree_file(files[k], rows[i].text);
			assert_int_equal(eg_host_in_container(tree, tree), rows[i].expected);
		}
		tree_file(files[k], "0::/\n");
	}
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
	assert_int_equal(eg_instance_read(tree, &nothing, &facts, NULL), 0);
	assert_string_equal(facts.type, "p4de.24xlarge");
	assert_string_equal(facts.id, "i-0123456789abcdef0");
	assert_string_equal(facts.type_source, "dmi");
	assert_int_equal(facts.source, EG_EXPECT_TABLE);
	assert_int_equal(facts.expected_devices, 4);
	assert_int_equal(facts.expected_gbps, 400);
	assert_int_equal(facts.place_count, 4);
	assert_string_equal(eg_pci_addr_text(facts.places[3].pci, text), "0000:a0:1b.0");
}

static void another_machine_has_no_expectation(void **state)
{
	const struct eg_instance_said nothing = { 0 };
	struct eg_instance_facts facts;

	(void)state;
	add_dmi("QEMU\n", "p4de.24xlarge\n");
	assert_int_equal(eg_instance_read(tree, &nothing, &facts, NULL), 0);
	assert_string_equal(facts.type, "");
	assert_string_equal(facts.type_source, "");
	assert_string_equal(facts.id, "");
	assert_int_equal(facts.source, EG_EXPECT_NOTHING);
	tree_file("class/dmi/id/board_vendor", "Amazon EC2\n");
	tree_file("class/dmi/id/product_name", "z9.mega\n");
	assert_int_equal(eg_instance_read(tree, &nothing, &facts, NULL), 0);
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
	struct eg_err err = { 0 };

	(void)state;
	add_dmi("Amazon EC2\n", "p4d.24xlarge\n");
	assert_int_equal(eg_instance_read(tree, &type, &facts, NULL), 0);
	assert_string_equal(facts.type, "p5.48xlarge");
	assert_string_equal(facts.type_source, "config");
	assert_string_equal(facts.id, "i-0123456789abcdef0");
	assert_int_equal(facts.source, EG_EXPECT_SITE);
	assert_int_equal(facts.expected_devices, 32);
	assert_int_equal(facts.place_count, 32);
	assert_int_equal(eg_instance_read(tree, &number, &facts, NULL), 0);
	assert_string_equal(facts.type, "p4d.24xlarge");
	assert_string_equal(facts.type_source, "dmi");
	assert_int_equal(facts.source, EG_EXPECT_SITE);
	assert_int_equal(facts.expected_devices, 2);
	assert_int_equal(facts.expected_gbps, 200);
	assert_int_equal(facts.place_count, 0);
	assert_int_equal(eg_instance_read(tree, &unknown, &facts, &err), -ENOENT);
	assert_string_equal(err.text, "no row of an instance type 'z9.mega', which was said");
	assert_string_equal(facts.type, "z9.mega");
	assert_int_equal(facts.source, EG_EXPECT_NOTHING);
}

/* What DMI must not say without being noticed: the type's file, its content, what is wrong. */
static void dmi_that_tells_nothing_is_not_silent(void **state)
{
	static const struct {
		const char *product, *wrong;
	} rows[] = {
		{ "", " is empty" },
		{ "p4de\033[2J\n", " is no name of an instance type" },
		{ "p4de 24xlarge\n", " is no name of an instance type" },
		{ "a-name-that-is-longer-than-any-type-of-instance-has-ever-been-and-then-some\n",
		  ": File too large" },
	};
	const struct eg_instance_said nothing = { 0 }, said = { .devices = 4 };
	struct eg_instance_facts facts;
	char text[EG_ERR_TEXT_MAX];
	struct eg_err err = { 0 };

	(void)state;
	(void)snprintf(text, sizeof(text),
		       "'%s/class/dmi/id/sys_vendor': No such file or directory", tree);
	assert_int_equal(eg_instance_read(tree, &nothing, &facts, &err), -ENOENT);
	assert_string_equal(err.text, text);
	assert_int_equal(facts.source, EG_EXPECT_NOTHING);
	assert_int_equal(eg_instance_read(tree, &said, &facts, &err), 0);
	assert_int_equal(facts.expected_devices, 4);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		add_dmi("Amazon EC2\n", rows[i].product);
		assert_true(eg_instance_read(tree, &nothing, &facts, &err) < 0);
		(void)snprintf(text, sizeof(text), "'%s/class/dmi/id/product_name'%s", tree,
			       rows[i].wrong);
		assert_string_equal(err.text, text);
		assert_string_equal(facts.type, "");
	}
}

static void what_was_learned_is_of_one_instance(void **state)
{
	struct eg_instance_said said = { .boot_id = "boot-a" };
	char path[100], text[EG_ERR_TEXT_MAX];
	struct eg_instance_facts facts;
	struct eg_err err = { 0 };

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/" EG_LEARNED_FILE, tree);
	said.learned = path;
	add_dmi("Amazon EC2\n", "p4de.24xlarge\n");
	assert_int_equal(eg_learned_write(path, "i-0123456789abcdef0", 3, &err), 0);
	if (chown(path, 0, 0) < 0)
		return; /* only root's own file is believed; the tests as root go on */
	assert_int_equal(eg_instance_read(tree, &said, &facts, &err), 0);
	assert_int_equal(facts.source, EG_EXPECT_LEARNED);
	assert_int_equal(facts.expected_devices, 3);
	assert_int_equal(facts.expected_gbps, 300);
	assert_int_equal(facts.place_count, 0);
	said.devices = 4;
	assert_int_equal(eg_instance_read(tree, &said, &facts, &err), 0);
	assert_int_equal(facts.source, EG_EXPECT_SITE);
	said.devices = 0;
	tree_file("class/dmi/id/board_asset_tag", "i-another\n");
	assert_int_equal(eg_instance_read(tree, &said, &facts, &err), 0);
	assert_int_equal(facts.source, EG_EXPECT_TABLE);
	tree_file("class/dmi/id/board_asset_tag", "\n");
	assert_int_equal(eg_learned_write(path, "boot-a", 2, &err), 0);
	assert_int_equal(eg_instance_read(tree, &said, &facts, &err), 0);
	assert_int_equal(facts.expected_devices, 2);
	assert_int_equal(chmod(path, 0666), 0);
	(void)snprintf(text, sizeof(text), "'%s': others than root can write to it", path);
	assert_int_equal(eg_instance_read(tree, &said, &facts, &err), -EINVAL);
	assert_string_equal(err.text, text);
}

static void a_learned_number_is_one_line_of_its_form(void **state)
{
	static const char *const wrong[] = {
		"",
		"4\n",
		"efagate-learned/2 boot-a 4\n",
		"efagate-learned/1 boot-a 0\n",
		"efagate-learned/1 boot-a 65\n",
		"efagate-learned/1 boot-a 4 more\n",
		"efagate-learned/1 boot-a -4\n",
		"efagate-learned/1 boot-a four\n",
	};
	char path[100], text[EG_ERR_TEXT_MAX];
	struct eg_err err = { 0 };
	uint32_t devices = 7;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/learned", tree);
	(void)snprintf(text, sizeof(text), "'%s': not a learned number of devices", path);
	assert_int_equal(eg_learned_read(path, "boot-a", &devices, &err), 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		tree_file("learned", wrong[i]);
		if (chown(path, 0, 0) < 0)
			return;
		assert_int_equal(eg_learned_read(path, "boot-a", &devices, &err), -EINVAL);
		assert_string_equal(err.text, text);
		assert_int_equal(devices, 7);
	}
	assert_int_equal(eg_learned_read(path, "", &devices, &err), 0);
}

#define IN_TREE(test) cmocka_unit_test_setup_teardown(test, tree_make, tree_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_TREE(a_pool_is_read_whole),
		IN_TREE(pools_of_nodes_and_of_other_sizes_are_parts),
		IN_TREE(a_node_is_idle_without_steps),
		IN_TREE(the_time_since_boot_is_read_in_seconds),
		IN_TREE(a_namespace_of_its_own_is_a_container),
		IN_TREE(the_files_of_engines_tell_a_container),
		IN_TREE(the_control_groups_of_engines_tell_a_container),
		IN_TREE(the_pool_of_the_default_size_counts),
		IN_TREE(a_bad_pool_is_named),
		cmocka_unit_test(a_process_no_limit_binds_has_none),
		cmocka_unit_test(the_memlock_limit_is_this_process_s),
		IN_TREE(dmi_tells_type_and_expectation),
		IN_TREE(another_machine_has_no_expectation),
		IN_TREE(what_the_site_says_counts),
		IN_TREE(dmi_that_tells_nothing_is_not_silent),
		IN_TREE(what_was_learned_is_of_one_instance),
		IN_TREE(a_learned_number_is_one_line_of_its_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
