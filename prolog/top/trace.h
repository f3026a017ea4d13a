/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * trace - what the devices did over time, as counters of the trace event
 * format (JSON array form) that Perfetto, chrome://tracing and the viewers of
 * profilers read.
 *
 * One "process" a device and one for all of them, each with the tracks GB/s
 * (in, out), packets/s (in, out), RDMA op/s, retransmits/s and errors. Times
 * are microseconds since 1970. Process numbers follow from the node's name, so
 * that the arrays of several nodes can be joined. The file is whole after
 * every interval, also when the process is killed.
 */
#ifndef EG_TOP_TRACE_H
#define EG_TOP_TRACE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/node/facts.h"

struct eg_err;
struct eg_top_sample;

struct eg_top_trace_device {
	char name[EG_DEVICE_NAME_MAX], pci[EG_PCI_ADDR_TEXT];
};

struct eg_top_trace {
	FILE *file;
	const char *node;
	int64_t realtime_us; /* to be added to the monotonic clock's */
	long end; /* where the next interval goes */
	long process; /* the number of "all devices"; known[k] has it + 1 + k */
	struct eg_top_trace_device known[EG_DEVICES_MAX]; /* as they came */
	size_t count;
};

/* Make @path, which is replaced, a trace without events. 0, to be closed, or -errno. */
int eg_top_trace_open(const char *path, const char *node, struct eg_top_trace *ret,
		      struct eg_err *err);

/* What happened between two samples. 0 or -errno: then the file is as it was or cut off. */
int eg_top_trace_add(struct eg_top_trace *trace, const struct eg_top_sample *before,
		     const struct eg_top_sample *after, struct eg_err *err);

/* Takes a zeroed one. 0 or -errno. */
int eg_top_trace_close(struct eg_top_trace *trace, struct eg_err *err);

#endif
