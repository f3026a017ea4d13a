/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * servant - the thread that carries out what peers ask by mail. It sleeps
 * until one does.
 */
#ifndef SE_SERVANT_H
#define SE_SERVANT_H

#include <stdint.h>

/* Start it for the mail of process row @row, this process's own. 0 or -errno. */
int se_servant_start(uint32_t row);

#endif
