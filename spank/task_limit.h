/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * task_limit - a limit as a step's tasks will have it. Knows nothing of Slurm.
 */
#ifndef EG_SPANK_TASK_LIMIT_H
#define EG_SPANK_TASK_LIMIT_H

#include <stddef.h>
#include <stdint.h>

/*
 * @said is SLURM_RLIMIT_MEMLOCK of the job ("" not set), which Slurm makes the
 * soft limit where the @hard one of its daemon allows it; else the daemon's
 * @soft one stays. "unlimited" or bytes into @ret. Pure.
 */
void eg_task_limit_text(const char *said, uint64_t soft, uint64_t hard, char *ret, size_t size);

#endif
