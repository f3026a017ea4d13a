/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * debt - a drain that this gate could not tell Slurm: kept on disk, so that
 * slurmd's bare "Prolog error" gets its reason later.
 */
#ifndef EG_GATE_DEBT_H
#define EG_GATE_DEBT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/verdict/reason.h"

struct eg_config;
struct eg_report;
struct eg_slurm_node;

struct eg_debt {
	int64_t time; /* when it could not be said, seconds since 1970 */
	char reason[EG_REASON_MAX];
};

/* Keep @report's reason as owed. Failures are not told: then "Prolog error" stays. */
void eg_debt_keep(const struct eg_config *config, const struct eg_report *report);

/* The debt of this boot and instance; false: none. One system call when there is none. */
bool eg_debt_read(const struct eg_config *config, const struct eg_report *report,
		  struct eg_debt *ret);

/* Paid, or of no more use. */
void eg_debt_clear(const struct eg_config *config);

/*
 * Is @node out of service as slurmd leaves it when a Prolog fails, and since
 * when @debt was made? Pure.
 */
bool eg_debt_matches(const struct eg_debt *debt, const struct eg_slurm_node *node);

/* Would slurmd have told Slurm of the failed Prolog by @now? Pure. */
bool eg_debt_is_old(const struct eg_debt *debt, int64_t now);

#endif
