/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/session/node_traffic.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/deadline.h"
#include "common/burst/offer.h"
#include "common/burst/rail_facts.h"
#include "common/burst/rails.h"
#include "common/burst/sweep.h"
#include "common/verdict/finding.h"

#define RESULT_GRACE_MS 150 /* behind the budget; half of what the leader waits */

void eg_node_traffic_start(struct eg_node_traffic *traffic,
			   const struct eg_traffic_child_options *options)
{
	memset(traffic, 0, sizeof(*traffic));
	traffic->offer = calloc(1, sizeof(*traffic->offer));
	traffic->last = calloc(1, sizeof(*traffic->last));
	traffic->last_round = calloc(1, sizeof(*traffic->last_round));
	if (!traffic->offer || !traffic->last || !traffic->last_round) {
		(void)eg_err_errno(&traffic->error, ENOMEM, "traffic");
		return;
	}
	/* No round yet, and yet one that can be sent. */
	traffic->last_round->depth = EG_DEPTH_FUNCTION;
	(void)eg_traffic_child_start(&traffic->child, options, &traffic->error);
}

static void add_unknown(struct eg_findings *findings, const char *id, const char *subject,
			const char *text)
{
	struct eg_finding_spec spec = {
		.id = id, .outcome = EG_UNKNOWN, .blame = EG_BLAME_NONE, .subject = subject
	};

	eg_findings_add(findings, &spec, "%s", text);
}

static void add_device_errors(const struct eg_offer *offer, struct eg_findings *findings)
{
	for (uint16_t i = 0; i < offer->device_count; i++) {
		const struct eg_offer_device *device = &offer->devices[i];
		char pci[EG_PCI_ADDR_TEXT], text[200];

		if (!device->error[0])
			continue;
		(void)eg_pci_addr_text(device->pci, pci);
		(void)snprintf(text, sizeof(text), "EFA %s (%s) not opened for traffic: %s", pci,
			       device->name, device->error);
		add_unknown(findings, "EG901", pci, text);
	}
}

void eg_node_traffic_offer(struct eg_node_traffic *traffic, int64_t deadline_ms,
			   struct eg_findings *findings)
{
	struct eg_err *error = &traffic->error;

	if (!error->code)
		(void)eg_traffic_child_offer(&traffic->child, deadline_ms, traffic->offer, error);
	if (error->code == ETIMEDOUT)
		add_unknown(findings, "EG902", NULL, "devices not opened for traffic in time");
	else if (error->code)
		add_unknown(findings, "EG901", NULL, error->text);
	else if (traffic->offer->error[0])
		add_unknown(findings, "EG901", NULL, traffic->offer->error);
	else
		add_device_errors(traffic->offer, findings);
}

static int run(struct eg_node_traffic *traffic, const struct eg_round *round, struct eg_result *ret)
{
	int64_t deadline_ms = eg_deadline_in((int64_t)round->budget_ms + RESULT_GRACE_MS);
	int rc = -traffic->error.code;

	if (!rc)
		rc = eg_traffic_child_round(&traffic->child, round, deadline_ms, &traffic->error);
	if (!rc)
		rc = eg_traffic_child_result(&traffic->child, deadline_ms, ret, &traffic->error);
	return rc;
}

static void run_or_say_why(struct eg_node_traffic *traffic, const struct eg_round *round,
			   struct eg_result *ret)
{
	if (!run(traffic, round, ret))
		return;
	memset(ret, 0, sizeof(*ret));
	ret->round = round->number;
	(void)snprintf(ret->error, sizeof(ret->error), "%.190s", traffic->error.text);
}

static void run_size(struct eg_node_traffic *traffic, const struct eg_round *round,
		     struct eg_result *ret)
{
	struct eg_round chosen = *round;

	eg_sweep_choose(traffic->sweep, traffic->offer, &chosen);
	run_or_say_why(traffic, &chosen, ret);
	eg_sweep_take(traffic->sweep, traffic->offer, &chosen, ret);
}

static void run_round(void *context, const struct eg_round *round, struct eg_result *ret)
{
	struct eg_node_traffic *traffic = context;

	if (round->depth == EG_DEPTH_SIZE && traffic->sweep) {
		run_size(traffic, round, ret);
		return;
	}
	run_or_say_why(traffic, round, ret);
	/* The one that measured, else the first, in which everybody has partners. */
	if (!traffic->last_round || !round->partner_count ||
	    (round->depth != EG_DEPTH_FULL && traffic->last_round->partner_count))
		return;
	*traffic->last = *ret;
	*traffic->last_round = *round;
}

struct eg_member_traffic eg_node_traffic_member(struct eg_node_traffic *traffic)
{
	return (struct eg_member_traffic){ .run = run_round,
					   .context = traffic,
					   .sizes = traffic->sweep != NULL };
}

/* Where the device stands that was read from. */
static void fill_peer(const struct eg_partner *partner, const struct eg_rail_result *result,
		      struct eg_burst_facts *ret)
{
	for (uint16_t i = 0; i < partner->rail_count; i++) {
		const struct eg_rail *rail = &partner->rails[i];

		if (rail->device != result->device || rail->peer != result->peer)
			continue;
		eg_rail_facts_peer(rail->pci, ret);
		return;
	}
}

void eg_node_traffic_facts(const struct eg_offer *offer, const struct eg_round *round,
			   const struct eg_result *result, struct eg_node_facts *facts)
{
	for (uint16_t i = 0; i < result->count; i++) {
		const struct eg_rail_result *rail = &result->rails[i];
		struct eg_device_facts *device = NULL;

		if (!rail->partner && rail->device < offer->device_count)
			device = eg_rail_facts_device(facts, &offer->devices[rail->device]);
		if (device && !device->burst.tries) {
			eg_rail_facts(rail, round->partners[0].node, &device->burst);
			fill_peer(&round->partners[0], rail, &device->burst);
			(void)snprintf(device->burst.provider, sizeof(device->burst.provider), "%s",
				       eg_rails_by_srd(offer) ? "srd" : "efa");
			device->burst.tries = 1;
			device->burst.failed = rail->state == EG_RAIL_FAILED;
			device->burst.corrupt = rail->state == EG_RAIL_CORRUPT;
		}
	}
}

void eg_node_traffic_end(struct eg_node_traffic *traffic)
{
	eg_traffic_child_end(&traffic->child);
	free(traffic->offer);
	free(traffic->last);
	free(traffic->last_round);
	traffic->offer = NULL;
	traffic->last = NULL;
	traffic->last_round = NULL;
}
