/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * counter_words - what the counters of the efa driver mean, in words: for
 * `efagate explain counters`, the metrics of `report --format prometheus`, the
 * columns of `top` and the man page.
 *
 * Names and meaning: the driver's hw_counters (amzn-drivers,
 * kernel/linux/efa/src/efa_verbs.c and RELEASENOTES.md); which of them exist
 * depends on driver and card.
 */
#ifndef EG_COMMANDS_COUNTER_WORDS_H
#define EG_COMMANDS_COUNTER_WORDS_H

/* What a rising value says. */
enum eg_counter_kind {
	EG_COUNTER_TRAFFIC, /* work done */
	EG_COUNTER_NETWORK, /* SRD at work around congestion; some are normal */
	EG_COUNTER_ERROR, /* something did not work */
};

struct eg_counter_word {
	const char *name; /* the file's */
	enum eg_counter_kind kind;
	const char *words; /* one sentence without full stop */
};

/* The last has the name NULL. */
const struct eg_counter_word *eg_counter_words(void);

/* The entry of @name, or NULL: a newer driver's counter. */
const struct eg_counter_word *eg_counter_word_find(const char *name);

/* "traffic", "network" or "error". */
const char *eg_counter_kind_name(enum eg_counter_kind kind);

#endif
