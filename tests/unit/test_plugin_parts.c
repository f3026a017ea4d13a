/* SPDX-License-Identifier: BSD-3-Clause */
/* The parts of the plugin that know nothing of Slurm. */
#include "tests/unit/test_node_tree.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "common/base/cleanup.h"
#include "spank/batch.h"
#include "spank/counts.h"
#include "spank/mark.h"
#include "spank/node_pages.h"
#include "spank/stats.h"
#include "spank/task_access.h"
#include "spank/task_limit.h"

#define POOL "kernel/mm/hugepages/hugepages-2048kB/"
#define COUNTERS "/ports/1/hw_counters/"

static void device(const char *name, const char *vendor, const char *id)
{
	char path[200];

	(void)snprintf(path, sizeof(path), "class/infiniband/%s/device/vendor", name);
	tree_file(path, vendor);
	(void)snprintf(path, sizeof(path), "class/infiniband/%s/device/device", name);
	tree_file(path, id);
}

static void counter(const char *name, const char *file, const char *value)
{
	char path[200];

	(void)snprintf(path, sizeof(path), "class/infiniband/%s" COUNTERS "%s", name, file);
	tree_file(path, value);
}

static void devices_and_pages_are_counted(void **state)
{
	struct eg_node_pages pages;

	(void)state;
	assert_int_equal(eg_node_pages_read(tree, &pages), 0);
	assert_int_equal(pages.devices, 0);
	assert_int_equal(pages.size_kib, 0);
	device("rdmap16s27", "0x1d0f\n", "0xefa1\n");
	device("rdmap32s27", "0x1d0f\n", "0xefa1\n");
	device("mlx5_0", "0x15b3\n", "0x101b\n");
	device("nitro", "0x1d0f\n", "0xec20\n");
	tree_file(POOL "free_hugepages", "100\n");
	tree_file(POOL "resv_hugepages", "30\n");
	tree_file(POOL "nr_overcommit_hugepages", "8\n");
	tree_file(POOL "surplus_hugepages", "3\n");
	assert_int_equal(eg_node_pages_read(tree, &pages), 0);
	assert_int_equal(pages.devices, 2);
	assert_int_equal(pages.size_kib, 2048);
	assert_int_equal(pages.available, 75);
}

static void a_device_counts_from_its_first_value(void **state)
{
	EG_CLEANUP(eg_free) struct eg_counts *before = calloc(1, sizeof(*before));
	EG_CLEANUP(eg_free) struct eg_counts *now = calloc(1, sizeof(*now));

	(void)state;
	device("rdmap144s27", "0x1d0f\n", "0xefa1\n");
	counter("rdmap144s27", "tx_bytes", "1000\n");
	counter("rdmap144s27", "retrans_pkts", "7\n");
	assert_int_equal(eg_counts_read(tree, before), 0);
	counter("rdmap144s27", "tx_bytes", "1500\n");
	counter("rdmap144s27", "tx_pkts", "20\n");
	counter("rdmap144s27", "rx_pkts", "22\n");
	counter("rdmap144s27", "retrans_pkts", "2\n");
	device("rdmap16s27", "0x1d0f\n", "0xefa1\n");
	counter("rdmap16s27", "rx_drops", "3\n");
	counter("rdmap16s27", "unresponsive_remote_events", "1\n");
	assert_int_equal(eg_counts_read(tree, now), 0);
	eg_counts_subtract(now, before);
	assert_int_equal(now->count, 2);
	assert_string_equal(now->devices[0].name, "rdmap16s27");
	assert_int_equal(now->devices[0].counts[EG_COUNTED_ERRORS], 4);
	assert_string_equal(now->devices[1].name, "rdmap144s27");
	assert_int_equal(now->devices[1].counts[EG_COUNTED_TX_BYTES], 500);
	assert_int_equal(now->devices[1].counts[EG_COUNTED_PACKETS], 42);
	/* It began anew. */
	assert_int_equal(now->devices[1].counts[EG_COUNTED_RETRANSMITS], 2);
}

static char printed[8192];

static void print(const char *line)
{
	(void)strcat(strcat(printed, line), "\n");
}

