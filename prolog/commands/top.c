/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "prolog/commands/commands.h"
#include "prolog/commands/usage.h"
#include "prolog/commands/worker.h"
#include "prolog/top/sample.h"
#include "prolog/top/screen.h"
#include "prolog/top/table.h"
#include "prolog/top/trace.h"

#define INTERVAL_MIN_S 0.05 /* the kernel repeats values for 10 ms */
#define INTERVAL_MAX_S 3600
#define READ_MS 2000 /* reading takes ms; a driver that takes longer hangs */

struct top {
	const char *sysfs;
	long interval_ms, count; /* count 0: without end */
	bool once, json;
	const char *trace; /* file, NULL: none */
	char node[256];
	struct eg_top_sample *before, *after;
};

static int print_help(void)
{
	printf("usage: efagate top [OPTION...]\n\n"
	       "What the EFA devices of this node do now, from their counters: GB/s and packets\n"
	       "in and out, RDMA operations, retransmits, errors. On a terminal it is refreshed\n"
	       "until q; elsewhere a table an interval is printed.\n\n"
	       "  --interval SECONDS  between two looks (1), from 0.05 on\n"
	       "  --count N           end after N tables\n"
	       "  --once              the same as --count 1, as plain text\n"
	       "  --json              a line of JSON an interval\n"
	       "  --trace FILE        instead of tables a file for Perfetto and the like: counters over\n"
	       "                      time in the trace event format, until Ctrl-C or SIGTERM\n\n"
	       "Exit code: 0, 3 no EFA device here or not readable, 64 wrong command line.\n");
	return 0;
}

static const struct option long_options[] = {
	{ "interval", required_argument, NULL, 'i' },
	{ "count", required_argument, NULL, 'c' },
	{ "once", no_argument, NULL, 'o' },
	{ "json", no_argument, NULL, 'j' },
	{ "trace", required_argument, NULL, 't' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* Decimals with a point, whatever the locale: it is never set. */
static int take_interval(const char *text, struct top *ret)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= INTERVAL_MIN_S && seconds <= INTERVAL_MAX_S))
		return eg_usage_refuse(
			"top", "--interval '%s': expected a number from 0.05 to 3600", text);
	ret->interval_ms = (long)(seconds * 1000 + 0.5);
	return 0;
}

