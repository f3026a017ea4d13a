/* SPDX-License-Identifier: BSD-3-Clause */
/* scale_judge - how long plan and judge take by themselves. */
#ifndef EG_BENCH_SCALE_JUDGE_H
#define EG_BENCH_SCALE_JUDGE_H

#include <stdint.h>

/* A line for a good fabric, one with 1 % of all kinds of faults, and a closed one. 0 or 1. */
int scale_judge(const char *const *names, uint32_t nodes, uint8_t devices);

#endif