static void add_device(struct eg_stats_node *node, const char *name,
		       const uint64_t counts[EG_COUNTED_COUNT])
{
	struct eg_counted_device *to = &node->counts.devices[node->counts.count++];

	(void)strcpy(to->name, name);
	memcpy(to->counts, counts, sizeof(to->counts));
}

static void the_table_marks_what_is_unusual(void **state)
{
	EG_CLEANUP(eg_free) struct eg_stats_node *nodes = calloc(2, sizeof(*nodes));

	(void)state;
	(void)strcpy(nodes[0].name, "n10");
	add_device(&nodes[0], "a", (const uint64_t[]){ 1234567890, 2, 3000, 40, 29, 0, 0 });
	add_device(&nodes[0], "b", (const uint64_t[]){ 1234567890, 2, 3000, 40, 31, 0, 0 });
	add_device(&nodes[0], "c", (const uint64_t[]){ 1234567890, 2, 3000, 40, 0, 1, 0 });
	add_device(&nodes[0], "d", (const uint64_t[]){ 1234567890, 2, 3000, 40, 0, 1, 2 });
	add_device(&nodes[0], "e", (const uint64_t[]){ 999, 0, 3, 0, 0, 0, 0 });
	(void)strcpy(nodes[1].name, "n2");
	add_device(&nodes[1], "rdmap16s27", (const uint64_t[EG_COUNTED_COUNT]){ 0 });
	printed[0] = '\0';
	eg_stats_print(nodes, 2, print);
	assert_string_equal(
		printed,
		"NODE  DEVICE           SENT   RECEIVED      PACKETS   RDMA OPS    RETRANS  TIMEOUTS  ERRORS\n"
		"n2    rdmap16s27        0 B        0 B            0          0          0         0       0\n"
		"n10   a              1.2 GB        2 B         3000         40         29         0       0\n"
		"n10   b              1.2 GB        2 B         3000         40         31         0       0  ! retransmits\n"
		"n10   c              1.2 GB        2 B         3000         40          0         1       0  ! retransmit timeouts\n"
		"n10   d              1.2 GB        2 B         3000         40          0         1       2  ! errors\n"
		"n10   e               999 B        0 B            3          0          0         0       0  ! less than its siblings\n");
}

static void a_message_is_read_whole_or_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"abc",
		"abc ",
		"abc n1",
		"abc n1\n",
		"abd n1\nend\n",
		"abc n1\nend\nmore",
		"abc n\033[1m\nend\n",
		"abc n1\nd 1 2 3 4 5 6\nend\n",
		"abc \nend\n",
		"abc n1\nd 1 2 3 4 5 6 7 8\nend\n",
		"abc n1\nd 1 2 3 4 5 6 -7\nend\n",
		"abc n1\nd 1 2 3 4 5 6 99999999999999999999\nend\n",
		"abc n1\n\nend\n",
	};
	EG_CLEANUP(eg_free) struct eg_stats_node *node = calloc(2, sizeof(*node));
	char text[EG_STATS_MESSAGE_MAX];

	(void)state;
	for (size_t i = 0; i < EG_COUNT(bad); i++) {
		if (eg_stats_parse(bad[i], "abc", node))
			fail_msg("taken: '%s'", bad[i]);
	}
	add_device(&node[1], "rdmap16s27", (const uint64_t[]){ 1, 2, 3, 4, 5, 6, UINT64_MAX });
	assert_true(eg_stats_message("abc", "n1", &node[1].counts, text, sizeof(text)) > 0);
	assert_true(eg_stats_parse(text, "abc", node));
	assert_string_equal(node->name, "n1");
	assert_int_equal(node->counts.count, 1);
	assert_memory_equal(&node->counts.devices[0], &node[1].counts.devices[0],
			    sizeof(node->counts.devices[0]));
	assert_int_equal(eg_stats_message("abc", "n1", &node[1].counts, text, 20), -ENAMETOOLONG);
}

