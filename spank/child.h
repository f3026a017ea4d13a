/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * child - the helper's side of the fork, up to its exec.
 *
 * slurmstepd has threads, so another one may have held any lock when it was
 * forked: nothing here allocates, prints or calls into libc beyond plain
 * system calls.
 */
#ifndef EG_SPANK_CHILD_H
#define EG_SPANK_CHILD_H

#include <stdint.h>

#include "spank/helper.h"

#define EG_CHILD_FAULT_MAGIC 0x46534745u /* "EGSF", little-endian; no verdict begins so */
#define EG_CHILD_FAILED 127 /* exit code with a fault, as of a shell that finds no program */

enum eg_child_stage {
	EG_CHILD_FILES,
	EG_CHILD_GROUP_ID,
	EG_CHILD_USER_ID,
	EG_CHILD_PROGRAM,
};

/* Sent instead of a verdict when the program could not be run. */
struct eg_child_fault {
	uint32_t magic;
	uint32_t stage; /* enum eg_child_stage */
	int32_t error; /* errno */
};

/*
 * Become the helper: @out turns into its descriptor 3, @in into 0 (-1: nothing to be read there).
 * All signals must be
 * blocked, so that no handler of slurmstepd runs here. Does not return.
 */
void eg_child_become(const struct eg_helper *helper, int in, int out) __attribute__((noreturn));

#endif
