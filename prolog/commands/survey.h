/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * survey - what the files of `efagate survey` share: options, and what is
 * printed of a session's end.
 */
#ifndef EG_COMMANDS_SURVEY_H
#define EG_COMMANDS_SURVEY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct eg_session_view;

struct eg_survey_options {
	const char *config;
	const char *report; /* file to write the report to, NULL none */
	const char *auth_key; /* file of a key of the user's, NULL none */
	bool json, suggest_floors, verbose;
	long timeout_s;
};

/* One device or node in figures; 0 Gb/s: not measured. */
struct eg_survey_node {
	uint32_t devices; /* measured as reader */
	double alone_gbps, together_gbps; /* medians of its devices */
	double sum_gbps; /* of all its devices at once */
	double line_gbps; /* what its type can do */
	double slowest_gbps; /* alone */
	char slowest[64]; /* its name */
};

/* Of every node of @view: an array to be freed by the caller, NULL without memory. */
struct eg_survey_node *eg_survey_nodes(const struct eg_session_view *view);

/* A line a node, then the findings of the session and its line. */
void eg_survey_table_print(FILE *out, const struct eg_session_view *view,
			   const struct eg_survey_node *nodes);

/* The session as JSON, efagate.survey/1, to be freed by the caller; NULL without memory. */
char *eg_survey_to_json(const struct eg_session_view *view, const struct eg_survey_node *nodes);

/* "speed_floors = TYPE=GBPS ...": 70 % of each type's median, where enough was measured. */
void eg_survey_floors_print(FILE *out, const struct eg_session_view *view);

#endif
