/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * helper - run the step's helper program from inside slurmstepd.
 *
 * slurmstepd must not crash, hang or lend its privileges. In user_init its
 * effective user is the job's and its real user is root, so a plainly spawned
 * child could become root again and would run in secure mode. The child here
 * gives that up for good before it runs the program, gets an environment, a
 * signal mask and descriptors of its own, and is killed at a deadline.
 * Knows nothing of Slurm.
 */
#ifndef EG_SPANK_HELPER_H
#define EG_SPANK_HELPER_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/base/step_verdict.h"

#define EG_HELPER_SLACK_MS 500 /* beyond the helper's own time: to start it and to hear from it */
#define EG_HELPER_REAP_MS 200 /* a killed process is gone in microseconds unless in state D */
#define EG_HELPER_TEXT_MAX 320 /* a path and a sentence */

struct eg_helper {
	const char *const *argv; /* argv[0] is an absolute path */
	uid_t uid; /* what the program runs as: real, effective and saved */
	gid_t gid;
	int timeout_ms; /* told to the helper as well */
	const char *input; /* what it reads from descriptor 0, a few bytes; NULL: nothing */
};

enum eg_helper_end {
	EG_HELPER_NOT_STARTED,
	EG_HELPER_EXITED, /* status is the exit code */
	EG_HELPER_SIGNALED, /* status is the signal, not ours */
	EG_HELPER_KILLED, /* ended by us */
	EG_HELPER_ABANDONED, /* SIGKILL did not end it; nobody waits for it any more */
};

struct eg_helper_result {
	bool valid; /* @verdict is one whole record with nothing behind it */
	enum eg_helper_end end;
	int status;
	struct eg_step_verdict verdict;
	char *table; /* verdict.text_size bytes and a final 0 when valid, NULL without any */
	char text[EG_HELPER_TEXT_MAX]; /* what happened, one clause; "" for a clean end */
};

/*
 * Run @helper and fill @ret, whatever happens; eg_helper_result_done() after it. The record counts
 * once it is complete, also when the helper must be killed afterwards: the nodes of a step get
 * their common GO together, and one that takes it back alone would leave the others waiting in
 * MPI_Init.
 *
 * Blocks at most timeout_ms + EG_HELPER_SLACK_MS + EG_HELPER_REAP_MS.
 */
void eg_helper_run(const struct eg_helper *helper, struct eg_helper_result *ret);

/* Takes a zeroed one. */
void eg_helper_result_done(struct eg_helper_result *result);

#endif
