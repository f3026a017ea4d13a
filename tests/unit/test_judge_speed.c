/* SPDX-License-Identifier: BSD-3-Clause */
/* What is slow: beside its siblings, beside its rail, as a whole node, below a floor. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/burst/speeds.h"
#include "common/verdict/speed_floor.h"
#include "tests/unit/fabric_sim.h"

#define ALL 255

/* A fabric in which every device reads 100 Gb/s alone and 80 together but for what is said. */
static struct {
	uint32_t nodes;
	uint8_t devices;
	const char *floors;
	struct {
		uint32_t node;
		uint8_t device; /* ALL */
		float alone, together; /* shares of what is usual */
		bool reader_only; /* fine as target */
	} slow[2];
	size_t slow_count;
	float noise; /* each figure is by this share lower or higher */
} fabric;

static float share(uint32_t node, uint8_t device, bool target, bool together)
{
	for (size_t i = 0; i < fabric.slow_count; i++) {
		if (fabric.slow[i].node == node &&
		    (fabric.slow[i].device == ALL || fabric.slow[i].device == device) &&
		    !(target && fabric.slow[i].reader_only))
			return together ? fabric.slow[i].together : fabric.slow[i].alone;
	}
	return 1;
}

static float figure(uint32_t reader, uint32_t target, uint8_t device, bool together)
{
	float own = share(reader, device, false, together);
	float other = share(target, device, true, together);
	uint32_t drawn = (reader * 31 + device * 7 + together * 3) * 2654435761u >> 16;
	float noise = 1 + fabric.noise * ((float)(drawn % 1000) / 500 - 1);

	return (own < other ? own : other) * (together ? 80.0f : 100.0f) * noise;
}

/* "n3:EG404:warn:0000:12:1b.0 n5:EG405:warn:" */
static const char *judge(struct eg_traffic_findings *ret)
{
	static char text[1024];
	static struct eg_offer offer;
	static const struct eg_offer *offers[SIM_NODES_MAX];
	struct eg_tries tries = { 0 };
	struct eg_speeds speeds = { 0 };
	struct eg_traffic_facts facts = { .count = fabric.nodes,
					  .names = sim_names,
					  .offers = offers,
					  .tries = &tries,
					  .speeds = &speeds,
					  .floors = fabric.floors };
	size_t length = 0;

	sim_name_nodes();
	sim_offer(fabric.devices, &offer);
	strcpy(offer.instance_type, "p5.48xlarge");
	for (uint32_t i = 0; i < fabric.nodes; i++) {
		offers[i] = &offer;
		for (uint8_t k = 0; k < fabric.devices; k++) {
			uint32_t target = (i + 1) % fabric.nodes;
			struct eg_rail_result rail = { .device = k,
						       .peer = k,
						       .state = EG_RAIL_OK,
						       .alone_ns = 10000000,
						       .together_ns = 50000000 };

			rail.alone_bytes = (uint64_t)(figure(i, target, k, false) * 10000000 / 8);
			rail.together_bytes = (uint64_t)(figure(i, target, k, true) * 50000000 / 8);
			assert_int_equal(eg_speeds_add(&speeds, i, target, &rail), 0);
		}
	}
	memset(ret, 0, sizeof(*ret));
	assert_int_equal(eg_judge_traffic(&facts, ret), 0);
	text[0] = '\0';
	for (size_t i = 0; i < ret->count && length < sizeof(text) - 100; i++)
		length += (size_t)snprintf(
			text + length, sizeof(text) - length, "%s%s:%s:%s:%s", i ? " " : "",
			ret->list[i].node == EG_NODE_ALL ? "*" : sim_names[ret->list[i].node],
			ret->list[i].finding.id, eg_outcome_name(ret->list[i].finding.outcome),
			ret->list[i].finding.subject);
	eg_speeds_done(&speeds);
	return text;
}

static void expect(const char *wanted)
{
	struct eg_traffic_findings findings;

	assert_string_equal(judge(&findings), wanted);
	eg_traffic_findings_done(&findings);
}

static void start(uint32_t nodes, uint8_t devices)
{
	memset(&fabric, 0, sizeof(fabric));
	fabric.nodes = nodes;
	fabric.devices = devices;
}

