/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/base/huge_page_policy.h"
#include "common/base/nodelist.h"
#include "common/base/pci_addr.h"
#include "common/base/provider_choice.h"
#include "common/base/step_verdict.h"

static void an_error_keeps_errno_and_marks_a_cut(void **state)
{
	struct eg_err err = { 0 };
	char longer[EG_ERR_TEXT_MAX + 10];

	(void)state;
	errno = EPERM;
	assert_int_equal(eg_err_set(&err, EINVAL, "line %d", 7), -EINVAL);
	assert_int_equal(errno, EPERM);
	assert_string_equal(err.text, "line 7");
	assert_int_equal(eg_err_errno(&err, ENOENT, "'%s'", "/x"), -ENOENT);
	assert_string_equal(err.text, "'/x': No such file or directory");
	assert_int_equal(eg_err_prefix(&err, "PCI scan"), -ENOENT);
	assert_string_equal(err.text, "PCI scan: '/x': No such file or directory");
	assert_int_equal(eg_err_set(NULL, EIO, "x"), -EIO);
	assert_int_equal(eg_err_prefix(NULL, "x"), -EIO);
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	(void)eg_err_set(&err, EIO, "%s", longer);
	assert_int_equal(strlen(err.text), EG_ERR_TEXT_MAX - 1);
	assert_string_equal(err.text + EG_ERR_TEXT_MAX - 4, "...");
}

static void a_deadline_never_has_less_than_nothing_left(void **state)
{
	(void)state;
	assert_int_equal(eg_deadline_left(eg_deadline_in(-5000)), 0);
	assert_true(eg_deadline_left(eg_deadline_in(60000)) > 50000);
	assert_int_equal(eg_deadline_left(INT64_MAX), INT32_MAX);
	assert_int_equal(eg_deadline_min(3, 5), 3);
	eg_sleep_ms(60000, eg_deadline_in(0));
}

/* A folder for files, removed with its content by the test that made it. */
static int make_folder(char *folder)
{
	strcpy(folder, "/tmp/efagate-unit.XXXXXX");
	assert_non_null(mkdtemp(folder));
	return open(folder, O_RDONLY | O_DIRECTORY);
}

static void put(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
}