static void counts_reach_the_server_once_a_node(void **state)
{
	EG_CLEANUP(eg_free) struct eg_counts *counts = calloc(1, sizeof(*counts));
	struct eg_stats_server server = { .fd = -1 };
	char where[EG_STATS_WHERE_MAX], stranger[EG_STATS_WHERE_MAX];

	(void)state;
	assert_int_equal(eg_stats_listen(&server, where), 0);
	server.nodes = 3;
	(void)snprintf(stranger, sizeof(stranger), "%s", where);
	stranger[0] = stranger[0] == 'a' ? 'b' : 'a';
	counts->count = 1;
	(void)strcpy(counts->devices[0].name, "d");
	assert_int_equal(eg_stats_send(where, "n1", counts), 0);
	assert_int_equal(eg_stats_send(where, "n1", counts), 0);
	assert_int_equal(eg_stats_send(stranger, "n2", counts), 0);
	assert_int_equal(eg_stats_send(where, "n3", counts), 0);
	printed[0] = '\0';
	eg_stats_finish(&server, print);
	assert_non_null(strstr(printed, "\nn1    d  "));
	assert_null(strstr(printed, "n2"));
	assert_non_null(strstr(printed, "\nn3    d  "));
	assert_non_null(strstr(printed, "\nefagate: no counters came from 1 of 3 nodes\n"));
	assert_int_equal(server.fd, -1);
	assert_int_equal(eg_stats_send("abc 0 1.2.3.4", "n1", counts), -EINVAL);
	assert_int_equal(eg_stats_send("", "n1", counts), -EINVAL);
	assert_int_equal(eg_stats_send("abc 80 169.254.169.254", "n1", counts), -EINVAL);
	assert_int_equal(eg_stats_send("abc 80 127.0.0.1", "n1", counts), -EINVAL);
	assert_true(eg_stats_send(where, "n1", counts) < 0);
}

