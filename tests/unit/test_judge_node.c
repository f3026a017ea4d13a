/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/cleanup.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_node.h"
#include "common/verdict/reason.h"
#include "tests/unit/node_facts.h"

/* Each breaks a good p4de.24xlarge in one way. */
static void nothing(struct eg_node_facts *facts)
{
	(void)facts;
}

static void remove_device(struct eg_node_facts *facts, size_t index)
{
	memmove(&facts->devices[index], &facts->devices[index + 1],
		(facts->device_count - index - 1) * sizeof(facts->devices[0]));
	facts->device_count--;
}

static void gone(struct eg_node_facts *facts)
{
	remove_device(facts, 2);
}

static void gone_at_a_site(struct eg_node_facts *facts)
{
	gone(facts);
	facts->instance.source = EG_EXPECT_SITE;
}

static void three_gone(struct eg_node_facts *facts)
{
	for (size_t i = 0; i < 3; i++)
		remove_device(facts, 1);
}

static void gone_without_addresses(struct eg_node_facts *facts)
{
	gone(facts);
	facts->instance.place_count = 0;
}

static void site_expects_two_of_four_places(struct eg_node_facts *facts)
{
	three_gone(facts);
	facts->instance.source = EG_EXPECT_SITE;
	facts->instance.expected_devices = 2;
}

static void all_gone(struct eg_node_facts *facts)
{
	facts->device_count = 0;
}

static void all_gone_at_a_site(struct eg_node_facts *facts)
{
	facts->device_count = 0;
	facts->instance.source = EG_EXPECT_SITE;
}

static void a_node_without_efa(struct eg_node_facts *facts)
{
	facts->device_count = 0;
	facts->instance = (struct eg_instance_facts){ .type = "m7i.large", .type_source = "dmi" };
	facts->memlock_bytes = 65536;
}

static void an_unknown_type_with_one_gone(struct eg_node_facts *facts)
{
	gone(facts);
	facts->instance = (struct eg_instance_facts){ .type = "x9.large", .type_source = "dmi" };
}

static void six_of_a_large_type_gone(struct eg_node_facts *facts)
{
	for (size_t i = 0; i < 32; i++) {
		struct eg_place *place = &facts->instance.places[i];

		*place = (struct eg_place){ { .bus = (uint8_t)(0x40 + i) }, -1 };
		make_device(&facts->devices[i], place->pci);
	}
	facts->instance.expected_devices = 32;
	facts->instance.place_count = 32;
	facts->device_count = 26;
}

static void without_driver(struct eg_node_facts *facts, size_t index)
{
	struct eg_device_facts *device = &facts->devices[index];

	device->has_driver = device->has_verbs = device->has_fabric = EG_NO;
	device->opens = EG_NOT_MEASURED;
	device->driver[0] = device->name[0] = '\0';
}

static void unbound(struct eg_node_facts *facts)
{
	without_driver(facts, 2);
}

static void three_unbound(struct eg_node_facts *facts)
{
	for (size_t i = 1; i < 4; i++)
		without_driver(facts, i);
}

static void bound_elsewhere(struct eg_node_facts *facts)
{
	without_driver(facts, 2);
	strcpy(facts->devices[2].driver, "vfio-pci");
}

static void no_verbs_device(struct eg_node_facts *facts)
{
	facts->devices[1].has_verbs = facts->devices[1].has_fabric = EG_NO;
	facts->devices[1].opens = EG_NOT_MEASURED;
	facts->devices[1].name[0] = '\0';
}

static void does_not_open(struct eg_node_facts *facts)
{
	facts->devices[0].opens = facts->devices[0].has_fabric = EG_NO;
	facts->devices[0].open_errno = EPERM;
}

static void none_opens(struct eg_node_facts *facts)
{
	for (size_t i = 0; i < 4; i++) {
		facts->devices[i].opens = facts->devices[i].has_fabric = EG_NO;
		facts->devices[i].open_errno = ENOENT;
	}
}

