/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reason - the text a node is drained with, and how to recognise our own.
 *
 * "efagate EG102: 3/4 EFA on PCI, missing 0000:90:1b.0 (job 17)": one line,
 * at most 120 characters. The prefix marks ownership: only such nodes are
 * ever resumed, and a node with any other reason keeps it.
 */
#ifndef EG_VERDICT_REASON_H
#define EG_VERDICT_REASON_H

#include <stdbool.h>
#include <stdint.h>

#define EG_REASON_MAX 121 /* 120 characters and the final 0 */

struct eg_finding;

/* @job_id 0: no job. The text is cut, never the job. Returns @text (EG_REASON_MAX bytes). */
char *eg_reason_text(const struct eg_finding *finding, uint32_t job_id, char *text);

/* Was @reason written by efagate ("efagate EGnnn: …")? */
bool eg_reason_is_ours(const char *reason);

#endif
