/* SPDX-License-Identifier: BSD-3-Clause */
/* The leader of two nodes that sweep: the same size on both at a time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/burst/hand.h"
#include "common/burst/leader_parts.h"
#include "common/burst/stage_time.h"
#include "common/burst/sweep.h"
#include "common/burst/wire_traffic.h"
#include "common/verdict/finding.h"

#define NODES 2

/* What does not work is not measured. */
static bool is_good(const struct eg_leader *leader)
{
	if (leader->session->count != NODES)
		return false;
	for (size_t i = 0; i < leader->findings.count; i++) {
		if (leader->findings.list[i].finding.outcome >= EG_UNKNOWN)
			return false;
	}
	for (uint32_t i = 0; i < NODES; i++) {
		if (leader->seats[i].state != EG_SEAT_READY || !leader->conduct.present[i])
			return false;
	}
	return true;
}

static int send_round(struct eg_leader *leader, uint32_t index, size_t place,
		      struct eg_round *round)
{
	struct eg_wire_buffer message;
	const struct eg_offer *const offers[NODES] = { leader->conduct.offers[0],
						       leader->conduct.offers[1] };

	if (eg_sweep_round_of_two(offers, leader->session->nodes, index, place, round) < 0)
		return -ENODEV;
	eg_wire_put_round(&message, round);
	if (eg_conn_send(&leader->conns[index], &message, eg_deadline_in(EG_STAGE_GRACE_MS)) < 0) {
		eg_leader_lose(leader, index);
		return -ECONNRESET;
	}
	leader->running[index] = true;
	leader->running_count++;
	return 0;
}

static void note_late(struct eg_leader *leader, size_t place)
{
	struct eg_finding finding = { .id = "EG902", .outcome = EG_UNKNOWN };

	(void)snprintf(finding.text, sizeof(finding.text),
		       "no result of its reads of %u bytes in time", eg_sweep_bytes(place));
	for (uint32_t i = 0; i < NODES; i++) {
		if (!leader->running[i])
			continue;
		eg_session_add(&leader->seats[i], &finding);
		eg_leader_end_running(leader, i);
	}
}

/* 1: go on with the next size; 0: that was the end. */
static int run_size(struct eg_leader *leader, size_t place)
{
	EG_CLEANUP(eg_free) struct eg_round *round = malloc(sizeof(*round));
	int64_t deadline_ms;
	int rc = round ? 0 : -ENOMEM;

	for (uint32_t i = 0; !rc && i < NODES; i++)
		rc = send_round(leader, i, place, round);
	if (rc == -ENOMEM)
		return rc;
	if (rc)
		return 0;
	deadline_ms = eg_deadline_in((int64_t)round->budget_ms + EG_STAGE_GRACE_MS);
	while (!rc && leader->running_count && eg_deadline_left(deadline_ms))
		rc = eg_leader_serve(leader, deadline_ms);
	if (rc)
		return rc;
	if (leader->running_count) {
		note_late(leader, place);
		return 0;
	}
	return is_good(leader);
}

int eg_leader_run_sweep(struct eg_leader *leader)
{
	int rc = is_good(leader);

	if (rc && leader->session->hand)
		eg_hand_say(leader->session->hand, "reads of 64 bytes to 1 MiB ...");
	leader->sweeping = true;
	for (size_t place = 0; rc > 0 && place < EG_SWEEP_SIZES; place++)
		rc = run_size(leader, place);
	return rc < 0 ? rc : 0;
}
