/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * strikes - what sessions have found against this node, kept until another
 * session agrees or the node exchanges traffic without fault. One session
 * proves nothing to drain for: its leader may have been wrong.
 */
#ifndef EG_GATE_STRIKES_H
#define EG_GATE_STRIKES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct eg_config;
struct eg_finding;
struct eg_report;

#define EG_STRIKES_MAX 32 /* kept; the oldest go */

/* One session's accusation. */
struct eg_strike {
	int64_t time; /* seconds since 1970 */
	uint32_t job_id; /* whose session, 0 none */
	char boot_id[40], instance[64]; /* of the node then */
	char id[8], subject[64];
	char text[200]; /* the evidence */
};

struct eg_strikes {
	struct eg_strike list[EG_STRIKES_MAX]; /* oldest first */
	size_t count;
};

/* Read the file's text. Lines that are not understood are left out. Pure. */
void eg_strikes_parse(char *text, struct eg_strikes *ret);

/*
 * The newest strike that @now agrees with, or NULL: same id and subject, same
 * boot and instance, another session, at least strike_gap_s and at most
 * strike_window_s before. Pure.
 */
const struct eg_strike *eg_strikes_agreeing(const struct eg_strikes *strikes,
					    const struct eg_strike *now,
					    const struct eg_config *config);

/*
 * Keep @finding of @report as a strike. True when an earlier one agrees, then
 * with that in @ret_earlier. Blocks for the lock of state_dir, a second at most.
 */
bool eg_strikes_add(const struct eg_config *config, const struct eg_report *report,
		    const struct eg_finding *finding, struct eg_strike *ret_earlier);

/* The node is good with others: all are forgotten. One system call when there is none. */
void eg_strikes_clear(const struct eg_config *config);

/* Is there any? One system call. */
bool eg_strikes_any(const struct eg_config *config);

#endif
