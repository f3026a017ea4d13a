/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/verdict/judge_self.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/node/counters.h"
#include "common/node/facts.h"
#include "common/verdict/finding.h"
#include "common/verdict/speed_level.h"

/* "0000:90:1b.0 (rdmap144s27)", or the name alone. */
#define LABEL_MAX (EG_PCI_ADDR_TEXT + EG_DEVICE_NAME_MAX + 4)

static const char *label(const struct eg_device_facts *device, char *text)
{
	char pci[EG_PCI_ADDR_TEXT];

	if (device->pci_known)
		(void)snprintf(text, LABEL_MAX, "%s (%.63s)", eg_pci_addr_text(device->pci, pci),
			       device->name);
	else
		(void)snprintf(text, LABEL_MAX, "%.63s", device->name);
	return text;
}

/* Every try it took part in went wrong. */
static bool is_all_bad(const struct eg_burst_facts *burst)
{
	return burst->tries && burst->failed == burst->tries;
}

static bool is_bad(const struct eg_burst_facts *burst)
{
	return burst->state == EG_BURST_FAILED || burst->state == EG_BURST_CORRUPT;
}

/* Was anything tried, and did all of it go wrong? */
static bool nothing_works(const struct eg_node_facts *facts)
{
	bool tried = false;

	for (size_t i = 0; i < facts->device_count; i++) {
		if (!facts->devices[i].burst.tries)
			continue;
		tried = true;
		if (!is_all_bad(&facts->devices[i].burst))
			return false;
	}
	return tried;
}

static bool has_device_reads(const struct eg_node_facts *facts)
{
	for (size_t i = 0; i < facts->device_count; i++) {
		const struct eg_device_facts *device = &facts->devices[i];

		if (device->opens == EG_YES && !(device->capabilities & EG_CAP_RDMA_READ))
			return false;
	}
	return true;
}

static void add(struct eg_findings *findings, const char *id, enum eg_outcome outcome,
		enum eg_blame blame, const struct eg_device_facts *device, const char *text)
{
	char pci[EG_PCI_ADDR_TEXT];
	struct eg_finding_spec spec = {
		.id = id,
		.outcome = outcome,
		.blame = blame,
		.subject = device->pci_known ? eg_pci_addr_text(device->pci, pci) : device->name,
	};

	eg_findings_add(findings, &spec, "%s", text);
}

static void judge_all_bad(const struct eg_device_facts *device, struct eg_findings *findings)
{
	const struct eg_burst_facts *burst = &device->burst;
	char who[LABEL_MAX], text[320];

	(void)label(device, who);
	if (burst->corrupt) {
		(void)snprintf(text, sizeof(text),
			       "EFA %s: what it exchanges with the node's other devices arrives "
			       "corrupt: %s",
			       who, burst->error);
		add(findings, "EG406", EG_FAIL, EG_BLAME_DEVICE, device, text);
		return;
	}
	(void)snprintf(text, sizeof(text), "EFA %s reaches none of the node's other devices: %s",
		       who, burst->error);
	add(findings, "EG403", EG_FAIL, EG_BLAME_DEVICE, device, text);
}

static const struct eg_device_facts *peer_of(const struct eg_node_facts *facts,
					     const struct eg_device_facts *device)
{
	for (size_t i = 0; i < facts->device_count; i++) {
		if (facts->devices[i].pci_known && device->burst.peer_pci_known &&
		    !eg_pci_addr_compare(facts->devices[i].pci, device->burst.peer_pci))
			return &facts->devices[i];
	}
	return NULL;
}

/* Both are good with others, or it is not known. */
static void judge_pair(const struct eg_node_facts *facts, const struct eg_device_facts *device,
		       struct eg_findings *findings)
{
	const struct eg_device_facts *peer = peer_of(facts, device);
	bool corrupt = device->burst.state == EG_BURST_CORRUPT;
	char who[LABEL_MAX], from[LABEL_MAX] = "its peer", text[400];

	if (peer && is_all_bad(&peer->burst))
		return;
	if (peer)
		(void)label(peer, from);
	(void)snprintf(text, sizeof(text), "EFA %s %s EFA %s: %s", label(device, who),
		       corrupt ? "receives corrupt bytes from" : "does not reach", from,
		       device->burst.error);
	add(findings, corrupt ? "EG406" : "EG407", corrupt ? EG_FAIL : EG_WARN,
	    corrupt ? EG_BLAME_NODE : EG_BLAME_PAIR, device, text);
}

static void judge_device(const struct eg_node_facts *facts, const struct eg_device_facts *device,
			 struct eg_findings *findings)
{
	const struct eg_burst_facts *burst = &device->burst;
	char who[LABEL_MAX], text[320];

