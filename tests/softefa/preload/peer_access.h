/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * peer_access - whether the kernel lets this process reach into the memory of
 * another one of the fabric.
 */
#ifndef SE_PEER_ACCESS_H
#define SE_PEER_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

/* True for this process itself. Asks the kernel once for each process in row @row. */
bool se_peer_is_direct(uint32_t row);

#endif
