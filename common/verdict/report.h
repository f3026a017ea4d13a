/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report - the JSON report of one node and one run, schema efagate.report/1,
 * written and read back.
 */
#ifndef EG_VERDICT_REPORT_H
#define EG_VERDICT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/node/facts.h"
#include "common/verdict/finding.h"
#include "common/verdict/reason.h"

#define EG_REPORT_SCHEMA "efagate.report/1"
#define EG_REPORT_BYTES_MAX (1024 * 1024) /* 64 devices with all counters are about 150 kB */

struct eg_report_action {
	bool taken; /* the "action" object is there */
	bool enforce; /* mode enforce, else observe */
	bool drained;
	char reason[EG_REASON_MAX];
};

/* What a survey tells of a node beside its findings; see report_survey.h. */
struct eg_report_survey {
	bool is_one; /* the report was read from a survey */
	bool ready; /* the node took part */
	uint32_t devices; /* it has, of which facts hold the slowest at most */
	uint64_t alone_mbps; /* median of its devices alone, 0 not measured */
};

/* It waited for the node in vain: then nothing is told of that. */
static inline bool eg_survey_is_in_vain(const struct eg_report_survey *survey)
{
	return survey->is_one && !survey->ready;
}

struct eg_report {
	int64_t time; /* seconds since 1970, UTC */
	uint32_t duration_ms;
	char trigger[16]; /* check, prolog, epilog, healthcheck, step, survey, burst */
	uint32_t job_id; /* 0: no job */
	int64_t step_id; /* -1: none */
	int64_t uid; /* -1: none */
	char partition[64]; /* of the job, "" not said */
	struct eg_report_action action;
	struct eg_report_survey survey;
	struct eg_node_facts facts; /* these two last, they end in long lists */
	struct eg_findings findings;
};

/* As nothing was seen yet, and as @report is; neither touches more of the lists than there is. */
void eg_report_clear(struct eg_report *ret);
void eg_report_copy(struct eg_report *ret, const struct eg_report *report);

/*
 * The report as text with a final newline, to be freed by the caller; NULL
 * when out of memory. Absent in the JSON means not measured.
 */
char *eg_report_to_json(const struct eg_report *report);

/*
 * Read @length bytes of @json. Checks the schema, types, ranges and lengths of
 * what it reads; unknown keys are ignored. Returns 0, -EINVAL with the key and
 * line in @err, or -ENOMEM. A struct eg_report is large: keep it on the heap.
 */
int eg_report_from_json(const char *json, size_t length, struct eg_report *ret, struct eg_err *err);

#endif
