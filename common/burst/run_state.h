/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run_state - a round under way. Private to run*.c.
 */
#ifndef EG_BURST_RUN_STATE_H
#define EG_BURST_RUN_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/burst/endpoint.h"
#include "common/burst/offer.h"
#include "common/burst/run_math.h"

struct eg_burst_devices;

/* Where a rail stands in the function phase. */
enum eg_rail_step {
	EG_STEP_FIRST, /* to make the first read */
	EG_STEP_FIRST_READ, /* under way */
	EG_STEP_SETTLE, /* until @settled_ns, for the handshake's sake */
	EG_STEP_SECOND_READ,
	EG_STEP_DONE, /* its state says how */
};

struct eg_rail_run {
	const struct eg_rail *rail;
	struct eg_rail_result *result;
	struct eg_endpoint *endpoint; /* NULL: our own device is not open */
	uint64_t peer;
	enum eg_rail_step step;
	int64_t settled_ns; /* nothing is started before */
	char refusal[EG_READ_TEXT_MAX]; /* why the first read is made again, "" it is not */
	bool emulated; /* not both ends have reads of their own */
	size_t read_bytes; /* of the second read and of those that are measured */
	unsigned int window; /* of these under way at once */
	int64_t second_ns; /* when it began, then how long it took */

	/* Of the measurement under way. */
	uint64_t started, ended; /* reads */
	int64_t posted_ns, last_ns; /* the last start, the last end */
};

struct eg_rail_set;

/* What is being measured: at most @max_reads of each. */
struct eg_measure {
	const struct eg_rail_set *set; /* rails, see run_measure.c */
	size_t size; /* 0: each rail's read_bytes, several at a time; else one by one */
	uint64_t max_reads;
	int64_t stop_ns; /* no read is started after that */
	int64_t drain_ns; /* and none waited for after that */
	struct eg_samples *samples; /* of latency, or NULL */
};

struct eg_run {
	struct eg_burst_devices *devices;
	struct eg_rail_run rails[EG_RAILS_MAX];
	size_t count;
	uint8_t groups[EG_DEVICES_MAX]; /* by device: which thread works it; 0 this one */
	int64_t start_ns, end_ns; /* of the round */
	uint32_t read_bytes; /* of every measured read, 0: what suits its kind */
	uint64_t first_generation; /* reads of earlier ones belong to earlier rounds */
	uint64_t function_generation, measure_generation;
	const struct eg_measure *measure; /* NULL: nothing is being measured */
};

/* The reads of a generation and rail. */
uint64_t eg_run_tag(uint64_t generation, size_t rail);

/* The rail is over with this state and text. */
void eg_run_end_rail(struct eg_rail_run *rail, enum eg_rail_state state, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* An error of a read of this rail. */
void eg_run_fail_rail(struct eg_rail_run *rail, const struct eg_read_end *end);

/* Do the bytes of @slice that stand at @offset of the target match? If not the rail is corrupt. */
bool eg_run_check(struct eg_rail_run *rail, int slice, size_t at, size_t size, uint64_t offset);

/* Take the ends of the reads of one device, or of a group's, to where they belong. */
void eg_run_take_ends(struct eg_run *run, struct eg_endpoint *endpoint);
void eg_run_take_all(struct eg_run *run, unsigned int group);

/* run_function.c */
void eg_run_function_begin(struct eg_run *run);
void eg_run_function_step(struct eg_run *run, unsigned int group); /* rails that can, go on */
void eg_run_function_end(struct eg_rail_run *rail, const struct eg_read_end *end);
size_t eg_run_function_open(const struct eg_run *run); /* rails that are not over */
void eg_run_function_wait(struct eg_run *run, int64_t until_ns);

/*
 * run_threads.c: each device in the group of its memory node, with a thread for
 * every group but the first, which is this one's. Runs @work for all of them,
 * bound to the node's processors, and waits for them: they end by themselves.
 */
void eg_run_threads(struct eg_run *run, void (*work)(struct eg_run *run, unsigned int group));

/* @work for all devices as one group, in this thread, on the memory node of @device. */
void eg_run_near(struct eg_run *run, size_t device,
		 void (*work)(struct eg_run *run, unsigned int group));

/* run_measure.c: all of EG_DEPTH_FULL, with the first partner's good rails. */
void eg_run_measure_all(struct eg_run *run);
void eg_run_measure_rest(struct eg_run *run); /* rails too slow for that */
void eg_run_measure_end(struct eg_run *run, struct eg_rail_run *rail,
			const struct eg_read_end *end);

#endif