	(void)label(device, who);
	if (burst->state == EG_BURST_UNKNOWN && burst->error[0]) {
		(void)snprintf(text, sizeof(text), "EFA %s not tried: %s", who, burst->error);
		add(findings, "EG901", EG_UNKNOWN, EG_BLAME_NONE, device, text);
	} else if (burst->state == EG_BURST_OK && !burst->device_reads && has_device_reads(facts)) {
		(void)snprintf(text, sizeof(text),
			       "EFA %s: the reads were not its own, its counter has not moved",
			       who);
		add(findings, "EG901", EG_UNKNOWN, EG_BLAME_NONE, device, text);
	}
	if (is_all_bad(burst))
		judge_all_bad(device, findings);
	else if (is_bad(burst))
		judge_pair(facts, device, findings);
}

/*
 * What a device that works counted meanwhile. Of one that does not, or that was tried with such a
 * one, the counters say nothing new.
 */
static void judge_errors(const struct eg_device_facts *device, struct eg_findings *findings)
{
	char who[LABEL_MAX], text[400];
	int length = snprintf(text, sizeof(text), "EFA %s counted errors while only efagate sent",
			      label(device, who));
	char separator = ':';

	if (device->burst.state != EG_BURST_OK || device->burst.failed)
		return;
	for (size_t i = 0; i < EG_ERROR_COUNTERS; i++) {
		if (!device->burst.errors[i])
			continue;
		length += snprintf(text + length, sizeof(text) - (size_t)length, "%c %s %" PRIu64,
				   separator, eg_error_counters[i], device->burst.errors[i]);
		separator = ',';
	}
	if (separator == ',')
		add(findings, "EG301", EG_WARN, EG_BLAME_DEVICE, device, text);
}

/* Gb/s, below 0 when it was not measured. */
static float figure(const struct eg_burst_facts *burst, bool together)
{
	uint64_t bytes = together ? burst->together_bytes : burst->alone_bytes;
	uint64_t ns = together ? burst->together_ns : burst->alone_ns;

	if (burst->state != EG_BURST_OK || !ns)
		return -1;
	return (float)((double)bytes * 8 / (double)ns);
}

/*
 * Beside the others as readers. One of the others reads from a slow device,
 * and is slow for that: the median does not see it.
 */
static bool is_slow_reader(const struct eg_node_facts *facts, const struct eg_device_facts *device,
			   float *ret_usual)
{
	float list[EG_DEVICES_MAX];

	for (int together = 1; together >= 0; together--) {
		float own = figure(&device->burst, together);
		struct eg_speed_level level;
		size_t count = 0;

		for (size_t i = 0; i < facts->device_count; i++) {
			float other = figure(&facts->devices[i].burst, together);

			if (&facts->devices[i] != device && other >= 0)
				list[count++] = other;
		}
		level = eg_speed_level(list, count);
		if (own < 0 || count < EG_SIBLINGS_MIN || !eg_speed_is_below(own, &level))
			return false;
		*ret_usual = level.median;
	}
	return true;
}

/* EG404: slow as reader, and so is who reads from it; the two have different partners. */
static void judge_speed(const struct eg_node_facts *facts, const struct eg_device_facts *device,
			struct eg_findings *findings)
{
	float usual = 0, unused;
	char who[LABEL_MAX], text[200];

	if (!is_slow_reader(facts, device, &usual))
		return;
	for (size_t i = 0; i < facts->device_count; i++) {
		const struct eg_device_facts *reader = &facts->devices[i];

		if (peer_of(facts, reader) != device || peer_of(facts, device) == reader ||
		    !is_slow_reader(facts, reader, &unused))
			continue;
		(void)snprintf(text, sizeof(text),
			       "EFA %s slow: %.1f Gb/s alone, the node's others %.1f",
			       label(device, who), (double)figure(&device->burst, false),
			       (double)usual);
		add(findings, "EG404", EG_WARN, EG_BLAME_DEVICE, device, text);
		return;
	}
}

/* A rule that keeps all traffic away looks like this, and so does a single device that is sick. */
static void judge_nothing(const struct eg_node_facts *facts, struct eg_findings *findings)
{
	struct eg_finding_spec spec = {
		.id = "EG401",
		.outcome = EG_FAIL,
		.blame = EG_BLAME_CLUSTER,
		.subject = facts->node,
	};
	const char *error = "";

	for (size_t i = 0; i < facts->device_count && !error[0]; i++)
		error = facts->devices[i].burst.error;
	eg_findings_add(findings, &spec, "no EFA device of the node reaches %s: %s",
			facts->device_count > 1 ? "another" : "itself", error);
}

void eg_judge_self(const struct eg_node_facts *facts, struct eg_findings *findings)
{
	bool corrupt = false;

	for (size_t i = 0; i < facts->device_count; i++)
		corrupt |= facts->devices[i].burst.corrupt != 0;
	if (nothing_works(facts) && !corrupt) {
		judge_nothing(facts, findings);
		return;
	}
	for (size_t i = 0; i < facts->device_count; i++)
		judge_device(facts, &facts->devices[i], findings);
	for (size_t i = 0; i < facts->device_count; i++)
		judge_speed(facts, &facts->devices[i], findings);
	for (size_t i = 0; i < facts->device_count; i++)
		judge_errors(&facts->devices[i], findings);
}
