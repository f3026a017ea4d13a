/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "common/node/facts.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_parts.h"

#define LISTED_MAX 3 /* addresses that fit a drain reason beside the rest */

static size_t count_on_pci(const struct eg_node_facts *facts)
{
	size_t count = facts->devices_dropped;

	for (size_t i = 0; i < facts->device_count; i++)
		count += facts->devices[i].on_pci == EG_YES;
	return count;
}

static bool is_on_pci(const struct eg_node_facts *facts, struct eg_pci_addr addr)
{
	for (size_t i = 0; i < facts->device_count; i++) {
		const struct eg_device_facts *device = &facts->devices[i];

		if (device->on_pci == EG_YES && device->pci_known &&
		    !eg_pci_addr_compare(device->pci, addr))
			return true;
	}
	return false;
}

/*
 * ", missing A, B, C" into @text, "" when the addresses are not known or do not
 * explain the number: a site may attach fewer than the type can have.
 */
static void list_missing(const struct eg_node_facts *facts, size_t missing, char *text, size_t size)
{
	const struct eg_instance_facts *instance = &facts->instance;
	size_t listed = missing > LISTED_MAX ? LISTED_MAX - 1 : missing;
	char addr[EG_PCI_ADDR_TEXT];
	size_t found = 0, length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < instance->place_count; i++) {
		if (is_on_pci(facts, instance->places[i].pci))
			continue;
		if (found++ < listed)
			length += (size_t)snprintf(text + length, size - length, "%s%s",
						   found == 1 ? ", missing " : ", ",
						   eg_pci_addr_text(instance->places[i].pci, addr));
	}
	if (found != missing)
		text[0] = '\0';
	else if (found > listed)
		(void)snprintf(text + length, size - length, " +%zu more", found - listed);
}

static void judge_fewer(const struct eg_node_facts *facts, size_t seen, struct eg_findings *ret)
{
	uint32_t expected = facts->instance.expected_devices;
	char missing[80], seen_text[32], expected_text[32];
	struct eg_finding_spec spec = {
		.id = seen ? "EG102" : "EG101",
		.outcome = facts->instance.source == EG_EXPECT_TABLE ? EG_WARN : EG_FAIL,
		.blame = EG_BLAME_NODE,
		.seen = seen_text,
		.expected = expected_text,
	};

	(void)snprintf(seen_text, sizeof(seen_text), "%zu devices", seen);
	(void)snprintf(expected_text, sizeof(expected_text), "%u devices", expected);
	list_missing(facts, expected - seen, missing, sizeof(missing));
	if (seen == 0) {
		eg_findings_add(ret, &spec, "no EFA on PCI, expected %u", expected);
		return;
	}
	if (expected - seen == 1 && missing[0])
		spec.subject = missing + strlen(", missing ");
	eg_findings_add(ret, &spec, "%zu/%u EFA on PCI%s", seen, expected, missing);
}

static void judge_more(uint32_t expected, size_t seen, struct eg_findings *ret)
{
	char seen_text[32], expected_text[32];
	struct eg_finding_spec spec = {
		.id = "EG109",
		.outcome = EG_WARN,
		.blame = EG_BLAME_NONE,
		.seen = seen_text,
		.expected = expected_text,
	};

	(void)snprintf(seen_text, sizeof(seen_text), "%zu devices", seen);
	(void)snprintf(expected_text, sizeof(expected_text), "%u devices", expected);
	eg_findings_add(ret, &spec, "%zu EFA on PCI, expected %u", seen, expected);
}

void eg_judge_number(const struct eg_node_facts *facts, struct eg_findings *findings)
{
	uint32_t expected = facts->instance.expected_devices;
	size_t seen = count_on_pci(facts);

	if (facts->instance.source == EG_EXPECT_NOTHING || facts->pci_error[0])
		return;
	if (seen < expected)
		judge_fewer(facts, seen, findings);
	else if (seen > expected)
		judge_more(expected, seen, findings);
}
