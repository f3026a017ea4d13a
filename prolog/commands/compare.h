/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * compare - what huge pages bring on this node, measured: messages through
 * libfabric's packet pools on huge pages and on normal ones, and how long a
 * device takes to register memory of either kind.
 *
 * compare_run.c measures, in processes of their own; compare_ratio.c says what
 * the runs mean; compare_table.c and compare_json.c tell it.
 */
#ifndef EG_COMMANDS_COMPARE_H
#define EG_COMMANDS_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/node/facts.h"

struct eg_err;
struct eg_report;
struct json_t;

#define EG_COMPARE_SIZES 4 /* 8 to 64 KiB: what the provider copies through its pools */
#define EG_COMPARE_RUNS 5 /* of each kind, by turns */
#define EG_COMPARE_REGISTER_BYTES (64u << 20) /* 32 huge pages of 2 MiB */

/* Messages of one size. */
struct eg_compare_size {
	uint32_t latency_ns; /* one way, median */
	uint64_t bytes, ns; /* several under way */
};

/* One process with its endpoints, on one kind of pages. Plain data. */
struct eg_compare_run {
	char from[EG_DEVICE_NAME_MAX], to[EG_DEVICE_NAME_MAX];
	char version[16]; /* libfabric's */
	bool starved; /* this libfabric cannot be told: the free pages were held */
	uint64_t page_kib, free_before, free_after; /* of the machine's pool */
	uint64_t own_kib; /* in huge pages, of this process with both endpoints open */
	int64_t open_ns; /* of both endpoints, and the first message each way */
	struct eg_compare_size sizes[EG_COMPARE_SIZES];
	char error[160]; /* it was not run to its end, "" it was */
};

/* How long it took to register EG_COMPARE_REGISTER_BYTES of touched memory. Plain data. */
struct eg_compare_registration {
	int64_t huge_ns[EG_COMPARE_RUNS], small_ns[EG_COMPARE_RUNS];
	char error[160];
};

struct eg_compare {
	const char *libfabric; /* path, NULL: by the loader's */
	const char *device; /* that sends, NULL: the first */
	bool show_talk;
	size_t runs; /* done, of each kind */
	struct eg_compare_run with[EG_COMPARE_RUNS], without[EG_COMPARE_RUNS];
	struct eg_compare_registration registration;
	bool registered;
};

/* Median and range of WITH / WITHOUT over the runs; median 0: nothing to say. */
struct eg_compare_ratio {
	double with, without; /* medians, in the row's unit */
	double median, least, most; /* of the quotients, run by run */
};

enum eg_compare_row {
	EG_COMPARE_OPEN_MS,
	EG_COMPARE_LATENCY_US, /* and a place among the sizes */
	EG_COMPARE_RATE_MBS,
	EG_COMPARE_REGISTER_MS,
};

uint32_t eg_compare_bytes(size_t place);

/*
 * Run all by @deadline_ms; what could not be measured goes to @report as
 * unknown. Blocks some 10 s, and 200 ms beyond the deadline at most. Takes all
 * free huge pages for parts of that time where libfabric is older than 1.19.
 */
void eg_compare_run(struct eg_compare *compare, int64_t deadline_ms, struct eg_report *report);

/* Pure. @place is of no meaning but for the rows that have sizes. */
void eg_compare_ratio(const struct eg_compare *compare, enum eg_compare_row row, size_t place,
		      struct eg_compare_ratio *ret);

/* What makes the runs worthless, into @report as unknown: the pool was not used, or was. Pure. */
void eg_compare_judge(const struct eg_compare *compare, struct eg_report *report);

void eg_compare_print(FILE *out, const char *node, const struct eg_compare *compare);

/* The object "compare" of the report; NULL when out of memory. */
struct json_t *eg_compare_json(const struct eg_compare *compare);

#endif
