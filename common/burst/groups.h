/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * groups - which nodes pass with each other, directly or through others. Pure.
 */
#ifndef EG_BURST_GROUPS_H
#define EG_BURST_GROUPS_H

#include <stdint.h>

struct eg_tries;

/*
 * Name every node's group after one of its nodes: @ret has @nodes entries and
 * is overwritten. Who has passed with nobody is a group of its own.
 */
void eg_groups(const struct eg_tries *tries, uint32_t nodes, uint32_t *ret);

#endif
