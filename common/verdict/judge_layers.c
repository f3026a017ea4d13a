/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/node/facts.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_parts.h"

#define LABEL_MAX 96

/* Where a device is lost, lowest layer first; what lies above follows from it. */
enum loss {
	LOST_NOWHERE,
	LOST_DRIVER,
	LOST_VERBS,
	LOST_OPEN,
	LOST_NOT_GIVEN,
	LOST_FOR_NOW,
	LOST_UNASKED,
	LOST_UNKNOWN_KIND,
	LOST_GID,
	LOST_FABRIC,
	LOSSES
};

struct lost {
	size_t count[LOSSES];
	const struct eg_device_facts *first[LOSSES];
	size_t opened, offered;
};

/* How a loss is said: of one device, and of several behind their number. */
static const struct {
	const char *id, *one, *several;
} sayings[LOSSES] = {
	[LOST_DRIVER] = { "EG103", "on PCI without driver", "on PCI without driver" },
	[LOST_VERBS] = { "EG104", "has a driver but no verbs device",
			 "have a driver but no verbs device" },
	[LOST_OPEN] = { "EG105", "cannot be opened", "cannot be opened" },
	[LOST_NOT_GIVEN] = { "EG105", "not given to this job", "not given to this job" },
	[LOST_FOR_NOW] = { "EG105", "cannot be opened now", "cannot be opened now" },
	[LOST_UNASKED] = { "EG901", "has no verbs device, and its driver could not be read",
			   "have no verbs device, and their driver could not be read" },
	[LOST_UNKNOWN_KIND] = { "EG901", "is of a kind this rdma-core does not know",
				"are of a kind this rdma-core does not know" },
	[LOST_GID] = { "EG107", "has an all-zero GID", "have an all-zero GID" },
	[LOST_FABRIC] = { "EG106", "not offered by libfabric", "not offered by libfabric" },
};

static bool gid_is_zero(const struct eg_device_facts *device)
{
	static const uint8_t zero[sizeof(device->gid)];

	return !memcmp(device->gid, zero, sizeof(zero));
}

/* Something is used up, by a job perhaps: that says nothing about the device. */
static bool is_for_now(int code)
{
	return code == ENOMEM || code == ENOSPC || code == EMFILE || code == ENFILE ||
	       code == EAGAIN || code == EBUSY || code == EINTR;
}

/* A container need not have the files of all devices, nor be allowed to open them. */
static bool is_kept_out(const struct eg_node_facts *facts, int code)
{
	return facts->in_container &&
	       (code == ENOENT || code == ENODEV || code == EPERM || code == EACCES);
}

/* A file's mode gives EACCES; EPERM comes from the device cgroup of the job. */
static bool is_not_given(const struct eg_node_facts *facts, int code)
{
	return facts->job.in_job && code == EPERM;
}

/* A pod that has as many devices as it was given: the others are other pods'. */
static bool is_others(const struct eg_node_facts *facts, int code)
{
	return facts->promise.has_devices && is_kept_out(facts, code) &&
	       eg_judge_open_count(facts) >= facts->promise.devices;
}

static enum loss find_loss(const struct eg_node_facts *facts, const struct eg_device_facts *device)
{
	if (device->has_verbs != EG_YES && device->has_driver == EG_NO)
		return LOST_DRIVER;
	if (device->has_verbs == EG_NO)
		return device->has_driver == EG_YES ? LOST_VERBS : LOST_UNASKED;
	/* libibverbs has no provider for it: that is the library's age, not the device's fault. */
	if (device->opens == EG_NO && device->open_errno == ELIBACC)
		return LOST_UNKNOWN_KIND;
	if (device->opens == EG_NO && is_not_given(facts, device->open_errno))
		return LOST_NOT_GIVEN;
	if (device->opens == EG_NO && is_others(facts, device->open_errno))
		return LOST_NOWHERE;
	if (device->opens == EG_NO)
		return is_for_now(device->open_errno) || is_kept_out(facts, device->open_errno)
			       ? LOST_FOR_NOW
			       : LOST_OPEN;
	if (device->opens == EG_YES && gid_is_zero(device))
		return LOST_GID;
	if (device->opens == EG_YES && device->has_fabric == EG_NO)
		return LOST_FABRIC;
	return LOST_NOWHERE;
}

static void count_losses(const struct eg_node_facts *facts, struct lost *ret)
{
	for (size_t i = 0; i < facts->device_count; i++) {
		const struct eg_device_facts *device = &facts->devices[i];
		enum loss loss = find_loss(facts, device);

		if (!ret->count[loss]++)
			ret->first[loss] = device;
		ret->opened += device->opens == EG_YES;
		ret->offered += device->has_fabric == EG_YES;
	}
}

/* "0000:10:1b.0", or the name of a device without known address. */
static const char *subject_of(const struct eg_device_facts *device, char *addr)
{
	return device->pci_known ? eg_pci_addr_text(device->pci, addr) : device->name;
}

