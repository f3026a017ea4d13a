/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * peer_rings - the rings of other contexts, mapped on first use.
 *
 * A writer holds the mappings in place between begin and end, because the row
 * of a context that is gone is taken over by another one.
 */
#ifndef SE_PEER_RINGS_H
#define SE_PEER_RINGS_H

#include <stdint.h>

void se_peer_rings_begin(void);
void se_peer_rings_end(void);

/*
 * The rings of context @id in row @row, NULL when they cannot be mapped (it is
 * closed, or another user's). Between begin and end only; valid until
 * end or a call for another context.
 */
uint8_t *se_peer_rings(uint32_t row, uint32_t id);

/* Unmap the rings of row @row, which is given up. */
void se_peer_rings_drop(uint32_t row);

/* In a forked child that still has the session: forget all mappings. */
void se_peer_rings_forget(void);

#endif
