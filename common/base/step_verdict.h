/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * step_verdict - what the plugin's helper tells the plugin: one fixed record
 * through a pipe, so that slurmstepd parses nothing.
 *
 * Tasks start only when a whole record with go = 1 has come.
 */
#ifndef EG_BASE_STEP_VERDICT_H
#define EG_BASE_STEP_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EG_STEP_VERDICT_MAGIC 0x56534745u /* "EGSV", little-endian */
#define EG_STEP_VERDICT_VERSION 1
#define EG_STEP_LINE_MAX 1024 /* one line on a terminal, with room for a list of nodes */

struct eg_step_verdict {
	uint32_t magic;
	uint16_t version;
	uint16_t size; /* of the whole record */
	uint8_t go; /* 1: the tasks may start */
	uint8_t outcome; /* enum eg_outcome of common/verdict/finding.h, for the log */
	uint8_t say; /* 1: this node prints the line to the user */
	uint8_t huge_page; /* 1: set FI_EFA_USE_HUGE_PAGE=0 for the tasks */
	uint32_t reserved;
	char line[EG_STEP_LINE_MAX]; /* ends in 0, no newline, printable */
};

/* A record with magic, version and size set and @line copied in, cut and cleaned to be printable.
 */
void eg_step_verdict_init(struct eg_step_verdict *verdict, const char *line);

/*
 * Is this a record this build understands? Checks length, magic, version,
 * size, that flags are 0 or 1 and that the line ends and is printable.
 */
bool eg_step_verdict_valid(const struct eg_step_verdict *verdict, size_t length);

#endif
