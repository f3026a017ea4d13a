/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * listening - whether a process has a TCP socket that clients can connect to.
 */
#ifndef SE_LISTENING_H
#define SE_LISTENING_H

#include <stdbool.h>

/* Whether any process that /proc shows, which is those of this PID namespace, has one. */
bool se_is_listening(void);

#endif
