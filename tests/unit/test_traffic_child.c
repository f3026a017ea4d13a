/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/burst/offer.h"
#include "prolog/commands/traffic_child.h"

/* On a tree without devices: the process and its messages, no traffic. */
static void start(struct eg_traffic_child *child)
{
	struct eg_traffic_child_options options = {
		.sysfs = "/nonexistent",
		.deadline_ms = eg_deadline_in(10000),
	};
	struct eg_err err = { 0 };

	if (eg_traffic_child_start(child, &options, &err))
		fail_msg("%s", err.text);
}

static void take_offer(struct eg_traffic_child *child, struct eg_offer *ret)
{
	struct eg_err err = { 0 };

	if (eg_traffic_child_offer(child, eg_deadline_in(5000), ret, &err))
		fail_msg("%s", err.text);
}

static void without_devices_the_offer_says_so_and_a_round_is_answered(void **state)
{
	EG_CLEANUP(eg_free) struct eg_offer *offer = calloc(1, sizeof(*offer));
	EG_CLEANUP(eg_free) struct eg_round *round = calloc(1, sizeof(*round));
	EG_CLEANUP(eg_free) struct eg_result *result = calloc(1, sizeof(*result));
	struct eg_traffic_child child;
	struct eg_err err = { 0 };
	pid_t pid;

	(void)state;
	start(&child);
	pid = child.pid;
	take_offer(&child, offer);
	assert_string_equal(offer->error, "no EFA device");
	assert_int_equal(offer->device_count, 0);
	round->number = 7;
	round->depth = EG_DEPTH_FULL;
	round->budget_ms = 500;
	round->partner_count = 1;
	round->partners[0].rail_count = 1;
	round->partners[0].rails[0].device = EG_DEVICES_MAX - 1;
	assert_int_equal(eg_traffic_child_round(&child, round, eg_deadline_in(1000), &err), 0);
	assert_int_equal(eg_traffic_child_result(&child, eg_deadline_in(5000), result, &err), 0);
	assert_int_equal(result->round, 7);
	assert_int_equal(result->count, 1);
	assert_int_equal(result->rails[0].state, EG_RAIL_UNKNOWN);
	assert_string_equal(result->rails[0].text, "own device: there is none");
	eg_traffic_child_end(&child);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	eg_traffic_child_end(&child);
}

static void a_process_that_dies_is_told_with_how(void **state)
{
	EG_CLEANUP(eg_free) struct eg_offer *offer = calloc(1, sizeof(*offer));
	EG_CLEANUP(eg_free) struct eg_result *result = calloc(1, sizeof(*result));
	struct eg_traffic_child child;
	struct eg_err err = { 0 };

	(void)state;
	start(&child);
	take_offer(&child, offer);
	assert_int_equal(kill(child.pid, SIGABRT), 0);
	assert_int_equal(eg_traffic_child_result(&child, eg_deadline_in(5000), result, &err),
			 -ECHILD);
	assert_string_equal(err.text, "the process for traffic ended: Aborted");
	eg_traffic_child_end(&child);
}

static void a_process_that_is_silent_costs_no_more_than_the_deadline(void **state)
{
	EG_CLEANUP(eg_free) struct eg_offer *offer = calloc(1, sizeof(*offer));
	EG_CLEANUP(eg_free) struct eg_result *result = calloc(1, sizeof(*result));
	struct eg_traffic_child child;
	struct eg_err err = { 0 };
	int64_t begin_ms;

	(void)state;
	start(&child);
	take_offer(&child, offer);
	assert_int_equal(kill(child.pid, SIGSTOP), 0);
	begin_ms = eg_now_ms();
	assert_int_equal(eg_traffic_child_result(&child, eg_deadline_in(100), result, &err),
			 -ETIMEDOUT);
	assert_string_equal(err.text, "the process for traffic did not answer in time");
	eg_traffic_child_end(&child);
	assert_true(eg_now_ms() - begin_ms < 1000);
}

static void what_is_no_message_is_refused(void **state)
{
	struct eg_traffic_child child = { 0 };
	EG_CLEANUP(eg_free) struct eg_offer *offer = calloc(1, sizeof(*offer));
	struct eg_err err = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	eg_conn_init(&child.conn, ends[0]);
	assert_int_equal(write(ends[1], "no message at all", 17), 17);
	assert_int_equal(eg_traffic_child_offer(&child, eg_deadline_in(1000), offer, &err),
			 -EPROTO);
	assert_string_equal(err.text, "the process for traffic sent no whole message");
	eg_traffic_child_end(&child);
	(void)close(ends[1]);
}

/* Its end of everything else would keep pipes and connections of the parent open. */
static void it_keeps_no_descriptor_of_its_parent(void **state)
{
	EG_CLEANUP(eg_free) struct eg_offer *offer = calloc(1, sizeof(*offer));
	struct eg_traffic_child child;
	int ends[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	start(&child);
	take_offer(&child, offer);
	(void)close(ends[1]);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	(void)close(ends[0]);
	eg_traffic_child_end(&child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_devices_the_offer_says_so_and_a_round_is_answered),
		cmocka_unit_test(a_process_that_dies_is_told_with_how),
		cmocka_unit_test(a_process_that_is_silent_costs_no_more_than_the_deadline),
		cmocka_unit_test(what_is_no_message_is_refused),
		cmocka_unit_test(it_keeps_no_descriptor_of_its_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
