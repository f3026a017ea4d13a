/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gather_child - eg_gather() in a child with a deadline: a driver or a library
 * that hangs or crashes then hurts the child alone.
 */
#ifndef EG_COMMANDS_GATHER_CHILD_H
#define EG_COMMANDS_GATHER_CHILD_H

#include <stdbool.h>
#include <stdint.h>

struct eg_gather_options;
struct eg_report;

struct eg_gather_child {
	const struct eg_gather_options *options;
	int64_t deadline_ms; /* point on the monotonic clock */
	int64_t timeout_ms; /* the span it came from, for the text */
	bool show_talk; /* leave the libraries their stderr */
};

/*
 * Fill @report->facts. When that is not possible (deadline, crash) the facts
 * hold the node's name alone and EG902 or EG901 is added to
 * @report->findings. Call it before any thread is started. Blocks until the
 * deadline plus 200 ms. True when there are facts to be judged.
 */
bool eg_gather_child_run(const struct eg_gather_child *child, struct eg_report *report);

#endif
