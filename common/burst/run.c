/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/burst/devices.h"
#include "common/burst/endpoint.h"
#include "common/burst/pattern.h"
#include "common/burst/run_counters.h"
#include "common/burst/run_state.h"

#define MS 1000000
#define RAIL_BITS 16 /* of a tag */

uint64_t eg_run_tag(uint64_t generation, size_t rail)
{
	return generation << RAIL_BITS | rail;
}

void eg_run_end_rail(struct eg_rail_run *rail, enum eg_rail_state state, const char *fmt, ...)
{
	va_list args;

	rail->step = EG_STEP_DONE;
	rail->result->state = (uint8_t)state;
	va_start(args, fmt);
	(void)vsnprintf(rail->result->text, sizeof(rail->result->text), fmt, args);
	va_end(args);
}

/* The first error of a rail is its cause. */
void eg_run_fail_rail(struct eg_rail_run *rail, const struct eg_read_end *end)
{
	if (rail->step == EG_STEP_DONE && rail->result->state != EG_RAIL_OK)
		return;
	rail->result->error = end->error;
	rail->result->provider_error = end->provider_error;
	eg_run_end_rail(rail, EG_RAIL_FAILED, "%s", end->text);
}

bool eg_run_check(struct eg_rail_run *rail, int slice, size_t at, size_t size, uint64_t offset)
{
	const uint8_t *data = eg_endpoint_slice(rail->endpoint, slice) + at;
	size_t wrong;

	if (eg_pattern_check(data, size, rail->rail->target.seed, offset, &wrong))
		return true;
	eg_run_end_rail(rail, EG_RAIL_CORRUPT, "byte %llu is not what was sent",
			(unsigned long long)(offset + wrong));
	return false;
}

static void take_end(struct eg_run *run, const struct eg_read_end *end)
{
	uint64_t generation = end->tag >> RAIL_BITS;
	size_t place = end->tag & ((1u << RAIL_BITS) - 1);

	/* Of an earlier round: its slice is free again, that is all. */
	if (generation < run->first_generation || place >= run->count)
		return;
	if (generation == run->function_generation)
		eg_run_function_end(&run->rails[place], end);
	else if (run->measure && generation == run->measure_generation)
		eg_run_measure_end(run, &run->rails[place], end);
	else if (end->error)
		eg_run_fail_rail(&run->rails[place], end);
}

void eg_run_take_ends(struct eg_run *run, struct eg_endpoint *endpoint)
{
	struct eg_read_end ends[EG_SLICES];
	size_t count = eg_endpoint_poll(endpoint, ends, EG_SLICES);

	for (size_t i = 0; i < count; i++)
		take_end(run, &ends[i]);
}

void eg_run_take_all(struct eg_run *run, unsigned int group)
{
	for (size_t i = 0; i < run->devices->offer.device_count; i++) {
		if (run->devices->endpoints[i] && run->groups[i] == group)
			eg_run_take_ends(run, run->devices->endpoints[i]);
	}
}

void eg_run_poll(struct eg_burst_devices *devices)
{
	struct eg_read_end ends[EG_SLICES];

	for (size_t i = 0; i < devices->offer.device_count; i++) {
		if (devices->endpoints[i])
			(void)eg_endpoint_poll(devices->endpoints[i], ends, EG_SLICES);
	}
}

static void add_rail(struct eg_run *run, size_t partner, const struct eg_rail *rail,
		     struct eg_result *result)
{
	struct eg_rail_run *place = &run->rails[run->count];

	place->rail = rail;
	place->result = &result->rails[run->count++];
	place->result->partner = (uint8_t)partner;
	place->result->device = rail->device;
	place->result->peer = rail->peer;
	if (rail->device < run->devices->offer.device_count)
		place->endpoint = run->devices->endpoints[rail->device];
}

static void set_up(struct eg_run *run, const struct eg_round *round, int64_t deadline_ms,
		   struct eg_result *ret)
{
	for (size_t i = 0; i < round->partner_count; i++) {
		for (size_t k = 0; k < round->partners[i].rail_count; k++)
			add_rail(run, i, &round->partners[i].rails[k], ret);
	}
	ret->count = (uint16_t)run->count;
	run->start_ns = eg_now_ns();
	run->end_ns = deadline_ms * MS;
	run->first_generation = run->devices->generation;
}

static bool prepare_one(struct eg_run *run, const struct eg_rail_run *rail)
{
	bool was_one = !rail->result->partner && rail->result->state == EG_RAIL_OK &&
		       eg_endpoint_prepare(rail->endpoint, rail->window);

	if (was_one)
		eg_run_take_all(run, 0);
	return was_one;
}

/* What is measured needs more memory than what is tried. The partners are answered meanwhile. */
static void prepare(struct eg_run *run)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < run->count; i++)
			more |= prepare_one(run, &run->rails[i]);
	}
}

/* Whoever is not over now will not be. */
static void give_up(struct eg_run *run)
{
	double seconds = (double)(eg_now_ns() - run->start_ns) / 1e9;

	for (size_t i = 0; i < run->count; i++) {
		struct eg_rail_run *rail = &run->rails[i];
		const char *notice;

		if (rail->step == EG_STEP_DONE)
			continue;
		notice = rail->refusal[0] ? rail->refusal : eg_endpoint_notice(rail->endpoint);
		eg_run_end_rail(rail, EG_RAIL_FAILED, "no completion within %.2g s%s%.70s", seconds,
				notice[0] ? ": " : "", notice);
	}
}

/* Where nothing could be tried the round has shown nothing, which is no pass. */
static void say_untried(const struct eg_run *run, struct eg_result *ret)
{
	for (size_t i = 0; i < run->count; i++) {
		if (ret->rails[i].state != EG_RAIL_UNKNOWN)
			return;
	}
	if (run->count)
		(void)snprintf(ret->error, sizeof(ret->error), "nothing could be tried: %s",
			       ret->rails[0].text);
}

void eg_run_round(struct eg_burst_devices *devices, const struct eg_round *round,
		  int64_t deadline_ms, struct eg_result *ret)
{
	EG_CLEANUP(eg_free) struct eg_run *run = calloc(1, sizeof(*run));
	struct eg_run_counters before;
	int64_t span_ns;

	memset(ret, 0, sizeof(*ret));
	ret->round = round->number;
	if (!run) {
		(void)snprintf(ret->error, sizeof(ret->error), "out of memory");
		return;
	}
	run->devices = devices;
	run->read_bytes = round->depth == EG_DEPTH_SIZE ? round->read_bytes : 0;
	set_up(run, round, deadline_ms, ret);
	eg_run_counters_take(devices, &before);
	eg_run_function_begin(run);
	/* What works is measured while the rest is still waited for. */
	span_ns = run->end_ns - run->start_ns;
	if (round->depth >= EG_DEPTH_FULL) {
		eg_run_function_wait(run, run->start_ns + span_ns * 2 / 5);
		if (round->depth == EG_DEPTH_FULL)
			prepare(run);
		eg_run_measure_all(run);
	}
	eg_run_function_wait(run, run->end_ns);
	give_up(run);
	eg_run_counters_judge(run, &before);
	if (round->depth >= EG_DEPTH_FULL)
		eg_run_measure_rest(run);
	say_untried(run, ret);
}
