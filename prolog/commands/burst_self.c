/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/burst/offer.h"
#include "common/burst/self.h"
#include "common/node/facts.h"
#include "common/verdict/judge_self.h"
#include "common/verdict/report.h"
#include "prolog/commands/burst.h"
#include "prolog/commands/error_counts.h"
#include "prolog/commands/traffic_child.h"
#include "prolog/config.h"
#include "prolog/terminal.h"

#define BUDGET_MAX_MS 5000 /* more than what a card takes to say that a peer does not answer */
#define RESERVE_MS 100 /* for what comes after the round */
#define BUDGET_MIN_MS 100
#define REPEATED_MS 15

/* What stands between start and end. */
struct self {
	const struct eg_burst_options *options;
	const char *libfabric, *sysfs;
	int64_t deadline_ms;
	struct eg_traffic_child child;
	struct eg_offer offer;
	struct eg_round round;
	struct eg_result result;
	struct eg_error_counts before, after;
};

static void add_unknown(struct eg_report *report, const char *id, const char *text)
{
	struct eg_finding_spec spec = {
		.id = id,
		.outcome = EG_UNKNOWN,
		.blame = EG_BLAME_NONE,
	};

	eg_findings_add(&report->findings, &spec, "no traffic%s", text);
}

static void say_error(const struct self *self, int rc, const struct eg_err *err,
		      struct eg_report *report)
{
	char text[sizeof(err->text) + 8];

	if (rc == -ETIMEDOUT)
		(void)snprintf(text, sizeof(text), " within %ld s", self->options->timeout_s);
	else
		(void)snprintf(text, sizeof(text), ": %s", err->text);
	add_unknown(report, rc == -ETIMEDOUT ? "EG902" : "EG901", text);
}

static int start(struct self *self, struct eg_err *err)
{
	struct eg_traffic_child_options options = {
		.libfabric = self->libfabric,
		.sysfs = self->sysfs,
		.deadline_ms = self->deadline_ms,
		.show_talk = self->options->verbose,
		.provider = self->options->provider,
	};

	return eg_traffic_child_start(&self->child, &options, err);
}

/* The devices are open: what is counted from here on is the traffic's. */
static int exchange(struct self *self, const struct eg_node_facts *facts, struct eg_err *err)
{
	int64_t left_ms;
	int rc = eg_traffic_child_offer(&self->child, self->deadline_ms, &self->offer, err);

	if (rc < 0)
		return rc;
	if (self->offer.error[0])
		return eg_err_set(err, EIO, "%s", self->offer.error);
	eg_error_counts_take(self->sysfs, facts, self->deadline_ms, &self->before);
	left_ms = eg_deadline_left(self->deadline_ms) - RESERVE_MS;
	if (left_ms < BUDGET_MIN_MS)
		return -ETIMEDOUT;
	eg_progress_show("traffic", 1, 2);
	eg_self_round(&self->offer, facts->node, (uint32_t)eg_deadline_min(left_ms, BUDGET_MAX_MS),
		      &self->round);
	rc = eg_traffic_child_round(&self->child, &self->round, self->deadline_ms, err);
	if (!rc)
		rc = eg_traffic_child_result(&self->child, self->deadline_ms, &self->result, err);
	if (!rc && self->result.error[0])
		return eg_err_set(err, EIO, "%s", self->result.error);
	/* The kernel repeats a value for 10 ms. */
	eg_sleep_ms(REPEATED_MS, self->deadline_ms);
	eg_error_counts_take(self->sysfs, facts, self->deadline_ms, &self->after);
	return rc;
}

static void run(struct self *self, const struct eg_config *config, struct eg_report *report)
{
	struct eg_node_facts *facts = &report->facts;
	struct eg_err err = { 0 };
	int rc = start(self, &err);

	eg_progress_show("opening the devices", 0, 2);
	/* The devices are looked at while the process opens them. */
	if (!eg_burst_gather(self->options, config, NULL, self->deadline_ms, report)) {
		eg_progress_end();
		return;
	}
	if (!rc)
		rc = exchange(self, facts, &err);
	eg_progress_end();
	if (rc < 0) {
		say_error(self, rc, &err, report);
		return;
	}
	eg_burst_take_offer(self->options, &self->offer, report);
	eg_self_facts(&self->offer, &self->result, facts->node, facts);
	eg_error_counts_add(&self->before, &self->after, facts);
	eg_judge_self(facts, &report->findings);
	if (self->options->sweep)
		eg_burst_sweep_self(self->options, &self->child, &self->offer, self->deadline_ms,
				    report);
}

void eg_burst_self(const struct eg_burst_options *options, const struct eg_config *config,
		   struct eg_report *report)
{
	EG_CLEANUP(eg_free) struct self *self = calloc(1, sizeof(*self));

	if (!self) {
		add_unknown(report, "EG901", ": out of memory");
		return;
	}
	self->options = options;
	self->libfabric = config->libfabric[0] ? config->libfabric : NULL;
	self->sysfs = eg_burst_sysfs();
	self->deadline_ms = eg_deadline_in(options->timeout_s * 1000);
	run(self, config, report);
	eg_traffic_child_end(&self->child);
}
