/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report_words - the words both directions of the report share. Private to
 * report_write.c and report_read.c.
 */
#ifndef EG_VERDICT_REPORT_WORDS_H
#define EG_VERDICT_REPORT_WORDS_H

#include <stdint.h>

#include "common/node/facts.h"

struct eg_capability_word {
	uint32_t bit; /* enum eg_capability */
	const char *word;
};

/* The last has the bit 0. */
extern const struct eg_capability_word eg_capability_words[];

/* One layer of a device: its key and where its answer is in struct eg_device_facts. */
struct eg_layer_word {
	const char *word;
	size_t offset; /* of an enum eg_tri */
};

/* The last has the word NULL. */
extern const struct eg_layer_word eg_layer_words[];

/* A layer that could not be asked: its key and where its text is in struct eg_node_facts. */
struct eg_error_word {
	const char *word;
	size_t offset; /* of a char[256] */
};

/* The last has the word NULL. */
extern const struct eg_error_word eg_error_words[];

/* By enum eg_gather_part. Ended by NULL. */
extern const char *const eg_gather_part_words[];

/* By enum eg_expectation_source; the first is never written. Ended by NULL. */
extern const char *const eg_expectation_words[];

/* By enum eg_burst_state; the first, which is never written, is no word. Ended by NULL. */
extern const char *const eg_burst_words[];

#endif
