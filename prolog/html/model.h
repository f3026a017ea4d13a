/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * model - what the page shows of the newest reports: nodes and devices, with
 * the medians they are compared with. Private to prolog/html.
 */
#ifndef EG_HTML_MODEL_H
#define EG_HTML_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/node/facts.h"

struct eg_report_row;
struct eg_report_set;

/* A device is marked below this share of its node's median, as EG404 does. */
#define EG_HTML_LOW_SHARE 0.7
#define EG_HTML_LOW_NEEDS 3 /* siblings measured, else there is no median to speak of */

struct eg_html_device {
	size_t node; /* index into nodes */
	size_t rail; /* its place on the node, from 0 */
	char pci[EG_PCI_ADDR_TEXT];
	char name[EG_DEVICE_NAME_MAX];
	char peer[256];
	enum eg_burst_state state;
	double gbps, gbps_together, p50_us, p99_us; /* 0: not measured */
	uint32_t tries, failed, corrupt;
	char error[128];
	char missing[64]; /* layers that lack it, "" none */
	bool low; /* below its siblings */
};

struct eg_html_node {
	const struct eg_report_row *row;
	char type[64];
	size_t devices, first; /* of the model's devices */
	size_t counted; /* devices it has: a survey tells how many, not which */
	uint32_t expected; /* 0: nothing expected */
	double gbps; /* median of its devices, 0 not measured */
	size_t low;
};

struct eg_html_model {
	const struct eg_report_set *set;
	struct eg_html_node *nodes;
	size_t node_count;
	struct eg_html_device *devices; /* by node, then in the order of the bus */
	size_t device_count;
	size_t rails; /* the largest number of devices of a node */
	size_t low;
	double gbps, p50_us; /* medians of all devices measured, 0 none */
	bool failed; /* out of memory */
};

/* Reads the newest reports of @set. Returns 0 or -ENOMEM; release with _done(). */
int eg_html_model_fill(const struct eg_report_set *set, struct eg_html_model *ret);
void eg_html_model_done(struct eg_html_model *model);

/* The median of what @value gives, leaving out zeros; 0 without any. -1 when out of memory. */
double eg_html_median(const struct eg_html_device *devices, size_t count,
		      double (*value)(const struct eg_html_device *device));

#endif