static void small_files_are_read_whole_or_refused(void **state)
{
	char folder[32], text[8];
	int dir = make_folder(folder);
	struct eg_err err = { 0 };
	uint64_t value = 7;

	(void)state;
	put(dir, "f", "0x10\n");
	assert_int_equal(eg_file_read_text(dir, "f", text, sizeof(text), &err), 4);
	assert_string_equal(text, "0x10");
	assert_int_equal(eg_file_read_u64(dir, "f", &value, &err), 0);
	assert_int_equal(value, 16);
	put(dir, "f", "12 pages");
	assert_int_equal(eg_file_read_text(dir, "f", text, sizeof(text), &err), -EFBIG);
	assert_string_equal(err.text, "'f': File too large");
	assert_int_equal(eg_file_read_u64(dir, "f", &value, &err), -EINVAL);
	assert_string_equal(err.text, "'f': '12 pages' is not a number");
	put(dir, "f", "-1");
	assert_int_equal(eg_file_read_u64(dir, "f", &value, &err), -EINVAL);
	assert_int_equal(value, 16);
	assert_int_equal(eg_file_read_u64(dir, "none", &value, &err), -ENOENT);
	assert_string_equal(err.text, "'none': No such file or directory");
	assert_int_equal(unlinkat(dir, "f", 0), 0);
	assert_int_equal(close(dir), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void a_file_is_replaced_in_one_step(void **state)
{
	char folder[32], path[64], text[16];
	int dir = make_folder(folder);
	struct eg_err err = { 0 };
	struct stat info;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/report", folder);
	put(dir, "report", "old");
	assert_int_equal(eg_file_replace(path, "new", 3, 0600, &err), 0);
	assert_int_equal(eg_file_read_text(dir, "report", text, sizeof(text), &err), 3);
	assert_string_equal(text, "new");
	assert_int_equal(fstatat(dir, "report", &info, 0), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
	assert_int_equal(unlinkat(dir, "report", 0), 0);
	assert_int_equal(close(dir), 0);
	assert_int_equal(rmdir(folder), 0); /* no temporary file stayed behind */
	assert_int_equal(eg_file_replace(path, "new", 3, 0600, &err), -ENOENT);
}

static void a_silent_or_flooding_writer_cannot_hold_a_reader(void **state)
{
	int fds[2];
	char text[8];
	size_t length = 9;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "abc", 3), 3);
	assert_int_equal(eg_fd_read_until(fds[0], text, sizeof(text), eg_deadline_in(30), &length),
			 -ETIMEDOUT);
	assert_int_equal(length, 3);
	assert_memory_equal(text, "abc", 3);
	assert_int_equal(write(fds[1], "de", 2), 2);
	assert_int_equal(close(fds[1]), 0);
	assert_int_equal(eg_fd_read_until(fds[0], text, sizeof(text), eg_deadline_in(1000), NULL),
			 2);
	assert_int_equal(close(fds[0]), 0);
}

static void a_reader_that_reads_nothing_cannot_hold_a_writer(void **state)
{
	static char flood[1024 * 1024];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(eg_fd_set_nonblock(fds[1], 1), 0);
	assert_int_equal(eg_fd_write_until(fds[1], flood, sizeof(flood), eg_deadline_in(30)),
			 -ETIMEDOUT);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
}

static void pci_addresses_have_one_form(void **state)
{
	static const char *const bad[] = { "",
					   "10:1b.0",
					   "0000:10:1b.8",
					   "0000:10:3b.0",
					   "0000:10:1b.0 ",
					   "0000:10:1b.0/x",
					   "g000:10:1b.0",
					   "0000-10:1b.0",
					   "+000:10:1b.0" };
	struct eg_pci_addr addr = { 0 }, other = { 0 };
	char text[EG_PCI_ADDR_TEXT];

	(void)state;
	assert_true(eg_pci_addr_parse("0001:a0:1b.3", &addr));
	assert_int_equal(addr.domain, 1);
	assert_int_equal(addr.bus, 0xa0);
	assert_int_equal(addr.device, 0x1b);
	assert_int_equal(addr.function, 3);
	assert_string_equal(eg_pci_addr_text(addr, text), "0001:a0:1b.3");
	assert_true(eg_pci_addr_parse("0000:b0:00.0", &other));
	assert_true(eg_pci_addr_compare(other, addr) < 0);
	assert_true(eg_pci_addr_compare(addr, other) > 0);
	assert_int_equal(eg_pci_addr_compare(addr, addr), 0);
	for (size_t i = 0; i < EG_COUNT(bad); i++) {
		print_message("[ pci      ] '%s'\n", bad[i]);
		assert_false(eg_pci_addr_parse(bad[i], &addr));
	}
}

static const struct {
	const char *text, *first, *last;
	size_t count;
} good_lists[] = {
	{ "n1", "n1", "n1", 1 },
	{ "n[1-3],m2", "n1", "m2", 4 },
	{ "n[08-11,20]", "n08", "n20", 5 },
	{ "a-b_c.d[1,3,5-6],x", "a-b_c.d1", "x", 5 },
	{ "gpu-dy-p5-[1-64]", "gpu-dy-p5-1", "gpu-dy-p5-64", 64 },
};

static const struct {
	const char *text, *error;
} bad_lists[] = {
	{ "", "node list '', character 1: a node name was expected" },
	{ "n1,", "node list 'n1,', character 4: a node name was expected" },
	{ "n[1-", "node list 'n[1-', character 5: a number was expected" },
	{ "n[3-1]", "node list 'n[3-1]', character 6: a range that runs backwards" },
	{ "n[1", "node list 'n[1', character 4: ']' was expected" },
	{ "n[1]x", "node list 'n[1]x', character 5: ',' was expected" },
	{ "n1 n2", "node list 'n1 n2', character 3: ',' was expected" },
	{ "n[1234567890]",
	  "node list 'n[1234567890]', character 12: a number of more than nine digits" },
	{ "n[0-99999]", "node list: more than 65536 nodes" },
};

static void node_lists_are_expanded_or_refused_by_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < EG_COUNT(good_lists); i++) {
		struct eg_nodelist list = { 0 };

		assert_int_equal(eg_nodelist_parse(good_lists[i].text, &list, NULL), 0);
		assert_int_equal(list.count, good_lists[i].count);
		assert_string_equal(list.names[0], good_lists[i].first);
		assert_string_equal(list.names[list.count - 1], good_lists[i].last);
		assert_int_equal(eg_nodelist_find(&list, good_lists[i].last), (long)list.count - 1);
		assert_int_equal(eg_nodelist_find(&list, "absent"), -1);
		eg_nodelist_done(&list);
	}
	for (size_t i = 0; i < EG_COUNT(bad_lists); i++) {
		struct eg_nodelist list = { 0 };
		struct eg_err err = { 0 };

		assert_true(eg_nodelist_parse(bad_lists[i].text, &list, &err) < 0);
		assert_string_equal(err.text, bad_lists[i].error);
		assert_null(list.names);
	}
}