/* What a job that takes all there is can cause. */
static void does_not_open_for_now(struct eg_node_facts *facts)
{
	facts->devices[0].opens = facts->devices[0].has_fabric = EG_NO;
	facts->devices[0].open_errno = ENOMEM;
}

static void some_open_for_now_and_one_never(struct eg_node_facts *facts)
{
	does_not_open_for_now(facts);
	facts->devices[1] = facts->devices[0];
	facts->devices[1].open_errno = ENFILE;
	facts->devices[3].opens = facts->devices[3].has_fabric = EG_NO;
	facts->devices[3].open_errno = EPERM;
}

static void one_full_hides_all(struct eg_node_facts *facts)
{
	does_not_open_for_now(facts);
	for (size_t i = 0; i < 4; i++)
		facts->devices[i].has_fabric = EG_NO;
}

static void one_sick_hides_all(struct eg_node_facts *facts)
{
	does_not_open(facts);
	for (size_t i = 0; i < 4; i++)
		facts->devices[i].has_fabric = EG_NO;
}

static void one_not_offered(struct eg_node_facts *facts)
{
	facts->devices[3].has_fabric = EG_NO;
}

static void none_offered(struct eg_node_facts *facts)
{
	for (size_t i = 0; i < 4; i++)
		facts->devices[i].has_fabric = EG_NO;
}

static void zero_gid(struct eg_node_facts *facts)
{
	memset(facts->devices[3].gid, 0, sizeof(facts->devices[3].gid));
	facts->devices[3].has_fabric = EG_NO; /* follows from it */
}

static void zero_gid_hides_all(struct eg_node_facts *facts)
{
	zero_gid(facts);
	none_offered(facts);
}

static void slower_than_siblings(struct eg_node_facts *facts)
{
	facts->devices[1].rate_gbps = 25;
}

static void without_rdma_read(struct eg_node_facts *facts)
{
	facts->devices[0].capabilities = EG_CAP_RNR_RETRY;
}

static void halves_differ(struct eg_node_facts *facts)
{
	facts->devices[0].rate_gbps = facts->devices[1].rate_gbps = 25;
}

static void one_too_many(struct eg_node_facts *facts)
{
	make_device(&facts->devices[4], (struct eg_pci_addr){ .bus = 0xb0, .device = 0x1b });
	facts->device_count = 5;
}

static void low_memlock(struct eg_node_facts *facts)
{
	facts->memlock_bytes = 64 * 1024;
}

static void enough_memlock(struct eg_node_facts *facts)
{
	facts->memlock_bytes = 16ULL << 30;
}

static void no_copy_on_fork(struct eg_node_facts *facts)
{
	facts->copy_on_fork = false;
}

/* On a machine with the two NUMA nodes that a p4de has. */
static void two_devices_at_the_wrong_node(struct eg_node_facts *facts)
{
	facts->numa_count = 2;
	facts->devices[1].numa_node = -1;
	facts->devices[2].numa_node = 0;
}

static void one_device_at_the_wrong_node(struct eg_node_facts *facts)
{
	facts->numa_count = 2;
	facts->devices[2].numa_node = 0;
}

static void one_numa_node_where_the_type_has_two(struct eg_node_facts *facts)
{
	one_device_at_the_wrong_node(facts);
	facts->numa_count = 1;
}

static void learned_and_gone(struct eg_node_facts *facts)
{
	gone(facts);
	facts->instance.source = EG_EXPECT_LEARNED;
}

static void starving_ranks(struct eg_node_facts *facts)
{
	facts->job.ranks = 8;
	facts->job.forks_per_rank = 8;
}

static void starving_ranks_without_copy_on_fork(struct eg_node_facts *facts)
{
	starving_ranks(facts);
	facts->copy_on_fork = false;
}

static void a_rank_that_finds_enough(struct eg_node_facts *facts)
{
	facts->job.ranks = 1;
	facts->job.forks_per_rank = 8;
}

