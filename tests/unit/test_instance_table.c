/* SPDX-License-Identifier: BSD-3-Clause */
/* instance_table: etc/instances.conf as it is built in, and a site's own rows. */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <stdarg.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/node/instance_table.h"
#include "tests/unit/test_node_tree.h"

static struct eg_instance_type all[512];

static size_t read_all(void)
{
	struct eg_instance_rows rows;
	struct eg_err err = { 0 };
	size_t count = 0;
	int rc;

	eg_instance_rows_builtin(&rows);
	while ((rc = eg_instance_rows_next(&rows, &all[count], &err)) > 0)
		assert_true(++count < EG_COUNT(all));
	if (rc)
		fail_msg("%s", err.text);
	return count;
}

static void the_table_is_sound(void **state)
{
	struct eg_instance_type found;
	size_t count = read_all();

	(void)state;
	assert_true(count > 300);
	for (size_t i = 0; i < count; i++) {
		const struct eg_instance_type *type = &all[i];

		assert_int_equal(eg_instance_type_find(NULL, type->name, &found, NULL), 1);
		assert_string_equal(found.name, type->name);
		assert_true(i == 0 || strcmp(all[i - 1].name, type->name) < 0);
		assert_int_equal(type->devices * type->gbps_each, type->gbps);
		assert_true(type->rdma_read || !type->rdma_write);
		assert_int_equal(type->accelerators > 0, type->accelerator[0] != '\0');
		assert_in_range(type->generation, 1, 4);
		if (type->device_id)
			assert_int_equal(type->device_id, 0xefa0 + type->generation - 1);
		/* Only two cards of the first generation read, and none of it writes. */
		if (type->generation == 1) {
			assert_int_equal(type->rdma_read, !strncmp(type->name, "p4d", 3));
			assert_false(type->rdma_write);
		}
		/* High confidence is two sources. */
		if (!strcmp(type->confidence, "high"))
			assert_true(strlen(type->sources) >= 2);
		assert_int_equal(type->only_own,
				 !strncmp(type->name, "p4d", 3) || !strncmp(type->name, "dl1", 3));
	}
	assert_int_equal(eg_instance_type_find(NULL, "", &found, NULL), 0);
	assert_int_equal(eg_instance_type_find(NULL, "p5", &found, NULL), 0);
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
		struct eg_instance_type type;

		assert_int_equal(eg_instance_type_find(NULL, rows[i].name, &type, NULL), 1);
		assert_int_equal(type.devices, rows[i].devices);
		assert_int_equal(type.gbps, rows[i].gbps);
		assert_int_equal(type.rdma_read, rows[i].read);
		assert_int_equal(type.rdma_write, rows[i].write);
		assert_int_equal(type.place_count > 0, rows[i].addresses);
	}
}

static void types_that_talk_to_themselves_are_numbered(void **state)
{
	size_t count = read_all();
	uint8_t place = 0;

	(void)state;
	for (size_t i = 0; i < count; i++)
		assert_int_equal(eg_instance_type_apart(all[i].name),
				 all[i].only_own ? ++place : 0);
	assert_int_equal(place, 3);
	assert_int_equal(eg_instance_type_apart(""), 0);
	assert_int_equal(eg_instance_type_apart("p4d"), 0);
	assert_int_equal(eg_instance_type_apart("#"), 0);
	assert_int_equal(eg_instance_type_apart("dl1.24xlarge             4  100  400  1"), 0);
}

/* What differs between our rows and another list, a line each. */
struct differences {
	char text[4096];
	size_t length;
	bool seen[EG_COUNT(all)];
};

static void differ(struct differences *ret, const char *fmt, ...) EG_PRINTF(2, 3);

static void differ(struct differences *ret, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	ret->length += (size_t)vsnprintf(ret->text + ret->length, sizeof(ret->text) - ret->length,
					 fmt, args);
	va_end(args);
	assert_true(ret->length < sizeof(ret->text));
}

static const char *yes_no(bool value)
{
	return value ? "yes" : "no";
}

/* The columns of DescribeInstanceTypes and of the guide, as ../shared/data has them. */
struct listed {
	char type[64], gpus[8], accelerators[8], generation[8], read[8], write[8];
	unsigned long devices, mbps;
};

static bool read_listed(const char *line, struct listed *ret)
{
	return sscanf(line, "%63s %lu %lu %*s %*s %7s %*s %7s %*s %*s %7s %7s %7s", ret->type,
		      &ret->devices, &ret->mbps, ret->gpus, ret->accelerators, ret->generation,
		      ret->read, ret->write) == 8;
}

