/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/top/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/err.h"
#include "prolog/top/sample.h"

#define PROCESSES_A_NODE 100 /* more than EG_DEVICES_MAX */
#define NODES_APART 20000
#define BUFFER_BYTES (256 * 1024) /* 64 devices with all tracks, twice, are 70 kB */

/* FNV-1a: names that differ in a digit get numbers far apart. */
static long process_of(const char *node)
{
	uint32_t hash = 2166136261u;

	for (; *node; node++)
		hash = (hash ^ (unsigned char)*node) * 16777619u;
	return (long)(hash % NODES_APART + 1) * PROCESSES_A_NODE;
}

/* Names of hosts and devices are plain; anything else would break the JSON. */
static void put_name(FILE *out, const char *name)
{
	for (; *name; name++)
		(void)fputc(*name < ' ' || *name > '~' || *name == '"' || *name == '\\' ? '?'
											: *name,
			    out);
}

static void put_process(const struct eg_top_trace *trace, long number, const char *name,
			const char *pci)
{
	fprintf(trace->file,
		"{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":%ld,\"ts\":0,\"args\":{\"name\":\"",
		number);
	put_name(trace->file, trace->node);
	(void)fputc(' ', trace->file);
	put_name(trace->file, name);
	if (pci[0])
		fprintf(trace->file, " %s", pci);
	fprintf(trace->file, "\"}}");
}

static int say(const char *what, struct eg_err *err)
{
	return eg_err_errno(err, errno ? errno : EIO, "%s", what);
}

static int64_t realtime_offset_us(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 - eg_now_ns() / 1000;
}

int eg_top_trace_open(const char *path, const char *node, struct eg_top_trace *ret,
		      struct eg_err *err)
{
	*ret = (struct eg_top_trace){ .node = node, .realtime_us = realtime_offset_us() };
	ret->process = process_of(node);
	ret->file = fopen(path, "we");
	if (!ret->file)
		return eg_err_errno(err, errno, "'%s'", path);
	/* An interval goes out in one piece. */
	(void)setvbuf(ret->file, NULL, _IOFBF, BUFFER_BYTES);
	fprintf(ret->file, "[\n");
	put_process(ret, ret->process, "all EFA devices", "");
	ret->end = ftell(ret->file);
	fprintf(ret->file, "\n]\n");
	return fflush(ret->file) || ret->end < 0 ? say("the trace", err) : 0;
}

/* One track's values; unknown ones are left out, and the event without any. */
static void put_counter(FILE *out, long process, int64_t us, const char *track,
			const char *const *names, const double *values, size_t count)
{
	size_t known = 0;

	for (size_t i = 0; i < count; i++) {
		if (values[i] < 0)
			continue;
		if (!known)
			fprintf(out,
				",\n{\"ph\":\"C\",\"name\":\"%s\",\"pid\":%ld,\"ts\":%" PRId64
				",\"args\":{",
				track, process, us);
		fprintf(out, "%s\"%s\":%.9g", known++ ? "," : "", names[i], values[i]);
	}
	if (known)
		fprintf(out, "}}");
}

static double giga(double bytes)
{
	return bytes < 0 ? -1 : bytes / 1e9;
}

static void put_rates(FILE *out, long process, int64_t us, const struct eg_top_rates *rates)
{
	static const char *const ways[] = { "in", "out" }, *const one[] = { "value" };
	const double bytes[] = { giga(rates->in_bytes), giga(rates->out_bytes) };
	const double packets[] = { rates->in_packets, rates->out_packets };

	put_counter(out, process, us, "GB/s", ways, bytes, 2);
	put_counter(out, process, us, "packets/s", ways, packets, 2);
	put_counter(out, process, us, "RDMA op/s", one, &rates->rdma, 1);
	put_counter(out, process, us, "retransmits/s", one, &rates->retransmits, 1);
	put_counter(out, process, us, "errors", one, &rates->errors, 1);
}

/* The process of a device, which is introduced when it is new. */
static long number_of(struct eg_top_trace *trace, const struct eg_top_device *device)
{
	size_t place = 0;

	while (place < trace->count && (strcmp(trace->known[place].name, device->name) != 0 ||
					strcmp(trace->known[place].pci, device->pci) != 0))
		place++;
	/* More come and go than a node can have: the last place is theirs together. */
	if (place == EG_DEVICES_MAX)
		place--;
	if (place == trace->count) {
		trace->count++;
		strcpy(trace->known[place].name, device->name);
		strcpy(trace->known[place].pci, device->pci);
		fprintf(trace->file, ",\n");
		put_process(trace, trace->process + 1 + (long)place, device->name, device->pci);
	}
	return trace->process + 1 + (long)place;
}

static void put_all(struct eg_top_trace *trace, int64_t ns, const struct eg_top_sample *before,
		    const struct eg_top_sample *after)
{
	int64_t us = ns / 1000 + trace->realtime_us;
	struct eg_top_rates rates, sum = eg_top_rates_unknown;

	for (size_t i = 0; i < after->count; i++) {
		eg_top_rates_of(before, after, i, &rates);
		eg_top_rates_add(&sum, &rates);
		put_rates(trace->file, number_of(trace, &after->devices[i]), us, &rates);
	}
	put_rates(trace->file, trace->process, us, &sum);
}

/*
 * A value holds from its time on: the rates go to the beginning of their
 * interval, and, until the next interval is written over them, to its end.
 */
int eg_top_trace_add(struct eg_top_trace *trace, const struct eg_top_sample *before,
		     const struct eg_top_sample *after, struct eg_err *err)
{
	if (fseek(trace->file, trace->end, SEEK_SET) < 0)
		return say("the trace", err);
	put_all(trace, before->ns, before, after);
	trace->end = ftell(trace->file);
	put_all(trace, after->ns, before, after);
	fprintf(trace->file, "\n]\n");
	if (fflush(trace->file) || trace->end < 0)
		return say("the trace", err);
	/* What was there before may have been longer. */
	return ftruncate(fileno(trace->file), ftell(trace->file)) < 0 ? say("the trace", err) : 0;
}

int eg_top_trace_close(struct eg_top_trace *trace, struct eg_err *err)
{
	FILE *file = trace->file;

	trace->file = NULL;
	return file && fclose(file) ? say("the trace", err) : 0;
}
