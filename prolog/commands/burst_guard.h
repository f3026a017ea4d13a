/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * burst_guard - a result in any case: calls that know no deadline (resolver,
 * munge) are ended by a timer, which prints what was made ready before.
 */
#ifndef EG_COMMANDS_BURST_GUARD_H
#define EG_COMMANDS_BURST_GUARD_H

#include <stdint.h>

/*
 * At @deadline_ms write @text, which stays the caller's, to stdout and end the
 * process with EG_EXIT_UNKNOWN. Children end with it.
 */
void eg_burst_guard_arm(const char *text, int64_t deadline_ms);

/* The timer off; from then on @text is not needed. */
void eg_burst_guard_disarm(void);

#endif
