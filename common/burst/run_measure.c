/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/burst/devices.h"
#include "common/burst/endpoint.h"
#include "common/burst/provider.h"
#include "common/burst/run_counters.h"
#include "common/burst/run_state.h"

#define LATENCY_BYTES 64
#define TAIL_BYTES 64 /* of every read that are looked at; of the last ones all are */
#define POLLS_OF_OTHERS 16 /* the other devices are polled once in so many rounds */

/* The rails that are measured, by their places in the run. */
struct eg_rail_set {
	size_t list[EG_DEVICES_MAX];
	size_t count;
};

static void choose_rails(const struct eg_run *run, struct eg_rail_set *ret)
{
	ret->count = 0;
	for (size_t i = 0; i < run->count; i++) {
		const struct eg_rail_result *result = run->rails[i].result;

		if (!result->partner && result->state == EG_RAIL_OK && ret->count < EG_DEVICES_MAX)
			ret->list[ret->count++] = i;
	}
}

static size_t size_of(const struct eg_measure *measure, const struct eg_rail_run *rail)
{
	return measure->size ? measure->size : rail->read_bytes;
}

static size_t tail_of(size_t size)
{
	return size < TAIL_BYTES ? size : TAIL_BYTES;
}

void eg_run_measure_end(struct eg_run *run, struct eg_rail_run *rail, const struct eg_read_end *end)
{
	const struct eg_measure *measure = run->measure;
	size_t size = size_of(measure, rail), tail = tail_of(size);

	if (end->error) {
		eg_run_fail_rail(rail, end);
		return;
	}
	rail->last_ns = eg_now_ns();
	rail->ended++;
	if (measure->samples)
		eg_samples_add(measure->samples, rail->last_ns - rail->posted_ns);
	(void)eg_run_check(rail, end->slice, size - tail, tail, size - tail);
}

/* 1 when a read was started, 0 when none can be now. */
static int start_read(struct eg_run *run, struct eg_rail_run *rail)
{
	size_t size = size_of(run->measure, rail), tail = tail_of(size);
	struct eg_read read = {
		.peer = rail->peer,
		.target = &rail->rail->target,
		.size = size,
		.tag = eg_run_tag(run->measure_generation, (size_t)(rail - run->rails)),
	};
	int slice = eg_endpoint_take(rail->endpoint);
	struct eg_err err = { 0 };
	int rc;

	if (slice < 0)
		return 0;
	memset(eg_endpoint_slice(rail->endpoint, slice) + size - tail, 0, tail);
	rail->posted_ns = eg_now_ns();
	rc = eg_endpoint_read(rail->endpoint, slice, &read, &err);
	if (!rc) {
		rail->started++;
		return 1;
	}
	if (rc != -EAGAIN) {
		rail->result->error = -rc;
		eg_run_end_rail(rail, EG_RAIL_FAILED, "%.100s", err.text);
	}
	return 0;
}

/*
 * The window opens with each read that ends: a slow device is then left with
 * few under way, which can be waited for.
 */
static void start_reads(struct eg_run *run, struct eg_rail_run *rail)
{
	const struct eg_measure *measure = run->measure;
	uint64_t window = measure->size ? 1 : rail->window;

	if (rail->ended + 2 < window)
		window = rail->ended + 2;
	while (rail->result->state == EG_RAIL_OK && rail->started < measure->max_reads &&
	       rail->started - rail->ended < window && start_read(run, rail))
		;
}

/*
 * Start what may be started: true while the rail has reads to start or to wait
 * for. The first may come late: the provider holds back what it has to send to
 * a receiver that has no room.
 */
static bool keep_going(struct eg_run *run, struct eg_rail_run *rail, int64_t now_ns)
{
	bool may_start = now_ns < run->measure->stop_ns || !rail->started;

	if (rail->result->state != EG_RAIL_OK)
		return false;
	if (may_start)
		start_reads(run, rail);
	return rail->started > rail->ended ||
	       (may_start && rail->started < run->measure->max_reads);
}

static void begin(struct eg_run *run, const struct eg_measure *measure)
{
	const struct eg_rail_set *set = measure->set;

	run->measure = measure;
	run->measure_generation = run->devices->generation++;
	for (size_t i = 0; i < set->count; i++) {
		struct eg_rail_run *rail = &run->rails[set->list[i]];

		rail->started = rail->ended = 0;
		rail->last_ns = 0;
	}
}

/* The rails of the set whose devices are of @group, until all is read or time is over. */
static void measure_group(struct eg_run *run, unsigned int group)
{
	const struct eg_rail_set *set = run->measure->set;
	int64_t now_ns = eg_now_ns();
	unsigned int turn = 0;
	bool busy = true;

	for (; busy && now_ns < run->measure->drain_ns; now_ns = eg_now_ns()) {
		busy = false;
		for (size_t i = 0; i < set->count; i++) {
			struct eg_rail_run *rail = &run->rails[set->list[i]];

			if (run->groups[rail->rail->device] != group)
				continue;
			busy |= keep_going(run, rail, now_ns);
			eg_run_take_ends(run, rail->endpoint);
		}
		if (turn++ % POLLS_OF_OTHERS == 0) {
			eg_run_function_step(run, group);
			eg_run_take_all(run, group);
		}
	}
}

