/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * screen - the terminal while `efagate top` owns it: second screen, no cursor,
 * keys without Enter; given back on every way out, also by a signal.
 */
#ifndef EG_TOP_SCREEN_H
#define EG_TOP_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum eg_top_key {
	EG_TOP_TIME, /* no key: the deadline */
	EG_TOP_QUIT, /* q, Ctrl-C, SIGTERM, SIGHUP, the terminal is gone */
	EG_TOP_UP,
	EG_TOP_DOWN,
	EG_TOP_RESIZED,
};

/* Take the terminal on standard input and output. Returns 0 or -errno. */
int eg_top_screen_open(void);

/* Give it back; harmless when it was not taken. */
void eg_top_screen_close(void);

/* Columns and lines, 80 and 24 when the terminal does not tell. */
void eg_top_screen_size(size_t *ret_width, size_t *ret_height);

/* Wait for a key or until @deadline_ms. */
enum eg_top_key eg_top_screen_wait(int64_t deadline_ms);

/* Without a terminal: wait until @deadline_ms; true when a signal says to end. */
bool eg_top_wait(int64_t deadline_ms);

/* Catch the signals that end it; before either wait. */
void eg_top_catch_signals(void);

#endif
