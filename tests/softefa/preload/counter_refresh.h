/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * counter_refresh - a program that opens a counter's file reads what the
 * counter says at that moment, even right after its own traffic.
 */
#ifndef SE_COUNTER_REFRESH_H
#define SE_COUNTER_REFRESH_H

/* Bring the file @path up to date when it is a counter of a device of this node; keeps errno. */
void se_counter_refresh(const char *path);

#endif
