/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/burst/offer.h"
#include "common/burst/self.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_self.h"
#include "tests/unit/node_facts.h"

/* A p4de, its offer and round, and a result in which all is well. */
struct node {
	struct eg_node_facts facts;
	struct eg_offer offer;
	struct eg_round round;
	struct eg_result result;
	struct eg_findings findings;
};

static void make_result(struct node *node)
{
	struct eg_result *result = &node->result;

	memset(result, 0, sizeof(*result));
	for (uint8_t i = 0; i < node->round.partner_count; i++) {
		for (size_t k = 0; k < node->round.partners[i].rail_count; k++) {
			const struct eg_rail *rail = &node->round.partners[i].rails[k];

			result->rails[result->count++] = (struct eg_rail_result){
				.partner = i,
				.device = rail->device,
				.peer = rail->peer,
				.state = EG_RAIL_OK,
				.device_reads = 1,
				.alone_bytes = i ? 0 : 1000000,
				.alone_ns = i ? 0 : 1000,
			};
		}
	}
}

static struct node *make_node(uint16_t devices)
{
	struct node *node = calloc(1, sizeof(*node));

	assert_non_null(node);
	make_good_node(&node->facts);
	node->facts.device_count = node->offer.device_count = devices;
	for (uint16_t i = 0; i < devices; i++) {
		struct eg_offer_device *device = &node->offer.devices[i];

		device->pci = node->facts.devices[i].pci;
		memcpy(device->name, node->facts.devices[i].name, sizeof(device->name));
		device->target.address_length = 32;
		device->target.key = i;
	}
	eg_self_round(&node->offer, "n1", 1200, &node->round);
	make_result(node);
	return node;
}

/* All tries in which @device takes part, as reader or as target. */
static void spoil(struct node *node, uint8_t device, enum eg_rail_state state, const char *text)
{
	for (size_t i = 0; i < node->result.count; i++) {
		struct eg_rail_result *rail = &node->result.rails[i];

		if (rail->device != device && rail->peer != device)
			continue;
		rail->state = (uint8_t)state;
		(void)snprintf(rail->text, sizeof(rail->text), "%s", text);
	}
}

static struct eg_rail_result *rail_of(struct node *node, uint8_t device, uint8_t peer)
{
	for (size_t i = 0; i < node->result.count; i++) {
		if (node->result.rails[i].device == device && node->result.rails[i].peer == peer)
			return &node->result.rails[i];
	}
	fail_msg("no rail %d-%d", device, peer);
	return NULL;
}

static void judge(struct node *node)
{
	eg_self_facts(&node->offer, &node->result, "n1", &node->facts);
	eg_judge_self(&node->facts, &node->findings);
}

static void must_find(const struct node *node, size_t place, const char *id, enum eg_blame blame,
		      const char *text)
{
	assert_true(node->findings.count > place);
	assert_string_equal(node->findings.list[place].id, id);
	assert_int_equal(node->findings.list[place].blame, blame);
	assert_string_equal(node->findings.list[place].text, text);
}

static void four_devices_read_from_each_other_in_all_ways(void **state)
{
	EG_CLEANUP(eg_free) struct node *node = make_node(4);
	bool seen[4][4] = { 0 };

	(void)state;
	assert_int_equal(node->round.partner_count, 3);
	assert_int_equal(node->round.depth, EG_DEPTH_FULL);
	for (size_t i = 0; i < node->result.count; i++) {
		const struct eg_rail_result *rail = &node->result.rails[i];

		assert_int_not_equal(rail->device, rail->peer);
		assert_false(seen[rail->device][rail->peer]);
		seen[rail->device][rail->peer] = true;
	}
	assert_int_equal(node->result.count, 12);
	assert_int_equal(node->round.partners[0].rails[3].peer, 0);
	assert_int_equal(node->round.partners[0].rails[3].target.key, 0);
}

static void one_device_reads_from_itself_and_two_from_each_other(void **state)
{
	EG_CLEANUP(eg_free) struct node *one = make_node(1);
	EG_CLEANUP(eg_free) struct node *two = make_node(2);

	(void)state;
	assert_int_equal(one->result.count, 1);
	assert_int_equal(one->result.rails[0].peer, 0);
	assert_int_equal(two->round.partner_count, 1);
	assert_int_equal(two->result.count, 2);
}

static void devices_that_cannot_be_reached_are_left_out(void **state)
{
	EG_CLEANUP(eg_free) struct node *node = make_node(4);

	(void)state;
	node->offer.devices[2].target.address_length = 0;
	strcpy(node->offer.devices[2].error, "fi_enable: Cannot allocate memory");
	eg_self_round(&node->offer, "n1", 1200, &node->round);
	make_result(node);
	assert_int_equal(node->round.partner_count, 2);
	assert_int_equal(node->round.partners[0].rails[1].peer, 3);
	judge(node);
	assert_int_equal(node->findings.count, 1);
	must_find(node, 0, "EG901", EG_BLAME_NONE,
		  "EFA 0000:90:1b.0 (rdmap144s27) not tried: fi_enable: Cannot allocate memory");
}

