/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads by size: which rounds are run, and what is kept of them. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "common/burst/plan.h"
#include "common/burst/run.h"
#include "common/burst/sweep.h"

#define DEVICES 3

static struct eg_offer offers[2];
static struct eg_round round_of;
static struct eg_result result;
static struct eg_sweep sweep;

static int fill(void **state)
{
	(void)state;
	memset(offers, 0, sizeof(offers));
	memset(&sweep, 0, sizeof(sweep));
	memset(&result, 0, sizeof(result));
	for (uint8_t node = 0; node < 2; node++) {
		offers[node].device_count = DEVICES;
		for (uint8_t i = 0; i < DEVICES; i++) {
			struct eg_offer_device *device = &offers[node].devices[i];

			device->pci.bus = (uint8_t)(0x10 + i);
			(void)snprintf(device->name, sizeof(device->name), "rdmap%us0", 16u + i);
			device->target.address_length = 32;
			device->target.seed = node * 100u + i;
		}
	}
	return 0;
}

static void make_round(uint32_t index, size_t place)
{
	const struct eg_offer *const list[2] = { &offers[0], &offers[1] };
	static const char *const names[] = { "n1", "n2" };

	assert_int_equal(eg_sweep_round_of_two(list, names, index, place, &round_of), 0);
}

static void sizes_go_from_64_bytes_to_the_whole_memory(void **state)
{
	(void)state;
	assert_int_equal(eg_sweep_bytes(0), 64);
	assert_int_equal(eg_sweep_bytes(1), 256);
	assert_int_equal(eg_sweep_bytes(EG_SWEEP_SIZES - 1), EG_OFFER_BYTES);
}

static void each_of_two_reads_from_the_other(void **state)
{
	(void)state;
	for (uint32_t index = 0; index < 2; index++) {
		make_round(index, 2);
		assert_int_equal(round_of.depth, EG_DEPTH_SIZE);
		assert_int_equal(round_of.number, EG_STAGES + 3);
		assert_int_equal(round_of.read_bytes, 1024);
		assert_int_equal(round_of.budget_ms, eg_sweep_budget_ms(DEVICES));
		assert_int_equal(round_of.partner_count, 1);
		assert_int_equal(round_of.partners[0].index, !index);
		assert_string_equal(round_of.partners[0].node, index ? "n1" : "n2");
		assert_int_equal(round_of.partners[0].rail_count, DEVICES);
		for (uint8_t i = 0; i < DEVICES; i++) {
			const struct eg_rail *rail = &round_of.partners[0].rails[i];

			assert_int_equal(rail->device, i);
			assert_int_equal(rail->target.seed, !index * 100u + i);
			assert_int_equal(rail->pci.bus, 0x10 + i);
		}
	}
}

static void nothing_to_reach_is_no_round(void **state)
{
	const struct eg_offer *const list[2] = { &offers[0], &offers[1] };
	static const char *const names[] = { "n1", "n2" };

	(void)state;
	offers[1].device_count = 0;
	assert_int_equal(eg_sweep_round_of_two(list, names, 0, 0, &round_of), -1);
}

static void one_device_is_chosen_by_name_or_address(void **state)
{
	static const struct {
		const char *only;
		int device; /* -1 none */
	} rows[] = { { "rdmap17s0", 1 }, { "0000:12:00.0", 2 }, { "rdmap17", -1 }, { "", -1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sweep.only = rows[i].only;
		assert_int_equal(eg_sweep_knows(&offers[0], rows[i].only), rows[i].device >= 0);
		make_round(0, 0);
		eg_sweep_choose(&sweep, &offers[0], &round_of);
		assert_int_equal(round_of.partners[0].rail_count, rows[i].device >= 0);
		if (rows[i].device >= 0)
			assert_int_equal(round_of.partners[0].rails[0].device, rows[i].device);
	}
	assert_true(eg_sweep_knows(&offers[0], NULL));
}

/* All rails of the round good, with figures that tell their size. */
static void good_result(size_t place, bool device_reads)
{
	const struct eg_partner *partner = &round_of.partners[0];

	memset(&result, 0, sizeof(result));
	result.count = partner->rail_count;
	for (uint16_t i = 0; i < partner->rail_count; i++) {
		result.rails[i].device = partner->rails[i].device;
		result.rails[i].peer = partner->rails[i].peer;
		result.rails[i].state = EG_RAIL_OK;
		result.rails[i].device_reads = device_reads;
		result.rails[i].alone_bytes = place + 1;
		result.rails[i].alone_ns = 10;
	}
}

static void what_fails_is_kept_and_not_tried_again(void **state)
{
	(void)state;
	make_round(0, 0);
	good_result(0, true);
	result.rails[1].state = EG_RAIL_FAILED;
	strcpy(result.rails[1].text, "Unresponsive receiver");
	eg_sweep_take(&sweep, &offers[0], &round_of, &result);
	assert_string_equal(sweep.peer, "n2");
	assert_int_equal(sweep.count, DEVICES);
	assert_string_equal(sweep.rails[1].error, "64 bytes: Unresponsive receiver");
	assert_int_equal(sweep.rails[1].points[0].alone_ns, 0);

	make_round(0, 1);
	eg_sweep_choose(&sweep, &offers[0], &round_of);
	assert_int_equal(round_of.partners[0].rail_count, DEVICES - 1);
	good_result(1, true);
	eg_sweep_take(&sweep, &offers[0], &round_of, &result);
	assert_int_equal(sweep.sizes, 2);
	assert_int_equal(sweep.rails[2].points[1].alone_bytes, 2);
	assert_int_equal(sweep.rails[1].points[1].alone_ns, 0);
	assert_string_equal(sweep.rails[1].error, "64 bytes: Unresponsive receiver");
}

/* The provider makes larger reads of smaller ones: their figures are of another size. */
static void emulated_reads_have_a_largest_size(void **state)
{
	(void)state;
	for (size_t place = 0; place < EG_SWEEP_SIZES; place++) {
		make_round(1, place);
		good_result(place, false);
		eg_sweep_take(&sweep, &offers[1], &round_of, &result);
		assert_int_equal(sweep.rails[0].points[place].alone_ns,
				 eg_sweep_bytes(place) <= EG_EMULATED_BYTES ? 10 : 0);
	}
	assert_false(sweep.rails[0].device_reads);
}

static void strange_results_change_nothing(void **state)
{
	(void)state;
	make_round(0, 0);
	good_result(0, true);
	round_of.number = EG_STAGES + EG_SWEEP_SIZES + 1;
	eg_sweep_take(&sweep, &offers[0], &round_of, &result);
	round_of.number = EG_STAGES + 1;
	round_of.partner_count = 0;
	eg_sweep_take(&sweep, &offers[0], &round_of, &result);
	assert_int_equal(sweep.count, 0);
	assert_int_equal(sweep.sizes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(sizes_go_from_64_bytes_to_the_whole_memory, fill),
		cmocka_unit_test_setup(each_of_two_reads_from_the_other, fill),
		cmocka_unit_test_setup(nothing_to_reach_is_no_round, fill),
		cmocka_unit_test_setup(one_device_is_chosen_by_name_or_address, fill),
		cmocka_unit_test_setup(what_fails_is_kept_and_not_tried_again, fill),
		cmocka_unit_test_setup(emulated_reads_have_a_largest_size, fill),
		cmocka_unit_test_setup(strange_results_change_nothing, fill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
