/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * burst - what the ways of `efagate burst` share: burst.c reads the command
 * line and prints, one file a way does it.
 */
#ifndef EG_COMMANDS_BURST_H
#define EG_COMMANDS_BURST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct eg_compare;
struct eg_config;
struct eg_node_facts;
struct eg_offer;
struct eg_provider;
struct eg_report;
struct eg_sweep;
struct eg_traffic_child;

struct eg_burst_options {
	bool self, listen; /* neither: @host */
	bool json, verbose;
	const struct eg_provider *provider;
	bool with_sweep, with_compare;
	const char *device; /* of the sweep, NULL: all */
	const char *auth; /* "munge", "key", "none"; NULL: not said */
	const char *auth_key; /* file; NULL: not said */
	const char *host; /* NULL: not said */
	const char *config; /* NULL: the default file, which may be absent */
	const char *instance_type; /* NULL: not said */
	long port; /* 0: the configuration's first */
	long timeout_s;
	struct eg_compare *compare; /* what huge pages bring, instead of all else; NULL: no */
	struct eg_sweep *sweep; /* reads of each size too, and what came of them; NULL: no */
};

/* --self: between this node's own devices; fills @report. Blocks timeout_s and 0.5 s more at most.
 */
void eg_burst_self(const struct eg_burst_options *options, const struct eg_config *config,
		   struct eg_report *report);

/*
 * --listen and HOST: with the devices of another node; fills @report, says on
 * stderr how far it is. Blocks timeout_s until the partner was met and some
 * 10 s from then on. When the resolver or munge do not come back it prints
 * what it has and ends the process.
 */
void eg_burst_hand(const struct eg_burst_options *options, const struct eg_config *config,
		   struct eg_report *report);

/*
 * The node's devices into @report, which is new; @node NULL: the host's name. False: EG901,
 * EG902. Without EFA no device: see eg_burst_take_offer().
 */
bool eg_burst_gather(const struct eg_burst_options *options, const struct eg_config *config,
		     const char *node, int64_t deadline_ms, struct eg_report *report);

/* Where it goes over something else than EFA: what was opened for it is the report's device. */
void eg_burst_take_offer(const struct eg_burst_options *options, const struct eg_offer *offer,
			 struct eg_report *report);

/* "/sys", or where SYSFS_PATH says it is, as the libraries themselves do. */
const char *eg_burst_sysfs(void);

/* The report as it is printed, to be freed; NULL when out of memory. */
char *eg_burst_text(const struct eg_burst_options *options, const struct eg_report *report);

/* What all its devices moved at once, 0: not measured. */
double eg_burst_together_gbps(const struct eg_node_facts *facts);

/* The report for people: a line a device. */
void eg_burst_table_print(FILE *out, const struct eg_burst_options *options,
			  const struct eg_report *report);

/* And its end: the findings, the verdict. */
void eg_burst_findings_print(FILE *out, const struct eg_report *report);

/* --compare: what the node is, then the runs; fills @report. Blocks timeout_s at most. */
void eg_burst_compare(const struct eg_burst_options *options, const struct eg_config *config,
		      struct eg_report *report);

/* --sweep --self: a round of each size, by the process for traffic that has made @offer. */
void eg_burst_sweep_self(const struct eg_burst_options *options, struct eg_traffic_child *child,
			 const struct eg_offer *offer, int64_t deadline_ms,
			 struct eg_report *report);

/* --device that is none of @offer: EG901 into @report, true. */
bool eg_burst_sweep_refuses(const struct eg_burst_options *options, const struct eg_offer *offer,
			    struct eg_report *report);

/* Why something was not measured, into @report. */
void eg_burst_sweep_findings(const struct eg_sweep *sweep, struct eg_report *report);

/* --sweep: a line a size. */
void eg_burst_sweep_print(FILE *out, const struct eg_sweep *sweep);

/* The report with what is beside it, as text to be freed; NULL when out of memory. */
char *eg_burst_json(const struct eg_burst_options *options, const struct eg_report *report);

#endif
