/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * batch - did a batch job that is to be verified start a step that was?
 *
 * Root makes the pipe /run/efagate-batch/JOB for the user on the script's
 * node and holds its reading end while the script runs; a srun of the script
 * writes a byte into it; when it is empty at the script's end there was none.
 * A pipe and no file, because what a user may write to in /run must not grow.
 */
#ifndef EG_SPANK_BATCH_H
#define EG_SPANK_BATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define EG_BATCH_DIR "/run/efagate-batch"

/*
 * Before the script, as root: the descriptor for eg_batch_end(), or -errno.
 * A pipe that is left of an earlier run is replaced.
 */
int eg_batch_begin(const char *dir, uint32_t job, uid_t uid, gid_t gid);

/* In srun, as the user: a step of @job is verified. Nothing when there is no such pipe. */
void eg_batch_note_step(const char *dir, uint32_t job);

/* Behind the script, as root: close @fd, remove the pipe; true when no step was noted in it. */
bool eg_batch_end(const char *dir, uint32_t job, int fd);

#endif
