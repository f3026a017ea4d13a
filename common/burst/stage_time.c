/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/stage_time.h"

#include "common/burst/plan.h"

#define BUDGET_MIN_MS 300 /* a stage of less shows nothing */
#define WAIT_MAX_MS 1500 /* nobody is to wait longer for a bad word */
#define SLACK_MS 400 /* that stay free, for a machine that is late */

uint32_t eg_stage_budget_ms(uint32_t round_ms, int64_t left_ms)
{
	int64_t left = left_ms - EG_STAGE_END_MS - EG_STAGE_GRACE_MS;

	if (left < BUDGET_MIN_MS)
		return 0;
	return left < round_ms ? (uint32_t)left : round_ms;
}

int64_t eg_stage_ready_deadline_ms(int64_t meet_deadline_ms, int64_t deadline_ms, uint32_t round_ms)
{
	int64_t last = deadline_ms - EG_STAGE_END_MS - EG_STAGE_GRACE_MS - SLACK_MS - round_ms;

	return last > meet_deadline_ms ? last : meet_deadline_ms;
}

uint32_t eg_stage_wait_ms(unsigned int stage, uint32_t round_ms, int64_t left_ms)
{
	int64_t left = left_ms - EG_STAGE_END_MS - EG_STAGE_GRACE_MS - SLACK_MS - round_ms;

	if (stage != EG_STAGES || left <= 0)
		return 0;
	return left < WAIT_MAX_MS ? (uint32_t)left : WAIT_MAX_MS;
}
