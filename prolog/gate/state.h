/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * state - the gate's own folder: a lock that no user can hold, and the
 * reports of this node. Made with mode 0700 (check --learn: 0711); used only when root alone can
 * write to it.
 */
#ifndef EG_GATE_STATE_H
#define EG_GATE_STATE_H

#include <stdbool.h>
#include <stdint.h>

struct eg_config;
struct eg_err;
struct eg_report;

/* Of the node's own, in the state folder: a report of 64 devices has 150 kB. */
#define EG_STATE_REPORTS_KEPT 64
#define EG_STATE_REPORTS_BYTES (16 * 1024 * 1024)

/* Make or check the folder @path: 0 or -errno with what is wrong. */
int eg_state_open(const char *path, struct eg_err *err);

/*
 * Wait until @deadline_ms at most for the one lock of all gates of this node.
 * Returns a descriptor (closing it or ending unlocks; children do not inherit
 * the lock), -ETIMEDOUT or -errno.
 */
int eg_state_lock(const char *path, int64_t deadline_ms, struct eg_err *err);

/*
 * The same for the lock @name of run_dir: "traffic", held while this node
 * exchanges traffic.
 */
int eg_state_lock_named(const char *path, const char *name, int64_t deadline_ms,
			struct eg_err *err);

/*
 * Remember that reports accuse this node; ended by the next pass, whose report
 * is then saved, so that who reads reports later sees the repair.
 */
void eg_state_accuse(const struct eg_config *config);

/* True, once, when the node was accused before: one system call when not. */
bool eg_state_acquit(const struct eg_config *config);

/* Remove what gates that were killed have left half-written, when it is older than a minute. */
void eg_state_tidy(const struct eg_config *config);

/* True once within @window_s: this node's gates have not raised an alarm since. */
bool eg_state_alarm(const struct eg_config *config, int64_t now, uint32_t window_s);

/* Is the last boot of the kernel less than @span_s ago? */
bool eg_state_booted_within(uint32_t span_s);

/* Where a report is kept. */
#define EG_STATE_OWN 1U /* state_dir/reports */
#define EG_STATE_SHARED 2U /* report_dir, when the site has one */

/*
 * Save @report as NODE-TIME-JOB.json, without a job as NODE-TRIGGER.json, in
 * @places; a report of the same name is replaced. Returns those of @places that work: give them to
 * the next call, so that what does not work is logged once and waited for once. Blocks for 2 s at
 * most for report_dir, which may be on a file server that is away.
 */
unsigned int eg_state_save(const struct eg_config *config, const struct eg_report *report,
			   unsigned int places);

#endif