static void compare_row(const struct listed *listed, const struct eg_instance_type *type,
			struct differences *ret)
{
	const char *other = strcmp(listed->gpus, "-") ? listed->gpus : listed->accelerators;
	unsigned long accelerators = strtoul(other, NULL, 10);

	if (type->devices != listed->devices)
		differ(ret, "%s: %u devices, there %lu\n", type->name, type->devices,
		       listed->devices);
	if (type->gbps != listed->mbps / 1000)
		differ(ret, "%s: %u Gb/s, there %lu\n", type->name, type->gbps,
		       listed->mbps / 1000);
	if (type->generation != strtoul(listed->generation, NULL, 10))
		differ(ret, "%s: generation %u, there %s\n", type->name, type->generation,
		       listed->generation);
	if (strcmp(yes_no(type->rdma_read), listed->read) != 0)
		differ(ret, "%s: RDMA read %s, there %s\n", type->name, yes_no(type->rdma_read),
		       listed->read);
	if (strcmp(yes_no(type->rdma_write), listed->write) != 0)
		differ(ret, "%s: RDMA write %s, there %s\n", type->name, yes_no(type->rdma_write),
		       listed->write);
	if (type->accelerators != accelerators)
		differ(ret, "%s: %u accelerators, there %lu\n", type->name, type->accelerators,
		       accelerators);
}

static void compare(FILE *list, struct differences *ret)
{
	size_t count = read_all(), i;
	struct listed listed;
	char line[512];

	while (fgets(line, sizeof(line), list)) {
		if (line[0] == '#' || !read_listed(line, &listed))
			continue;
		for (i = 0; i < count && strcmp(all[i].name, listed.type) != 0; i++)
			;
		if (i == count)
			differ(ret, "%s: only there\n", listed.type);
		else
			compare_row(&listed, &all[i], ret);
		if (i < count)
			ret->seen[i] = true;
	}
	for (i = 0; i < count; i++)
		if (!ret->seen[i])
			differ(ret, "%s: only here\n", all[i].name);
}

/* Four types are in the guide or seen on machines, and not in DescribeInstanceTypes' list. */
static const char only_here[] = "dl1.24xlarge: only here\n"
				"p6e-gb200.36xlarge: only here\n"
				"trn2.3xlarge: only here\n"
				"trn2u.48xlarge: only here\n";

static void every_difference_from_the_public_list_is_known(void **state)
{
	EG_CLEANUP(eg_close_file) FILE *list = fopen("../shared/data/efa-instance-types.tsv", "re");
	struct differences found = { .length = 0 };

	(void)state;
	/* The list is no part of this project; what compares is tested below in any case. */
	if (!list)
		return;
	compare(list, &found);
	assert_string_equal(found.text, only_here);
}

static void a_difference_is_named(void **state)
{
	static char text[] =
		"# a list\n"
		"instance_type\tefa\tnet_mbps\tvcpus\tmem_mib\tgpus\tgpu_name\taccelerators\n"
		"c5n.9xlarge\t2\t60000\t36\t9\t1\tx\t-\t-\tamd64\t2\tyes\tyes\t50000\n"
		"z9.mega\t1\t50000\t36\t9\t-\t-\t-\t-\tamd64\t1\tno\tno\t50000\n";
	static const char wanted[] = "c5n.9xlarge: 1 devices, there 2\n"
				     "c5n.9xlarge: 50 Gb/s, there 60\n"
				     "c5n.9xlarge: generation 1, there 2\n"
				     "c5n.9xlarge: RDMA read no, there yes\n"
				     "c5n.9xlarge: RDMA write no, there yes\n"
				     "c5n.9xlarge: 0 accelerators, there 1\n"
				     "z9.mega: only there\n";
	EG_CLEANUP(eg_close_file) FILE *list = fmemopen(text, strlen(text), "r");
	struct differences found = { .length = 0 };
	size_t count = read_all();

	(void)state;
	for (size_t i = 0; i < count; i++)
		found.seen[i] = true;
	compare(list, &found);
	assert_string_equal(found.text, wanted);
}

#define GOOD "1 100 100 2 0xefa1 yes yes 0 - any low C"