static void leaked_pages(struct eg_node_facts *facts)
{
	facts->job.is_idle = EG_YES;
	facts->job.huge_pages_kept = 560;
}

static void pages_of_static_users(struct eg_node_facts *facts)
{
	facts->job.is_idle = EG_YES;
	facts->job.huge_pages_kept = 561;
}

static void pages_of_a_job(struct eg_node_facts *facts)
{
	facts->job.is_idle = EG_NO;
}

static void another_provider(struct eg_node_facts *facts)
{
	strcpy(facts->job.provider, "FI_PROVIDER=tcp");
}

static void a_job_without_some_devices(struct eg_node_facts *facts)
{
	facts->job.in_job = true;
	for (size_t i = 0; i < 4; i++) {
		struct eg_device_facts *device = &facts->devices[i];

		device->has_fabric = EG_NO;
		if (i > 1)
			continue;
		device->opens = EG_NO;
		device->open_errno = EPERM;
	}
}

static void a_job_that_may_not_by_mode(struct eg_node_facts *facts)
{
	a_job_without_some_devices(facts);
	facts->devices[0].open_errno = facts->devices[1].open_errno = EACCES;
}

static void a_container_that_may_not(struct eg_node_facts *facts)
{
	does_not_open(facts);
	low_memlock(facts);
	another_provider(facts);
	facts->in_container = true;
}

static void a_container_with_a_sick_device(struct eg_node_facts *facts)
{
	does_not_open(facts);
	facts->devices[0].open_errno = EIO;
	facts->in_container = true;
}

static void a_driver_that_was_not_read(struct eg_node_facts *facts)
{
	no_verbs_device(facts);
	facts->devices[1].has_driver = EG_NOT_MEASURED;
}

static void a_kind_too_new_for_rdma_core(struct eg_node_facts *facts)
{
	none_opens(facts);
	for (size_t i = 0; i < 4; i++)
		facts->devices[i].open_errno = ELIBACC;
}

static void the_type_unread(struct eg_node_facts *facts)
{
	strcpy(facts->instance_error, "no DMI");
	facts->instance = (struct eg_instance_facts){ .type_source = "" };
}

static void huge_pages_unread(struct eg_node_facts *facts)
{
	strcpy(facts->huge_page_error, "'x': not a number");
	facts->huge_pages.measured = false;
}

static void pci_unread(struct eg_node_facts *facts)
{
	strcpy(facts->pci_error, "hwloc: no memory");
	for (size_t i = 0; i < 4; i++)
		facts->devices[i].on_pci = EG_NOT_MEASURED;
}

static void fabric_unread(struct eg_node_facts *facts)
{
	strcpy(facts->fabric_error, "libfabric.so.1: not there");
	facts->fabric_version[0] = '\0';
	for (size_t i = 0; i < 4; i++)
		facts->devices[i].has_fabric = EG_NOT_MEASURED;
}

static void fabric_not_asked(struct eg_node_facts *facts)
{
	fabric_unread(facts);
	facts->fabric_error[0] = '\0';
}

static void too_many_to_hold(struct eg_node_facts *facts)
{
	facts->instance.source = EG_EXPECT_NOTHING;
	facts->devices_dropped = 3;
}

static void nameless_address(struct eg_node_facts *facts)
{
	facts->devices[3].pci_known = false;
	facts->devices[3].opens = EG_NO;
	facts->devices[3].open_errno = 0;
}

