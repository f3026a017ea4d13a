/* SPDX-License-Identifier: BSD-3-Clause */
/* efagate burst --sweep: reads of one size after the other, and what is told of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/burst/run.h"
#include "common/burst/self.h"
#include "common/burst/sweep.h"
#include "common/verdict/report.h"
#include "prolog/commands/burst.h"
#include "prolog/commands/traffic_child.h"
#include "prolog/terminal.h"

#define GRACE_MS 150 /* behind a round's budget */

static void add_unknown(struct eg_report *report, const char *id, const char *subject,
			const char *text)
{
	struct eg_finding_spec spec = {
		.id = id, .outcome = EG_UNKNOWN, .blame = EG_BLAME_NONE, .subject = subject
	};

	eg_findings_add(&report->findings, &spec, "%s", text);
}

bool eg_burst_sweep_refuses(const struct eg_burst_options *options, const struct eg_offer *offer,
			    struct eg_report *report)
{
	char text[160];

	if (!offer || !offer->device_count || eg_sweep_knows(offer, options->device))
		return false;
	(void)snprintf(text, sizeof(text), "no EFA device '%.60s' on this node", options->device);
	add_unknown(report, "EG901", NULL, text);
	return true;
}

void eg_burst_sweep_findings(const struct eg_sweep *sweep, struct eg_report *report)
{
	for (size_t i = 0; i < sweep->count; i++) {
		const struct eg_sweep_rail *rail = &sweep->rails[i];
		char pci[EG_PCI_ADDR_TEXT], text[256];

		if (!rail->error[0])
			continue;
		(void)eg_pci_addr_text(rail->pci, pci);
		(void)snprintf(text, sizeof(text), "EFA %s (%s): reads of %s", pci, rail->name,
			       rail->error);
		add_unknown(report, "EG901", pci, text);
	}
}

/* All that a round of one size needs. */
struct sizes {
	struct eg_round round;
	struct eg_result result;
};

static int run_size(const struct eg_burst_options *options, struct eg_traffic_child *child,
		    const struct eg_offer *offer, struct sizes *sizes, struct eg_err *err)
{
	int64_t deadline_ms = eg_deadline_in((int64_t)sizes->round.budget_ms + GRACE_MS);
	int rc = eg_traffic_child_round(child, &sizes->round, deadline_ms, err);

	if (!rc)
		rc = eg_traffic_child_result(child, deadline_ms, &sizes->result, err);
	if (!rc && sizes->result.error[0])
		rc = eg_err_set(err, EIO, "%s", sizes->result.error);
	if (!rc)
		eg_sweep_take(options->sweep, offer, &sizes->round, &sizes->result);
	return rc;
}

static void run(const struct eg_burst_options *options, struct eg_traffic_child *child,
		const struct eg_offer *offer, int64_t deadline_ms, struct eg_report *report)
{
	EG_CLEANUP(eg_free) struct sizes *sizes = calloc(1, sizeof(*sizes));
	struct eg_err err = { .text = "" };
	int rc = sizes ? 0 : eg_err_set(&err, ENOMEM, "out of memory");

	for (size_t place = 0; !rc && place < EG_SWEEP_SIZES; place++) {
		eg_progress_show("reads by size", place, EG_SWEEP_SIZES);
		eg_self_round(offer, report->facts.node, 0, &sizes->round);
		for (size_t i = 0; i < sizes->round.partners[0].rail_count; i++) {
			struct eg_rail *rail = &sizes->round.partners[0].rails[i];

			rail->pci = offer->devices[rail->peer].pci;
		}
		eg_sweep_choose(options->sweep, offer, &sizes->round);
		eg_sweep_round(place, &sizes->round);
		if (eg_deadline_left(deadline_ms) < (int64_t)sizes->round.budget_ms + GRACE_MS) {
			add_unknown(report, "EG902", NULL, "reads by size: not to the end in time");
			return;
		}
		rc = run_size(options, child, offer, sizes, &err);
	}
	if (rc)
		add_unknown(report, rc == -ETIMEDOUT ? "EG902" : "EG901", NULL, err.text);
}

void eg_burst_sweep_self(const struct eg_burst_options *options, struct eg_traffic_child *child,
			 const struct eg_offer *offer, int64_t deadline_ms,
			 struct eg_report *report)
{
	/* What does not work is not measured. */
	if (eg_burst_sweep_refuses(options, offer, report) ||
	    eg_findings_outcome(&report->findings) >= EG_UNKNOWN)
		return;
	run(options, child, offer, deadline_ms, report);
	eg_progress_end();
	eg_burst_sweep_findings(options->sweep, report);
}
