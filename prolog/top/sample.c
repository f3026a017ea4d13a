/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/top/sample.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/deadline.h"
#include "common/node/counters.h"
#include "common/node/ib_class.h"
#include "prolog/commands/counter_words.h"

const struct eg_top_rates eg_top_rates_unknown = { -1, -1, -1, -1, -1, -1, -1 };

static int compare_devices(const void *a, const void *b)
{
	const struct eg_top_device *left = a, *right = b;
	int by_address = strcmp(left->pci, right->pci);

	return by_address ? by_address : strverscmp(left->name, right->name);
}

int eg_top_sample_take(const char *sysfs, struct eg_top_sample *ret, struct eg_err *err)
{
	struct eg_ib_device list[EG_DEVICES_MAX];
	ssize_t seen = eg_ib_class_list(sysfs, list, EG_DEVICES_MAX, err);

	if (seen < 0)
		return (int)seen;
	ret->ns = eg_now_ns();
	ret->count = seen < EG_DEVICES_MAX ? (size_t)seen : EG_DEVICES_MAX;
	for (size_t i = 0; i < ret->count; i++) {
		struct eg_top_device *device = &ret->devices[i];

		strcpy(device->name, list[i].name);
		device->pci[0] = '\0';
		if (list[i].pci_known)
			(void)eg_pci_addr_text(list[i].pci, device->pci);
		device->count =
			eg_counters_read(sysfs, list[i].name, device->counters, EG_COUNTERS_MAX);
	}
	qsort(ret->devices, ret->count, sizeof(*ret->devices), compare_devices);
	return (int)ret->count;
}

static const struct eg_top_device *find(const struct eg_top_sample *sample,
					const struct eg_top_device *wanted)
{
	for (size_t i = 0; i < sample->count; i++) {
		if (!strcmp(sample->devices[i].name, wanted->name) &&
		    !strcmp(sample->devices[i].pci, wanted->pci))
			return &sample->devices[i];
	}
	return NULL;
}

static const struct eg_counter *find_counter(const struct eg_top_device *device, const char *name)
{
	for (size_t i = 0; i < device->count; i++) {
		if (!strcmp(device->counters[i].name, name))
			return &device->counters[i];
	}
	return NULL;
}

/* By how much a counter rose; negative when that is not known. */
static double rise(const struct eg_top_device *before, const struct eg_top_device *after,
		   const char *name)
{
	const struct eg_counter *first = find_counter(before, name);
	const struct eg_counter *last = find_counter(after, name);

	if (!first || !last || last->value < first->value)
		return -1;
	return (double)(last->value - first->value);
}

static void add(double *sum, double more)
{
	if (more >= 0)
		*sum = (*sum < 0 ? 0 : *sum) + more;
}

static double per_second(double rise, double seconds)
{
	return rise < 0 || seconds <= 0 ? -1 : rise / seconds;
}

void eg_top_rates_of(const struct eg_top_sample *before, const struct eg_top_sample *after,
		     size_t index, struct eg_top_rates *ret)
{
	const struct eg_top_device *last = &after->devices[index];
	const struct eg_top_device *first = find(before, last);
	double seconds = (double)(after->ns - before->ns) / 1e9, rdma = -1;

	*ret = eg_top_rates_unknown;
	if (!first)
		return;
	ret->in_bytes = per_second(rise(first, last, "rx_bytes"), seconds);
	ret->out_bytes = per_second(rise(first, last, "tx_bytes"), seconds);
	ret->in_packets = per_second(rise(first, last, "rx_pkts"), seconds);
	ret->out_packets = per_second(rise(first, last, "tx_pkts"), seconds);
	add(&rdma, rise(first, last, "rdma_read_wrs"));
	add(&rdma, rise(first, last, "rdma_write_wrs"));
	ret->rdma = per_second(rdma, seconds);
	ret->retransmits = per_second(rise(first, last, "retrans_pkts"), seconds);
	for (const struct eg_counter_word *word = eg_counter_words(); word->name; word++) {
		if (word->kind == EG_COUNTER_ERROR)
			add(&ret->errors, rise(first, last, word->name));
	}
}

void eg_top_rates_add(struct eg_top_rates *sum, const struct eg_top_rates *more)
{
	add(&sum->in_bytes, more->in_bytes);
	add(&sum->out_bytes, more->out_bytes);
	add(&sum->in_packets, more->in_packets);
	add(&sum->out_packets, more->out_packets);
	add(&sum->rdma, more->rdma);
	add(&sum->retransmits, more->retransmits);
	add(&sum->errors, more->errors);
}