/* "0000:10:1b.0 (rdmap16s27)", with what of it is known. */
static char *label(const struct eg_device_facts *device, char *text)
{
	char addr[EG_PCI_ADDR_TEXT];

	if (device->pci_known && device->name[0])
		(void)snprintf(text, LABEL_MAX, "%s (%s)", eg_pci_addr_text(device->pci, addr),
			       device->name);
	else
		(void)snprintf(text, LABEL_MAX, "%s", subject_of(device, addr));
	return text;
}

/* ": Operation not permitted" of a device that does not open, the driver in efa's place, or "". */
static char *why_not(enum loss loss, const struct eg_device_facts *device, char *text, size_t size)
{
	char buffer[64];

	text[0] = '\0';
	if (loss == LOST_DRIVER && device->driver[0])
		(void)snprintf(text, size, " efa, bound to %s", device->driver);
	if ((loss == LOST_OPEN || loss == LOST_FOR_NOW || loss == LOST_NOT_GIVEN) &&
	    device->open_errno)
		(void)snprintf(text, size, ": %s",
			       strerror_r(device->open_errno, buffer, sizeof(buffer)));
	return text;
}

static bool is_unknown(enum loss loss)
{
	return loss == LOST_FOR_NOW || loss == LOST_UNASKED || loss == LOST_UNKNOWN_KIND;
}

/* What a job was not given is its own affair. */
static bool is_blamed(enum loss loss)
{
	return !is_unknown(loss) && loss != LOST_NOT_GIVEN;
}

static void say(const struct lost *lost, enum loss loss, struct eg_findings *findings)
{
	const struct eg_device_facts *first = lost->first[loss];
	char name[LABEL_MAX], addr[EG_PCI_ADDR_TEXT], why[80], seen[32];
	struct eg_finding_spec spec = {
		.id = sayings[loss].id,
		.outcome = is_unknown(loss) ? EG_UNKNOWN : EG_FAIL,
		.blame = is_blamed(loss) ? EG_BLAME_DEVICE : EG_BLAME_NONE,
		.seen = seen,
	};

	if (!lost->count[loss])
		return;
	spec.subject = subject_of(first, addr);
	(void)snprintf(seen, sizeof(seen), "%zu device%s", lost->count[loss],
		       lost->count[loss] == 1 ? "" : "s");
	(void)label(first, name);
	(void)why_not(loss, first, why, sizeof(why));
	if (lost->count[loss] == 1)
		eg_findings_add(findings, &spec, "EFA %s %s%s", name, sayings[loss].one, why);
	else
		eg_findings_add(findings, &spec, "%zu EFA %s, first %s%s", lost->count[loss],
				sayings[loss].several, name, why);
}

static void say_hidden(const struct lost *lost, enum loss loss, struct eg_findings *findings)
{
	const struct eg_device_facts *sick = lost->first[loss];
	size_t hidden = lost->count[LOST_FABRIC];
	char name[LABEL_MAX], addr[EG_PCI_ADDR_TEXT];
	struct eg_finding_spec spec = {
		.id = "EG110",
		.outcome = EG_FAIL,
		.blame = is_blamed(loss) ? EG_BLAME_DEVICE : EG_BLAME_NONE,
		.subject = subject_of(sick, addr),
		.seen = "0 devices",
	};

	eg_findings_add(findings, &spec, "EFA %s hides %zu other%s from libfabric",
			label(sick, name), hidden, hidden == 1 ? "" : "s");
}

/* Of several devices that all open libfabric offers none: that is the library, not the node. */
static void say_library(const struct eg_node_facts *facts, size_t opened,
			struct eg_findings *findings)
{
	struct eg_finding_spec spec = {
		.id = "EG205",
		.outcome = facts->in_container ? EG_UNKNOWN : EG_WARN,
		.blame = EG_BLAME_NONE,
		.seen = "0 devices",
	};

	eg_findings_add(findings, &spec, "libfabric%s%s offers none of %zu EFA that open",
			facts->fabric_version[0] ? " " : "", facts->fabric_version, opened);
}

void eg_judge_layers(const struct eg_node_facts *facts, struct eg_findings *findings)
{
	struct lost lost = { 0 };
	bool none_offered;

	count_losses(facts, &lost);
	none_offered = lost.count[LOST_FABRIC] && !lost.offered;
	say(&lost, LOST_DRIVER, findings);
	say(&lost, LOST_VERBS, findings);
	say(&lost, LOST_OPEN, findings);
	say(&lost, LOST_NOT_GIVEN, findings);
	say(&lost, LOST_FOR_NOW, findings);
	say(&lost, LOST_UNASKED, findings);
	say(&lost, LOST_UNKNOWN_KIND, findings);
	if (!none_offered)
		say(&lost, LOST_FABRIC, findings);
	say(&lost, LOST_GID, findings);
	if (none_offered && lost.count[LOST_OPEN])
		say_hidden(&lost, LOST_OPEN, findings);
	else if (none_offered && lost.count[LOST_GID])
		say_hidden(&lost, LOST_GID, findings);
	else if (none_offered && lost.count[LOST_NOT_GIVEN])
		say_hidden(&lost, LOST_NOT_GIVEN, findings);
	else if (none_offered && !lost.count[LOST_FOR_NOW])
		say_library(facts, lost.opened, findings);
}
