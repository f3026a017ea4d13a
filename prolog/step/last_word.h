/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * last_word - exactly one record for the plugin, whatever happens: what is
 * given with eg_last_word_arm() is written by a timer when nothing better was
 * said in time, so that a call that blocks (resolver, munge) holds nobody.
 */
#ifndef EG_STEP_LAST_WORD_H
#define EG_STEP_LAST_WORD_H

#include <stdint.h>

struct eg_step_verdict;

/* At @deadline_ms write @verdict to @fd and end the process with 0. Call it once a process. */
void eg_last_word_arm(int fd, const struct eg_step_verdict *verdict, int64_t deadline_ms);

/* The timer's record takes over this, e.g. the node's own huge page decision. */
void eg_last_word_set_huge_page(int huge_page);

/* The timer off; @verdict and the @verdict->text_size bytes of @text written instead. 0, -errno. */
int eg_last_word_say(const struct eg_step_verdict *verdict, const char *text);

/* In a child: the timer only ends it, nothing is written, the descriptor is closed. */
void eg_last_word_child(int64_t deadline_ms);

#endif
