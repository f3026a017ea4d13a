/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mark_file - what the plugin leaves and the gate takes: a file
 * run_dir/marks/JOB.STEP of one line, "efagate.mark/1 UNIXTIME UID ID", where
 * ID is a finding's (EG403) or "-".
 */
#ifndef EG_BASE_MARK_FILE_H
#define EG_BASE_MARK_FILE_H

#define EG_MARK_PREFIX "efagate.mark/1 " /* another format gets another number */

#endif