static void a_verdict_is_taken_whole_or_not_at_all(void **state)
{
	struct eg_step_verdict good, bad;

	(void)state;
	eg_step_verdict_init(&good, "efagate: 4 nodes\nverified\t\x7f");
	assert_string_equal(good.line, "efagate: 4 nodes\nverified  ");
	eg_step_verdict_note(&good, "one\nline");
	assert_string_equal(good.note, "one line");
	assert_int_equal(good.go, 0);
	assert_true(eg_step_verdict_valid(&good, sizeof(good)));
	assert_false(eg_step_verdict_valid(&good, sizeof(good) - 1));
	bad = good;
	bad.magic++;
	assert_false(eg_step_verdict_valid(&bad, sizeof(bad)));
	bad = good;
	bad.version++;
	assert_false(eg_step_verdict_valid(&bad, sizeof(bad)));
	bad = good;
	bad.go = 2;
	assert_false(eg_step_verdict_valid(&bad, sizeof(bad)));
	bad = good;
	bad.line[3] = '\033';
	assert_false(eg_step_verdict_valid(&bad, sizeof(bad)));
	bad = good;
	bad.note[3] = '\n';
	bad.id[0] = '\033';
	assert_false(eg_step_verdict_valid(&bad, sizeof(bad)));
	bad = good;
	bad.text_size = EG_STEP_TEXT_MAX + 1;
	assert_false(eg_step_verdict_valid(&bad, sizeof(bad)));
	bad = good;
	memset(bad.id, 'x', sizeof(bad.id));
	assert_false(eg_step_verdict_valid(&bad, sizeof(bad)));
	bad = good;
	memset(bad.line, 'x', sizeof(bad.line));
	assert_false(eg_step_verdict_valid(&bad, sizeof(bad)));
}

/* p4d has 96 vCPUs and 10,561 pages, p5 192 and 21,121 (efa-installer's reservation). */
static const struct {
	const char *name;
	struct eg_huge_page_facts facts;
	enum eg_huge_page_choice choice;
	uint64_t demand;
	const char *reason;
} huge_page_rows[] = {
	{ "p4d, 8 ranks, 8 forks",
	  { 8, 4, 1, 8, 2048, 10561, false, NULL },
	  EG_HUGE_PAGE_SET_0,
	  15552,
	  "set to 0: the ranks and their forks would need 15552 huge pages, 10561 are available" },
	{ "p5, 8 ranks x 4 devices, 8 forks",
	  { 8, 4, 1, 8, 2048, 21121, false, NULL },
	  EG_HUGE_PAGE_KEEP,
	  15552,
	  "left alone: the ranks and their forks need 15552 of 21121 huge pages" },
	{ "p4d, no forks",
	  { 8, 4, 1, 0, 2048, 10561, false, NULL },
	  EG_HUGE_PAGE_KEEP,
	  1728,
	  "left alone: the ranks and their forks need 1728 of 10561 huge pages" },
	{ "the user's own value",
	  { 8, 4, 1, 8, 2048, 0, false, "1" },
	  EG_HUGE_PAGE_KEEP,
	  15552,
	  "left as the user set it: FI_EFA_USE_HUGE_PAGE=1" },
	{ "huge pages of 1 GiB",
	  { 8, 4, 1, 8, 1048576, 0, false, NULL },
	  EG_HUGE_PAGE_KEEP,
	  15552,
	  "left alone: huge pages of 1048576 KiB" },
	{ "exactly enough",
	  { 1, 1, 1, 0, 2048, 54, false, NULL },
	  EG_HUGE_PAGE_KEEP,
	  54,
	  "left alone: the ranks and their forks need 54 of 54 huge pages" },
	{ "no copy-on-fork",
	  { 8, 4, 1, 8, 2048, 10561, true, NULL },
	  EG_HUGE_PAGE_KEEP,
	  15552,
	  "left alone: without copy-on-fork it does not make fork() safe, FI_EFA_FORK_SAFE=1 does" },
	{ "no copy-on-fork, the user's own value",
	  { 8, 4, 1, 8, 2048, 0, true, "0" },
	  EG_HUGE_PAGE_KEEP,
	  15552,
	  "left as the user set it: FI_EFA_USE_HUGE_PAGE=0" },
	{ "beyond 32 bits",
	  { UINT32_MAX, 32, 1, 0, 2048, 54, false, NULL },
	  EG_HUGE_PAGE_SET_0,
	  7421703485760,
	  "set to 0: the ranks and their forks would need 7421703485760 huge pages, 54 are available" },
};

