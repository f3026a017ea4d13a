/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report - the JSON report of one node and one run, schema efagate.report/1,
 * written and read back. The only file that knows JSON is report.c.
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

struct eg_report {
	int64_t time; /* seconds since 1970, UTC */
	uint32_t duration_ms;
	char trigger[16]; /* check, prolog, epilog, healthcheck, step, survey, burst */
	uint32_t job_id; /* 0: no job */
	int64_t step_id; /* -1: none */
	int64_t uid; /* -1: none */
	char partition[64]; /* of the job, "" not said */
	struct eg_node_facts facts;
	struct eg_findings findings;
	struct eg_report_action action;
};

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