static void slow(uint32_t node, uint8_t device, float alone, float together)
{
	fabric.slow[fabric.slow_count].node = node;
	fabric.slow[fabric.slow_count].device = device;
	fabric.slow[fabric.slow_count].alone = alone;
	fabric.slow[fabric.slow_count++].together = together;
}

static void what_is_as_fast_as_others_is_not_named(void **state)
{
	(void)state;
	for (uint32_t nodes = 2; nodes < 20; nodes++) {
		start(nodes, 4);
		expect("");
		slow(1, 2, 0.75f, 0.75f);
		expect("");
	}
}

static void a_device_slow_beside_its_siblings_is_warned_of(void **state)
{
	struct eg_traffic_findings findings;

	(void)state;
	start(3, 4);
	slow(1, 2, 0.5f, 0.5f);
	assert_string_equal(judge(&findings), "n2:EG404:warn:0000:12:1b.0");
	assert_string_equal(findings.list[0].finding.text,
			    "EFA 0000:12:1b.0 (rdmap18s27) slow: 50.0 Gb/s alone, others 100.0");
	eg_traffic_findings_done(&findings);
	/* Three devices: not enough to compare with. */
	start(3, 3);
	slow(1, 2, 0.5f, 0.5f);
	expect("");
}

/* With one partner nobody can say which end it is. */
static void among_two_nodes_a_slow_device_is_the_pairs(void **state)
{
	struct eg_traffic_findings findings;

	(void)state;
	for (uint32_t node = 0; node < 2; node++) {
		start(2, 4);
		slow(node, 2, 0.5f, 0.5f);
		assert_string_equal(judge(&findings), "n1:EG404:warn:");
		assert_int_equal(findings.list[0].finding.blame, EG_BLAME_PAIR);
		assert_string_equal(findings.list[0].finding.text,
				    "EFA 0000:12:1b.0 (rdmap18s27) and n2's EFA 0000:12:1b.0 "
				    "(rdmap18s27) slow with each other: 50.0 Gb/s alone, others "
				    "100.0");
		eg_traffic_findings_done(&findings);
	}
	/* One direction, and three devices, are not enough. */
	fabric.slow[0].reader_only = true;
	expect("");
	start(2, 3);
	slow(1, 2, 0.5f, 0.5f);
	expect("");
	/* A floor needs no siblings. */
	start(2, 1);
	slow(1, 0, 0.7f, 1);
	fabric.floors = "p5.48xlarge=75";
	(void)judge(&findings);
	assert_int_equal(findings.count, 1);
	assert_int_equal(findings.list[0].node, EG_NODE_ALL);
	assert_int_equal(findings.list[0].finding.outcome, EG_FAIL);
	assert_int_equal(findings.list[0].finding.blame, EG_BLAME_PAIR);
	assert_string_equal(findings.list[0].finding.text,
			    "EFA 0000:10:1b.0 (rdmap16s27) and n2's EFA 0000:10:1b.0 (rdmap16s27) "
			    "slow with each other: 70.0 Gb/s alone, below the site's floor of 75");
	eg_traffic_findings_done(&findings);
}

static void one_figure_of_four_is_not_enough(void **state)
{
	(void)state;
	start(4, 4);
	slow(1, 2, 0.3f, 1);
	expect("");
	start(4, 4);
	slow(1, 2, 1, 0.3f);
	expect("");
	start(4, 4);
	slow(1, 2, 0.3f, 0.3f);
	fabric.slow[0].reader_only = true;
	expect("");
}

static void a_node_slow_as_a_whole_is_one_warning(void **state)
{
	struct eg_traffic_findings findings;

	(void)state;
	start(8, 4);
	slow(5, ALL, 0.5f, 0.5f);
	assert_string_equal(judge(&findings), "n6:EG405:warn:");
	assert_string_equal(findings.list[0].finding.text,
			    "slow: 50.0 Gb/s a device alone and 40.0 together, the session's "
			    "median is 100.0 and 80.0");
	eg_traffic_findings_done(&findings);
	fabric.nodes = 7;
	expect("");
}

static void few_devices_are_compared_with_their_rail(void **state)
{
	(void)state;
	start(12, 2);
	slow(3, 1, 0.4f, 0.4f);
	expect("n4:EG404:warn:0000:11:1b.0");
}