static const struct {
	const char *name, *value;
	bool kept_away;
} provider_rows[] = {
	{ "FI_PROVIDER", "", false },
	{ "FI_PROVIDER", "efa", false },
	{ "FI_PROVIDER", "tcp,efa", false },
	{ "FI_PROVIDER", "tcp", true },
	{ "FI_PROVIDER", "tcp;ofi_rxm,shm", true },
	{ "FI_PROVIDER", "efax", true },
	{ "FI_PROVIDER", "^efa", true },
	{ "FI_PROVIDER", "^tcp,efa", true },
	{ "FI_PROVIDER", "^tcp", false },
	{ "I_MPI_OFI_PROVIDER", "efa", false },
	{ "I_MPI_OFI_PROVIDER", "tcp", true },
	{ "OMPI_MCA_mtl_ofi_provider_include", "efa", false },
	{ "OMPI_MCA_mtl_ofi_provider_include", "psm2", true },
	{ "OMPI_MCA_mtl_ofi_provider_exclude", "shm,efa", true },
	{ "OMPI_MCA_mtl_ofi_provider_exclude", "shm", false },
	{ "NCCL_NET", "AWS Libfabric", false },
	{ "NCCL_NET", "Socket", true },
	{ "NCCL_NET", "IB", true },
};

static void providers_are_chosen_as_the_table_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < EG_COUNT(provider_rows); i++) {
		print_message("[ provider ] %s=%s\n", provider_rows[i].name,
			      provider_rows[i].value);
		assert_int_equal(eg_provider_is_kept_away(provider_rows[i].name,
							  provider_rows[i].value),
				 provider_rows[i].kept_away);
	}
}

static void huge_pages_are_decided_as_the_table_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < EG_COUNT(huge_page_rows); i++) {
		struct eg_huge_page_decision ret;

		print_message("[ pages    ] %s\n", huge_page_rows[i].name);
		eg_huge_page_decide(&huge_page_rows[i].facts, &ret);
		assert_int_equal(ret.choice, huge_page_rows[i].choice);
		assert_int_equal(ret.demand, huge_page_rows[i].demand);
		assert_string_equal(ret.reason, huge_page_rows[i].reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_keeps_errno_and_marks_a_cut),
		cmocka_unit_test(a_deadline_never_has_less_than_nothing_left),
		cmocka_unit_test(small_files_are_read_whole_or_refused),
		cmocka_unit_test(a_file_is_replaced_in_one_step),
		cmocka_unit_test(a_silent_or_flooding_writer_cannot_hold_a_reader),
		cmocka_unit_test(a_reader_that_reads_nothing_cannot_hold_a_writer),
		cmocka_unit_test(pci_addresses_have_one_form),
		cmocka_unit_test(node_lists_are_expanded_or_refused_by_place),
		cmocka_unit_test(a_verdict_is_taken_whole_or_not_at_all),
		cmocka_unit_test(providers_are_chosen_as_the_table_says),
		cmocka_unit_test(huge_pages_are_decided_as_the_table_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