/* What each must give: the findings, one a line, and the worst outcome. */
static const struct {
	void (*break_it)(struct eg_node_facts *facts);
	enum eg_outcome outcome;
	const char *findings;
} rows[] = {
	{ nothing, EG_PASS, "" },
	{ gone, EG_WARN, "EG102 warn node 0000:90:1b.0: 3/4 EFA on PCI, missing 0000:90:1b.0\n" },
	{ gone_at_a_site, EG_FAIL,
	  "EG102 fail node 0000:90:1b.0: 3/4 EFA on PCI, missing 0000:90:1b.0\n" },
	{ three_gone, EG_WARN,
	  "EG102 warn node : 1/4 EFA on PCI, missing 0000:20:1b.0, 0000:90:1b.0, 0000:a0:1b.0\n" },
	{ six_of_a_large_type_gone, EG_WARN,
	  "EG102 warn node : 26/32 EFA on PCI, missing 0000:5a:00.0, 0000:5b:00.0 +4 more\n" },
	{ gone_without_addresses, EG_WARN, "EG102 warn node : 3/4 EFA on PCI\n" },
	{ site_expects_two_of_four_places, EG_FAIL, "EG102 fail node : 1/2 EFA on PCI\n" },
	{ all_gone, EG_WARN, "EG101 warn node : no EFA on PCI, expected 4\n" },
	{ all_gone_at_a_site, EG_FAIL, "EG101 fail node : no EFA on PCI, expected 4\n" },
	{ a_node_without_efa, EG_PASS, "" },
	{ an_unknown_type_with_one_gone, EG_PASS, "" },
	{ unbound, EG_FAIL,
	  "EG103 fail device 0000:90:1b.0: EFA 0000:90:1b.0 on PCI without driver\n" },
	{ three_unbound, EG_FAIL,
	  "EG103 fail device 0000:20:1b.0: 3 EFA on PCI without driver, first 0000:20:1b.0\n" },
	{ bound_elsewhere, EG_FAIL,
	  "EG103 fail device 0000:90:1b.0: EFA 0000:90:1b.0 on PCI without driver efa, "
	  "bound to vfio-pci\n" },
	{ no_verbs_device, EG_FAIL,
	  "EG104 fail device 0000:20:1b.0: EFA 0000:20:1b.0 has a driver but no verbs device\n" },
	{ does_not_open, EG_FAIL,
	  "EG105 fail device 0000:10:1b.0: EFA 0000:10:1b.0 (rdmap16s27) cannot be opened: "
	  "Operation not permitted\n" },
	{ none_opens, EG_FAIL,
	  "EG105 fail device 0000:10:1b.0: 4 EFA cannot be opened, first 0000:10:1b.0 "
	  "(rdmap16s27): No such file or directory\n" },
	{ a_job_without_some_devices, EG_FAIL,
	  "EG105 fail none 0000:10:1b.0: 2 EFA not given to this job, first 0000:10:1b.0 "
	  "(rdmap16s27): Operation not permitted\n"
	  "EG110 fail none 0000:10:1b.0: EFA 0000:10:1b.0 (rdmap16s27) hides 2 others from "
	  "libfabric\n" },
	{ a_job_that_may_not_by_mode, EG_FAIL,
	  "EG105 fail device 0000:10:1b.0: 2 EFA cannot be opened, first 0000:10:1b.0 "
	  "(rdmap16s27): Permission denied\n"
	  "EG110 fail device 0000:10:1b.0: EFA 0000:10:1b.0 (rdmap16s27) hides 2 others from "
	  "libfabric\n" },
	{ nameless_address, EG_FAIL,
	  "EG105 fail device rdmap160s27: EFA rdmap160s27 cannot be opened\n" },
	{ one_not_offered, EG_FAIL,
	  "EG106 fail device 0000:a0:1b.0: EFA 0000:a0:1b.0 (rdmap160s27) not offered by "
	  "libfabric\n" },
	{ zero_gid, EG_FAIL,
	  "EG107 fail device 0000:a0:1b.0: EFA 0000:a0:1b.0 (rdmap160s27) has an all-zero GID\n" },
	{ slower_than_siblings, EG_WARN,
	  "EG108 warn device 0000:20:1b.0: EFA 0000:20:1b.0 has 25 Gb/s, its siblings 100 Gb/s\n" },
	{ without_rdma_read, EG_WARN,
	  "EG108 warn device 0000:10:1b.0: EFA 0000:10:1b.0 has capabilities 0x2, its siblings "
	  "0x3\n" },
	{ halves_differ, EG_PASS, "" },
	{ one_too_many, EG_WARN, "EG109 warn none : 5 EFA on PCI, expected 4\n" },
	{ does_not_open_for_now, EG_UNKNOWN,
	  "EG105 unknown none 0000:10:1b.0: EFA 0000:10:1b.0 (rdmap16s27) cannot be opened now: "
	  "Cannot allocate memory\n" },
	{ some_open_for_now_and_one_never, EG_FAIL,
	  "EG105 fail device 0000:a0:1b.0: EFA 0000:a0:1b.0 (rdmap160s27) cannot be opened: "
	  "Operation not permitted\n"
	  "EG105 unknown none 0000:10:1b.0: 2 EFA cannot be opened now, first 0000:10:1b.0 "
	  "(rdmap16s27): Cannot allocate memory\n" },
	{ one_full_hides_all, EG_UNKNOWN,
	  "EG105 unknown none 0000:10:1b.0: EFA 0000:10:1b.0 (rdmap16s27) cannot be opened now: "
	  "Cannot allocate memory\n" },
	{ one_sick_hides_all, EG_FAIL,
	  "EG105 fail device 0000:10:1b.0: EFA 0000:10:1b.0 (rdmap16s27) cannot be opened: "
	  "Operation not permitted\n"
	  "EG110 fail device 0000:10:1b.0: EFA 0000:10:1b.0 (rdmap16s27) hides 3 others from "
	  "libfabric\n" },
	{ zero_gid_hides_all, EG_FAIL,
	  "EG107 fail device 0000:a0:1b.0: EFA 0000:a0:1b.0 (rdmap160s27) has an all-zero GID\n"
	  "EG110 fail device 0000:a0:1b.0: EFA 0000:a0:1b.0 (rdmap160s27) hides 3 others from "
	  "libfabric\n" },
	{ low_memlock, EG_WARN, "EG203 warn none : memlock limit is 64 KiB, below 16 GiB\n" },
	{ enough_memlock, EG_PASS, "" },
	{ no_copy_on_fork, EG_WARN, "EG204 warn none : no copy-on-fork of pinned memory\n" },
	{ none_offered, EG_WARN,
	  "EG205 warn none : libfabric 1.17 offers none of 4 EFA that open\n" },
	{ pci_unread, EG_UNKNOWN, "EG901 unknown none PCI: PCI not measured: hwloc: no memory\n" },
	{ fabric_unread, EG_UNKNOWN,
	  "EG901 unknown none libfabric: libfabric not measured: libfabric.so.1: not there\n" },
	{ fabric_not_asked, EG_PASS, "" },
	{ two_devices_at_the_wrong_node, EG_WARN,
	  "EG111 warn none 0000:20:1b.0: EFA 0000:20:1b.0 is at no NUMA node, its type has it at "
	  "0, and 1 more\n" },
	{ one_device_at_the_wrong_node, EG_WARN,
	  "EG111 warn none 0000:90:1b.0: EFA 0000:90:1b.0 is at NUMA node 0, its type has it at "
	  "1\n" },
	{ one_numa_node_where_the_type_has_two, EG_PASS, "" },
	{ learned_and_gone, EG_FAIL,
	  "EG102 fail node 0000:90:1b.0: 3/4 EFA on PCI, missing 0000:90:1b.0\n" },
	{ starving_ranks, EG_WARN,
	  "EG201 warn none : 8 ranks with 8 forks each on 4 EFA need 15552 huge pages, 9995 are "
	  "available\n" },
	{ starving_ranks_without_copy_on_fork, EG_WARN,
	  "EG204 warn none : no copy-on-fork of pinned memory\n" },
	{ a_rank_that_finds_enough, EG_PASS, "" },
	{ leaked_pages, EG_WARN,
	  "EG202 warn none : 561 of 10561 huge pages in use and no job runs\n" },
	{ pages_of_static_users, EG_PASS, "" },
	{ pages_of_a_job, EG_PASS, "" },
	{ another_provider, EG_WARN,
	  "EG206 warn none : FI_PROVIDER=tcp in the job's environment keeps it from EFA\n" },
	{ a_container_that_may_not, EG_UNKNOWN,
	  "EG105 unknown none 0000:10:1b.0: EFA 0000:10:1b.0 (rdmap16s27) cannot be opened now: "
	  "Operation not permitted\n"
	  "EG203 unknown none : memlock limit is 64 KiB, below 16 GiB\n"
	  "EG206 unknown none : FI_PROVIDER=tcp in the job's environment keeps it from EFA\n" },
	{ a_container_with_a_sick_device, EG_FAIL,
	  "EG105 fail device 0000:10:1b.0: EFA 0000:10:1b.0 (rdmap16s27) cannot be opened: "
	  "Input/output error\n" },
	{ a_driver_that_was_not_read, EG_UNKNOWN,
	  "EG901 unknown none 0000:20:1b.0: EFA 0000:20:1b.0 has no verbs device, and its driver "
	  "could not be read\n" },
	{ a_kind_too_new_for_rdma_core, EG_UNKNOWN,
	  "EG901 unknown none 0000:10:1b.0: 4 EFA are of a kind this rdma-core does not know, first "
	  "0000:10:1b.0 (rdmap16s27)\n" },
	{ the_type_unread, EG_UNKNOWN,
	  "EG901 unknown none instance type: instance type not measured: no DMI\n" },
	{ huge_pages_unread, EG_UNKNOWN,
	  "EG901 unknown none huge pages: huge pages not measured: 'x': not a number\n" },
	{ too_many_to_hold, EG_UNKNOWN,
	  "EG901 unknown none : 3 EFA beyond the first 64 were not looked at\n" },
};

