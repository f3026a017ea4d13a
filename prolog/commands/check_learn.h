/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * check_learn - `efagate check --learn`: from now on this instance must have
 * the devices it has now.
 */
#ifndef EG_COMMANDS_CHECK_LEARN_H
#define EG_COMMANDS_CHECK_LEARN_H

struct eg_report;

/*
 * Keep the number of devices of @report in the folder @state_dir, unless one of
 * them is not whole or something could not be measured. Says on stderr what was
 * done. Returns the exit code: 0 kept, that of the findings, or unknown.
 */
int eg_check_learn(const char *state_dir, const struct eg_report *report);

#endif
