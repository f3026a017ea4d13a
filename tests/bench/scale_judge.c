/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bench/scale_judge.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/deadline.h"
#include "common/burst/offer.h"
#include "common/burst/plan.h"
#include "common/burst/tries.h"
#include "common/verdict/judge_traffic.h"

enum kind { GOOD, FAULTS, CLOSED };

struct bench {
	enum kind kind;
	uint32_t nodes;
	uint8_t devices;
	struct eg_tries tries;
	int64_t plan_ns;
};

static bool fails(const struct bench *bench, const struct eg_pair *pair, uint8_t device,
		  unsigned int stage)
{
	uint64_t x = ((uint64_t)pair->a << 40 ^ (uint64_t)pair->b << 16 ^ device * 16u ^ stage) *
		     0x9e3779b97f4a7c15ULL;

	x = (x ^ (x >> 31)) * 0xbf58476d1ce4e5b9ULL;
	if (bench->kind == CLOSED)
		return pair->a != pair->b;
	/* A node, a device and a try of a hundred. */
	return bench->kind == FAULTS && (pair->a % 100 == 7 || pair->b % 100 == 7 ||
					 (pair->a % 3 == 1 && device == 5) || (x >> 33) % 100 == 0);
}

static int run_stages(struct bench *bench, bool *present)
{
	struct eg_plan_view view = {
		.count = bench->nodes, .present = present, .tries = &bench->tries, .seed = 1
	};
	struct eg_pairs pairs = { 0 };
	int rc = 0;

	for (unsigned int stage = 1; !rc && stage <= EG_STAGES; stage++) {
		int64_t start_ns = eg_now_ns();
		long count = eg_plan_stage(&view, stage, &pairs);

		bench->plan_ns += eg_now_ns() - start_ns;
		rc = count < 0;
		for (long i = 0; !rc && i < count; i++) {
			for (uint8_t k = 0; !rc && k < bench->devices; k++) {
				struct eg_try one = { .a = pairs.list[i].a,
						      .b = pairs.list[i].b,
						      .a_device = k,
						      .b_device = k,
						      .round = (uint16_t)stage };

				one.state = fails(bench, &pairs.list[i], k, stage) ? EG_RAIL_FAILED
										   : EG_RAIL_OK;
				rc = eg_tries_add(&bench->tries, &one);
			}
		}
	}
	eg_pairs_done(&pairs);
	return rc;
}

static int run(struct bench *bench, const char *const *names)
{
	static const char *const kinds[] = { "all good", "1 % faults", "closed" };
	const struct eg_offer **offers = calloc(bench->nodes, sizeof(struct eg_offer *));
	struct eg_offer *offer = calloc(1, sizeof(*offer));
	bool *present = calloc(bench->nodes, sizeof(*present));
	struct eg_traffic_facts facts = {
		.count = bench->nodes, .names = names, .offers = offers, .tries = &bench->tries
	};
	struct eg_traffic_findings findings = { 0 };
	int64_t start_ns;
	int rc = !offers || !offer || !present;

	for (uint32_t i = 0; !rc && i < bench->nodes; i++) {
		offer->device_count = bench->devices;
		offers[i] = offer;
		present[i] = true;
	}
	for (uint8_t k = 0; !rc && k < bench->devices; k++)
		offer->devices[k].target.address_length = 32;
	rc = rc || run_stages(bench, present);
	start_ns = eg_now_ns();
	rc = rc || eg_judge_traffic(&facts, &findings);
	if (!rc)
		printf("%-9u %-8u %-12s %10.3f %10.3f %10zu %10zu\n", bench->nodes, bench->devices,
		       kinds[bench->kind], (double)bench->plan_ns / 1e9,
		       (double)(eg_now_ns() - start_ns) / 1e9, bench->tries.count, findings.count);
	eg_traffic_findings_done(&findings);
	eg_tries_done(&bench->tries);
	free(present);
	free(offer);
	free(offers);
	return rc;
}

int scale_judge(const char *const *names, uint32_t nodes, uint8_t devices)
{
	int rc = 0;

	for (int kind = GOOD; !rc && kind <= CLOSED; kind++) {
		struct bench bench = { .kind = (enum kind)kind,
				       .nodes = nodes,
				       .devices = devices };

		rc = run(&bench, names);
	}
	return rc;
}