/* 0, EG_EXIT_USAGE after a line, or -1 when help was printed. */
static int parse(int argc, char **argv, struct top *ret)
{
	static const long count_range[] = { 1, 1000000 };
	int option, rc = 0;

	opterr = 0;
	while (!rc && (option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
		if (option == 'h')
			return print_help() - 1;
		if (option == 'i')
			rc = take_interval(optarg, ret);
		else if (option == 'c')
			rc = eg_usage_number("top", "--count", optarg, count_range, &ret->count);
		else if (option == 'o')
			ret->once = true;
		else if (option == 'j')
			ret->json = true;
		else if (option == 't')
			ret->trace = optarg;
		else
			rc = eg_usage_bad_option("top", option, argv);
	}
	if (!rc && optind < argc)
		rc = eg_usage_refuse("top", "'%s' is too much", argv[optind]);
	if (!rc && ret->trace && (ret->json || ret->once))
		rc = eg_usage_refuse("top", "--trace and %s exclude each other",
				     ret->json ? "--json" : "--once");
	if (ret->once)
		ret->count = 1;
	return rc;
}

/* What a process of its own has read. */
struct reading {
	int count; /* of devices, or -errno */
	struct eg_err err;
	struct eg_top_sample sample;
};

static void read_counters(const void *context, void *ret)
{
	const struct top *top = context;
	struct reading *reading = ret;

	reading->count = eg_top_sample_take(top->sysfs, &reading->sample, &reading->err);
}

static int no_reading(const char *why)
{
	eg_top_screen_close();
	fprintf(stderr, "efagate top: %s\n", why);
	return EG_EXIT_UNKNOWN;
}

/* 0, or the exit code after a line. A driver that hangs holds a process that can be left behind. */
static int look(const struct top *top, struct eg_top_sample *sample)
{
	EG_CLEANUP(eg_free) struct reading *reading = calloc(1, sizeof(*reading));
	struct eg_worker worker = { .work = read_counters,
				    .context = top,
				    .deadline_ms = eg_deadline_in(READ_MS) };
	struct eg_err err = { 0 };
	int rc = reading ? eg_worker_run(&worker, reading, sizeof(*reading), &err) : -ENOMEM;

	if (rc == -ENOMEM)
		return no_reading("out of memory");
	if (rc == -ETIMEDOUT)
		return no_reading("the counters were not read within 2 s: a driver hangs");
	if (rc)
		return no_reading(err.text);
	if (reading->count < 0)
		return no_reading(reading->err.text);
	if (!reading->count)
		return no_reading("no EFA device with a driver on this node");
	*sample = reading->sample;
	return 0;
}

static struct eg_top_view view_of(const struct top *top)
{
	return (struct eg_top_view){ .node = top->node,
				     .time = (int64_t)time(NULL),
				     .before = top->before,
				     .after = top->after };
}

static void swap(struct top *top)
{
	struct eg_top_sample *kept = top->before;

	top->before = top->after;
	top->after = kept;
}

static int run_plain(struct top *top)
{
	for (long i = 0; !top->count || i < top->count; i++) {
		struct eg_top_view view;
		int rc;

		if (eg_top_wait(eg_deadline_in(top->interval_ms)))
			return 0;
		rc = look(top, top->after);
		if (rc)
			return rc;
		view = view_of(top);
		if (top->json)
			eg_top_json_print(stdout, &view);
		else
			eg_top_table_print(stdout, &view);
		if (!top->json && (!top->count || i + 1 < top->count))
			printf("\n");
		if (fflush(stdout) != 0)
			return 0;
		swap(top);
	}
	return 0;
}

static int run_trace(struct top *top)
{
	struct eg_top_trace trace;
	struct eg_err err = { 0 };
	int rc = eg_top_trace_open(top->trace, top->node, &trace, &err), late = 0;

	for (long i = 0; !rc && !late && (!top->count || i < top->count); i++) {
		bool end = eg_top_wait(eg_deadline_in(top->interval_ms));

		/* The last interval is as long as it was. */
		late = look(top, top->after);
		if (!late)
			rc = eg_top_trace_add(&trace, top->before, top->after, &err);
		swap(top);
		if (end)
			break;
	}
	if (!rc)
		rc = eg_top_trace_close(&trace, &err);
	if (rc)
		fprintf(stderr, "efagate top: %s\n", err.text);
	return rc ? EG_EXIT_UNKNOWN : late;
}

static void draw(const struct top *top, size_t *first)
{
	struct eg_top_view view = view_of(top);
	size_t room;

	view.screen = true;
	view.colour = !getenv("NO_COLOR");
	eg_top_screen_size(&view.width, &view.height);
	room = eg_top_table_room(&view);
	if (*first + room > view.after->count)
		*first = view.after->count > room ? view.after->count - room : 0;
	view.first = *first;
	printf("\033[H");
	eg_top_table_print(stdout, &view);
	printf("\033[J");
	(void)fflush(stdout);
}

static int run_screen(struct top *top)
{
	int64_t next = eg_deadline_in(top->interval_ms);
	size_t first = 0;
	int rc = 0;

	/* The first picture has no rates yet, but is there at once. */
	*top->after = *top->before;
	draw(top, &first);
	for (long i = 0; !rc && (!top->count || i < top->count);) {
		enum eg_top_key key = eg_top_screen_wait(next);

		if (key == EG_TOP_QUIT)
			return 0;
		if (key == EG_TOP_UP && first)
			first--;
		else if (key == EG_TOP_DOWN)
			first++;
		if (key == EG_TOP_TIME) {
			if (i++)
				swap(top);
			next = eg_deadline_in(top->interval_ms);
			rc = look(top, top->after);
		}
		if (!rc)
			draw(top, &first);
	}
	return rc;
}

int eg_cmd_top(int argc, char **argv)
{
	const char *sysfs = secure_getenv("SYSFS_PATH");
	EG_CLEANUP(eg_free) struct eg_top_sample *samples = calloc(2, sizeof(*samples));
	struct top top = { .sysfs = sysfs ? sysfs : "/sys", .interval_ms = 1000 };
	int rc = parse(argc, argv, &top);

	if (rc)
		return rc < 0 ? 0 : rc;
	if (!samples) {
		fprintf(stderr, "efagate top: out of memory\n");
		return EG_EXIT_UNKNOWN;
	}
	top.before = &samples[0];
	top.after = &samples[1];
	(void)gethostname(top.node, sizeof(top.node) - 1);
	rc = look(&top, top.before);
	if (rc)
		return rc;
	eg_top_catch_signals();
	if (top.trace)
		return run_trace(&top);
	if (top.once || top.json || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    eg_top_screen_open() < 0)
		return run_plain(&top);
	rc = run_screen(&top);
	eg_top_screen_close();
	return rc;
}
