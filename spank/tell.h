/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tell - texts of several lines to the user or to slurmd's log, line by line.
 */
#ifndef EG_SPANK_TELL_H
#define EG_SPANK_TELL_H

/* To the user of the step; from user_init on. NULL is nothing. */
void eg_tell_user(const char *text);

/* To slurmd's log alone. */
void eg_tell_log(const char *text);

#endif
