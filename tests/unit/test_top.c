/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "prolog/top/sample.h"
#include "prolog/top/table.h"
#include "prolog/top/trace.h"

static void add_counter(struct eg_top_device *device, const char *name, uint64_t value)
{
	struct eg_counter *counter = &device->counters[device->count++];

	*counter = (struct eg_counter){ .port = true, .value = value };
	strcpy(counter->name, name);
}

/* Two devices, the second of a driver that counts bytes only, at second @seconds. */
static struct eg_top_sample *make_sample(int64_t seconds, uint64_t step)
{
	struct eg_top_sample *sample = calloc(1, sizeof(*sample));

	assert_non_null(sample);
	sample->ns = seconds * 1000000000;
	sample->count = 2;
	strcpy(sample->devices[0].name, "rdmap16s27");
	strcpy(sample->devices[0].pci, "0000:10:1b.0");
	add_counter(&sample->devices[0], "rx_bytes", 1000 + step * 4000000000);
	add_counter(&sample->devices[0], "tx_bytes", 5);
	add_counter(&sample->devices[0], "rx_pkts", step * 25000);
	add_counter(&sample->devices[0], "tx_pkts", step * 7);
	add_counter(&sample->devices[0], "rdma_read_wrs", step * 60);
	add_counter(&sample->devices[0], "rdma_write_wrs", step * 40);
	add_counter(&sample->devices[0], "retrans_pkts", step * 2);
	add_counter(&sample->devices[0], "cmds_err", step * 3);
	add_counter(&sample->devices[0], "rx_drops", step);
	strcpy(sample->devices[1].name, "rdmap32s27");
	strcpy(sample->devices[1].pci, "0000:20:1b.0");
	add_counter(&sample->devices[1], "rx_bytes", step * 2000000000);
	return sample;
}

static void assert_rates(const struct eg_top_rates *rates, const struct eg_top_rates *wanted)
{
	const double *seen = &rates->in_bytes, *expected = &wanted->in_bytes;

	for (size_t i = 0; i < sizeof(*rates) / sizeof(double); i++) {
		if (seen[i] < expected[i] - 1e-6 || seen[i] > expected[i] + 1e-6)
			fail_msg("rate %zu is %g, expected %g", i, seen[i], expected[i]);
	}
}

static void rates_are_what_happened_in_a_second(void **state)
{
	EG_CLEANUP(eg_free) struct eg_top_sample *before = make_sample(10, 0);
	EG_CLEANUP(eg_free) struct eg_top_sample *after = make_sample(12, 1);
	struct eg_top_rates rates, sum = eg_top_rates_unknown;

	(void)state;
	eg_top_rates_of(before, after, 0, &rates);
	assert_rates(&rates, &(struct eg_top_rates){ 2e9, 0, 12500, 3.5, 50, 1, 4 });
	eg_top_rates_add(&sum, &rates);
	eg_top_rates_of(before, after, 1, &rates);
	assert_rates(&rates, &(struct eg_top_rates){ 1e9, -1, -1, -1, -1, -1, -1 });
	eg_top_rates_add(&sum, &rates);
	assert_rates(&sum, &(struct eg_top_rates){ 3e9, 0, 12500, 3.5, 50, 1, 4 });
}

static void a_counter_that_went_back_or_a_new_device_is_unknown(void **state)
{
	EG_CLEANUP(eg_free) struct eg_top_sample *before = make_sample(10, 1);
	EG_CLEANUP(eg_free) struct eg_top_sample *after = make_sample(12, 0);
	struct eg_top_rates rates;

	(void)state;
	eg_top_rates_of(before, after, 0, &rates);
	assert_rates(&rates, &(struct eg_top_rates){ -1, 0, -1, -1, -1, -1, -1 });
	strcpy(before->devices[1].pci, "0000:21:1b.0");
	eg_top_rates_of(before, after, 1, &rates);
	assert_rates(&rates, &eg_top_rates_unknown);
}

static char *print(void (*with)(FILE *out, const struct eg_top_view *view),
		   const struct eg_top_view *view)
{
	static char *text; /* static: gcc takes it for dangling otherwise */
	static size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	with(out, view);
	(void)fclose(out);
	return text;
}

