/* SPDX-License-Identifier: BSD-3-Clause */
/* The leader's stages of traffic: rounds out, results in. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/burst/leader_parts.h"
#include "common/burst/stage_time.h"
#include "common/burst/wire_traffic.h"
#include "common/verdict/finding.h"

int eg_leader_take_offer(struct eg_leader *leader, uint32_t index)
{
	EG_CLEANUP(eg_free) struct eg_offer *offer = malloc(sizeof(*offer));
	const struct eg_conn *conn = &leader->conns[index];

	if (!offer)
		return -ENOMEM;
	if (!leader->session->traffic || leader->seats[index].state != EG_SEAT_MET ||
	    eg_wire_get_offer(conn->body, conn->frame.length, offer))
		return -EPROTO;
	return eg_conduct_offer(&leader->conduct, index, offer);
}

static void add_unknown(struct eg_leader *leader, uint32_t index, const char *id, const char *text)
{
	struct eg_finding finding = { .outcome = EG_UNKNOWN, .blame = EG_BLAME_NONE };

	(void)snprintf(finding.id, sizeof(finding.id), "%s", id);
	(void)snprintf(finding.text, sizeof(finding.text), "%s", text);
	eg_session_add(&leader->seats[index], &finding);
}

void eg_leader_end_running(struct eg_leader *leader, uint32_t index)
{
	leader->running_count -= leader->running[index];
	leader->running[index] = false;
}

int eg_leader_take_result(struct eg_leader *leader, uint32_t index)
{
	EG_CLEANUP(eg_free) struct eg_result *result = malloc(sizeof(*result));
	const struct eg_conn *conn = &leader->conns[index];
	int rc;

	if (!result)
		return -ENOMEM;
	if (!leader->session->traffic || leader->seats[index].state != EG_SEAT_READY ||
	    eg_wire_get_result(conn->body, conn->frame.length, result))
		return -EPROTO;
	/* What it has measured is for its own table. */
	if (leader->sweeping) {
		eg_leader_end_running(leader, index);
		return 0;
	}
	/* One of an earlier stage, late: its tries are unknown already. */
	if (!leader->running[index] || result->round != leader->conduct.stage)
		return 0;
	rc = eg_conduct_result(&leader->conduct, index, result);
	if (rc)
		return rc;
	if (leader->session->watch && leader->session->watch->result)
		leader->session->watch->result(leader->session->watch->context, &leader->conduct);
	eg_leader_end_running(leader, index);
	if (leader->session->on_result)
		leader->session->on_result(leader->session->context, index,
					   leader->conduct.offers[index], result);
	if (result->error[0])
		add_unknown(leader, index, "EG901", result->error);
	return 0;
}

static void send_round(struct eg_leader *leader, uint32_t index, uint32_t budget_ms,
		       struct eg_round *round)
{
	struct eg_wire_buffer message;

	eg_conduct_round(&leader->conduct, index, budget_ms, round);
	eg_wire_put_round(&message, round);
	if (eg_conn_send(&leader->conns[index], &message, eg_deadline_in(EG_STAGE_GRACE_MS)) < 0) {
		eg_leader_lose(leader, index);
		return;
	}
	leader->running[index] = true;
	leader->running_count++;
}

/* Who met, was ready and now says nothing. */
static void note_late(struct eg_leader *leader, uint32_t budget_ms)
{
	char text[80];

	(void)snprintf(text, sizeof(text), "no result of its traffic within %.1f s",
		       (double)(budget_ms + EG_STAGE_GRACE_MS) / 1000);
	for (uint32_t i = 0; i < leader->session->count; i++) {
		if (!leader->running[i])
			continue;
		add_unknown(leader, i, "EG902", text);
		leader->conduct.present[i] = false;
		eg_leader_end_running(leader, i);
	}
}

static int run_stage(struct eg_leader *leader, uint32_t budget_ms)
{
	EG_CLEANUP(eg_free) struct eg_round *round = malloc(sizeof(*round));
	int64_t deadline_ms;
	int rc = 0;

	if (!round)
		return -ENOMEM;
	for (uint32_t i = 0; i < leader->session->count; i++) {
		if (eg_conduct_takes_part(&leader->conduct, i) &&
		    leader->seats[i].state == EG_SEAT_READY)
			send_round(leader, i, budget_ms, round);
	}
	deadline_ms = eg_deadline_in((int64_t)budget_ms + EG_STAGE_GRACE_MS);
	while (!rc && leader->running_count && eg_deadline_left(deadline_ms))
		rc = eg_leader_serve(leader, deadline_ms);
	note_late(leader, budget_ms);
	if (!rc)
		rc = eg_conduct_end_stage(&leader->conduct);
	if (!rc && leader->session->watch && leader->session->watch->stage_end)
		leader->session->watch->stage_end(leader->session->watch->context,
						  &leader->conduct);
	return rc;
}

/* What a stage may take now; 0: no more. */
static uint32_t budget_left(const struct eg_leader *leader)
{
	return eg_stage_budget_ms(leader->session->round_ms,
				  leader->session->deadline_ms - eg_now_ms());
}

/* Serves the members meanwhile: who ends is lost at once. */
static int hold_back(struct eg_leader *leader)
{
	int64_t until_ms =
		eg_deadline_in(eg_stage_wait_ms(leader->conduct.stage, leader->session->round_ms,
						leader->session->deadline_ms - eg_now_ms()));
	int rc = 0;

	while (!rc && eg_deadline_left(until_ms))
		rc = eg_leader_serve(leader, until_ms);
	return rc;
}

/* A session that has failed already is not made longer. */
static bool is_worth_it(struct eg_leader *leader)
{
	bool good = true;

	if (!leader->session->traffic)
		return false;
	for (uint32_t i = 0; i < leader->session->count; i++) {
		const struct eg_seat *seat = &leader->seats[i];
		/* By hand what works of a node is wanted though something does not. */
		bool ready = seat->state == EG_SEAT_READY &&
			     (leader->session->hand || seat->ready.outcome < EG_UNKNOWN);

		good &= ready;
		if (!ready)
			leader->conduct.present[i] = false;
		if (!ready || leader->conduct.present[i])
			continue;
		good = false;
		/* By hand it may have said why already. */
		if (seat->ready.outcome < EG_UNKNOWN)
			add_unknown(leader, i, "EG901",
				    "no EFA device could be opened for traffic");
	}
	return good || leader->session->partial;
}

int eg_leader_run_traffic(struct eg_leader *leader)
{
	uint32_t budget_ms;
	int rc = 0;

	if (!is_worth_it(leader))
		return 0;
	while (!rc && budget_left(leader) && eg_conduct_next(&leader->conduct) > 0) {
		rc = hold_back(leader);
		budget_ms = budget_left(leader);
		if (rc || !budget_ms)
			break;
		if (leader->session->watch)
			leader->session->watch->stage(leader->session->watch->context,
						      &leader->conduct);
		rc = run_stage(leader, budget_ms);
	}
	if (!rc)
		rc = eg_conduct_judge(&leader->conduct, &leader->findings);
	if (!rc)
		eg_session_add_traffic(leader->seats, &leader->findings);
	return rc;
}
