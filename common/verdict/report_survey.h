/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report_survey - a survey's JSON (efagate.survey/1) read back as what it says
 * of each node, so that who reads reports can read surveys too.
 */
#ifndef EG_VERDICT_REPORT_SURVEY_H
#define EG_VERDICT_REPORT_SURVEY_H

#include <stdbool.h>
#include <stddef.h>

struct eg_err;
struct eg_report;

#define EG_SURVEY_SCHEMA "efagate.survey/1"
#define EG_SURVEY_BYTES_MAX (16 * 1024 * 1024) /* 16,384 nodes with 1,000 bytes each; seen 400 */

/* Both return 0, or -errno, which ends the reading. */
struct eg_survey_taker {
	/* A node; one that was absent or lost has an EG408 that is unknown. */
	int (*node)(void *context, struct eg_report *report);
	/* Findings about all nodes; the report names no node. */
	int (*common)(void *context, struct eg_report *report);
	void *context;
};

/* Does @json say that it is a survey? What is no JSON does not. */
bool eg_survey_is_one(const char *json, size_t length);

/*
 * Read @length bytes of @json and hand over, first, what concerns all nodes,
 * then a report of each node: node, type, time, job, findings, its number of
 * devices and, where it exchanged traffic, the median rate of these and the
 * slowest with its rate. Nothing is handed over
 * before the whole is found good. Returns 0, -EINVAL with the key in @err,
 * -ENOMEM, or what a taker returned.
 */
int eg_survey_from_json(const char *json, size_t length, const struct eg_survey_taker *taker,
			struct eg_err *err);

#endif
