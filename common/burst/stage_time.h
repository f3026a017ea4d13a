/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stage_time - when stages of traffic begin and how long they may take. Pure.
 *
 * Stages are close together, so a node that fails everything for a second and
 * then works could fail in all of them. The last stage, which decides about
 * suspects, therefore waits as long as the session's time allows: who was out
 * for less than the time between the first stage's end and the last one's
 * start passes in the last and is not blamed. Sessions in which nothing fails
 * have one stage and wait for nothing.
 */
#ifndef EG_BURST_STAGE_TIME_H
#define EG_BURST_STAGE_TIME_H

#include <stdint.h>

#define EG_STAGE_GRACE_MS 300 /* for a result to arrive after its budget */
#define EG_STAGE_END_MS                                                          \
	450 /* before the session's deadline: the verdict has to reach everybody \
	     */

/* What stage may take, at most @round_ms, when @left_ms are left of the session; 0: no more. */
uint32_t eg_stage_budget_ms(uint32_t round_ms, int64_t left_ms);

/*
 * Until when nodes that met by @meet_deadline_ms may take to be ready: a whole
 * stage is left of the session that ends at @deadline_ms, or it is the same.
 */
int64_t eg_stage_ready_deadline_ms(int64_t meet_deadline_ms, int64_t deadline_ms,
				   uint32_t round_ms);

/* How long @stage is to be held back, when @left_ms are left of the session. */
uint32_t eg_stage_wait_ms(unsigned int stage, uint32_t round_ms, int64_t left_ms);

#endif
