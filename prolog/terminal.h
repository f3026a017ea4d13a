/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * terminal - what is only for people who look: colour on standard output, a
 * bar of progress on standard error. Elsewhere neither leaves a byte.
 */
#ifndef EG_TERMINAL_H
#define EG_TERMINAL_H

#include <stddef.h>
#include <stdio.h>

#include "common/verdict/finding.h"

/*
 * The outcome's name into @out, which goes to standard output: red, yellow or
 * purple for fail, warn and unknown, green for pass, where that is a terminal
 * and NO_COLOR is not set.
 */
void eg_terminal_outcome(FILE *out, enum eg_outcome outcome);

/* "[####......]  40 %  WHAT" in place of the one before, where standard error is a terminal. */
void eg_progress_show(const char *what, size_t done, size_t total);

/* Take it away; before anything else is printed. */
void eg_progress_end(void);

#endif
