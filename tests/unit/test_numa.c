/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/burst/numa.h"

static void lists_of_processors_are_read_as_the_kernel_writes_them(void **state)
{
	cpu_set_t set;

	(void)state;
	assert_true(eg_numa_parse("0-2,5\n", &set));
	assert_int_equal(CPU_COUNT(&set), 4);
	assert_true(CPU_ISSET(0, &set) && CPU_ISSET(2, &set) && CPU_ISSET(5, &set));
	assert_true(eg_numa_parse("7", &set));
	assert_int_equal(CPU_COUNT(&set), 1);
	/* A node with memory alone. */
	assert_true(eg_numa_parse("", &set));
	assert_int_equal(CPU_COUNT(&set), 0);
}

static void what_is_no_list_is_no_processor(void **state)
{
	static const char *const lists[] = { "x", "1-", "3-1", "1;2", "99999", "1,,2" };
	cpu_set_t set;

	(void)state;
	for (size_t i = 0; i < EG_COUNT(lists); i++) {
		assert_false(eg_numa_parse(lists[i], &set));
		assert_int_equal(CPU_COUNT(&set), 0);
	}
}

/* The tests' tree: node 0 has this thread's first processor, node 1 one that it may not use. */
static char *make_tree(const cpu_set_t *allowed)
{
	static const char *const folders[] = { "devices", "devices/system", "devices/system/node",
					       "devices/system/node/node0",
					       "devices/system/node/node1" };
	char *root = strdup("/tmp/efagate-unit.XXXXXX");
	char path[200];
	int first = 0;

	assert_non_null(mkdtemp(root));
	for (size_t i = 0; i < EG_COUNT(folders); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", root, folders[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	while (!CPU_ISSET((size_t)first, allowed))
		first++;
	for (int node = 0; node < 2; node++) {
		FILE *file;

		(void)snprintf(path, sizeof(path), "%s/devices/system/node/node%d/cpulist", root,
			       node);
		file = fopen(path, "w");
		assert_non_null(file);
		(void)fprintf(file, "%d\n", node ? CPU_SETSIZE - 1 : first);
		(void)fclose(file);
	}
	return root;
}

static void a_thread_goes_where_it_may_and_nowhere_else(void **state)
{
	EG_CLEANUP(eg_free) char *root = NULL;
	char command[100];
	cpu_set_t allowed, now;

	(void)state;
	eg_numa_allowed(&allowed);
	root = make_tree(&allowed);
	assert_true(eg_numa_has(root, 0, &allowed));
	assert_false(eg_numa_has(root, 1, &allowed));
	assert_false(eg_numa_has(root, 2, &allowed));
	assert_false(eg_numa_has(root, -1, &allowed));
	eg_numa_bind(root, 0, &allowed);
	eg_numa_allowed(&now);
	assert_int_equal(CPU_COUNT(&now), 1);
	for (int node = -1; node < 3; node++) {
		if (!node)
			continue;
		eg_numa_bind(root, node, &allowed);
		eg_numa_allowed(&now);
		assert_true(CPU_EQUAL(&now, &allowed));
	}
	(void)snprintf(command, sizeof(command), "rm -r '%s'", root);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_of_processors_are_read_as_the_kernel_writes_them),
		cmocka_unit_test(what_is_no_list_is_no_processor),
		cmocka_unit_test(a_thread_goes_where_it_may_and_nowhere_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
