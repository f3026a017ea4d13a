/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "common/node/facts.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_parts.h"

#define SIBLINGS_MIN 3 /* of two that differ nobody knows which one is wrong */

static uint32_t capabilities_of(const struct eg_device_facts *device)
{
	return device->capabilities;
}

static uint32_t rate_of(const struct eg_device_facts *device)
{
	return device->rate_gbps;
}

struct odd {
	size_t compared, count;
	uint32_t usual; /* value of more than half */
	const struct eg_device_facts *first;
};

static size_t count_same(const struct eg_node_facts *facts, uint32_t value,
			 uint32_t (*value_of)(const struct eg_device_facts *))
{
	size_t count = 0;

	for (size_t i = 0; i < facts->device_count; i++)
		count += facts->devices[i].opens == EG_YES && value_of(&facts->devices[i]) == value;
	return count;
}

/* Whoever differs from the value that more than half of the open devices have. */
static void find_odd(const struct eg_node_facts *facts,
		     uint32_t (*value_of)(const struct eg_device_facts *), struct odd *ret)
{
	size_t same = 0;

	for (size_t i = 0; i < facts->device_count; i++) {
		if (facts->devices[i].opens != EG_YES)
			continue;
		ret->compared++;
		if (!ret->first ||
		    count_same(facts, value_of(&facts->devices[i]), value_of) > same) {
			ret->first = &facts->devices[i];
			ret->usual = value_of(ret->first);
			same = count_same(facts, ret->usual, value_of);
		}
	}
	ret->first = NULL;
	if (ret->compared < SIBLINGS_MIN || 2 * same <= ret->compared)
		return;
	for (size_t i = 0; i < facts->device_count; i++) {
		const struct eg_device_facts *device = &facts->devices[i];

		if (device->opens != EG_YES || value_of(device) == ret->usual)
			continue;
		if (!ret->count++)
			ret->first = device;
	}
}

static void say(const struct odd *odd, const char *seen, const char *expected,
		struct eg_findings *findings)
{
	char addr[EG_PCI_ADDR_TEXT];
	char more[32] = "";
	struct eg_finding_spec spec = {
		.id = "EG108",
		.outcome = EG_WARN,
		.blame = EG_BLAME_DEVICE,
		.seen = seen,
		.expected = expected,
	};

	spec.subject =
		odd->first->pci_known ? eg_pci_addr_text(odd->first->pci, addr) : odd->first->name;
	if (odd->count > 1)
		(void)snprintf(more, sizeof(more), ", and %zu more", odd->count - 1);
	eg_findings_add(findings, &spec, "EFA %s has %s, its siblings %s%s", spec.subject, seen,
			expected, more);
}

void eg_judge_siblings(const struct eg_node_facts *facts, struct eg_findings *findings)
{
	struct odd capabilities = { 0 }, rate = { 0 };
	char seen[40], expected[40];

	find_odd(facts, capabilities_of, &capabilities);
	if (capabilities.count) {
		(void)snprintf(seen, sizeof(seen), "capabilities 0x%x",
			       capabilities.first->capabilities);
		(void)snprintf(expected, sizeof(expected), "0x%x", capabilities.usual);
		say(&capabilities, seen, expected, findings);
	}
	find_odd(facts, rate_of, &rate);
	if (rate.count && rate.usual && rate.first->rate_gbps) {
		(void)snprintf(seen, sizeof(seen), "%u Gb/s", rate.first->rate_gbps);
		(void)snprintf(expected, sizeof(expected), "%u Gb/s", rate.usual);
		say(&rate, seen, expected, findings);
	}
}
