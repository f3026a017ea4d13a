/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * log - one line for the administrator: to syslog (facility daemon, ident
 * efagate) and to stderr, which slurmd keeps when a Prolog fails.
 *
 * syslog(3) waits for a stopped syslogd without end; this does not.
 */
#ifndef EG_PROLOG_LOG_H
#define EG_PROLOG_LOG_H

#include <syslog.h>

#include "common/base/err.h"

/* @priority is LOG_ERR, LOG_WARNING, ... Never fails; blocks for 100 ms at most. */
void eg_log(int priority, const char *fmt, ...) EG_PRINTF(2, 3);

#endif
