/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include "common/base/cleanup.h"
#include "common/burst/devices.h"
#include "common/burst/run_math.h"
#include "common/node/verbs.h"

#define MS 1000000

static void percentiles_are_of_the_samples_and_no_others(void **state)
{
	struct eg_samples samples = { .count = 0 };

	(void)state;
	assert_int_equal(eg_samples_percentile(&samples, 50), 0);
	eg_samples_add(&samples, 7);
	assert_int_equal(eg_samples_percentile(&samples, 50), 7);
	assert_int_equal(eg_samples_percentile(&samples, 99), 7);
	samples.count = 0;
	for (int64_t i = 100; i > 0; i--)
		eg_samples_add(&samples, i);
	assert_int_equal(eg_samples_percentile(&samples, 50), 50);
	assert_int_equal(eg_samples_percentile(&samples, 99), 99);
	assert_int_equal(eg_samples_percentile(&samples, 100), 100);
}

static void a_full_list_takes_no_more_and_a_long_span_is_the_longest(void **state)
{
	struct eg_samples samples = { .count = 0 };

	(void)state;
	eg_samples_add(&samples, INT64_MAX);
	assert_int_equal(samples.ns[0], UINT32_MAX);
	for (int i = 0; i < 2 * EG_SAMPLES_MAX; i++)
		eg_samples_add(&samples, i);
	assert_int_equal(samples.count, EG_SAMPLES_MAX);
}

/* Whatever the number of devices, all parts together stay within what is left. */
static void shares_never_exceed_what_is_left(void **state)
{
	static const int64_t left_ms[] = { 0, 1, 10, 480, 720, 5000, 3600000 };
	static const size_t rails[] = { 1, 2, 4, 16, 32, 64 };

	(void)state;
	for (size_t i = 0; i < EG_COUNT(left_ms); i++) {
		for (size_t k = 0; k < EG_COUNT(rails); k++) {
			struct eg_time_shares shares;
			int64_t all;

			eg_time_share(left_ms[i] * MS, rails[k], &shares);
			all = (shares.latency + shares.alone + 2 * shares.drain_one) *
				      (int64_t)rails[k] +
			      shares.together + shares.drain + shares.patience;
			assert_true(all <= left_ms[i] * MS * 19 / 20);
			assert_true(shares.patience >= 0 && shares.patience <= 100 * MS);
			assert_true(shares.latency >= 0 && shares.latency <= 10 * MS);
		}
	}
	eg_time_share(-5, 4, &(struct eg_time_shares){ 0 });
	eg_time_share(MS, 0, &(struct eg_time_shares){ 0 });
}

static void something_is_kept_for_the_result(void **state)
{
	(void)state;
	assert_int_equal(eg_time_reserve_ms(1200), 100);
	assert_int_equal(eg_time_reserve_ms(400), 40);
	assert_int_equal(eg_time_reserve_ms(0), 0);
	assert_int_equal(eg_time_reserve_ms(3600000), 100);
}

/* The provider ends the process when device reads are asked for and one device has none. */
static void device_reads_are_asked_for_when_all_that_open_have_them(void **state)
{
	struct eg_verbs_device devices[3] = {
		{ .opens = true, .capabilities = EG_CAP_RDMA_READ | EG_CAP_RNR_RETRY },
		{ .opens = true, .capabilities = EG_CAP_RDMA_READ },
		{ .opens = false },
	};

	(void)state;
	assert_true(eg_burst_devices_read(devices, 3));
	assert_false(eg_burst_devices_read(devices + 2, 1));
	assert_false(eg_burst_devices_read(devices, 0));
	devices[1].capabilities = EG_CAP_RDMA_WRITE;
	assert_false(eg_burst_devices_read(devices, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percentiles_are_of_the_samples_and_no_others),
		cmocka_unit_test(a_full_list_takes_no_more_and_a_long_span_is_the_longest),
		cmocka_unit_test(shares_never_exceed_what_is_left),
		cmocka_unit_test(something_is_kept_for_the_result),
		cmocka_unit_test(device_reads_are_asked_for_when_all_that_open_have_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
