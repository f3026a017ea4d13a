/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fault - the faults set on a device, in the fabric file.
 */
#ifndef SE_FAULT_H
#define SE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "fabric.h"

#define SE_FAULT_BIT(word) (1u << (word))
/* With one of these the card is not on the bus for its driver. */
#define SE_FAULTS_ABSENT (SE_FAULT_BIT(SE_FAULT_GONE) | SE_FAULT_BIT(SE_FAULT_UNBOUND))

/* These show in the node's files, which somebody must put back. */
#define SE_FAULTS_OF_FILES                                                                    \
	(SE_FAULTS_ABSENT | SE_FAULT_BIT(SE_FAULT_ZERO_GID) | SE_FAULT_BIT(SE_FAULT_NOFILE) | \
	 SE_FAULT_BIT(SE_FAULT_FORBIDDEN) | SE_FAULT_BIT(SE_FAULT_NO_HUGE_PAGES))
/* These concern a whole node, never one of its devices. */
#define SE_FAULTS_OF_NODE (SE_FAULT_BIT(SE_FAULT_NO_HUGE_PAGES) | SE_FAULT_BIT(SE_FAULT_OLD_KERNEL))

/* CLOCK_MONOTONIC, one clock for all processes. */
uint64_t se_now_ns(void);

/* The word as typed, e.g. "unreachable". */
const char *se_fault_name(enum se_fault_word word);

/*
 * Whether @device has a fault @word that acts now on traffic with @peer_node
 * (SE_ANY_NODE when no peer is concerned). @ret is filled when it has; may be NULL.
 */
bool se_fault_acts(struct se_device *device, enum se_fault_word word, uint32_t peer_node,
		   struct se_fault *ret);

/* Add @fault, or replace the row for the same word and peer. Returns 0 or -ENOSPC. */
int se_fault_set(struct se_device *device, const struct se_fault *fault);

/* Take away all rows of @word, with SE_FAULT_NONE all rows there are. */
void se_fault_clear(struct se_device *device, enum se_fault_word word);

/* Copy the live rows into @rows, SE_DEVICE_FAULTS of them. Returns how many there are. */
uint32_t se_fault_list(struct se_device *device, struct se_fault *rows);

#endif