static void the_table_is_aligned_and_cut_to_the_terminal(void **state)
{
	EG_CLEANUP(eg_free) struct eg_top_sample *before = make_sample(10, 0);
	EG_CLEANUP(eg_free) struct eg_top_sample *after = make_sample(12, 1);
	struct eg_top_view view = { .node = "n1", .before = before, .after = after, .width = 90 };
	EG_CLEANUP(eg_free) char *wide = NULL;
	EG_CLEANUP(eg_free) char *narrow = NULL;

	(void)state;
	wide = print(eg_top_table_print, &view);
	assert_string_equal(
		strchr(wide, '\n') + 1,
		"DEVICE           IN GB/s OUT GB/s  IN pkt/s OUT pkt/s RDMA op/s RETRANS/s  ERRORS\n"
		"rdmap16s27         2.000    0.000     12.5k         4        50         1       4\n"
		"rdmap32s27         1.000        -         -         -         -         -       -\n"
		"all                3.000    0.000     12.5k         4        50         1       4\n");
	/* Room for one device of the two, 20 columns. */
	view.width = 20;
	view.height = 6;
	view.first = 1;
	narrow = print(eg_top_table_print, &view);
	assert_string_equal(strchr(narrow, '\n') + 1, "DEVICE           IN \n"
						      "rdmap32s27         1\n"
						      "all                3\n");
}

static void errors_are_red_and_retransmits_yellow_where_colour_is_wanted(void **state)
{
	EG_CLEANUP(eg_free) struct eg_top_sample *before = make_sample(10, 0);
	EG_CLEANUP(eg_free) struct eg_top_sample *after = make_sample(12, 1);
	struct eg_top_view view = { .node = "n1", .before = before, .after = after };
	EG_CLEANUP(eg_free) char *plain = print(eg_top_table_print, &view);
	EG_CLEANUP(eg_free) char *red = NULL;
	EG_CLEANUP(eg_free) char *yellow = NULL;

	(void)state;
	assert_null(strchr(plain, '\033'));
	view.colour = true;
	red = print(eg_top_table_print, &view);
	assert_non_null(strstr(red, "\033[1;31mrdmap16s27"));
	after->devices[0].count -= 2;
	yellow = print(eg_top_table_print, &view);
	assert_non_null(strstr(yellow, "\033[33mrdmap16s27"));
}

static char *read_file(const char *path)
{
	char *text = calloc(1, 8192);
	FILE *file = fopen(path, "re");

	assert_non_null(text);
	assert_non_null(file);
	assert_true(fread(text, 1, 8191, file) > 0);
	(void)fclose(file);
	return text;
}

/* How many times @part stands in @text. */
static size_t times(const char *text, const char *part)
{
	size_t count = 0;

	while ((text = strstr(text, part))) {
		count++;
		text += strlen(part);
	}
	return count;
}

static void a_trace_tells_what_is_known_at_both_ends_of_an_interval(void **state)
{
	EG_CLEANUP(eg_free) struct eg_top_sample *before = make_sample(10, 0);
	EG_CLEANUP(eg_free) struct eg_top_sample *after = make_sample(12, 1);
	EG_CLEANUP(eg_free) char *text = NULL;
	char path[] = "/tmp/efagate-trace.XXXXXX";
	int fd = mkstemp(path);
	struct eg_top_trace trace;

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(eg_top_trace_open(path, "n\"1", &trace, NULL), 0);
	trace.realtime_us = 5;
	assert_int_equal(eg_top_trace_add(&trace, before, after, NULL), 0);
	assert_int_equal(eg_top_trace_close(&trace, NULL), 0);
	text = read_file(path);
	assert_true(strstr(text, "[\n{\"ph\":\"M\",\"name\":\"process_name\",") == text);
	assert_non_null(strstr(text, "\"args\":{\"name\":\"n?1 all EFA devices\"}}"));
	assert_int_equal(times(text, "\"ts\":10000005,\"args\":{\"in\":2,\"out\":0}}"), 1);
	assert_int_equal(times(text, "\"ts\":12000005,\"args\":{\"in\":2,\"out\":0}}"), 1);
	/* The second device's driver counts received bytes alone. */
	assert_int_equal(times(text, "\"name\":\"GB/s\""), 2 * 3);
	assert_int_equal(times(text, "\"args\":{\"in\":1}}"), 2);
	assert_int_equal(times(text, "\"name\":\"errors\""), 2 * 2);
	assert_int_equal(times(text, "\"name\":\"process_name\""), 3);
	assert_string_equal(text + strlen(text) - 5, "}}\n]\n");
	(void)unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_what_happened_in_a_second),
		cmocka_unit_test(a_counter_that_went_back_or_a_new_device_is_unknown),
		cmocka_unit_test(the_table_is_aligned_and_cut_to_the_terminal),
		cmocka_unit_test(errors_are_red_and_retransmits_yellow_where_colour_is_wanted),
		cmocka_unit_test(a_trace_tells_what_is_known_at_both_ends_of_an_interval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