static void no_device_at_all_makes_an_empty_round(void **state)
{
	EG_CLEANUP(eg_free) struct node *node = make_node(0);

	(void)state;
	assert_int_equal(node->round.partner_count, 0);
	judge(node);
	assert_int_equal(node->findings.count, 0);
}

static void a_good_node_has_numbers_and_no_finding(void **state)
{
	EG_CLEANUP(eg_free) struct node *node = make_node(4);
	const struct eg_burst_facts *burst = &node->facts.devices[3].burst;

	(void)state;
	judge(node);
	assert_int_equal(node->findings.count, 0);
	assert_int_equal(burst->state, EG_BURST_OK);
	assert_string_equal(burst->peer, "n1");
	assert_int_equal(burst->peer_pci.bus, 0x10);
	assert_true(burst->device_reads);
	assert_int_equal(burst->alone_bytes, 1000000);
	assert_int_equal(burst->tries, 6);
}

static void a_device_that_reaches_none_is_to_blame_alone(void **state)
{
	EG_CLEANUP(eg_free) struct node *node = make_node(4);

	(void)state;
	spoil(node, 2, EG_RAIL_FAILED, "Unresponsive receiver");
	judge(node);
	assert_int_equal(node->findings.count, 1);
	must_find(node, 0, "EG403", EG_BLAME_DEVICE,
		  "EFA 0000:90:1b.0 (rdmap144s27) reaches none of the node's other devices: "
		  "Unresponsive receiver");
	assert_string_equal(node->findings.list[0].subject, "0000:90:1b.0");
	assert_int_equal(eg_findings_outcome(&node->findings), EG_FAIL);
}

static void two_dead_devices_of_four_are_both_named_wherever_they_are(void **state)
{
	(void)state;
	for (uint8_t a = 0; a < 4; a++) {
		for (uint8_t b = (uint8_t)(a + 1); b < 4; b++) {
			EG_CLEANUP(eg_free) struct node *node = make_node(4);

			spoil(node, a, EG_RAIL_FAILED, "x");
			spoil(node, b, EG_RAIL_FAILED, "x");
			judge(node);
			assert_int_equal(node->findings.count, 2);
			assert_string_equal(node->findings.list[0].id, "EG403");
			assert_memory_equal(&node->facts.devices[a].pci, &good_addresses[a],
					    sizeof(good_addresses[a]));
		}
	}
}

static void when_none_reaches_any_no_device_is_accused(void **state)
{
	EG_CLEANUP(eg_free) struct node *node = make_node(4);
	EG_CLEANUP(eg_free) struct node *pair = make_node(2);
	EG_CLEANUP(eg_free) struct node *one = make_node(1);

	(void)state;
	for (uint8_t i = 0; i < 4; i++)
		spoil(node, i, EG_RAIL_FAILED, "Unresponsive receiver");
	judge(node);
	assert_int_equal(node->findings.count, 1);
	must_find(node, 0, "EG401", EG_BLAME_CLUSTER,
		  "no EFA device of the node reaches another: Unresponsive receiver");
	spoil(pair, 0, EG_RAIL_FAILED, "x");
	judge(pair);
	assert_int_equal(pair->findings.count, 1);
	must_find(pair, 0, "EG401", EG_BLAME_CLUSTER,
		  "no EFA device of the node reaches another: x");
	spoil(one, 0, EG_RAIL_FAILED, "x");
	judge(one);
	must_find(one, 0, "EG401", EG_BLAME_CLUSTER, "no EFA device of the node reaches itself: x");
}

static void a_single_pair_that_fails_is_told_and_accuses_none(void **state)
{
	EG_CLEANUP(eg_free) struct node *node = make_node(4);
	struct eg_rail_result *rail = rail_of(node, 1, 3); /* not of the first partner */

	(void)state;
	rail->state = EG_RAIL_FAILED;
	strcpy(rail->text, "no completion within 1.1 s");
	judge(node);
	assert_int_equal(node->findings.count, 1);
	must_find(node, 0, "EG407", EG_BLAME_PAIR,
		  "EFA 0000:20:1b.0 (rdmap32s27) does not reach EFA 0000:a0:1b.0 (rdmap160s27): "
		  "no completion within 1.1 s");
	assert_int_equal(node->facts.devices[1].burst.state, EG_BURST_FAILED);
	assert_int_equal(node->facts.devices[1].burst.alone_bytes, 1000000);
}

