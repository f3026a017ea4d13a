/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * step_verdict - what the plugin's helper tells the plugin: one fixed record
 * through a pipe, so that slurmstepd parses nothing, and text for the user
 * behind it where the record says so.
 *
 * Tasks start only when a whole record with go = 1 has come.
 */
#ifndef EG_BASE_STEP_VERDICT_H
#define EG_BASE_STEP_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EG_STEP_VERDICT_MAGIC 0x56534745u /* "EGSV", little-endian */
#define EG_STEP_VERDICT_VERSION 2
#define EG_STEP_LINE_MAX                                                        \
	1024 /* one line on a terminal, or a few, with room for a list of nodes \
	      */
#define EG_STEP_NOTE_MAX 384
#define EG_STEP_TEXT_MAX 65536 /* of the table behind the record */

struct eg_step_verdict {
	uint32_t magic;
	uint16_t version;
	uint16_t size; /* of the whole record */
	uint8_t go; /* 1: the tasks may start */
	uint8_t outcome; /* enum eg_outcome of common/verdict/finding.h, for the log */
	uint8_t say; /* 1: this node prints the line to the user */
	uint8_t huge_page; /* 1: set FI_EFA_USE_HUGE_PAGE=0 for the tasks */
	uint32_t
		text_size; /* bytes that follow the record: a table for the user, printable lines */
	char id[8]; /* of the failure that is this node's own, "" none: for root's mark */
	char line[EG_STEP_LINE_MAX]; /* ends in 0, printable, newlines between lines */
	char note[EG_STEP_NOTE_MAX]; /* likewise, one line for -v: why huge pages are as they are */
};

/* A record with magic, version and size set and @line copied in, cut and cleaned to be printable.
 */
void eg_step_verdict_init(struct eg_step_verdict *verdict, const char *line);

/*
 * Is this a record this build understands? Checks length, magic, version,
 * size, that flags are 0 or 1 and that the texts end and are printable.
 */
bool eg_step_verdict_valid(const struct eg_step_verdict *verdict, size_t length);

/* Set @verdict->note, cut and cleaned likewise, newlines too. */
void eg_step_verdict_note(struct eg_step_verdict *verdict, const char *note);

/* May the @size bytes behind a record be shown: printable and newlines only? */
bool eg_step_text_valid(const char *text, size_t size);

#endif
