/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * finding - what a check found, with its stable id: data, not an error.
 */
#ifndef EG_VERDICT_FINDING_H
#define EG_VERDICT_FINDING_H

#include <stddef.h>

#include "common/base/err.h"

/* In rising order of what a caller should make of it; UNKNOWN never drains by default. */
enum eg_outcome { EG_PASS, EG_WARN, EG_UNKNOWN, EG_FAIL };

enum eg_blame { EG_BLAME_NONE, EG_BLAME_NODE, EG_BLAME_DEVICE, EG_BLAME_PAIR, EG_BLAME_CLUSTER };

#define EG_FINDINGS_MAX 128 /* two a device and the rest of the node */

struct eg_finding {
	char id[8]; /* "EG102" */
	enum eg_outcome outcome;
	enum eg_blame blame;
	char subject[64]; /* PCI address, node or pair; "" the node itself */
	char seen[64], expected[64]; /* "3 devices", "4 devices"; "" where it makes no sense */
	char text[200]; /* short form for one line: "3/4 EFA on PCI, missing 0000:90:1b.0" */
	char remedy[256]; /* what to do */
};

struct eg_findings {
	size_t count;
	size_t dropped; /* did not fit */
	struct eg_finding list[EG_FINDINGS_MAX]; /* last: what is beyond @count is never touched */
};

/* As before judging, and as @findings are. */
void eg_findings_clear(struct eg_findings *ret);
void eg_findings_copy(struct eg_findings *ret, const struct eg_findings *findings);

/* What is known about an id: from one table, used by messages, `explain` and the man page. */
struct eg_id_text {
	const char *id;
	const char *title; /* one clause */
	const char *causes; /* a sentence or two */
	const char *remedy; /* what to do, one sentence */
};

/* The entry of @id, or NULL. */
const struct eg_id_text *eg_id_find(const char *id);

/* All entries in order of id; the last has id NULL. */
const struct eg_id_text *eg_id_table(void);

/* What is given to eg_findings_add(); NULL strings count as "". */
struct eg_finding_spec {
	const char *id;
	enum eg_outcome outcome;
	enum eg_blame blame;
	const char *subject, *seen, *expected;
};

/* Add one; the remedy comes from the id's entry, @fmt makes the text. */
void eg_findings_add(struct eg_findings *findings, const struct eg_finding_spec *spec,
		     const char *fmt, ...) EG_PRINTF(3, 4);

/* The worst outcome: FAIL over UNKNOWN over WARN over PASS (also when empty). */
enum eg_outcome eg_findings_outcome(const struct eg_findings *findings);

/* The finding to put first in a line: the first of the worst outcome, or NULL. */
const struct eg_finding *eg_findings_worst(const struct eg_findings *findings);

/* "pass", "warn", "fail", "unknown" and back; -1 for another word. */
const char *eg_outcome_name(enum eg_outcome outcome);
int eg_outcome_parse(const char *name);
const char *eg_blame_name(enum eg_blame blame);
int eg_blame_parse(const char *name);

/* Exit code of check, burst, survey, report: 0 pass, 1 warn, 2 fail, 3 unknown. */
int eg_outcome_exit_code(enum eg_outcome outcome);

#endif