static void noise_is_no_finding(void **state)
{
	(void)state;
	for (uint32_t nodes = 2; nodes < 100; nodes++) {
		start(nodes, 4);
		fabric.noise = 0.6f;
		expect("");
	}
}

/* Where figures vary by a third, half as fast says nothing; a fiftieth does. */
static void in_noise_only_what_is_far_out_is_named(void **state)
{
	(void)state;
	start(6, 4);
	fabric.noise = 0.6f;
	slow(2, 1, 0.4f, 0.4f);
	expect("");
	fabric.slow[0].alone = fabric.slow[0].together = 0.02f;
	expect("n3:EG404:warn:0000:11:1b.0");
}

static void below_the_sites_floor_it_fails(void **state)
{
	struct eg_traffic_findings findings;

	(void)state;
	start(4, 2);
	slow(1, 1, 0.7f, 1);
	fabric.floors = "p4d.24xlarge=99 p5.48xlarge=75";
	assert_string_equal(judge(&findings), "n2:EG404:fail:0000:11:1b.0");
	assert_string_equal(findings.list[0].finding.text,
			    "EFA 0000:11:1b.0 (rdmap17s27) slow: 70.0 Gb/s alone, below the "
			    "site's floor of 75");
	eg_traffic_findings_done(&findings);
	fabric.floors = "p5.48xlarge=60";
	expect("");
	fabric.floors = "p4d.24xlarge=99";
	expect("");
}

static void floors_are_read_and_mistakes_named(void **state)
{
	(void)state;
	assert_int_equal(eg_speed_floor("a.b=1  c=23", "c"), 23);
	assert_int_equal(eg_speed_floor("a.b=1 c=23", "a.b"), 1);
	assert_int_equal(eg_speed_floor("a.b=1 c=23", "a"), 0);
	assert_int_equal(eg_speed_floor(NULL, "a"), 0);
	assert_null(eg_speed_floor_mistake(""));
	assert_null(eg_speed_floor_mistake(" a=1 b=100000 "));
	assert_string_equal(eg_speed_floor_mistake("a=1 b"), "b");
	assert_string_equal(eg_speed_floor_mistake("=1"), "=1");
	assert_string_equal(eg_speed_floor_mistake("a="), "a=");
	assert_string_equal(eg_speed_floor_mistake("a=1.5"), "a=1.5");
	assert_string_equal(eg_speed_floor_mistake("a=100001"), "a=100001");
	assert_string_equal(eg_speed_floor_mistake("a=99999999999999999999"),
			    "a=99999999999999999999");
}

static void what_was_hardly_measured_is_left_out(void **state)
{
	static const struct eg_rail_result rails[] = {
		{ .state = EG_RAIL_OK,
		  .alone_bytes = 1,
		  .alone_ns = 999999,
		  .together_bytes = 1,
		  .together_ns = 4000000 },
		{ .state = EG_RAIL_OK,
		  .alone_bytes = 1,
		  .alone_ns = 1000000,
		  .together_bytes = 1,
		  .together_ns = 3999999 },
		{ .state = EG_RAIL_FAILED,
		  .alone_bytes = 1,
		  .alone_ns = 1000000,
		  .together_bytes = 1,
		  .together_ns = 4000000 },
	};
	struct eg_speeds speeds = { 0 };

	(void)state;
	for (size_t i = 0; i < EG_COUNT(rails); i++)
		assert_int_equal(eg_speeds_add(&speeds, 0, 1, &rails[i]), 0);
	assert_int_equal(speeds.count, 0);
	eg_speeds_done(&speeds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_as_fast_as_others_is_not_named),
		cmocka_unit_test(a_device_slow_beside_its_siblings_is_warned_of),
		cmocka_unit_test(among_two_nodes_a_slow_device_is_the_pairs),
		cmocka_unit_test(one_figure_of_four_is_not_enough),
		cmocka_unit_test(a_node_slow_as_a_whole_is_one_warning),
		cmocka_unit_test(few_devices_are_compared_with_their_rail),
		cmocka_unit_test(noise_is_no_finding),
		cmocka_unit_test(in_noise_only_what_is_far_out_is_named),
		cmocka_unit_test(below_the_sites_floor_it_fails),
		cmocka_unit_test(floors_are_read_and_mistakes_named),
		cmocka_unit_test(what_was_hardly_measured_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