static char *findings_text(const struct eg_findings *findings, char *text, size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < findings->count; i++) {
		const struct eg_finding *finding = &findings->list[i];

		length += (size_t)snprintf(text + length, size - length, "%s %s %s %s: %s\n",
					   finding->id, eg_outcome_name(finding->outcome),
					   eg_blame_name(finding->blame), finding->subject,
					   finding->text);
		assert_true(length < size);
		assert_true(finding->remedy[0] != '\0');
	}
	return text;
}

static void each_broken_node_is_judged_as_the_table_says(void **state)
{
	EG_CLEANUP(eg_free) struct eg_node_facts *facts = malloc(sizeof(*facts));
	EG_CLEANUP(eg_free) struct eg_findings *findings = malloc(sizeof(*findings));
	char text[2048];

	(void)state;
	for (size_t i = 0; i < EG_COUNT(rows); i++) {
		memset(findings, 0, sizeof(*findings));
		make_good_node(facts);
		rows[i].break_it(facts);
		eg_judge_node(facts, findings);
		assert_string_equal(findings_text(findings, text, sizeof(text)), rows[i].findings);
		assert_int_equal(eg_findings_outcome(findings), rows[i].outcome);
	}
}

/* The drain reason has 120 characters; a text that decides must not lose its end there. */
static void device_texts_fit_a_drain_reason(void **state)
{
	EG_CLEANUP(eg_free) struct eg_node_facts *facts = malloc(sizeof(*facts));
	EG_CLEANUP(eg_free) struct eg_findings *findings = malloc(sizeof(*findings));
	char reason[EG_REASON_MAX];

	(void)state;
	for (size_t i = 0; i < EG_COUNT(rows); i++) {
		memset(findings, 0, sizeof(*findings));
		make_good_node(facts);
		rows[i].break_it(facts);
		eg_judge_node(facts, findings);
		for (size_t k = 0; k < findings->count; k++) {
			if (findings->list[k].outcome != EG_FAIL)
				continue;
			(void)eg_reason_text(&findings->list[k], 1234567, reason);
			assert_null(strstr(reason, "..."));
			assert_non_null(strstr(reason, findings->list[k].text));
			assert_non_null(strstr(reason, " (job 1234567)"));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_broken_node_is_judged_as_the_table_says),
		cmocka_unit_test(device_texts_fit_a_drain_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