static void a_site_s_row_adds_or_replaces(void **state)
{
	struct eg_instance_type type;
	char path[PATH_MAX];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/instances.conf", tree);
	assert_int_equal(eg_instance_type_find(path, "p5.48xlarge", &type, NULL), 1);
	assert_int_equal(type.devices, 32);
	tree_file("instances.conf", "# ours\n\n"
				    "p5.48xlarge 8 100 800 2 0xefa1 yes yes 8 h100 any low C # 8\n"
				    "z9.mega 2 400 800 9 - yes no 0 - own medium C "
				    "0000:10:00.0@0,0001:10:00.0");
	assert_int_equal(eg_instance_type_find(path, "p5.48xlarge", &type, NULL), 1);
	assert_int_equal(type.devices, 8);
	assert_int_equal(eg_instance_type_find(path, "z9.mega", &type, NULL), 1);
	assert_int_equal(type.gbps_each, 400);
	assert_int_equal(type.generation, 9);
	assert_int_equal(type.device_id, 0);
	assert_true(type.rdma_read && !type.rdma_write && type.only_own);
	assert_string_equal(type.accelerator, "");
	assert_int_equal(type.place_count, 2);
	assert_int_equal(type.places[0].numa_node, 0);
	assert_int_equal(type.places[1].numa_node, -1);
	assert_int_equal(type.places[1].pci.domain, 1);
	assert_int_equal(eg_instance_type_find(path, "p4de.24xlarge", &type, NULL), 1);
}

static void a_mistake_in_a_row_is_named(void **state)
{
	static const struct {
		const char *row, *wrong;
	} rows[] = {
		{ "z9.mega 1", "2 columns, expected 13 or 14" },
		{ "z9.mega " GOOD " 0000:10:00.0 more", "15 columns, expected 13 or 14" },
		{ "z9/mega " GOOD, "column TYPE is wrong" },
		{ "z9.mega 0 100 100 2 0xefa1 yes yes 0 - any low C", "column EFA is wrong" },
		{ "z9.mega 65 100 100 2 0xefa1 yes yes 0 - any low C", "column EFA is wrong" },
		{ "z9.mega 1 -1 100 2 0xefa1 yes yes 0 - any low C", "column EACH is wrong" },
		{ "z9.mega 1 100 x 2 0xefa1 yes yes 0 - any low C", "column ALL is wrong" },
		{ "z9.mega 1 100 100 2x 0xefa1 yes yes 0 - any low C", "column GEN is wrong" },
		{ "z9.mega 1 100 100 2 0x15b3 yes yes 0 - any low C", "column ID is wrong" },
		{ "z9.mega 1 100 100 2 0xefa1 y yes 0 - any low C", "column READ is wrong" },
		{ "z9.mega 1 100 100 2 0xefa1 yes 1 0 - any low C", "column WRITE is wrong" },
		{ "z9.mega 1 100 100 2 0xefa1 yes yes - - any low C", "column ACC is wrong" },
		{ "z9.mega 1 100 100 2 0xefa1 yes yes 0 - all low C", "column PEERS is wrong" },
		{ "z9.mega 1 100 100 2 0xefa1 yes yes 0 - any sure C", "column CONF is wrong" },
		{ "z9.mega 1 100 100 2 0xefa1 yes yes 0 - any low \033", "column SRC is wrong" },
		{ "z9.mega " GOOD " 10:00.0", "column PLACES is wrong" },
		{ "z9.mega " GOOD " 0000:10:00.0@64", "column PLACES is wrong" },
		{ "z9.mega " GOOD " 0000:10:00.0,0000:11:00.0", "column PLACES is wrong" },
		{ "z9.mega " GOOD " 0000:10:00.0\nz9.mega " GOOD, NULL },
	};
	char path[100], text[EG_ERR_TEXT_MAX];
	struct eg_instance_type type;
	struct eg_err err = { 0 };

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/instances.conf", tree);
	for (size_t i = 0; i < EG_COUNT(rows); i++) {
		tree_file("instances.conf", rows[i].row);
		assert_int_equal(eg_instance_type_find(path, "z9.mega", &type, &err), -EINVAL);
		(void)snprintf(text, sizeof(text), "%s:%d: %s", path, rows[i].wrong ? 1 : 2,
			       rows[i].wrong ? rows[i].wrong : "'z9.mega' has two rows");
		assert_string_equal(err.text, text);
	}
}

#define IN_TREE(test) cmocka_unit_test_setup_teardown(test, tree_make, tree_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_sound),
		cmocka_unit_test(the_main_types_have_their_numbers),
		cmocka_unit_test(types_that_talk_to_themselves_are_numbered),
		cmocka_unit_test(every_difference_from_the_public_list_is_known),
		cmocka_unit_test(a_difference_is_named),
		IN_TREE(a_site_s_row_adds_or_replaces),
		IN_TREE(a_mistake_in_a_row_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
