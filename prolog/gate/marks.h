/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * marks - what the plugin leaves for the gate when a user's step failed: a
 * file run_dir/marks/JOB.STEP. A mark drains nobody: it only makes root's
 * own next checks whole ones.
 *
 * The folder is root's, mode 0700; a mark is a regular file of root's with
 * mode 0600 and one link, and holds one line of at most 300 characters
 * (common/base/mark_file.h).
 */
#ifndef EG_GATE_MARKS_H
#define EG_GATE_MARKS_H

#include <stddef.h>

struct eg_config;

#define EG_MARK_LINE_MAX 301

/*
 * Take and remove all marks; @ret_line (EG_MARK_LINE_MAX bytes) is the text of
 * one, "" when there is none. Returns how many counted. What is not as said
 * above is removed and does not count; a folder that is not is left alone.
 */
size_t eg_marks_take(const struct eg_config *config, char *ret_line);

#endif