static void wrong_bytes_are_the_devices_or_the_nodes_fault(void **state)
{
	EG_CLEANUP(eg_free) struct node *node = make_node(4);
	EG_CLEANUP(eg_free) struct node *pair = make_node(4);

	(void)state;
	spoil(node, 1, EG_RAIL_CORRUPT, "byte 7 is not what was sent");
	judge(node);
	assert_int_equal(node->findings.count, 1);
	must_find(node, 0, "EG406", EG_BLAME_DEVICE,
		  "EFA 0000:20:1b.0 (rdmap32s27): what it exchanges with the node's other devices "
		  "arrives corrupt: byte 7 is not what was sent");
	rail_of(pair, 0, 1)->state = EG_RAIL_CORRUPT;
	strcpy(rail_of(pair, 0, 1)->text, "byte 7 is not what was sent");
	judge(pair);
	assert_int_equal(pair->findings.count, 1);
	must_find(pair, 0, "EG406", EG_BLAME_NODE,
		  "EFA 0000:10:1b.0 (rdmap16s27) receives corrupt bytes from EFA 0000:20:1b.0 "
		  "(rdmap32s27): byte 7 is not what was sent");
}

static void reads_that_are_not_the_devices_are_no_pass_where_it_has_them(void **state)
{
	EG_CLEANUP(eg_free) struct node *node = make_node(4);
	EG_CLEANUP(eg_free) struct node *older = make_node(4);

	(void)state;
	rail_of(node, 2, 3)->device_reads = 0;
	judge(node);
	assert_int_equal(node->findings.count, 1);
	must_find(node, 0, "EG901", EG_BLAME_NONE,
		  "EFA 0000:90:1b.0 (rdmap144s27): the reads were not its own, its counter has not "
		  "moved");
	for (size_t i = 0; i < 4; i++)
		older->facts.devices[i].capabilities = EG_CAP_RNR_RETRY;
	for (size_t i = 0; i < older->result.count; i++)
		older->result.rails[i].device_reads = 0;
	judge(older);
	assert_int_equal(older->findings.count, 0);
}

/* All reads of @device and from it, by this share of what is usual; alone and together. */
static void slow_down(struct node *node, uint8_t device, double alone, double together)
{
	for (size_t i = 0; i < node->result.count; i++) {
		struct eg_rail_result *rail = &node->result.rails[i];
		bool concerned = rail->device == device || rail->peer == device;

		if (rail->partner)
			continue;
		rail->alone_ns = 1000000;
		rail->together_ns = 4000000;
		rail->alone_bytes = (uint64_t)(12500000 * (concerned ? alone : 1));
		rail->together_bytes = (uint64_t)(10000000 * (concerned ? together : 1));
	}
}

static void a_slow_device_is_told_from_its_reader(void **state)
{
	struct node *node = make_node(4);

	(void)state;
	slow_down(node, 2, 0.5, 0.5);
	judge(node);
	assert_int_equal(node->findings.count, 1);
	assert_string_equal(node->findings.list[0].subject, "0000:90:1b.0");
	assert_int_equal(node->findings.list[0].outcome, EG_WARN);
	must_find(node, 0, "EG404", EG_BLAME_DEVICE,
		  "EFA 0000:90:1b.0 (rdmap144s27) slow: 50.0 Gb/s alone, the node's others 100.0");
	free(node);
	/* Slow in one figure only, or in none by enough. */
	node = make_node(4);
	slow_down(node, 2, 0.5, 1);
	judge(node);
	slow_down(node, 2, 0.75, 0.75);
	judge(node);
	assert_int_equal(node->findings.count, 0);
	free(node);
	/* With three devices there is too little to compare with. */
	node = make_node(3);
	slow_down(node, 2, 0.5, 0.5);
	judge(node);
	assert_int_equal(node->findings.count, 0);
	free(node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_devices_read_from_each_other_in_all_ways),
		cmocka_unit_test(one_device_reads_from_itself_and_two_from_each_other),
		cmocka_unit_test(devices_that_cannot_be_reached_are_left_out),
		cmocka_unit_test(no_device_at_all_makes_an_empty_round),
		cmocka_unit_test(a_good_node_has_numbers_and_no_finding),
		cmocka_unit_test(a_device_that_reaches_none_is_to_blame_alone),
		cmocka_unit_test(two_dead_devices_of_four_are_both_named_wherever_they_are),
		cmocka_unit_test(when_none_reaches_any_no_device_is_accused),
		cmocka_unit_test(a_single_pair_that_fails_is_told_and_accuses_none),
		cmocka_unit_test(wrong_bytes_are_the_devices_or_the_nodes_fault),
		cmocka_unit_test(reads_that_are_not_the_devices_are_no_pass_where_it_has_them),
		cmocka_unit_test(a_slow_device_is_told_from_its_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