static void a_mark_is_written_once_and_follows_no_link(void **state)
{
	struct eg_mark mark = {
		.job = 17, .step = 2, .uid = 2001, .time = 1700000000, .id = "EG403"
	};
	char line[64] = "", dir[PATH_MAX], path[PATH_MAX];
	struct stat status;
	FILE *file;

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s/run/marks", tree);
	assert_int_equal(eg_mark_write(dir, &mark), 0);
	assert_int_equal(eg_mark_write(dir, &mark), -EEXIST);
	file = fopen(tree_path("run/marks/17.2"), "re");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	(void)fclose(file);
	assert_string_equal(line, "efagate.mark/1 1700000000 2001 EG403\n");
	assert_int_equal(stat(tree_path("run/marks/17.2"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(stat(dir, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	mark.step = 3;
	mark.id = "";
	(void)snprintf(path, sizeof(path), "%s/elsewhere", tree);
	tree_link("run/marks/17.3", path);
	assert_int_equal(eg_mark_write(dir, &mark), -EEXIST);
	assert_int_equal(access(path, F_OK), -1);
	for (mark.step = 10; mark.step < 10 + EG_MARKS_MAX - 2; mark.step++)
		assert_int_equal(eg_mark_write(dir, &mark), 0);
	assert_int_equal(eg_mark_write(dir, &mark), -EDQUOT);
	/* A folder that others may write to is not used. */
	(void)snprintf(dir, sizeof(dir), "%s/open/marks", tree);
	tree_folder("open/marks");
	assert_int_equal(chmod(dir, 0777), 0);
	assert_int_equal(eg_mark_write(dir, &mark), -EPERM);
}

static void marks_have_a_reader_where_a_gate_left_its_own(void **state)
{
	char run[PATH_MAX];

	(void)state;
	(void)snprintf(run, sizeof(run), "%s/run", tree);
	assert_false(eg_mark_has_reader(run));
	tree_folder("run/marks");
	assert_false(eg_mark_has_reader(run));
	tree_folder("run/jobs");
	assert_true(eg_mark_has_reader(run));
	(void)snprintf(run, sizeof(run), "%s/checks", tree);
	tree_file("checks/pass", "");
	assert_true(eg_mark_has_reader(run));
}

static void a_file_that_may_not_be_opened_by_its_mode_is_not_a_cgroups_matter(void **state)
{
	struct eg_task_access access;

	(void)state;
	device("rdmap16s27", "0x1d0f\n", "0xefa1\n");
	tree_file("class/infiniband_verbs/uverbs0/ibdev", "rdmap16s27\n");
	tree_file("class/infiniband_verbs/abi_version", "6\n");
	/* No such file at all, then a good one; EPERM needs a cgroup: tests/cluster/step_job.bats.
	 */
	eg_task_access_read(tree, tree, &access);
	assert_int_equal(access.denied, 0);
	tree_file("infiniband/uverbs0", "");
	eg_task_access_read(tree, tree, &access);
	assert_int_equal(access.denied, 0);
}

static void the_limit_of_the_tasks_is_what_slurm_makes_of_it(void **state)
{
	static const struct {
		const char *said;
		uint64_t soft, hard;
		const char *limit;
	} limits[] = {
		{ "", 65536, 65536, "65536" },
		{ "65536", RLIM_INFINITY, RLIM_INFINITY, "65536" },
		{ "U65536", 8388608, 8388608, "65536" },
		{ "18446744073709551615", RLIM_INFINITY, RLIM_INFINITY, "unlimited" },
		{ "18446744073709551615", 65536, 8388608, "65536" },
		{ "8388608", 65536, 65536, "65536" },
		{ "8388608", 65536, 8388608, "8388608" },
		{ "many", 65536, 65536, "65536" },
		{ "12x", 65536, 65536, "65536" },
		{ "U", RLIM_INFINITY, RLIM_INFINITY, "unlimited" },
	};
	char text[24];

	(void)state;
	for (size_t i = 0; i < EG_COUNT(limits); i++) {
		eg_task_limit_text(limits[i].said, limits[i].soft, limits[i].hard, text,
				   sizeof(text));
		assert_string_equal(text, limits[i].limit);
	}
}

static void a_batch_knows_whether_a_step_was_verified(void **state)
{
	char dir[PATH_MAX], full[PATH_MAX];
	struct stat status;
	int fd, again;

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s/batch", tree);
	(void)snprintf(full, sizeof(full), "%s/batch/7", tree);
	fd = eg_batch_begin(dir, 7, getuid(), getgid());
	assert_true(fd >= 0);
	assert_int_equal(stat(full, &status), 0);
	/* Nobody can make it grow. */
	assert_int_equal(status.st_mode, S_IFIFO | 0600);
	assert_true(eg_batch_end(dir, 7, fd));
	assert_int_equal(access(full, F_OK), -1);
	fd = eg_batch_begin(dir, 7, getuid(), getgid());
	again = eg_batch_begin(dir, 7, getuid(), getgid());
	eg_batch_note_step(dir, 7);
	eg_batch_note_step(dir, 7);
	assert_false(eg_batch_end(dir, 7, again));
	assert_true(eg_batch_end(dir, 7, fd));
	/* Nothing was begun, or there is something else. */
	eg_batch_note_step(dir, 8);
	assert_false(eg_batch_end(dir, 8, -ENOSPC));
	tree_file("batch/9", "");
	eg_batch_note_step(dir, 9);
	assert_int_equal(stat(tree_path("batch/9"), &status), 0);
	assert_int_equal(status.st_size, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(devices_and_pages_are_counted, tree_make,
						tree_remove),
		cmocka_unit_test_setup_teardown(a_device_counts_from_its_first_value, tree_make,
						tree_remove),
		cmocka_unit_test(the_table_marks_what_is_unusual),
		cmocka_unit_test(a_message_is_read_whole_or_refused),
		cmocka_unit_test(counts_reach_the_server_once_a_node),
		cmocka_unit_test_setup_teardown(a_mark_is_written_once_and_follows_no_link,
						tree_make, tree_remove),
		cmocka_unit_test_setup_teardown(marks_have_a_reader_where_a_gate_left_its_own,
						tree_make, tree_remove),
		cmocka_unit_test_setup_teardown(
			a_file_that_may_not_be_opened_by_its_mode_is_not_a_cgroups_matter,
			tree_make, tree_remove),
		cmocka_unit_test(the_limit_of_the_tasks_is_what_slurm_makes_of_it),
		cmocka_unit_test_setup_teardown(a_batch_knows_whether_a_step_was_verified,
						tree_make, tree_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