/* Measure all the rails of the set at once; returns when it began. */
static int64_t measure_set(struct eg_run *run, const struct eg_measure *measure)
{
	int64_t begin_ns = eg_now_ns();

	begin(run, measure);
	if (measure->set->count > 1)
		eg_run_threads(run, measure_group);
	else
		eg_run_near(run, run->rails[measure->set->list[0]].rail->device, measure_group);
	run->measure = NULL;
	return begin_ns;
}

/* All bytes of the last read of each slice. */
static void check_slices(struct eg_run *run, struct eg_rail_run *rail)
{
	uint64_t tag = eg_run_tag(run->measure_generation, (size_t)(rail - run->rails));

	for (int i = 0; i < EG_SLICES && rail->result->state == EG_RAIL_OK; i++) {
		if (eg_endpoint_holds(rail->endpoint, i, tag))
			(void)eg_run_check(rail, i, 0, rail->read_bytes, 0);
	}
}

/*
 * One read that is no sample. The partner may still be making its memory, and
 * answers no messages meanwhile: it is waited for out of @patience_ns, which
 * is for all devices together.
 */
static void warm_up(struct eg_run *run, const struct eg_rail_set *one, size_t size,
		    int64_t *patience_ns)
{
	int64_t now_ns = eg_now_ns();
	struct eg_measure measure = {
		.set = one,
		.size = size,
		.max_reads = 1,
		.stop_ns = now_ns,
		.drain_ns = eg_deadline_min(now_ns + *patience_ns, run->end_ns),
	};

	(void)measure_set(run, &measure);
	*patience_ns -= eg_now_ns() - now_ns;
}

static void measure_latency(struct eg_run *run, struct eg_time_shares *shares,
			    const struct eg_rail_set *one)
{
	const struct eg_rail_run *rail = &run->rails[one->list[0]];
	size_t size = run->read_bytes ? rail->read_bytes : LATENCY_BYTES;
	struct eg_samples samples = { .count = 0 };
	int64_t now_ns;
	/*
	 * Reads that the partner has to answer wait behind the large ones it
	 * makes: both sides stay with small ones for the whole time.
	 */
	struct eg_measure measure = {
		.set = one,
		.size = size,
		.max_reads = rail->emulated ? UINT64_MAX : EG_SAMPLES_MAX,
		.samples = &samples,
	};
	struct eg_rail_result *result = rail->result;

	warm_up(run, one, size, &shares->patience);
	now_ns = eg_now_ns();
	measure.stop_ns = now_ns + shares->latency;
	measure.drain_ns = eg_deadline_min(measure.stop_ns + shares->drain_one, run->end_ns);
	(void)measure_set(run, &measure);
	result->latency_samples = (uint32_t)samples.count;
	result->latency_p50_ns = eg_samples_percentile(&samples, 50);
	result->latency_p99_ns = eg_samples_percentile(&samples, 99);
}

/* Bytes and time of a rail; no read in all that time is a measurement too. */
static void rate_of(const struct eg_rail_run *rail, int64_t begin_ns, uint64_t *ret_bytes,
		    uint64_t *ret_ns)
{
	if (!rail->started)
		return;
	*ret_bytes = rail->ended * rail->read_bytes;
	*ret_ns = (uint64_t)((rail->ended ? rail->last_ns : eg_now_ns()) - begin_ns);
}

static void measure_rate(struct eg_run *run, int64_t span_ns, int64_t drain_ns,
			 const struct eg_rail_set *set, bool together)
{
	int64_t now_ns = eg_now_ns();
	struct eg_measure measure = {
		.set = set,
		.max_reads = UINT64_MAX,
		.stop_ns = now_ns + span_ns,
		.drain_ns = eg_deadline_min(now_ns + span_ns + drain_ns, run->end_ns),
	};
	int64_t begin_ns = measure_set(run, &measure);

	for (size_t i = 0; i < set->count; i++) {
		struct eg_rail_run *rail = &run->rails[set->list[i]];
		struct eg_rail_result *result = rail->result;

		if (together)
			rate_of(rail, begin_ns, &result->together_bytes, &result->together_ns);
		else
			rate_of(rail, begin_ns, &result->alone_bytes, &result->alone_ns);
		check_slices(run, rail);
	}
}

void eg_run_measure_all(struct eg_run *run)
{
	struct eg_time_shares shares;
	struct eg_rail_set all, one = { .count = 1 };

	choose_rails(run, &all);
	eg_time_share(run->end_ns - eg_now_ns(), all.count, &shares);
	for (size_t i = 0; i < all.count; i++) {
		one.list[0] = all.list[i];
		measure_latency(run, &shares, &one);
	}
	for (size_t i = 0; i < all.count; i++) {
		one.list[0] = all.list[i];
		measure_rate(run, shares.alone, shares.drain_one, &one, false);
	}
	choose_rails(run, &all);
	if (all.count)
		measure_rate(run, shares.together, shares.drain, &all, true);
}

/*
 * A device may be so slow that no read ended in the time it had, or that it was
 * found good only later: how long its second read took is then what is known.
 */
void eg_run_measure_rest(struct eg_run *run)
{
	struct eg_rail_set all;

	choose_rails(run, &all);
	for (size_t i = 0; i < all.count; i++) {
		struct eg_rail_run *rail = &run->rails[all.list[i]];

		if (rail->result->alone_bytes)
			continue;
		rail->result->alone_bytes = rail->read_bytes;
		rail->result->alone_ns = (uint64_t)rail->second_ns;
	}
}
