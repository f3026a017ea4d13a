/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * provider_choice - does an environment keep a job from libfabric's efa
 * provider? Then MPI and NCCL fall back to TCP without a word. Pure.
 */
#ifndef EG_BASE_PROVIDER_CHOICE_H
#define EG_BASE_PROVIDER_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

/* The variables that matter; the last is NULL. */
extern const char *const eg_provider_variables[];

/*
 * Does variable @name, one of eg_provider_variables, with @value keep a job
 * from efa? FI_PROVIDER and Open MPI's lists: names that are wanted, or behind
 * '^' not wanted; I_MPI_OFI_PROVIDER: one name; NCCL_NET: another plugin's.
 */
bool eg_provider_is_kept_away(const char *name, const char *value);

#endif
